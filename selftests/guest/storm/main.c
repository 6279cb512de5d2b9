// SPDX-License-Identifier: GPL-2.0
/*
 * Storms beside conversions: what else happens in a guest, and much of it.
 *
 * The name of a storm written to "start" or "stop" does that; "counts" has a line for
 * each: its name, how much of it there was, and how much that should not have been.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "storm.h"

static unsigned int seed = 1;
module_param(seed, uint, 0600);
MODULE_PARM_DESC(seed, "what a storm does when follows from it; from the next start on");

module_param(nmi_every, uint, 0600);
MODULE_PARM_DESC(nmi_every, "exits from one NMI to the next; from the next start on");

static const struct storm * const storms[] = {
	&nmi_storm, &watchdog_storm, &ipi_storm, &hotplug_storm, &memory_storm,
};

static struct {
	bool on;
	struct task_struct *task;
	struct rnd_state rnd;
} states[ARRAY_SIZE(storms)];

static int blow(void *data)
{
	u32 i = (unsigned long)data;

	while (!kthread_should_stop()) {
		storms[i]->gust(&states[i].rnd);
		cond_resched();
	}
	return 0;
}

static int start_gusts(u32 i)
{
	struct task_struct *task;

	prandom_seed_state(&states[i].rnd, (u64)seed << 32 | i);
	task = kthread_run(blow, (void *)(unsigned long)i, "storm/%s", storms[i]->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	states[i].task = task;
	return 0;
}

static int start(u32 i)
{
	int err = storms[i]->start ? storms[i]->start() : 0;

	if (!err && storms[i]->gust)
		err = start_gusts(i);
	states[i].on = !err;
	return err;
}

static void stop(u32 i)
{
	if (states[i].task)
		kthread_stop(states[i].task);
	states[i].task = NULL;
	if (storms[i]->stop)
		storms[i]->stop();
	states[i].on = false;
}

static int find(const char *value)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(storms); i++)
		if (sysfs_streq(value, storms[i]->name))
			return i;
	return -ENOENT;
}

/* ---- parameters ---- */

static int set_start(const char *value, const struct kernel_param *kp)
{
	int i = find(value);

	if (i < 0)
		return i;
	return states[i].on ? -EBUSY : start(i);
}

static int set_stop(const char *value, const struct kernel_param *kp)
{
	int i = find(value);

	if (i < 0)
		return i;
	if (!states[i].on)
		return -EINVAL;
	stop(i);
	return 0;
}

static int get_counts(char *buffer, const struct kernel_param *kp)
{
	int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(storms); i++)
		n += sysfs_emit_at(buffer, n, "%s %lu %lu\n", storms[i]->name, storms[i]->count(),
				   storms[i]->wrong ? storms[i]->wrong() : 0);
	return n;
}

static const struct kernel_param_ops start_ops = { .set = set_start };
module_param_cb(start, &start_ops, NULL, 0200);
MODULE_PARM_DESC(start, "write a storm's name to start it");

static const struct kernel_param_ops stop_ops = { .set = set_stop };
module_param_cb(stop, &stop_ops, NULL, 0200);
MODULE_PARM_DESC(stop, "write a storm's name to stop it");

static const struct kernel_param_ops counts_ops = { .get = get_counts };
module_param_cb(counts, &counts_ops, NULL, 0400);
MODULE_PARM_DESC(counts, "a line for each storm: its name, how much, how much wrong");

/* ---- load, unload ---- */

static int __init storm_init(void)
{
	return nmi_init();
}

static void __exit storm_exit(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(storms); i++)
		if (states[i].on)
			stop(i);
	nmi_exit();
}

module_init(storm_init);
module_exit(storm_exit);

MODULE_DESCRIPTION("Storms of NMIs, IPIs, CPU hotplug and memory pressure");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
