// SPDX-License-Identifier: GPL-2.0
/*
 * How far the conversion of each page is, and who reads it meanwhile: a page fault in
 * the direct map, or a #VC 0x404.
 */
#include "machine.h"

enum step {
	SETTLED,	/* validated, or never touched by the guest */
	RESCINDED,	/* PVALIDATE(0), and no page state change yet */
	SHARED,
	CLAIMED,	/* private again, and no PVALIDATE(1) yet */
	TOUCHED,	/* the same, without having asked for it */
};

static u8 *steps;

void steps_init(void)
{
	steps = steps ?: alloc_pages(machine.host.nr_pages);
	memset(steps, SETTLED, machine.host.nr_pages);
}

void step_pvalidated(u64 gfn, u64 n, bool validate)
{
	memset(steps + gfn, validate ? SETTLED : RESCINDED, n);
}

void step_changed(u64 gfn, u64 n, bool private)
{
	bool asked = machine.current->vmcb.exit_code == EXIT_VMMCALL;

	memset(steps + gfn, !private ? SHARED : asked ? CLAIMED : TOUCHED, n);
}

const char *step_name(u64 gfn)
{
	static const char * const names[] = {
		[SETTLED] = "one that never was",
		[RESCINDED] = "one that is rescinded, and not shared yet",
		[SHARED] = "one that is shared",
		[CLAIMED] = "one that is private again, and not validated yet",
		[TOUCHED] = "one that was shared until this touch",
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
		[SETTLED] = COUNTER_missed_validated, [RESCINDED] = COUNTER_missed_rescinded,
		[SHARED] = COUNTER_missed_shared, [CLAIMED] = COUNTER_missed_claimed,
		[TOUCHED] = COUNTER_missed_claimed,
	};
	u64 error = v->vmcb.exit_info_1, va = v->vmcb.exit_info_2, gpa;

	if (!(error & PF_PRESENT) && in_direct_map(v, va, &gpa))
		v->counters[counters[steps[gpa >> PAGE_SHIFT]]]++;
	page_fault(v, va, error);
}
