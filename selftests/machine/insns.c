// SPDX-License-Identifier: GPL-2.0
/*
 * How many instructions the guest executes, while SEL_ICR has them counted; and how many
 * in a row with interrupts off, while it has the guest single-stepped.
 *
 * With QEMU's -icount the TSC counts instructions, L1's and the guest's; so what
 * passes between two exits are the guest's and a few of the switch's. What an exit
 * does in the guest's place (VMGEXIT, PVALIDATE, port I/O) is in no number.
 * It is one clock for all CPUs, so only a machine of one vCPU has a number at all.
 */
#include "machine.h"

#define RFLAGS_IF	(1ull << 9)
#define PROBE		1000	/* instructions */
#define SWITCH		58	/* from one RDTSC to the other without those of the guest */

static u64 ticks;	/* an instruction, 0 if the clock has nothing to do with them */

#define TIME(n) ({							\
	u64 start = rdtsc();						\
	asm volatile(".rept " #n "\n\tnop\n\t.endr");			\
	rdtsc() - start; })

static u64 probe(void)
{
	return TIME(2000) - TIME(1000);
}

void insns_init(void)
{
	u64 first = probe();

	if (machine.nr_vcpus == 1 && first == probe() && first == probe() && first % PROBE == 0)
		ticks = first / PROBE;
}

void insns_enter(struct vcpu *v)
{
	v->entered = rdtsc();
}

void insns_leave(struct vcpu *v)
{
	u64 passed = rdtsc() - v->entered;

	if (v->counts && ticks)
		v->counters[COUNTER_instructions] += passed / ticks - SWITCH;
}

/*
 * Without interrupts: they, and whom they wake, are not what is being measured. And a timer
 * that ticks faster than the guest steps would get all.
 */
void insns_count(struct vcpu *v, u32 how)
{
	v->counts = how;
	v->stepped = how == 2;
	v->irqs_off = 0;
	hold_interrupts(v, v->stepped || (how && ticks));
}

void insns_stepped(struct vcpu *v)
{
	u64 *most = &v->counters[COUNTER_irqs_off];

	if (!v->stepped)
		return;
	v->irqs_off = v->vmcb.save.rflags & RFLAGS_IF ? 0 : v->irqs_off + 1;
	if (v->irqs_off > *most)
		*most = v->irqs_off;
	step(v);
}
