// SPDX-License-Identifier: GPL-2.0
/*
 * The module's counters, for people or as one JSON object. A line of the file is
 * "name number"; NAME_le_LIMIT is how many values of a histogram are up to LIMIT and
 * above the limit before.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snp-psc.h"

enum { BAR_MAX = 32 };

static bool next_counter(struct table *t)
{
	const char *c;

	if (!table_next(t))
		return false;
	if (t->words != 2)
		table_bad(t, "not a name and a number");
	for (c = t->word[0]; *c; c++)	/* what needs no quoting in JSON */
		if (!isalnum((unsigned char)*c) && *c != '_')
			table_bad(t, "not a name");
	return true;
}

static void print_json(void)
{
	const char *before = "{";
	struct table t;

	table_open(&t, "stats", NULL);
	for (; next_counter(&t); before = ",")
		printf("%s\n  \"%s\": %llu", before, t.word[0], table_number(&t, 1));
	puts(*before == '{' ? "{}" : "\n}");
	table_close(&t);
}

/* Nanoseconds, by the name. */
static const char *for_people(const char *name, u64 n)
{
	const char *ns = strstr(name, "_ns");

	return ns && (!ns[3] || ns[3] == '_') ? text_time(n) : text_number(n);
}

/* Cut _le_LIMIT off the name of a bucket. */
static bool is_bucket(char *name, u64 *limit)
{
	char *le = strstr(name, "_le_"), *end;

	if (!le || !isdigit((unsigned char)le[4]))
		return false;
	*limit = strtoull(le + 4, &end, 10);
	if (*end)
		return false;
	*le = '\0';
	return true;
}

static u64 fullest_bucket(void)
{
	u64 limit, most = 1;
	struct table t;

	table_open(&t, "stats", NULL);
	while (next_counter(&t))
		if (is_bucket(t.word[0], &limit) && table_number(&t, 1) > most)
			most = table_number(&t, 1);
	table_close(&t);
	return most;
}

/* @most is as old as the look before: @count may have outgrown it. */
static void print_bucket(const char *name, u64 limit, u64 count, u64 most)
{
	int length = count < most ? (int)((double)count / (double)most * BAR_MAX) : BAR_MAX;

	printf("  up to %-16s %14s  %.*s\n", for_people(name, limit), text_number(count),
	       length ? length : 1, "################################");
}

static void print_counters(void)
{
	u64 limit, most = fullest_bucket();
	struct table t;

	table_open(&t, "stats", NULL);
	while (next_counter(&t)) {
		if (is_bucket(t.word[0], &limit))
			print_bucket(t.word[0], limit, table_number(&t, 1), most);
		else
			printf("%-24s %14s\n", t.word[0],
			       for_people(t.word[0], table_number(&t, 1)));
	}
	table_close(&t);
}

void stats_run(char **args, int n)
{
	if (n && strcmp(args[0], "--json"))
		die(STATUS_USAGE, "stats: what is %s? See: snp-psc stats --help", args[0]);
	if (n)
		print_json();
	else
		print_counters();
}
