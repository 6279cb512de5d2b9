// SPDX-License-Identifier: GPL-2.0
/* Each fault plan, tried on two guests; what came of it is compared with outcomes.csv. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests.h"
#include "report.h"

static const char *const outcome_name[NR_OUTCOMES] = {
	[DONE] = "done", [UNDONE] = "undone", [POISONED] = "poisoned", [DIES] = "dies",
	[STOPPED] = "stopped", [HANGS] = "hangs",
};

enum column { PLAN, HOST, LINUX_SHARED, LINUX_PRIVATE, SHARED_ONCE, SHARED_ALWAYS,
	      PRIVATE_ONCE, PRIVATE_ALWAYS, NR_COLUMNS };

static bool is_about(const char *plan, const char *prefix)
{
	return !strncmp(plan, prefix, strlen(prefix));
}

static enum outcome try_plan(struct world *w, const char *plan, enum column column)
{
	bool always = column == SHARED_ALWAYS || column == PRIVATE_ALWAYS;
	bool by_linux = column == LINUX_SHARED || column == LINUX_PRIVATE;
	struct conversion c = {
		.w = w, .n = 8, .by_msr = !by_linux && is_about(plan, "msr-"),
		.to_shared = column == LINUX_SHARED || column == SHARED_ONCE ||
			     column == SHARED_ALWAYS,
	};
	char armed[64];

	c.gfn = c.to_shared ? PRIVATE : HOSTS;
	if (!strcmp(plan, "psc-partial-2m") || !strcmp(plan, "pvalidate-size")) {
		c.huge = true;
		c.n = 512;
		w->h.rmp_2m = true;
	}
	snprintf(armed, sizeof(armed), "%s%s", plan, always ? "x0" : "");
	if (!host_fault_arm(&w->h, armed))
		return NR_OUTCOMES;
	if (is_about(plan, "register") || is_about(plan, "preferred")) {
		if (by_linux && !linux_registers(w))
			return DIES;
		c.by_msr = !careful_confirms(w);
	}
	return by_linux ? linux_converts(&c) : careful_converts(&c);
}

/* One row: four to six words about a plan on a host. */
static void compare(char *cell[NR_COLUMNS], char *title[NR_COLUMNS], const char *flavour)
{
	enum column column;
	enum outcome found;
	struct world *w;

	for (column = LINUX_SHARED; column < NR_COLUMNS; column++) {
		w = world(flavour);
		found = try_plan(w, cell[PLAN], column);
		report(found < NR_OUTCOMES && !strcmp(outcome_name[found], cell[column]),
		       "%s, %s, %s: %s", flavour, cell[PLAN], title[column], cell[column]);
		report(!w->violations, "%s, %s, %s: nobody is convicted of the host's deeds",
		       flavour, cell[PLAN], title[column]);
	}
}

/* Cuts @line at its commas; false if it has not as many cells as there are columns. */
static bool cut(char *line, char *cell[NR_COLUMNS])
{
	u32 i;

	line[strcspn(line, "\n")] = 0;
	for (i = 0; i < NR_COLUMNS && line; i++)
		cell[i] = strsep(&line, ",");
	return i == NR_COLUMNS && !line;
}

enum { MOST_PLANS = 64 };

/* Bit f of seen[i]: plan i has a row for flavour f. */
static void compare_row(char *cell[NR_COLUMNS], char *title[NR_COLUMNS], u32 seen[MOST_PLANS])
{
	u32 i, f;

	for (i = 0; host_fault_name(i) && strcmp(host_fault_name(i), cell[PLAN]); i++)
		;
	for (f = 0; host_flavours[f].name; f++) {
		if (strcmp(cell[HOST], "any") && strcmp(cell[HOST], host_flavours[f].name))
			continue;
		compare(cell, title, host_flavours[f].name);
		report(!(seen[i] & 1 << f), "%s: one row of outcomes", cell[PLAN]);
		seen[i] |= 1 << f;
	}
}

static void compare_all(const char *path)
{
	char line[256], titles[256], *cell[NR_COLUMNS], *title[NR_COLUMNS];
	u32 seen[MOST_PLANS] = { 0 }, i;
	FILE *file = fopen(path, "r");

	do
		titles[0] = 0;
	while (file && fgets(titles, sizeof(titles), file) && titles[0] == '#');
	report(cut(titles, title),
	       "outcomes.csv can be read");
	while (file && fgets(line, sizeof(line), file)) {
		bool whole = cut(line, cell);

		report(whole, "%s: a whole row", line);
		if (whole)
			compare_row(cell, title, seen);
	}
	if (file)
		fclose(file);
	for (i = 0; host_fault_name(i); i++)
		report(seen[i] == 3, "%s: its outcome on every host is known", host_fault_name(i));
	report(!seen[i], "each row is about a plan that exists");
}

void fault_test(const char *path)
{
	compare_all(path);
}
