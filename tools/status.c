// SPDX-License-Identifier: GPL-2.0
/* How the module is, and whether its books are right. */
#include <stdio.h>
#include <string.h>

#include "snp-psc.h"

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

static void print_from(const struct table *t, const char *key, int first)
{
	int i;

	printf(first < t->words ? "%-23s" : "%s", key);
	for (i = first; i < t->words; i++)
		printf(" %s", t->word[i]);
	putchar('\n');
}

/*
 * "cpu 0: msr 0x37869000 ... backup 0: usable": what is behind the last colon counts.
 * A CPU that can do its work is not worth a line.
 */
static bool print_cpu(const struct table *t)
{
	int i = t->words - 1;
	char key[32];

	while (i > 1 && !ends_with(t->word[i], ":"))
		i--;
	if (t->words == i + 2 && !strcmp(t->word[i + 1], "usable"))
		return true;
	snprintf(key, sizeof(key), t->words > 1 ? "cpu %.16s" : "cpu", t->word[1]);
	print_from(t, key, i + 1);
	return false;
}

static void print_line(struct table *t)
{
	char *key = t->word[0];
	u64 pages;

	if (!ends_with(key, ":"))
		table_bad(t, "not a key and its value");
	key[strlen(key) - 1] = '\0';
	if (!ends_with(key, "_pages") && strncmp(key, "mapped_shared", strlen("mapped_shared"))) {
		print_from(t, key, 1);
		return;
	}
	pages = table_number(t, 1);
	printf("%-23s %s", key, text_number(pages));
	printf(pages ? " (%s)\n" : "\n", text_size(pages));
}

void status_run(char **args, int n)
{
	unsigned int cpus = 0, usable = 0;
	struct table t;

	(void)args;
	(void)n;
	table_open(&t, "status", NULL);
	while (table_next(&t)) {
		if (strcmp(t.word[0], "cpu")) {
			print_line(&t);
			continue;
		}
		cpus++;
		usable += print_cpu(&t);
	}
	if (cpus)
		printf("%-23s %u of %u can be borrowed\n", "GHCBs", usable, cpus);
	table_close(&t);
}

/* Exit status 1 if there is anything to tell, so that a script can ask. */
void audit_run(char **args, int n)
{
	u64 pages = 0;
	struct table t;

	(void)args;
	(void)n;
	table_open(&t, "audit", "pfn count books tables");
	while (table_next(&t)) {
		if (!pages)
			puts("         pfn      count  books      tables");
		pages += table_number(&t, 1);
		printf("%12llu %10llu  %-10s %s\n", table_number(&t, 0), table_number(&t, 1),
		       t.word[2], t.word[3]);
	}
	table_close(&t);
	if (pages)
		die(STATUS_REFUSED, "books and page tables disagree on %s page%s",
		    text_number(pages), pages == 1 ? "" : "s");
	puts(t.no_c_bit ? "no C-bit: page tables do not say what is shared, nothing to compare" :
			  "books and page tables agree on every page");
}
