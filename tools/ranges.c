// SPDX-License-Identifier: GPL-2.0
/* Pages and what they are: RAM, shared by whom, lost. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "snp-psc.h"

/* An address has at most 52 bits. */
#define PFN_END		((u64)1 << 40)

/* Whose a shared page is, by the words of shared_ranges. The last one is for all others. */
const struct owner owners[NR_OWNERS] = {
	[OWNER_LOST] = { "lost", 'X', '1', "out of use until the next boot" },
	{ "region",	'R', '3', "regions to play with, see snp-psc pool" },
	{ "heap",	'H', '2', "allocated shared by drivers" },
	{ "api",	'A', '6', "made shared by drivers" },
	{ "swiotlb",	'S', '5', "the kernel's bounce buffers" },
	{ "ghcb",	'G', '7', "what each CPU talks to the host through" },
	{ "image",	'I', '6', "variables of the kernel" },
	{ "other",	'O', '7', "made shared by the kernel" },
};

static int owner_of(const char *name)
{
	int i;

	for (i = OWNER_LOST + 1; i < NR_OWNERS - 1; i++)
		if (!strcmp(owners[i].name, name))
			break;
	return i;
}

static void add(struct ranges *to, const struct table *t, u64 first, u64 count, int owner)
{
	if (first >= PFN_END || count > PFN_END - first)
		table_bad(t, "not where memory can be");
	if (!count)
		table_bad(t, "a range of no pages");
	if (to->n == to->room) {
		to->room = to->room ? 2 * to->room : 64;
		to->r = must(reallocarray(to->r, to->room, sizeof(*to->r)));
	}
	to->r[to->n++] = (struct range){ first, count, owner };
}

/* ---- /proc/iomem ---- */

static u64 address(const struct table *t, char **text)
{
	unsigned long long n = isxdigit((unsigned char)**text) ? strtoull(*text, text, 16) : -1ULL;

	if (n >= PFN_END * PAGE_BYTES)
		table_bad(t, "not where memory can be");
	return n;
}

/* Without the pages that it has only a part of. */
static void add_ram(struct ranges *ram, const struct table *t)
{
	char *text = t->word[0];
	u64 first = address(t, &text), last;

	if (*text++ != '-')
		table_bad(t, "not a range");
	last = address(t, &text);
	if (*text || last < first)
		table_bad(t, "not a range");
	if (!last)
		die(STATUS_ACCESS, "%s: shows no addresses, only root sees them", t->name);
	first = (first + PAGE_BYTES - 1) / PAGE_BYTES;
	last = (last + 1) / PAGE_BYTES;
	if (first < last)
		add(ram, t, first, last - first, OWNER_LOST);
}

void ranges_of_ram(struct ranges *ram)
{
	struct table t;

	table_open(&t, "/proc/iomem", NULL);
	while (table_next(&t))
		if (t.words >= 4 && !strcmp(t.word[2], "System") && !strcmp(t.word[3], "RAM"))
			add_ram(ram, &t);
	table_close(&t);
	if (!ram->n)
		die(STATUS_FORMAT, "/proc/iomem: no System RAM in it");
}

/* ---- what is not private ---- */

void ranges_of_others(struct ranges *others)
{
	struct table t;

	table_open(&t, "shared_ranges", "pfn count leaf map owner id");
	while (table_next(&t))
		add(others, &t, table_number(&t, 0), table_number(&t, 1), owner_of(t.word[4]));
	others->no_c_bit = t.no_c_bit;
	table_close(&t);

	table_open(&t, "poisoned", "pfn count");
	while (table_next(&t))
		add(others, &t, table_number(&t, 0), table_number(&t, 1), OWNER_LOST);
	table_close(&t);
}
