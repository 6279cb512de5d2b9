// SPDX-License-Identifier: GPL-2.0
/*
 * The module's counters, for people or as one JSON object. A line of the file is a
 * counter, "name number", or a histogram, "name word number word number...".
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "snp-psc.h"

/* What needs no quoting in JSON. */
static const char *name_in(const struct table *t, int column)
{
	const char *c;

	for (c = t->word[column]; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.+-", *c))
			table_bad(t, "not a name");
	return t->word[column];
}

static void json_line(const struct table *t, bool first)
{
	int i;

	printf("%s\n  \"%s\": ", first ? "" : ",", name_in(t, 0));
	if (t->words == 2) {
		printf("%llu", table_number(t, 1));
		return;
	}
	for (i = 1; i < t->words; i += 2)
		printf("%s\"%s\": %llu", i == 1 ? "{ " : ", ", name_in(t, i),
		       table_number(t, i + 1));
	printf(" }");
}

static const char *for_people(const char *name, u64 n)
{
	size_t len = strlen(name);

	return len > 3 && !strcmp(name + len - 3, "_ns") ? text_time(n) : text_number(n);
}

static void plain_line(const struct table *t, bool first)
{
	const char *name = name_in(t, 0);
	int i;

	(void)first;
	printf("%-24s", name);
	if (t->words == 2)
		printf(" %14s", for_people(name, table_number(t, 1)));
	for (i = 1; t->words > 2 && i < t->words; i += 2)
		printf("  %s %s", name_in(t, i), strcmp(t->word[i], "count") ?
		       for_people(name, table_number(t, i + 1)) :
		       text_number(table_number(t, i + 1)));
	putchar('\n');
}

void stats_run(char **args, int n)
{
	bool json = n > 0, first = true;
	struct table t;

	if (json && strcmp(args[0], "--json"))
		die(STATUS_USAGE, "stats: what is %s? See: snp-psc stats --help", args[0]);
	table_open(&t, "stats", NULL);
	if (json)
		putchar('{');
	for (; table_next(&t); first = false) {
		if (t.words < 2 || (t.words > 2 && t.words % 2 == 0))
			table_bad(&t, "neither a counter nor a histogram");
		(json ? json_line : plain_line)(&t, first);
	}
	if (json)
		puts("\n}");
	table_close(&t);
}
