// SPDX-License-Identifier: GPL-2.0
/*
 * Churn of the kernel's own conversions, on all CPUs at once, without snp_psc.
 *
 * Loading takes as long as the churn. Each CPU has a block of pages; parts of it
 * are made shared, written, read back, made private, written and read back. What
 * came of it stands in the module's parameters. Each NMI that comes meanwhile
 * asks the host for a port, so it uses a GHCB that is perhaps in use.
 */
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/set_memory.h>

#include <asm/nmi.h>

#include "../../machine/ports.h"

enum {
	ORDER = 6,
	PAGES = 1 << ORDER,	/* of a CPU's block */
	RANGE_MAX = 16,		/* pages of one conversion */
	CPUS_MAX = 8,
	PORT_SYSTEM = 0x61,
};

static unsigned int seconds = 10;
module_param(seconds, uint, 0400);

static unsigned int seed = 1;
module_param(seed, uint, 0400);

static unsigned int exits;
module_param(exits, uint, 0400);
MODULE_PARM_DESC(exits, "exits from one NMI to the next, 0: no NMIs");

/* What came of it, a number for each CPU. */
static unsigned long calls[CPUS_MAX], converted[CPUS_MAX], wrong[CPUS_MAX], nmis[CPUS_MAX];
static unsigned long pfns[CPUS_MAX];
module_param_array(calls, ulong, NULL, 0400);
MODULE_PARM_DESC(calls, "conversions");
module_param_array(converted, ulong, NULL, 0400);
MODULE_PARM_DESC(converted, "pages that they converted");
module_param_array(wrong, ulong, NULL, 0400);
MODULE_PARM_DESC(wrong, "words that were read back wrong, and conversions that failed");
module_param_array(nmis, ulong, NULL, 0400);
MODULE_PARM_DESC(nmis, "NMIs");
module_param_array(pfns, ulong, NULL, 0400);
MODULE_PARM_DESC(pfns, "the first page of each block");

static u64 *blocks[CPUS_MAX];
static struct task_struct *tasks[CPUS_MAX];

static unsigned long bad_words(u64 *words, unsigned long n, u32 pattern)
{
	unsigned long i, bad = 0;

	for (i = 0; i < n; i++)
		WRITE_ONCE(words[i], PAGE_PATTERN(pattern, i));
	cond_resched();
	for (i = 0; i < n; i++)
		bad += READ_ONCE(words[i]) != PAGE_PATTERN(pattern, i);
	return bad;
}

static void convert(long cpu, u64 *words, int n, bool shared, u32 pattern)
{
	unsigned long addr = (unsigned long)words;
	int err = shared ? set_memory_decrypted(addr, n) : set_memory_encrypted(addr, n);

	calls[cpu]++;
	if (err) {
		pr_err("churn: %d pages to %s: %d\n", n, shared ? "shared" : "private", err);
		wrong[cpu]++;
		return;
	}
	converted[cpu] += n;
	wrong[cpu] += bad_words(words, n * (PAGE_SIZE / sizeof(*words)), pattern);
}

static int churn(void *data)
{
	long cpu = (long)data;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, ((u64)seed << 32) + cpu);
	while (!kthread_should_stop()) {
		u32 first = prandom_u32_state(&rnd) % PAGES;
		u32 n = 1 + prandom_u32_state(&rnd) % min_t(u32, RANGE_MAX, PAGES - first);
		u64 *words = blocks[cpu] + first * (PAGE_SIZE / sizeof(*words));

		convert(cpu, words, n, true, prandom_u32_state(&rnd));
		convert(cpu, words, n, false, prandom_u32_state(&rnd));
		cond_resched();
	}
	return 0;
}

static int nmi(unsigned int type, struct pt_regs *regs)
{
	nmis[raw_smp_processor_id()]++;
	inb(PORT_SYSTEM);
	return NMI_HANDLED;
}

/* Only while there is a handler: the kernel has much to say about NMIs that nobody wants. */
static void storm(unsigned int every)
{
	machine_write(SEL_NMI_STORM, every);
}

/* What could not be made private is lost on purpose. */
static void stop(void)
{
	int cpu;

	for (cpu = 0; cpu < CPUS_MAX; cpu++)
		if (tasks[cpu])
			kthread_stop(tasks[cpu]);
	for (cpu = 0; cpu < CPUS_MAX; cpu++)
		if (blocks[cpu] && !wrong[cpu])
			free_pages((unsigned long)blocks[cpu], ORDER);
}

static int start(long cpu)
{
	struct task_struct *task;

	blocks[cpu] = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	if (!blocks[cpu])
		return -ENOMEM;
	pfns[cpu] = __pa(blocks[cpu]) >> PAGE_SHIFT;
	task = kthread_create_on_cpu(churn, (void *)cpu, cpu, "churn/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	tasks[cpu] = task;
	wake_up_process(task);
	return 0;
}

static int __init churn_init(void)
{
	int cpu, err;

	if (num_possible_cpus() > CPUS_MAX)
		return -EINVAL;
	err = register_nmi_handler(NMI_LOCAL, nmi, 0, "churn");
	if (err)
		return err;
	cpus_read_lock();
	for_each_online_cpu(cpu)
		err = err ?: start(cpu);
	cpus_read_unlock();
	if (!err) {
		storm(exits);
		schedule_timeout_interruptible(seconds * HZ);
		storm(0);
	}
	stop();
	/* The last NMI may be still under way. */
	schedule_timeout_uninterruptible(HZ / 10);
	unregister_nmi_handler(NMI_LOCAL, "churn");
	return err;
}

static void __exit churn_exit(void)
{
}

module_init(churn_init);
module_exit(churn_exit);

MODULE_DESCRIPTION("Churn of the kernel's own page conversions for tests");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
