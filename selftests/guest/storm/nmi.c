// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs: many of them, or fewer whose handler takes its time.
 *
 * The second is what the kernel's own watchdog would be. The machine has no performance
 * counters, so its kernels have no NMIs of that kind. Either way the host injects
 * them, and each ends with a VMGEXIT.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include <asm/nmi.h>
#include <asm/processor.h>

#include "../../machine/ports.h"
#include "storm.h"

enum {
	RARE = 10,		/* without a storm of them: so many times less often */
	SLOW = 4,		/* one of so many in a storm is a watchdog's */
	PATIENCE = 256,		/* PAUSEs */
};

unsigned int nmi_every = 200;

static bool fast, slow;
static DEFINE_PER_CPU(unsigned long, nmis);
static DEFINE_PER_CPU(unsigned long, slow_nmis);

/* What a dump of all CPUs would take. */
static void take_time(void)
{
	int i;

	for (i = 0; i < PATIENCE; i++)
		cpu_relax();
}

static int nmi(unsigned int type, struct pt_regs *regs)
{
	unsigned long n = this_cpu_inc_return(nmis);

	if (READ_ONCE(slow) && (!READ_ONCE(fast) || n % SLOW == 0)) {
		this_cpu_inc(slow_nmis);
		take_time();
	}
	return NMI_HANDLED;
}

/* Whoever starts or stops has the machine's ports to itself. */
static void update(void)
{
	machine_write(SEL_NMI_STORM, fast ? nmi_every : slow ? nmi_every * RARE : 0);
	if (!fast && !slow)
		schedule_timeout_uninterruptible(HZ / 10);	/* one may be under way */
}

static int start_fast(void)
{
	fast = true;
	update();
	return 0;
}

static void stop_fast(void)
{
	fast = false;
	update();
}

static int start_slow(void)
{
	slow = true;
	update();
	return 0;
}

static void stop_slow(void)
{
	slow = false;
	update();
}

static unsigned long sum(unsigned long __percpu *counter)
{
	unsigned long n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += *per_cpu_ptr(counter, cpu);
	return n;
}

static unsigned long count(void)
{
	return sum(&nmis);
}

static unsigned long count_slow(void)
{
	return sum(&slow_nmis);
}

const struct storm nmi_storm = {
	.name = "nmi", .start = start_fast, .stop = stop_fast, .count = count,
};

const struct storm watchdog_storm = {
	.name = "watchdog", .start = start_slow, .stop = stop_slow, .count = count_slow,
};

/**
 * nmi_init() - get ready for NMIs
 *
 * Return: 0, or a negative errno
 */
int nmi_init(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi, 0, "storm");
}

/**
 * nmi_exit() - undo nmi_init(), when no storm is on any more
 */
void nmi_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, "storm");
}
