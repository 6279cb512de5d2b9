// SPDX-License-Identifier: GPL-2.0
/*
 * How far the conversion of each page is, and who reads it meanwhile: a page fault in
 * the direct map, or a #VC 0x404. And an NMI at the step that a test chooses.
 */
#include "machine.h"

static u8 *steps;
static u64 in_transition;	/* pages */

static struct {
	enum step at;
	u32 left;	/* pages, 0: no NMI */
} nmi;

void steps_init(void)
{
	steps = steps ?: alloc_pages(machine.host.nr_pages);
	memset(steps, STEP_SETTLED, machine.host.nr_pages);
	in_transition = 0;
}

/* When the n-th page from now on gets there. */
void step_nmi_at(enum step at, u32 n)
{
	nmi.at = at;
	nmi.left = n;
}

static bool is_transition(enum step step)
{
	return step == STEP_RESCINDED || step == STEP_CLAIMED;
}

bool steps_any_in_transition(void)
{
	return in_transition;
}

static void step_to(enum step step, u64 gfn, u64 n)
{
	u64 i;

	for (i = gfn; i < gfn + n; i++) {
		in_transition += is_transition(step);
		in_transition -= is_transition(steps[i]);
	}
	memset(steps + gfn, step, n);
	if (step != nmi.at || !nmi.left)
		return;
	nmi.left -= n < nmi.left ? n : nmi.left;
	if (!nmi.left)
		machine.current->nmi_wanted = true;
}

void step_pvalidated(u64 gfn, u64 n, bool validate)
{
	step_to(validate ? STEP_SETTLED : STEP_RESCINDED, gfn, n);
}

void step_changed(u64 gfn, u64 n, bool private)
{
	bool asked = machine.current->vmcb.exit_code == EXIT_VMMCALL;

	step_to(!private ? STEP_SHARED : asked ? STEP_CLAIMED : STEP_TOUCHED, gfn, n);
}

const char *step_name(u64 gfn)
{
	static const char * const names[] = {
		[STEP_SETTLED] = "one that never was",
		[STEP_RESCINDED] = "one that is rescinded, and not shared yet",
		[STEP_SHARED] = "one that is shared",
		[STEP_CLAIMED] = "one that is private again, and not validated yet",
		[STEP_TOUCHED] = "one that was shared until this touch",
	};

	return names[steps[gfn]];
}

/* From each vCPU's next exit on. */
void steps_count_faults(struct vcpu *self, bool on)
{
	int id;

	for (id = 0; id < machine.nr_vcpus; id++) {
		if (on)
			vcpus[id].vmcb.intercept_exceptions |= 1 << VECTOR_PF;
		else
			vcpus[id].vmcb.intercept_exceptions &= ~(1u << VECTOR_PF);
	}
	kick_others(self);
}

/* The guest gets it all the same. */
void step_page_fault(struct vcpu *v)
{
	static const enum machine_counter counters[] = {
		[STEP_SETTLED] = COUNTER_missed_validated,
		[STEP_RESCINDED] = COUNTER_missed_rescinded,
		[STEP_SHARED] = COUNTER_missed_shared,
		[STEP_CLAIMED] = COUNTER_missed_claimed,
		[STEP_TOUCHED] = COUNTER_missed_claimed,
	};
	u64 error = v->vmcb.exit_info_1, va = v->vmcb.exit_info_2, gpa;

	if (!(error & PF_PRESENT) && in_direct_map(v, va, &gpa))
		v->counters[counters[steps[gpa >> PAGE_SHIFT]]]++;
	page_fault(v, va, error);
}
