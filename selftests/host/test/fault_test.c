// SPDX-License-Identifier: GPL-2.0
/* Each fault plan, tried on two guests; what came of it is compared with outcomes.csv. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests.h"
#include "report.h"
#include "table.h"

enum column { PLAN, HOST, SERVED, LINUX_SHARED, LINUX_PRIVATE, SHARED_ONCE, SHARED_TWICE,
	      SHARED_ALWAYS, PRIVATE_ONCE, PRIVATE_TWICE, PRIVATE_ALWAYS, NR_COLUMNS };

static const char *const times[NR_COLUMNS] = {
	[LINUX_SHARED] = "", [SHARED_ONCE] = "", [SHARED_TWICE] = "x2", [SHARED_ALWAYS] = "x0",
	[LINUX_PRIVATE] = "", [PRIVATE_ONCE] = "", [PRIVATE_TWICE] = "x2", [PRIVATE_ALWAYS] = "x0",
};

/* How much of a descriptor, of four or three entries, is served before it goes wrong. */
static const struct {
	const char *name, *argument;
} served[] = {
	{ "-", "" }, { "any", ":0" }, { "any", ":1" }, { "any", ":2" }, { "any", ":11" },
	{ "none", ":0" }, { "some", ":1" }, { "all", ":11" },
};

static bool is_about(const char *plan, const char *prefix)
{
	return !strncmp(plan, prefix, strlen(prefix));
}

static bool by_linux(enum column column)
{
	return column == LINUX_SHARED || column == LINUX_PRIVATE;
}

/* Pages with gaps, so that each is a run, or a block. */
static struct conversion conversion(struct world *w, const char *plan, enum column column)
{
	bool huge = is_about(plan, "psc-partial-2m") || is_about(plan, "pvalidate-size");
	bool to_shared = column == LINUX_SHARED || column == SHARED_ONCE ||
			 column == SHARED_TWICE || column == SHARED_ALWAYS;

	w->h.rmp_2m = huge;
	return (struct conversion) {
		.w = w, .to_shared = to_shared, .gfn = to_shared ? PRIVATE : HOSTS, .huge = huge,
		.n = huge ? 512 : 11, .batch = huge ? 512 : 4, .stride = huge ? 1 : 2,
		.by_msr = !by_linux(column) && is_about(plan, "msr-"),
	};
}

static enum outcome try_plan(struct world *w, const char *plan, enum column column)
{
	struct conversion c = conversion(w, plan, column);

	if (!host_fault_arm(&w->h, plan))
		return NR_OUTCOMES;
	if (is_about(plan, "register") || is_about(plan, "preferred")) {
		if (by_linux(column))
			return linux_registers(w) ? linux_converts(&c) : DIES;
		c.by_msr = !careful_confirms(w);
	}
	return by_linux(column) ? linux_converts(&c) : careful_converts(&c);
}

/* At each occasion that there is in a conversion. */
static void try_occasions(char *cell[NR_COLUMNS], const char *title, enum column column,
			  const char *argument, const char *flavour)
{
	enum outcome found;
	struct world *w;
	char plan[64];
	u32 skip = 0;

	do {
		snprintf(plan, sizeof(plan), "%s%s@%u%s", cell[PLAN], argument, skip,
			 times[column]);
		w = world(flavour);
		found = try_plan(w, plan, column);
		if (skip && !w->h.fault.struck)
			return;
		report(found < NR_OUTCOMES && !strcmp(outcome_name[found], cell[column]),
		       "%s, %s, %s: %s", flavour, plan, title, cell[column]);
		report(!w->violations, "%s, %s, %s: nobody is convicted of the host's deeds",
		       flavour, plan, title);
	} while (w->h.fault.struck && ++skip);
}

/* One row, about a plan on a host. */
static void compare(char *cell[NR_COLUMNS], char *title[NR_COLUMNS], const char *flavour)
{
	enum column column;
	u32 i, tried = 0;

	for (i = 0; i < ARRAY_SIZE(served); i++) {
		if (strcmp(cell[SERVED], served[i].name))
			continue;
		tried++;
		for (column = LINUX_SHARED; column < NR_COLUMNS; column++)
			try_occasions(cell, title[column], column, served[i].argument, flavour);
	}
	report(tried, "%s: \"%s\" says what is served", cell[PLAN], cell[SERVED]);
}

enum { MOST_PLANS = 64 };

/* What a cell of SERVED says of none, some and all, a bit each. */
static u32 parts(const char *cell)
{
	static const char *const names[] = { "none", "some", "all" };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(cell, names[i]))
			return 1 << i;
	return 7;
}

/* Three bits of seen[i] for each flavour: plan i has a row for them. */
static void compare_row(char *cell[NR_COLUMNS], char *title[NR_COLUMNS], u32 seen[MOST_PLANS])
{
	u32 i, f, about;

	for (i = 0; host_fault_name(i) && strcmp(host_fault_name(i), cell[PLAN]); i++)
		;
	for (f = 0; host_flavours[f].name; f++) {
		if (strcmp(cell[HOST], "any") && strcmp(cell[HOST], host_flavours[f].name))
			continue;
		compare(cell, title, host_flavours[f].name);
		about = parts(cell[SERVED]) << 3 * f;
		report(!(seen[i] & about), "%s: one row of outcomes", cell[PLAN]);
		seen[i] |= about;
	}
}

static void compare_all(const char *path)
{
	char line[TABLE_LINE], titles[TABLE_LINE], *cell[NR_COLUMNS], *title[NR_COLUMNS];
	u32 seen[MOST_PLANS] = { 0 }, i;
	FILE *file = fopen(path, "r");
	bool whole;

	report(table_row(file, titles, title, NR_COLUMNS, &whole) && whole,
	       "outcomes.csv can be read");
	while (table_row(file, line, cell, NR_COLUMNS, &whole)) {
		report(whole, "%s: a whole row", line);
		if (whole)
			compare_row(cell, title, seen);
	}
	if (file)
		fclose(file);
	for (i = 0; host_fault_name(i); i++)
		report(seen[i] == 077, "%s: its outcome on every host is known",
		       host_fault_name(i));
	report(!seen[i], "each row is about a plan that exists");
}

void fault_test(const char *path)
{
	compare_all(path);
}
