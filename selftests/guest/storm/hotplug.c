// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that go and come back, again and again.
 *
 * The kernel marks a CPU's GHCB as in use to halt the CPU, and never takes that back. After
 * the second time the backup is marked, too, and the third time the kernel panics. Here
 * the mark goes before the CPU does, so that each time is the first one. And an NMI while a
 * CPU that was away wakes another one, for which it takes the backup, is a panic as well: the
 * first CPU wakes them all.
 */
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "../../../src/ghcb.h"
#include "storm.h"

enum {
	AWAY_MS = 20,		/* up to so long */
	BACK_MS = 80,
};

static unsigned long rounds, failed;
static enum cpuhp_state state;

static u64 ghcb_msr(void)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (PSC_MSR_GHCB));
	return (u64)high << 32 | low;
}

/* A claim is made and given back with interrupts off: now there is none. */
static int unmark(unsigned int cpu)
{
	struct psc_runtime_data *data;
	unsigned long flags;

	local_irq_save(flags);
	data = __va(ghcb_msr() & PAGE_MASK);
	WRITE_ONCE(data->ghcb_active, 0);
	local_irq_restore(flags);
	return 0;
}

static int start(void)
{
	int err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "storm:ghcb", NULL, unmark);

	if (err < 0)
		return err;
	state = err;
	return 0;
}

static void stop(void)
{
	cpuhp_remove_state_nocalls(state);
}

/* All but the first. */
static void gust(struct rnd_state *rnd)
{
	unsigned int cpu = 1 + below(rnd, num_present_cpus() - 1);

	set_cpus_allowed_ptr(current, cpumask_of(0));
	if (remove_cpu(cpu)) {
		failed++;
		return;
	}
	msleep(below(rnd, AWAY_MS));
	if (add_cpu(cpu))
		failed++;
	rounds++;
	msleep(below(rnd, BACK_MS));
}

static unsigned long count(void)
{
	return rounds;
}

static unsigned long wrong(void)
{
	return failed + num_present_cpus() - num_online_cpus();
}

const struct storm hotplug_storm = {
	.name = "hotplug", .start = start, .gust = gust, .stop = stop,
	.count = count, .wrong = wrong,
};
