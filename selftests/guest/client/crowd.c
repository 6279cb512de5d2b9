// SPDX-License-Identifier: GPL-2.0
/* Conversions from many CPUs at once: does each of them get its share? */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "crowd.h"
#include "set.h"
#include "ways.h"

enum { MOST_THREADS = 8 };

struct member {
	struct page_set set;
	unsigned long calls;
	u64 longest_ns;
	int err;
};

static struct {
	const struct way *way;
	unsigned long end;		/* in jiffies */
	struct completion start;
	struct completion done;
	unsigned long n;
	struct member members[MOST_THREADS];
} crowd;

static int convert(struct member *m, bool shared)
{
	u64 start = ktime_get_ns();
	int err = way_convert(crowd.way, &m->set, shared);

	m->longest_ns = max(m->longest_ns, ktime_get_ns() - start);
	m->calls++;
	m->set.shared = err ? true : shared;
	return err;
}

static int work(void *arg)
{
	struct member *m = arg;

	wait_for_completion(&crowd.start);
	while (!m->err && time_before(jiffies, crowd.end)) {
		m->err = convert(m, true) ?: convert(m, false);
		cond_resched();
	}
	kthread_complete_and_exit(&crowd.done, 0);
}

/* A thread for each CPU, and they begin together. */
static int start(unsigned long i, unsigned long pages)
{
	struct member *m = &crowd.members[i];
	struct task_struct *task;
	int err;

	*m = (struct member){};
	err = set_alloc(&m->set, "contiguous", pages);
	if (err)
		return err;
	task = kthread_create_on_cpu(work, m, i, "crowd/%u");
	if (IS_ERR(task)) {
		set_free(&m->set);
		return PTR_ERR(task);
	}
	crowd.n++;
	wake_up_process(task);
	return 0;
}

/**
 * crowd_run() - convert pages back and forth, on many CPUs at once
 * @way:	the way's name
 * @threads:	on how many, from the first one on
 * @ms:		how long
 * @pages:	each thread has so many of its own, contiguous
 *
 * Return: 0, an error of a conversion, -EINVAL or -ENOMEM
 */
int crowd_run(const char *way, unsigned long threads, unsigned long ms, unsigned long pages)
{
	unsigned long i;
	int err = 0;

	crowd.way = way_find(way);
	if (!crowd.way || !threads || threads > min_t(u32, MOST_THREADS, num_online_cpus()))
		return -EINVAL;
	init_completion(&crowd.start);
	init_completion(&crowd.done);
	for (crowd.n = 0; !err && crowd.n < threads;)
		err = start(crowd.n, pages);
	crowd.end = jiffies + msecs_to_jiffies(err ? 0 : ms);
	complete_all(&crowd.start);
	for (i = 0; i < crowd.n; i++)
		wait_for_completion(&crowd.done);
	for (i = 0; i < crowd.n; i++) {
		err = err ?: crowd.members[i].err;
		if (!crowd.members[i].set.shared)
			set_free(&crowd.members[i].set);
	}
	return err;
}

/**
 * crowd_show() - print a line for each CPU: calls, and how long the longest took
 * @m:		where to
 */
void crowd_show(struct seq_file *m)
{
	unsigned long i;

	for (i = 0; i < crowd.n; i++)
		seq_printf(m, "%lu %llu\n", crowd.members[i].calls, crowd.members[i].longest_ns);
}
