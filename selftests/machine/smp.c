// SPDX-License-Identifier: GPL-2.0
/* The physical CPUs, one behind each vCPU: start them, stop them from racing, make them exit. */
#include "machine.h"

#define TRAMPOLINE	0x8000
#define APIC_ICR	(*(volatile u32 *)(APIC_BASE + 0x300))
#define APIC_ICR2	(*(volatile u32 *)(APIC_BASE + 0x310))
#define ICR_INIT	0x4500
#define ICR_SIPI	(0x4600 | TRAMPOLINE >> 12)
#define ICR_NMI		0x4400
#define ICR_OTHERS	0xc0000		/* shorthand: all but self */
#define START_SPINS	100000000

#define PORT_FW_CFG		0x510	/* QEMU's: selector, data at + 1 */
#define FW_CFG_NB_CPUS		0x05

extern const char trampoline[], trampoline_end[];
void idt_init(void);
__noreturn void smp_main(int id);

static volatile int lock;

void relax(void)
{
	asm volatile("pause");	/* QEMU goes on with the next CPU here */
}

void machine_lock(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		relax();
}

void machine_unlock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

void smp_main(int id)
{
	struct vcpu *v = &vcpus[id];

	vcpu_init(v, id);
	vcpu_loop(v);
}

static int count_cpus(void)
{
	int n;

	outw(PORT_FW_CFG, FW_CFG_NB_CPUS);
	n = inb(PORT_FW_CFG + 1);
	return n | inb(PORT_FW_CFG + 1) << 8;
}

static void wait_for(const struct vcpu *v)
{
	int spins;

	for (spins = 0; *(const volatile enum vcpu_state *)&v->state == VCPU_ABSENT; spins++) {
		if (spins == START_SPINS)
			finish(MACHINE_BUG, NULL, "CPU %d did not start", (int)(v - vcpus));
		relax();
	}
}

void smp_start(void)
{
	int id;

	idt_init();
	machine.nr_vcpus = count_cpus();
	if (machine.nr_vcpus > MAX_VCPUS)
		finish(MACHINE_BUG, NULL, "%d CPUs, at most %d", machine.nr_vcpus, MAX_VCPUS);
	memcpy((void *)TRAMPOLINE, trampoline, trampoline_end - trampoline);
	APIC_ICR = ICR_INIT | ICR_OTHERS;
	APIC_ICR = ICR_SIPI | ICR_OTHERS;
	for (id = 1; id < machine.nr_vcpus; id++)
		wait_for(&vcpus[id]);
}

/* The guest uses this APIC too: an ICR2 that it has written must survive. */
static void send_nmi(const struct vcpu *v)
{
	u32 icr2 = APIC_ICR2;

	APIC_ICR2 = v->id << 24;
	APIC_ICR = ICR_NMI;
	APIC_ICR2 = icr2;
}

void vcpu_wait_until_created(struct vcpu *v)
{
	while (*(volatile enum vcpu_state *)&v->state != VCPU_RUNNING) {
		vcpu_park();
		v->kicked = false;
	}
}

static void restart(struct vcpu *v, enum vcpu_state state)
{
	v->epoch++;
	v->kicked = true;
	v->state = state;
	send_nmi(v);
}

/* Start @v from @vmsa; both it and what a VMCB holds begin with the same layout. */
void vcpu_create(struct vcpu *v, const struct vmcb_save *vmsa)
{
	v->vmcb.save = *vmsa;
	v->vmcb.save.efer |= EFER_SVME;
	memset(v->regs, 0, sizeof(v->regs));
	v->regs[RAX] = vmsa->rax;
	v->regs[RSP] = vmsa->rsp;
	v->pending_event = 0;
	v->nmi_wanted = false;
	v->host.nmi_masked = false;
	restart(v, VCPU_RUNNING);
}

/* It may be running: the kick makes it see its new state. */
void vcpu_destroy(struct vcpu *v)
{
	restart(v, VCPU_PARKED);
}

/* No waiting: the NMI makes the other CPU exit, and so flush, before its next instruction. */
void kick(struct vcpu *self, struct vcpu *v)
{
	if (v->state != VCPU_RUNNING || v->kicked)
		return;
	v->kicked = true;
	self->counters[COUNTER_kicks]++;
	send_nmi(v);
}

void kick_others(struct vcpu *self)
{
	int id;

	for (id = 0; id < machine.nr_vcpus; id++)
		if (id != self->id)
			kick(self, &vcpus[id]);
}
