// SPDX-License-Identifier: GPL-2.0
/* Numbers as people read them. */
#include <stdio.h>

#include "snp-psc.h"

enum { TEXT_MAX = 32, NR_TEXTS = 8 };

static char *next_text(void)
{
	static char texts[NR_TEXTS][TEXT_MAX];
	static unsigned int next;

	return texts[next++ % NR_TEXTS];
}

/* 1,234,567 */
const char *text_number(u64 n)
{
	char digits[TEXT_MAX], *text = next_text(), *out = text;
	int i, len = snprintf(digits, sizeof(digits), "%llu", n);

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}

/* n / unit with one digit behind the point, unless that is a 0 */
static void scaled(char *text, u64 n, u64 unit, const char *name)
{
	unsigned int tenth = (unsigned int)(n % unit * 10 / unit);

	if (tenth)
		snprintf(text, TEXT_MAX, "%llu.%u %s", n / unit, tenth, name);
	else
		snprintf(text, TEXT_MAX, "%llu %s", n / unit, name);
}

/* 8 MiB, 8.5 GiB: rounded down to a tenth */
const char *text_size(u64 pages)
{
	static const char * const units[] = { "KiB", "MiB", "GiB", "TiB" };
	u64 unit = 1, kib = pages * (PAGE_BYTES / 1024);
	char *text = next_text();
	size_t u = 0;

	for (; u + 1 < ARRAY_SIZE(units) && kib / unit >= 1024; u++)
		unit *= 1024;
	scaled(text, kib, unit, units[u]);
	return kib ? text : "0";
}

const char *text_time(u64 ns)
{
	static const struct {
		u64 unit;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" } };
	char *text = next_text();
	size_t u = 0;

	while (u + 1 < ARRAY_SIZE(units) && ns < units[u].unit)
		u++;
	scaled(text, ns, units[u].unit, units[u].name);
	return text;
}
