// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO, which is the interrupt controllers and the flash.
 *
 * The counting mode: the local APIC is the guest's own, but while a vCPU counts,
 * stores to it are trapped and carried out here, so that the call-function IPIs
 * of a TLB shootdown can be told from all else.
 */
#include "machine.h"

#define APIC_ICR			0x300
#define VECTOR_CALL_FUNCTION_SINGLE	0xfb	/* Linux, arch/x86/include/asm/irq_vectors.h */
#define VECTOR_CALL_FUNCTION		0xfc

static void store(struct vcpu *v, u64 gpa, u32 value)
{
	u8 vector = value;

	if (gpa == APIC_BASE + APIC_ICR && v->counts &&
	    (vector == VECTOR_CALL_FUNCTION || vector == VECTOR_CALL_FUNCTION_SINGLE))
		v->counters[COUNTER_icr_calls]++;
	*(volatile u32 *)gpa = value;
}

static bool is_controller(u64 gpa)
{
	return (gpa & PAGE_MASK) == APIC_BASE || (gpa & PAGE_MASK) == IOAPIC_BASE;
}

/* Both controllers have 32-bit registers only; elsewhere nobody answers. */
bool mmio_access(struct vcpu *v, u64 gpa, u64 size, bool write, void *data)
{
	u32 value;

	if (flash_access(v, gpa, size, write, data))
		return true;
	if (!is_controller(gpa)) {
		memset(data, 0xff, write ? 0 : size);
		return true;
	}
	if (size != sizeof(value) || gpa % sizeof(value))
		return false;
	if (write) {
		memcpy(&value, data, sizeof(value));
		store(v, gpa, value);
	} else {
		value = *(volatile u32 *)gpa;
		memcpy(data, &value, sizeof(value));
	}
	return true;
}

void apic_trap(void)
{
	bool any = false;
	int id;

	for (id = 0; id < machine.nr_vcpus; id++)
		any |= vcpus[id].counts;
	npt_trap_apic(any);
}

void apic_write(struct vcpu *v, u64 gpa)
{
	u32 value;

	if (!insn_store(v, &value))
		finish(MACHINE_BUG, v, "store to the APIC at 0x%lx by an unknown instruction", gpa);
	store(v, gpa, value);
}
