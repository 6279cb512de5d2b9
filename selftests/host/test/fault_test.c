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

static void outcomes(const char *path)
{
	char line[256], titles[256], *cell[NR_COLUMNS], *title[NR_COLUMNS];
	u32 seen[MOST_PLANS] = { 0 }, i;
	FILE *file = fopen(path, "r");

	report(file && fgets(titles, sizeof(titles), file) && cut(titles, title),
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

static bool arms(struct world *w, const char *plan)
{
	return host_fault_arm(&w->h, plan);
}

static void arming(void)
{
	static const char *const wrong[] = {
		"psc", "psc-partial-", "psc-partial-2", "psc-partial2", "psc-partial ", "x1",
		"psc-partial:1x2x3", "psc-partial@1:2", "psc-partialx0@1", "psc-partial:", "psc-partialx",
		"psc-partial:1a", ":1", "psc-partial:-1",
	};
	struct world *w = world("kvm-7.2");
	u32 i;

	report(host_fault_name(0) && !strcmp(host_fault_name(0), "psc-partial"),
	       "plans have names");
	report(arms(w, "psc-partial:3@20x10") && w->h.fault.has_argument &&
	       w->h.fault.argument == 3 && w->h.fault.skip == 20 && w->h.fault.times == 10 &&
	       !w->h.fault.forever && !w->h.fault.struck,
	       "NAME:ARGUMENT@SKIPxTIMES");
	report(arms(w, "psc-partial") && !w->h.fault.has_argument && !w->h.fault.skip &&
	       w->h.fault.times == 1, "once and at once, if nothing else is said");
	report(arms(w, "psc-partial-2mx0") && w->h.fault.forever &&
	       !strcmp(w->h.fault.plan, "psc-partial-2m"), "x0 is for ever");
	report(arms(w, "psc-exception@2") && w->h.fault.skip == 2, "a name with an x in it");
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		arms(w, "psc-partial");
		report(!arms(w, wrong[i]) && !w->h.fault.plan, "\"%s\" is no plan", wrong[i]);
	}
	arms(w, "psc-partial");
	report(arms(w, "") && !w->h.fault.plan, "an empty plan disarms");
	arms(w, "psc-partial");
	report(arms(w, NULL) && !w->h.fault.plan, "so does none");
}

static void triggers(void)
{
	struct world *w = world("kvm-7.2");
	u64 got[5];
	u32 i;

	arms(w, "psc-bad-header@2x2");
	for (i = 0; i < 5; i++)
		got[i] = PSC(w, TO_PRIVATE(HOSTS));
	report(!got[0] && !got[1] && got[2] == BAD_HEADER && got[3] == BAD_HEADER && !got[4],
	       "a plan strikes after SKIP occasions, TIMES times");
	report(w->h.fault.struck == 2, "and counts how often");
	arms(w, "psc-bad-headerx0");
	for (i = 0; i < 5; i++)
		got[i] = PSC(w, TO_PRIVATE(HOSTS));
	report(got[0] == BAD_HEADER && got[4] == BAD_HEADER && w->h.fault.struck == 5,
	       "a plan that strikes for ever");
	arms(w, "psc-bad-header@1");
	msr(w, 0x080);
	nae(w, 0x27, 0, 0);
	report(w->h.fault.skip == 1, "other requests are no occasions");
	arms(w, "register-refused");
	msr(w, 0x080);
	report(w->v.ghcb_msr == 0x3081 && !w->h.fault.struck, "nor are other codes of the MSR");
}

static void partial(void)
{
	struct world *w = world("kvm-6.12");
	const u64 huge = TO_PRIVATE(HOSTS) | HUGE;

	arms(w, "psc-partial:2");
	report(PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1), TO_PRIVATE(HOSTS + 2)) == 0 &&
	       psc_cur(w) == 2 && w->rmp[HOSTS + 1].private && !w->rmp[HOSTS + 2].private &&
	       psc_entry(w, 2) == TO_PRIVATE(HOSTS + 2),
	       "psc-partial:2 serves two entries of a run");
	report(psc_again(w) == 0 && psc_cur(w) == 3 && w->rmp[HOSTS + 2].private,
	       "and the rest is served when the guest comes again");
	w = world("kvm-6.12");
	arms(w, "psc-partial:1");
	PSC(w, TO_SHARED(FRESH) | HUGE | 500, TO_PRIVATE(HOSTS) | HUGE);
	report(psc_cur(w) == 1 && !w->rmp[FRESH + 511].private && w->rmp[FRESH].private &&
	       !w->rmp[HOSTS].private, "psc-partial: a 2M entry that was begun is one entry");

	w = world("kvm-6.12");
	arms(w, "psc-generic:1");
	report(PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1), TO_PRIVATE(HOSTS + 9)) ==
	       GENERIC && psc_cur(w) == 2 && !w->rmp[HOSTS + 9].private,
	       "psc-generic:1 serves one run");

	w = world("kvm-6.12");
	arms(w, "psc-partial-2m");
	report(PSC(w, huge, huge) == 0 && psc_cur(w) == 0 && psc_entry(w, 0) == (huge | 256) &&
	       w->rmp[HOSTS + 255].private && !w->rmp[HOSTS + 256].private,
	       "psc-partial-2m stops in the middle of an entry");
	report(psc_again(w) == 0 && w->rmp[HOSTS + 511].private, "and goes on from there");
	w = world("kvm-6.12");
	arms(w, "psc-partial-2m:1");
	PSC(w, TO_PRIVATE(HOSTS - 1), TO_SHARED(FRESH) | HUGE);
	report(psc_cur(w) == 1 && !w->rmp[FRESH + 255].private && w->rmp[FRESH + 256].private,
	       "psc-partial-2m:1 stops in the middle of the second entry");
	arms(w, "psc-partial-2mx0");
	PSC(w, TO_PRIVATE(HOSTS));
	report(psc_cur(w) == 0 && psc_entry(w, 0) == TO_PRIVATE(HOSTS),
	       "psc-partial-2m does nothing to a 4K entry");
	PSC(w, 3ULL << 52 | (u64)HOSTS << 12 | HUGE);
	report(psc_entry(w, 0) == (3ULL << 52 | (u64)HOSTS << 12 | HUGE | 256),
	       "psc-partial-2m of a hint");
	w->h.strict = false;
	PSC(w, TO_PRIVATE(HOSTS + 1) | HUGE);
	report(psc_entry(w, 0) == (TO_PRIVATE(HOSTS + 1) | HUGE) && get(w, O_INFO_2) == BAD_ENTRY,
	       "a guest's own mistake is told as it is");
	psc_fill(w, O_BUFFER, 2, 1, (const u64[]) { huge, huge, huge }, 3);
	report(psc_again(w) == 0 && psc_entry(w, 2) == huge, "psc-partial-2m stays inside");
}

static void double_fetch(void)
{
	struct world *w = world("kvm-7.2");

	report(!host_fault_watches(&w->h), "an honest host does not watch reads");
	host_fault_read(&w->h, &w->v, O_BUFFER, 8);
	arms(w, "psc-double-fetch");
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1));
	report(host_fault_watches(&w->h) && psc_cur(w) == 1, "psc-double-fetch watches reads");
	host_fault_read(&w->h, &w->v, O_INFO_1, 8);
	host_fault_read(&w->h, &w->v, O_INFO_1, 8);
	host_fault_read(&w->h, &w->v, O_BUFFER + 8, 8);
	host_fault_read(&w->h, &w->v, O_BUFFER + 8, 8);
	host_fault_read(&w->h, &w->v, O_BUFFER, 2);
	host_fault_read(&w->h, &w->v, O_BUFFER + 2, 2);
	host_fault_read(&w->h, &w->v, O_BUFFER + 4, 4);
	report(psc_cur(w) == 1 && host_fault_watches(&w->h),
	       "each field read once: nothing changes");
	host_fault_read(&w->h, &w->v, O_BUFFER - 7, 8);
	report(psc_cur(w) == 0xffff && !host_fault_watches(&w->h),
	       "the header changes before a byte of it is read again, once");
	arms(w, "psc-double-fetch");
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1));
	psc_again(w);
	report(!host_fault_watches(&w->h), "with the next VMGEXIT nothing is watched any more");
	arms(w, "psc-double-fetch");
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1));
	w->v.ghcb_msr = 0;
	host_fault_read(&w->h, &w->v, O_BUFFER, 8);
	host_fault_read(&w->h, &w->v, O_BUFFER, 8);
	report(psc_cur(w) == 1, "nor without a GHCB");
}

static void answers(void)
{
	struct world *w = world("kvm-7.2");

	arms(w, "preferred-gpax0");
	report(msr(w, 0x010) == 0x7011, "preferred-gpa: the host wants page 7");
	report(msr(w, 0x8012) == 0xfffffffffffff013ULL && w->v.registered_gpa == GHCB << 12,
	       "preferred-gpa: it registers no other");
	report(msr(w, 0x7012) == 0x7013 && w->v.registered_gpa == 0x7000,
	       "preferred-gpa: it registers that one");
	arms(w, "register-other");
	report(msr(w, 0x8012) == 0x1013 && w->v.registered_gpa == 0x7000,
	       "register-other: another GPA is echoed, none is registered");
	arms(w, "msr-garbage");
	report(msr(w, 0x8012) == 0xfeedfacecafef00dULL && w->v.registered_gpa == 0x8000,
	       "msr-garbage: served, but the answer is nonsense");
	arms(w, "msr-unanswered");
	report(msr(w, 0x9012) == 0x9012 && w->v.registered_gpa == 0x8000,
	       "msr-unanswered: not served, the request stands there");
	arms(w, "msr-psc-error");
	report(msr(w, 1ULL << 52 | (u64)HOSTS << 12 | 0x014) == 0x8000000000000015ULL &&
	       !w->rmp[HOSTS].private, "msr-psc-error: error 0x80000000, nothing is done");
	report(!w->rmp[HOSTS].lied, "msr-psc-error: is no lie");
}

static void pages(void)
{
	struct world *w = world("kvm-7.2");
	bool cf;
	u32 eax;

	w->h.rmp_2m = true;
	arms(w, "pvalidate-size");
	host_pvalidate(&w->h, &w->v, FRESH << 12, true, 1, 1, &eax, &cf);
	report(eax == 6 && w->rmp[FRESH].assigned && !w->rmp[FRESH].huge,
	       "pvalidate-size: 2M backing is refused before it is there");
	w = world("kvm-7.2");
	w->h.rmp_2m = true;
	host_pvalidate(&w->h, &w->v, FRESH << 12, true, 1, 1, &eax, &cf);
	arms(w, "pvalidate-size");
	host_pvalidate(&w->h, &w->v, FRESH << 12, true, 1, 0, &eax, &cf);
	report(eax == 6 && w->rmp[FRESH].validated && !w->rmp[FRESH].huge,
	       "pvalidate-size: or taken away");
	arms(w, "remap");
	host_pvalidate(&w->h, &w->v, (FRESH + 1) << 12, true, 0, 0, &eax, &cf);
	report(!eax && cf && w->change[0].gfn == FRESH + 1 && w->change[0].private,
	       "remap: another page is there, nothing to rescind");
	arms(w, "replay");
	host_pvalidate(&w->h, &w->v, (FRESH + 1) << 12, true, 0, 1, &eax, &cf);
	report(!eax && cf && w->rmp[FRESH + 1].validated, "replay: validated once before");
	arms(w, "take-back");
	w->rmp[FRESH + 1].validated = false;
	report(host_pvalidate(&w->h, &w->v, (FRESH + 1) << 12, true, 0, 1, &eax, &cf) ==
	       HOST_INSN_REFUSED && !w->rmp[FRESH + 1].private && !w->violations,
	       "take-back: a fault that stays, and nobody's rule is broken");
	arms(w, "remap");
	report(host_pvalidate(&w->h, &w->v, (u64)PAGES << 12, true, 0, 0, &eax, &cf) ==
	       HOST_INSN_REFUSED, "what is no memory can't be tampered with");
}

static void lies(void)
{
	struct world *w = world("kvm-7.2");

	arms(w, "psc-lie");
	report(PSC(w, TO_PRIVATE(HOSTS), TO_SHARED(HOSTS + 1)) == 0 && psc_cur(w) == 2 &&
	       psc_entry(w, 0) == (TO_PRIVATE(HOSTS) | 1) && !w->rmp[HOSTS].private,
	       "psc-lie: all done, nothing done");
	report(w->rmp[HOSTS].lied && !w->rmp[HOSTS + 1].lied, "what was so already is no lie");
	report(host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, true) == HOST_ACCESS_REFUSED &&
	       !w->violations, "a guest that believed it breaks no rule");
	PSC(w, TO_PRIVATE(HOSTS));
	PSC(w, TO_SHARED(HOSTS));
	host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, true);
	report(w->violations == 1, "until an honest answer about that page");
	arms(w, "psc-generic");
	PSC(w, TO_PRIVATE(HOSTS));
	report(!w->rmp[HOSTS].lied, "an error is no lie");
	arms(w, "psc-partial");
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1));
	report(!w->rmp[HOSTS + 1].lied, "nor is progress that is told");
	arms(w, "psc-skipx0");
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS) | HUGE);
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(FRESH - 1), TO_PRIVATE(PAGES));
	arms(w, "psc-reserved");
	PSC(w, TO_PRIVATE(HOSTS));
	psc_again(w);
	report(w->violations == 1, "a header that the host left is not the guest's");
	PSC(w, TO_PRIVATE(HOSTS));
	psc_fill(w, O_BUFFER, 0, 0, (const u64[]) { TO_PRIVATE(HOSTS) }, 1);
	poke(w, O_BUFFER, 1ULL << 32);
	psc_again(w);
	report(w->violations == 2, "until it is filled anew");
}

void fault_test(const char *path)
{
	outcomes(path);
	arming();
	triggers();
	partial();
	double_fetch();
	answers();
	pages();
	lies();
}
