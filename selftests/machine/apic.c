// SPDX-License-Identifier: GPL-2.0
/*
 * The counting mode: the local APIC is the guest's own, but while a vCPU counts,
 * stores to it are trapped and carried out here, so that the call-function IPIs
 * of a TLB shootdown can be told from all else.
 */
#include "machine.h"

#define APIC_ICR			0x300
#define VECTOR_CALL_FUNCTION_SINGLE	0xfb	/* Linux, arch/x86/include/asm/irq_vectors.h */
#define VECTOR_CALL_FUNCTION		0xfc

void apic_trap(struct vcpu *v, bool on)
{
	bool any = false;
	int id;

	v->counts_icr = on;
	for (id = 0; id < machine.nr_vcpus; id++)
		any |= vcpus[id].counts_icr;
	npt_trap_apic(any);
}

void apic_write(struct vcpu *v, u64 gpa)
{
	u32 value;

	if (!insn_store(v, &value))
		finish(MACHINE_BUG, v, "store to the APIC at 0x%lx by an unknown instruction", gpa);
	if ((gpa & ~PAGE_MASK) == APIC_ICR) {
		u8 vector = value;

		if (v->counts_icr && (vector == VECTOR_CALL_FUNCTION ||
				      vector == VECTOR_CALL_FUNCTION_SINGLE))
			v->counters[COUNTER_icr_calls]++;
	}
	*(volatile u32 *)gpa = value;
}
