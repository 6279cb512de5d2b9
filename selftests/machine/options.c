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

bool option_on(const char *name, bool fallback)
{
	const char *value = option(name, fallback ? "on" : "off");

	return !memcmp(value, "on", 3) || !memcmp(value, "1", 2);
}
