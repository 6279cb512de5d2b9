// SPDX-License-Identifier: GPL-2.0
/* Regions of memory that belong to nobody else, and their conversions. */
#include <stdio.h>
#include <string.h>

#include "snp-psc.h"

/* Send a command of @n words behind @command, as one line. */
static void send(const char *file, const char *command, char **words, int n)
{
	char line[256];
	int i, len = snprintf(line, sizeof(line), "%s", command);

	for (i = 0; i < n && len < (int)sizeof(line); i++)
		len += snprintf(line + len, sizeof(line) - (size_t)len, " %s", words[i]);
	if (len >= (int)sizeof(line) || strpbrk(line, "\n"))
		die(STATUS_USAGE, "%s: not a command", command);
	tree_write(file, line);
}

/* ---- pool ---- */

void pool_run(char **args, int n)
{
	struct table t;

	(void)args;
	(void)n;
	table_open(&t, "pool", "id first count pfn state");
	puts("region      first      count          pfn  state");
	while (table_next(&t))
		printf("%6llu %10llu %10llu %12llu  %-8s %s\n",
		       table_number(&t, 0), table_number(&t, 1), table_number(&t, 2),
		       table_number(&t, 3), t.word[4], text_size(table_number(&t, 2)));
	table_close(&t);
}

/* Find the lowest and the highest number of regions above @id; both 0: there is none. */
static void regions_above(u64 id, u64 *lowest, u64 *highest)
{
	struct table t;
	u64 n;

	*lowest = 0;
	*highest = 0;
	table_open(&t, "pool", "id first count pfn state");
	while (table_next(&t)) {
		n = table_number(&t, 0);
		if (n > id && (!*lowest || n < *lowest))
			*lowest = n;
		if (n > id && n > *highest)
			*highest = n;
	}
	table_close(&t);
}

/* Numbers only grow, so a region above all of before is new; nothing says who made it. */
void alloc_run(char **args, int n)
{
	u64 lowest, highest;

	if (n > 1) {
		buffer_run(args, n);
		return;
	}
	regions_above(0, &lowest, &highest);
	send("pool", "alloc", args, n);
	regions_above(highest, &lowest, &highest);
	if (!lowest)
		die(STATUS_UNKNOWN,
		    "the region is made, but somebody has freed it, see: snp-psc pool");
	if (lowest != highest)
		die(STATUS_UNKNOWN,
		    "the region is made, but so was another: which is whose, see: snp-psc pool");
	printf("region %llu\n", lowest);
}

void free_run(char **args, int n)
{
	send("pool", "free", args, n);
}

/* ---- convert ---- */

enum { COUNT, NS, VMGEXITS, ENTRIES, PVALIDATES, PVALIDATES_2M, FLUSHES, NR_RESULTS };

static const char * const results[NR_RESULTS] = {
	"count", "ns", "vmgexits", "entries", "pvalidates", "pvalidates_2m", "flushes",
};

static void read_result(u64 *value)
{
	struct table t;
	int i;

	table_open(&t, "convert", NULL);
	while (table_next(&t))
		for (i = 0; i < NR_RESULTS; i++)
			if (!strcmp(t.word[0], results[i]))
				value[i] = table_number(&t, 1);
	table_close(&t);
}

static void print_result(const char *state, const u64 *value)
{
	static const char * const names[NR_RESULTS][2] = {
		[COUNT]		= { "page", "pages" },
		[VMGEXITS]	= { "VMGEXIT", "VMGEXITs" },
		[ENTRIES]	= { "entry", "entries" },
		[PVALIDATES]	= { "PVALIDATE of 4K", "PVALIDATEs of 4K" },
		[PVALIDATES_2M]	= { "PVALIDATE of 2M", "PVALIDATEs of 2M" },
		[FLUSHES]	= { "TLB flush", "TLB flushes" },
	};
	int i;

	printf("%s %s %s in %s", text_number(value[COUNT]), names[COUNT][value[COUNT] != 1], state,
	       text_time(value[NS]));
	for (i = VMGEXITS; i < NR_RESULTS; i++)
		printf("%s%s %s", i == VMGEXITS ? ": " : ", ", text_number(value[i]),
		       names[i][value[i] != 1]);
	putchar('\n');
}

void convert_run(char **args, int n)
{
	u64 value[NR_RESULTS] = { 0 };

	send("convert", args[0], args + 1, n - 1);
	read_result(value);
	print_result(args[0], value);
}
