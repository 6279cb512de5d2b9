// SPDX-License-Identifier: GPL-2.0
/* What a call costs: its time, and what the machine counts meanwhile. */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <asm/tsc.h>

#include "../../machine/ports.h"
#include "price.h"

static uint mark;
module_param(mark, uint, 0600);
MODULE_PARM_DESC(mark, "the SNP machine counts (1) what this CPU does, or steps it (2)");

static void count(u32 on)
{
	if (mark)
		machine_write(SEL_ICR, on);
}

/**
 * price_begin() - right before the call
 * @p:		set
 *
 * Others' lazily freed mappings are not part of the call's price, nor is what a task does that
 * an interrupt has just woken: else the first that may sleep in the call lets it run.
 */
void price_begin(struct price *p)
{
	migrate_disable();	/* the machine counts one CPU's */
	for (;;) {
		vm_unmap_aliases();
		local_irq_disable();
		if (!need_resched())
			break;
		local_irq_enable();
		schedule();
	}
	p->ns = ktime_get_ns();
	p->cycles = rdtsc_ordered();
	count(mark);	/* and hold interrupts */
	local_irq_enable();
}

/**
 * price_end() - right behind the call
 * @p:		by price_begin()
 */
void price_end(struct price *p)
{
	count(0);
	p->cycles = rdtsc_ordered() - p->cycles;
	p->ns = ktime_get_ns() - p->ns;
	migrate_enable();
}
