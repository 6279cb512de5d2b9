// SPDX-License-Identifier: GPL-2.0
/* IPIs: function calls to all CPUs, and to one. Each that was sent has to arrive once. */
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/smp.h>

#include "storm.h"

enum {
	CALLS_MAX = 16,		/* of a gust */
	CALM_US = 200,		/* up to so long between two */
};

static atomic_long_t sent, received;

static void receive(void *unused)
{
	atomic_long_inc(&received);
}

/* Without waiting, a call that the CPU has not had yet is waited for by the next one to it. */
static void call_all(bool wait)
{
	preempt_disable();
	atomic_long_add(num_online_cpus() - 1, &sent);
	smp_call_function_many(cpu_online_mask, receive, NULL, wait);
	preempt_enable();
}

static void call_one(struct rnd_state *rnd)
{
	unsigned int cpu = cpumask_any_and(cpumask_of(below(rnd, nr_cpu_ids)), cpu_online_mask);

	if (cpu >= nr_cpu_ids)
		return;
	atomic_long_inc(&sent);
	smp_call_function_single(cpu, receive, NULL, true);
}

/* Nobody comes or goes between counting and sending. */
static void gust(struct rnd_state *rnd)
{
	u32 calls = 1 + below(rnd, CALLS_MAX);

	cpus_read_lock();
	while (calls--) {
		if (below(rnd, 4))
			call_all(below(rnd, 2));
		else
			call_one(rnd);
	}
	cpus_read_unlock();
	usleep_range(1, 2 + below(rnd, CALM_US));
}

static void stop(void)
{
	cpus_read_lock();
	call_all(true);	/* behind those that were not waited for */
	cpus_read_unlock();
}

static unsigned long count(void)
{
	return atomic_long_read(&received);
}

static unsigned long wrong(void)
{
	return atomic_long_read(&sent) - atomic_long_read(&received);
}

const struct storm ipi_storm = {
	.name = "ipi", .gust = gust, .stop = stop, .count = count, .wrong = wrong,
};
