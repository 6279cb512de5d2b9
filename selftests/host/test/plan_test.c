// SPDX-License-Identifier: GPL-2.0
/* Fault plans one by one: when they strike, and what they do to an answer or a page. */
#include <string.h>

#include "report.h"
#include "world.h"

static bool arms(struct world *w, const char *plan)
{
	return host_fault_arm(&w->h, plan);
}

static void arming(void)
{
	static const char *const wrong[] = {
		"psc", "psc-partial-", "psc-partial-2", "psc-partial2", "psc-partial ", "x1",
		"psc-partial:1x2x3", "psc-partial@1:2", "psc-partialx0@1", "psc-partial:",
		"psc-partialx", "psc-partial:1a", ":1", "psc-partial:-1", "psc-partial+",
		"+psc-partial", "psc-partial+psc", "psc-partial+psc-stuck+psc-stuck",
	};
	struct world *w = world("kvm-7.2");
	u32 i;

	report(host_fault_name(0) && !strcmp(host_fault_name(0), "psc-partial"),
	       "plans have names");
	report(arms(w, "psc-partial:3@20x10") && w->h.fault.has_argument &&
	       w->h.fault.argument == 3 && w->h.fault.skip == 20 && w->h.fault.times == 10 &&
	       !w->h.fault.forever && !w->h.fault.struck,
	       "NAME:ARGUMENT@SKIPxTIMES");
	report(arms(w, "psc-partial:90@9x19") && w->h.fault.argument == 90 &&
	       w->h.fault.skip == 9 && w->h.fault.times == 19, "all digits");
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
	report(arms(w, "") && w->h.fault.struck == 2, "still known when it is disarmed");
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

static void sequence(void)
{
	struct world *w = world("kvm-7.2");
	u64 got[6];
	u32 i, eax;
	bool cf;

	report(arms(w, "psc-bad-header:2@1x2+psc-bad-entry@1") && w->h.fault.skip == 1 &&
	       w->h.fault.times == 2 && w->h.then.skip == 1 && w->h.then.times == 1,
	       "a plan and one after it");
	for (i = 0; i < 6; i++)
		got[i] = PSC(w, TO_PRIVATE(HOSTS));
	report(!got[0] && got[1] == BAD_HEADER && got[2] == BAD_HEADER && !got[3] &&
	       got[4] == BAD_ENTRY && !got[5],
	       "the second counts its occasions when the first is over");
	report(w->h.fault.struck == 1, "and its own strikes");
	arms(w, "psc-bad-headerx0+psc-bad-entry");
	for (i = 0; i < 3; i++)
		got[i] = PSC(w, TO_PRIVATE(HOSTS));
	report(got[2] == BAD_HEADER, "what strikes for ever is never over");
	arms(w, "psc-bad-header+psc-bad-entry");
	report(arms(w, "psc-stuck") && !w->h.then.plan, "a new plan ends both");
	arms(w, "psc-bad-header+psc-bad-entry");
	report(!arms(w, "psc-stuck+") && !w->h.fault.plan && !w->h.then.plan,
	       "and so does nonsense");
	arms(w, "psc-double-fetch+psc-stuck");
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1));
	host_pvalidate(&w->h, &w->v, HOSTS << 12, true, 0, 1, &eax, &cf);
	host_fault_read(&w->h, &w->v, O_BUFFER, 8);
	host_fault_read(&w->h, &w->v, O_BUFFER, 8);
	report(get(w, O_BUFFER) == 0x1ffff && !strcmp(w->h.fault.plan, "psc-stuck"),
	       "what the first has begun goes on");
}

static void unfinished(void)
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

/* What each plan does if it has no argument. */
static void defaults(void)
{
	static const struct {
		const char *plan;
		u64 info_1, info_2, header;
	} expected[] = {
		{ "psc-partial", 0, 0, 0x20001 },
		{ "psc-stuck", 0, 0, 0x20000 },
		{ "psc-generic", 0, GENERIC, 0x20000 },
		{ "psc-bad-header", 0, BAD_HEADER, 0x20000 },
		{ "psc-bad-entry", 0, BAD_ENTRY, 0x20001 },
		{ "psc-firmware-error", 0, 0x200000005, 0x20000 },
		{ "psc-exception", 1, 0x80000b0d, 0x20000 },
		{ "psc-2-1", 2, 1, 0x20000 }, { "psc-2-2", 2, 2, 0x20000 },
		{ "psc-2-3", 2, 3, 0x20000 }, { "psc-2-4", 2, 4, 0x20000 },
		{ "psc-2-5", 2, 5, 0x20000 }, { "psc-2-6", 2, 6, 0x20000 },
		{ "psc-unregister", 2, 1, 0x20000 },
		{ "psc-cur-back", 0, 0, 0x20000 },
		{ "psc-cur-beyond", 0, 0, 0x2ffff },
		{ "psc-end-lowered", 0, 0, 0x00001 },
		{ "psc-reserved", 0, 0, 0x100020003 },
		{ "psc-double-fetch", 0, 0, 0x20001 },
		{ "psc-skip", 0, 0, 0x20003 },
		{ "psc-lie", 0, 0, 0x20003 },
	};
	struct world *w;
	u32 i, served = 0;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		w = world("kvm-7.2");
		arms(w, expected[i].plan);
		PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1), TO_PRIVATE(HOSTS + 2));
		report(get(w, O_INFO_1) == expected[i].info_1 &&
		       get(w, O_INFO_2) == expected[i].info_2 &&
		       get(w, O_BUFFER) == expected[i].header,
		       "%s: its infos and its header", expected[i].plan);
		report(w->h.fault.struck == 1, "%s: has struck", expected[i].plan);
		served += w->rmp[HOSTS].private + w->rmp[HOSTS + 1].private;
	}
	report(served == 10, "six plans serve one entry, two serve all");
	w = world("kvm-7.2");
	arms(w, "psc-unregister");
	PSC(w, TO_PRIVATE(HOSTS));
	report(w->v.registered_gpa == ~0ULL, "psc-unregister: no GHCB is registered any more");
	w = world("kvm-7.2");
	arms(w, "psc-partial-2mx0");
	PSC(w, TO_PRIVATE(HOSTS) | HUGE | 5);
	report(psc_entry(w, 0) == (TO_PRIVATE(HOSTS) | HUGE | 5),
	       "psc-partial-2m: an entry that was begun stays");
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
	report(get(w, O_BUFFER) == 0x1ffff && !host_fault_watches(&w->h),
	       "the header changes before a byte of it is read again, once");
	arms(w, "psc-double-fetch");
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1));
	host_fault_read(&w->h, &w->v, O_BUFFER + 7, 1);
	report(host_fault_watches(&w->h), "the last byte once");
	host_fault_read(&w->h, &w->v, O_BUFFER + 7, 8);
	report(!host_fault_watches(&w->h), "and again");
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
	arms(w, "register-refused");
	report(msr(w, 0x8012) == 0xfffffffffffff013ULL && w->v.registered_gpa == 0x7000,
	       "register-refused: all ones, none is registered");
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
	report(!eax && cf && w->change[0].gfn == FRESH + 1 && w->change[0].n == 1 &&
	       w->change[0].private, "remap: another page is there, nothing to rescind");
	arms(w, "replay");
	host_pvalidate(&w->h, &w->v, (FRESH + 1) << 12, true, 0, 1, &eax, &cf);
	report(!eax && cf && w->rmp[FRESH + 1].validated, "replay: validated once before");
	arms(w, "replay");
	w->rmp[FRESH + 1].validated = false;
	w->rmp[FRESH + 1].assigned = false;
	w->v.counters[HOST_RMPUPDATE] = 0;
	host_pvalidate(&w->h, &w->v, (FRESH + 1) << 12, true, 0, 1, &eax, &cf);
	report(!eax && cf && !w->v.counters[HOST_RMPUPDATE], "replay: and assigned");
	arms(w, "take-back");
	w->rmp[FRESH + 1].validated = false;
	report(host_pvalidate(&w->h, &w->v, (FRESH + 1) << 12, true, 0, 1, &eax, &cf) ==
	       HOST_INSN_REFUSED && !w->rmp[FRESH + 1].private && w->rmp[FRESH + 2].private &&
	       !w->violations,
	       "take-back: a fault that stays, and nobody's rule is broken");
	arms(w, "replay");
	report(host_pvalidate(&w->h, &w->v, HOSTS << 12, true, 0, 1, &eax, &cf) ==
	       HOST_INSN_REFUSED && !w->rmp[HOSTS].assigned, "replay: not of a shared page");
	w = world("kvm-7.2");
	w->h.rmp_2m = true;
	host_launch(&w->h, HOSTS, 512);
	arms(w, "remap");
	host_pvalidate(&w->h, &w->v, HOSTS << 12, true, 1, 0, &eax, &cf);
	report(eax == 6 && !w->rmp[HOSTS].validated && w->rmp[HOSTS + 1].validated,
	       "remap: of 4K, a 2M entry ends with it");
	host_launch(&w->h, HOSTS, 512);
	host_pvalidate(&w->h, &w->v, HOSTS << 12, true, 1, 0, &eax, &cf);
	arms(w, "replay");
	host_pvalidate(&w->h, &w->v, HOSTS << 12, true, 1, 1, &eax, &cf);
	report(!eax && !cf, "replay: not by 2M");
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
	report(!w->rmp[HOSTS].lied, "an honest answer ends it");
	PSC(w, TO_SHARED(HOSTS));
	host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, true);
	report(w->violations == 1, "and then the rules hold again");
	arms(w, "psc-lie");
	PSC(w, TO_SHARED(HOSTS), TO_SHARED(PRIVATE) | HUGE);
	report(w->rmp[PRIVATE].lied && w->rmp[PRIVATE + 511].lied && !w->rmp[PRIVATE - 1].lied &&
	       !w->rmp[HOSTS].lied, "psc-lie: about a block, the last entry");
	w = world("kvm-7.2");
	PSC(w, TO_PRIVATE(HOSTS));
	PSC(w, TO_SHARED(HOSTS));
	host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, true);
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
	psc_again(w);
	report(w->violations == 1, "a header that the host left is not the guest's");
	PSC(w, TO_PRIVATE(HOSTS));
	psc_fill(w, O_BUFFER, 0, 0, (const u64[]) { TO_PRIVATE(HOSTS) }, 1);
	poke(w, O_BUFFER, 1ULL << 32);
	psc_again(w);
	report(w->violations == 2, "until it is filled anew");
}

/* Where a plan has to keep inside something. */
static void limits(void)
{
	static const struct host_ops no_ops;
	static u64 entries[253];
	struct world *w = world("kvm-7.2");
	bool cf;
	u32 eax, i;

	for (i = 0; i < 253; i++)
		entries[i] = TO_PRIVATE(HOSTS + i);
	arms(w, "psc-lie");
	psc(w, entries, 253);
	report(w->rmp[HOSTS].lied && w->rmp[HOSTS + 252].lied, "psc-lie: about 253 entries");
	w = world("kvm-7.2");
	psc_fill(w, O_BUFFER, 0, 1, entries, 3);
	arms(w, "psc-lie");
	psc_again(w);
	report(w->rmp[HOSTS + 1].lied && !w->rmp[HOSTS + 2].lied,
	       "psc-lie: what stands behind end_entry is no request");
	w = world("kvm-7.2");
	w->h.nr_pages = HOSTS;
	arms(w, "psc-lie");
	PSC(w, TO_PRIVATE(HOSTS));
	report(!w->rmp[HOSTS].lied, "psc-lie: not about what is no memory");
	w = world("kvm-7.2");
	w->h.ops = &no_ops;
	arms(w, "remap");
	host_pvalidate(&w->h, &w->v, PRIVATE << 12, true, 0, 0, &eax, &cf);
	report(cf, "remap: on a host without callbacks");
}

void plan_test(void)
{
	arming();
	triggers();
	sequence();
	unfinished();
	defaults();
	double_fetch();
	answers();
	pages();
	lies();
	limits();
}
