// SPDX-License-Identifier: GPL-2.0
/* Fault plans that strike while a conversion is undone, compared with undo.csv. */
#include <stdio.h>
#include <string.h>

#include "guests.h"
#include "report.h"
#include "table.h"

enum column { PLAN, HOST, SHARED_REFUSED, SHARED_BEFORE, PRIVATE_REFUSED, PRIVATE_BEFORE,
	      NR_COLUMNS };

/* Eleven pages by four: the host refuses the last three after one. */
enum { PAGES_IN_ALL = 11, BATCH = 4, LAST = 3 };

static bool is_of(const char *plan, const char *kind)
{
	return !strncmp(plan, kind, strlen(kind));
}

static const char *refusal(const char *plan)
{
	return is_of(plan, "msr-") ? "msr-psc-error@9" : "psc-bad-entry:1@2";
}

static struct conversion conversion(struct world *w, const char *plan, bool to_shared)
{
	return (struct conversion) {
		.w = w, .to_shared = to_shared, .gfn = to_shared ? PRIVATE : HOSTS,
		.n = PAGES_IN_ALL, .batch = BATCH, .stride = 2, .by_msr = is_of(plan, "msr-"),
	};
}

/* What is undone at that occasion: a descriptor is one PSC, a page one MSR request or PVALIDATE. */
static enum column column(const char *plan, bool to_shared, u32 occasion)
{
	bool before = occasion >= (is_of(plan, "psc-") ? 1 : LAST);

	/* Only what was sent has been validated. */
	if (!to_shared && !is_of(plan, "psc-") && !is_of(plan, "msr-"))
		before = true;
	return (to_shared ? SHARED_REFUSED : PRIVATE_REFUSED) + before;
}

/* One by one: of the refused descriptor the host has served the first page only. */
static const char *expected(char *cell[NR_COLUMNS], bool to_shared, u32 occasion)
{
	if (is_of(cell[PLAN], "msr-") && occasion && occasion < LAST)
		return outcome_name[UNDONE];
	return cell[column(cell[PLAN], to_shared, occasion)];
}

/* Returns the columns that had an occasion, a bit each. */
static u32 try_occasions(char *cell[NR_COLUMNS], bool to_shared, const char *flavour)
{
	u32 occasion = 0, tried = 0;
	enum outcome found;
	struct conversion c;
	struct world *w;
	char plan[64];

	for (;; occasion++) {
		snprintf(plan, sizeof(plan), "%s+%s@%u", refusal(cell[PLAN]), cell[PLAN],
			 occasion);
		w = world(flavour);
		c = conversion(w, cell[PLAN], to_shared);
		if (!host_fault_arm(&w->h, plan))
			return 0;
		found = careful_converts(&c);
		if (strcmp(w->h.fault.plan, cell[PLAN]) || !w->h.fault.struck || w->h.then.plan)
			return tried;
		tried |= 1 << column(cell[PLAN], to_shared, occasion);
		report(!strcmp(outcome_name[found], expected(cell, to_shared, occasion)),
		       "%s, %s, to %s: %s", flavour, plan, to_shared ? "shared" : "private",
		       expected(cell, to_shared, occasion));
		report(!w->violations, "%s, %s: nobody is convicted of the host's deeds", flavour,
		       plan);
	}
}

static void compare(char *cell[NR_COLUMNS], const char *flavour)
{
	u32 tried = try_occasions(cell, true, flavour) | try_occasions(cell, false, flavour), i;

	for (i = SHARED_REFUSED; i < NR_COLUMNS; i++)
		report((tried >> i & 1) == !!strcmp(cell[i], "-"),
		       "%s, %s: \"-\" where there is no occasion", flavour, cell[PLAN]);
}

/* Every plan but those for what is asked when a module is loaded. */
static void check_coverage(const u32 *seen)
{
	const char *plan;
	u32 i;

	for (i = 0; (plan = host_fault_name(i)); i++)
		if (!is_of(plan, "register-") && !is_of(plan, "preferred-"))
			report(seen[i] == 3, "%s: its outcome in an undo is known", plan);
}

void undo_test(const char *path)
{
	char line[TABLE_LINE], *cell[NR_COLUMNS];
	u32 seen[64] = { 0 }, i, f;
	FILE *file = fopen(path, "r");
	bool whole;

	report(table_row(file, line, cell, NR_COLUMNS, &whole) && whole, "undo.csv can be read");
	while (table_row(file, line, cell, NR_COLUMNS, &whole)) {
		report(whole, "%s: a whole row", line);
		for (i = 0; host_fault_name(i) && strcmp(host_fault_name(i), cell[PLAN]); i++)
			;
		for (f = 0; host_flavours[f].name; f++) {
			if (strcmp(cell[HOST], "any") && strcmp(cell[HOST], host_flavours[f].name))
				continue;
			compare(cell, host_flavours[f].name);
			seen[i] |= 1 << f;
		}
	}
	if (file)
		fclose(file);
	check_coverage(seen);
}
