// SPDX-License-Identifier: GPL-2.0
/*
 * An NMI while a guest fills its GHCB: Linux tells the host that it is complete
 * (sev_es_nmi_complete()) through that same page. Who has claimed the page gets
 * it back as it was; who has not finds one of four answers.
 */
#include <string.h>

#include "report.h"
#include "world.h"

enum { FILL, EXIT_CODE, INFOS, SCRATCH, BITMAP, VMGEXIT, ANSWER, NR_STEPS };

static const char *const before[NR_STEPS] = {
	[FILL] = "the descriptor is filled", [EXIT_CODE] = "the exit code is stored",
	[INFOS] = "the infos are stored", [SCRATCH] = "the scratch address is stored",
	[BITMAP] = "the valid bits are stored", [VMGEXIT] = "VMGEXIT",
	[ANSWER] = "the answer is read",
};

/* One use of the GHCB inside the NMI: the page is cleared as vc_ghcb_invalidate() does. */
static void use_ghcb(struct world *w, u64 code, u64 info_1, u64 info_2)
{
	poke(w, O_CODE, 0);
	memset(ghcb(w) + O_BITMAP, 0, 16);
	if (info_2)
		put(w, O_SCRATCH, (GHCB << 12) + O_BUFFER);
	nae(w, code, info_1, info_2);
	host_complete(&w->h, &w->v);
	poke(w, O_CODE, 0);
	memset(ghcb(w) + O_BITMAP, 0, 16);
}

/* With @mmio the handler writes a device register of 8 bytes. */
static void nmi(struct world *w, bool claimed, bool mmio)
{
	u8 backup[4096];

	w->v.nmi_masked = true;
	memcpy(backup, ghcb(w), sizeof(backup));
	use_ghcb(w, 0x80000003, 0, 0);
	if (mmio) {
		poke(w, O_BUFFER, 4);
		use_ghcb(w, 0x80000002, 0xfee00000, 8);
	}
	if (claimed)
		memcpy(ghcb(w), backup, sizeof(backup));
}

static void psc_step(struct world *w, u32 step)
{
	static const u64 entries[] = { TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1) };

	switch (step) {
	case FILL:
		poke(w, O_BUFFER, 1ULL << 16);
		memcpy(ghcb(w) + O_BUFFER + 8, entries, sizeof(entries));
		break;
	case EXIT_CODE:
		poke(w, O_CODE, NAE_PSC_CODE);
		break;
	case INFOS:
		poke(w, O_INFO_1, 0);
		poke(w, O_INFO_2, 0);
		break;
	case SCRATCH:
		poke(w, O_SCRATCH, (GHCB << 12) + O_BUFFER);
		break;
	case BITMAP:
		ghcb(w)[0x3fe] |= 0x3c;
		break;
	case VMGEXIT:
		w->v.ghcb_msr = GHCB << 12;
		host_vmgexit(&w->h, &w->v, &w->out);
		break;
	}
}

static struct world *psc_with_nmi(u32 when, bool claimed, bool mmio)
{
	struct world *w = world("kvm-7.2");
	u32 step;

	w->h.strict = false;
	for (step = 0; step < NR_STEPS; step++) {
		if (step == when)
			nmi(w, claimed, mmio);
		psc_step(w, step);
	}
	return w;
}

static bool is_done(struct world *w)
{
	return w->rmp[HOSTS].private && w->rmp[HOSTS + 1].private;
}

static bool answers(struct world *w, u64 info_1, u64 info_2)
{
	return is_valid(w, O_INFO_1) && get(w, O_INFO_1) == info_1 && get(w, O_INFO_2) == info_2;
}

static void claimed_page(bool mmio)
{
	struct world *w;
	u32 when;

	for (when = 0; when < NR_STEPS; when++) {
		w = psc_with_nmi(when, true, mmio);
		report(is_done(w) && answers(w, 0, 0) && psc_cur(w) == 2,
		       "claimed: an NMI%s before %s goes unnoticed", mmio ? " with MMIO" : "",
		       before[when]);
		report(!w->v.nmi_masked, "claimed: and is complete");
	}
}

static void unclaimed_page(void)
{
	struct world *w;
	u32 when;

	for (when = FILL; when <= EXIT_CODE; when++) {
		w = psc_with_nmi(when, false, false);
		report(is_done(w) && answers(w, 0, 0),
		       "unclaimed: an NMI before %s goes unnoticed", before[when]);
	}
	for (when = INFOS; when <= BITMAP; when++) {
		w = psc_with_nmi(when, false, false);
		report(!is_done(w) && answers(w, 2, 6),
		       "unclaimed: an NMI before %s: 2/6, not done",
		       before[when]);
	}
	w = psc_with_nmi(VMGEXIT, false, false);
	report(!is_done(w) && answers(w, 2, 4), "unclaimed: an NMI before VMGEXIT: 2/4, not done");
	w = psc_with_nmi(ANSWER, false, false);
	report(is_done(w) && !get(w, O_BITMAP) && !get(w, O_BITMAP + 8) && psc_cur(w) == 2,
	       "unclaimed: an NMI after VMGEXIT: an empty bitmap, but it is done");
	w = psc_with_nmi(EXIT_CODE, false, true);
	report(!is_done(w) && answers(w, 0, 0) && psc_cur(w) == 4,
	       "unclaimed: MMIO in the NMI over the header: success, and nothing is done");
	w = psc_with_nmi(ANSWER, false, true);
	report(is_done(w) && !get(w, O_BITMAP + 8) && psc_cur(w) == 4,
	       "unclaimed: MMIO after VMGEXIT: cur_entry is the device's data");
}

/* The MSR protocol has no page: a request or an answer that is lost looks like the GPA. */
static void msr_protocol(void)
{
	struct world *w = world("kvm-7.2");
	const u64 request = TO_PRIVATE(HOSTS) | 0x014;

	nmi(w, true, false);
	host_vmgexit(&w->h, &w->v, &w->out);
	report(w->v.ghcb_msr == GHCB << 12 && !w->rmp[HOSTS].private && answers(w, 2, 4),
	       "MSR: an NMI before VMGEXIT: the GPA stands there, not done");
	msr(w, request);
	nmi(w, true, false);
	report(w->v.ghcb_msr == GHCB << 12 && w->rmp[HOSTS].private,
	       "MSR: an NMI after VMGEXIT: the GPA stands there, done");
	report(msr(w, request) == 0x015 && w->rmp[HOSTS].private && w->changes == 1,
	       "MSR: asking once more is right both times");
}

/* Another GHCB is registered when the NMI uses its own. */
static void swapped_ghcb(void)
{
	struct world *w = world("kvm-6.12");

	w->v.registered_gpa = OTHER_GHCB << 12;
	nmi(w, false, false);
	report(w->out.action == HOST_STOP,
	       "kvm-6.12: an NMI while another GHCB is registered kills");
	w = world("kvm-7.2");
	w->v.registered_gpa = OTHER_GHCB << 12;
	nmi(w, false, false);
	report(w->v.nmi_masked, "kvm-7.2: then it is never complete, and no NMI comes any more");
}

void nmi_test(void)
{
	claimed_page(false);
	claimed_page(true);
	unclaimed_page();
	msr_protocol();
	swapped_ghcb();
}
