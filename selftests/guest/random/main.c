// SPDX-License-Identifier: GPL-2.0
/*
 * Random requests to snp_psc, from many callers at once, against a model.
 *
 * Each caller is a thread, one bound to each CPU and some to none, and has pages of its
 * own. What is written to the parameters has them
 *   pages	make requests until so many pages have changed their state
 *   check	look at every page
 *   private	make all pages private again
 * and a write takes as long as that does. What came of it so far is in "counts".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/wait.h>

#include "host.h"
#include "model.h"
#include "request.h"
#include "set.h"

enum {
	CALLERS_MAX = 16,
	UNBOUND = 2,		/* callers that may run anywhere */
};

static unsigned int seed = 1;
module_param(seed, uint, 0400);
MODULE_PARM_DESC(seed, "what all choices follow from");

module_param(may_fail, bool, 0600);
MODULE_PARM_DESC(may_fail, "requests may fail with ENOMEM or EIO if they are undone");

static struct caller {
	struct set *set;
	struct task_struct *task;
	int cpu;		/* or -1 */
} callers[CALLERS_MAX];

static unsigned int nr_callers;
static atomic_long_t left;	/* pages still to be converted */
static atomic_t running;	/* callers */
static DECLARE_WAIT_QUEUE_HEAD(last_one);

/* ---- one run ---- */

static int work(void *data)
{
	struct set *set = data;

	while (!kthread_should_stop() && !set->counts.differences &&
	       atomic_long_read(&left) > 0) {
		atomic_long_sub(request_random(set), &left);
		cond_resched();
	}
	if (atomic_dec_and_test(&running))
		wake_up(&last_one);
	return 0;
}

static int start(struct caller *c)
{
	struct task_struct *task = kthread_create(work, c->set, "psc_random/%u", c->set->id);

	if (IS_ERR(task))
		return PTR_ERR(task);
	if (c->cpu >= 0)
		kthread_bind(task, c->cpu);
	c->task = get_task_struct(task);	/* kthread_stop() after its end */
	atomic_inc(&running);
	return 0;
}

static int run_all(void)
{
	struct caller *c;
	int err = 0;

	for (c = callers; c < callers + nr_callers && !err; c++)
		err = start(c);
	if (err)
		atomic_long_set(&left, 0);
	for (c = callers; c < callers + nr_callers; c++)
		if (c->task)
			wake_up_process(c->task);
	if (wait_event_interruptible(last_one, !atomic_read(&running)))
		err = -EINTR;
	for (c = callers; c < callers + nr_callers; c++) {
		if (!c->task)
			continue;
		kthread_stop(c->task);
		put_task_struct(c->task);
		c->task = NULL;
	}
	return err;
}

static unsigned long differences(void)
{
	unsigned long n = 0;
	struct caller *c;

	for (c = callers; c < callers + nr_callers; c++)
		n += c->set->counts.differences;
	return n;
}

/* ---- parameters ---- */

static int set_pages(const char *value, const struct kernel_param *kp)
{
	long n;
	int err = kstrtol(value, 0, &n);

	if (err)
		return err;
	if (n <= 0 || !nr_callers)
		return -EINVAL;
	atomic_long_set(&left, n);
	return run_all() ?: differences() ? -EIO : 0;
}

static int set_private(const char *value, const struct kernel_param *kp)
{
	struct caller *c;

	for (c = callers; c < callers + nr_callers; c++)
		request_all_private(c->set);
	return differences() ? -EIO : 0;
}

static int set_check(const char *value, const struct kernel_param *kp)
{
	struct caller *c;

	for (c = callers; c < callers + nr_callers; c++)
		model_check_all(c->set);
	return differences() ? -EIO : 0;
}

static int get_counts(char *buffer, const struct kernel_param *kp)
{
	int n = sysfs_emit(buffer, "# caller cpu requests refused failed asked shared private %s\n",
			   "differences overtaken");
	struct caller *c;

	for (c = callers; c < callers + nr_callers; c++) {
		struct counts *k = &c->set->counts;

		n += sysfs_emit_at(buffer, n, "%u %d %lu %lu %lu %lu %lu %lu %lu %lu\n",
				   c->set->id, c->cpu, k->requests, k->refused, k->failed,
				   k->asked, k->shared, k->private, k->differences, k->overtaken);
	}
	return n;
}

static const struct kernel_param_ops pages_ops = { .set = set_pages };
module_param_cb(pages, &pages_ops, NULL, 0200);
MODULE_PARM_DESC(requests, "write a number to have so many converted");

static const struct kernel_param_ops private_ops = { .set = set_private };
module_param_cb(private, &private_ops, NULL, 0200);
MODULE_PARM_DESC(private, "write anything to make all pages private again");

static const struct kernel_param_ops check_ops = { .set = set_check };
module_param_cb(check, &check_ops, NULL, 0200);
MODULE_PARM_DESC(check, "write anything to have every page checked");

static const struct kernel_param_ops counts_ops = { .get = get_counts };
module_param_cb(counts, &counts_ops, NULL, 0400);
MODULE_PARM_DESC(counts, "what came of it, a line for each caller");

/* ---- load, unload ---- */

static int add_caller(int cpu)
{
	struct caller *c = &callers[nr_callers];

	if (nr_callers == CALLERS_MAX)
		return -EINVAL;
	c->cpu = cpu;
	c->set = set_make(nr_callers, seed);
	if (!c->set)
		return -ENOMEM;
	nr_callers++;
	return 0;
}

static void remove_callers(void)
{
	while (nr_callers)
		set_free(callers[--nr_callers].set);
}

static int __init snp_psc_random_init(void)
{
	int cpu, i, err = 0;

	if (!host_is_machine())
		return -ENODEV;
	for_each_online_cpu(cpu)
		err = err ?: add_caller(cpu);
	for (i = 0; i < UNBOUND; i++)
		err = err ?: add_caller(-1);
	if (err)
		remove_callers();
	else
		pr_info("%u callers with %u pages each, seed %u\n", nr_callers,
			callers[0].set->n, seed);
	return err;
}

static void __exit snp_psc_random_exit(void)
{
	set_private(NULL, NULL);
	remove_callers();
}

module_init(snp_psc_random_init);
module_exit(snp_psc_random_exit);

MODULE_DESCRIPTION("Random requests to snp_psc against a model");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
