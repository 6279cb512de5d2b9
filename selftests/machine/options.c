// SPDX-License-Identifier: GPL-2.0
/* The machine's options: "name=value" words in front of the guest's command line. */
#include "machine.h"

const char *option(const char *name, const char *fallback)
{
	static char value[64];
	size_t n = strlen(name);
	const char *p = machine.options;

	while (*p) {
		size_t len = 0;

		while (*p == ' ')
			p++;
		while (p[len] && p[len] != ' ')
			len++;
		if (len > n && p[n] == '=' && !memcmp(p, name, n)) {
			len -= n + 1;
			BUG_ON(len >= sizeof(value));
			memcpy(value, p + n + 1, len);
			value[len] = 0;
			return value;
		}
		p += len;
	}
	return fallback;
}

/* A misspelt option would silently be a test of something else. */
void options_check(void)
{
	static const char * const known[] = {
		"host", "rmp", "implicit", "es", "apic", "rdtsc", "kvmhc", "convict", "kick",
		"switch", "nmi", "resets", "fault", "efi",
	};
	const char *p = machine.options;
	unsigned int i;
	size_t len;

	for (; *p; p += len) {
		while (*p == ' ')
			p++;
		for (len = 0; p[len] && p[len] != ' ' && p[len] != '='; len++)
			;
		for (i = 0; i < ARRAY_SIZE(known); i++)
			if (strlen(known[i]) == len && !memcmp(p, known[i], len) && p[len] == '=')
				break;
		if (*p && i == ARRAY_SIZE(known))
			finish(MACHINE_BUG, NULL, "no such option: %s", p);
		while (p[len] && p[len] != ' ')
			len++;
	}
}

long option_number(const char *name, long fallback)
{
	const char *p = option(name, "");
	long n = 0;

	if (!*p)
		return fallback;
	for (; *p; p++) {
		if (*p < '0' || *p > '9')
			finish(MACHINE_BUG, NULL, "option %s is not a number", name);
		n = n * 10 + *p - '0';
	}
	return n;
}

bool option_is(const char *name, const char *value)
{
	const char *given = option(name, "");

	return strlen(given) == strlen(value) && !memcmp(given, value, strlen(value));
}

bool option_on(const char *name, bool fallback)
{
	const char *value = option(name, fallback ? "on" : "off");

	return !memcmp(value, "on", 3) || !memcmp(value, "1", 2);
}
