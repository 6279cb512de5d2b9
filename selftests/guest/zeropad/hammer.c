// SPDX-License-Identifier: GPL-2.0
/*
 * A thread on each CPU but the converter's. It reads words, and has the kernel's own
 * functions read words, of which the first 1 to 7 bytes are the end of a neighbour
 * and the others the beginning of a page that somebody converts.
 *
 * What such a word has to be: the neighbour's bytes, always. Behind them zeros if the
 * page's leaf is not present; what the owner wrote if it is and the owner has
 * written; anything from there to the end of the conversion.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include <asm/word-at-a-time.h>

#include "hammer.h"

enum {
	PATIENCE = 64,		/* PAUSEs with interrupts off, at a leaf that must not come back */
};

struct hammer {
	struct task_struct *task;
	struct rnd_state rnd;
	struct counts counts;
};

struct target target;

static struct hammer hammers[HAMMERS_MAX];
static u32 hammers_n;
static unsigned int reads_per_pause;

static u64 tail(unsigned int near)
{
	u64 word = 0;

	memcpy(&word, (const char *)TAIL + sizeof(TAIL) - near, near);
	return word;
}

/*
 * Interrupts have been off since before the leaf was found not present. Through it a
 * word was read, so the flush that has to follow has not reached this CPU, and
 * whoever has hidden the leaf must wait for that.
 */
static void expect_flush(struct hammer *h, const struct pair *p)
{
	unsigned int i;

	h->counts.stale++;
	for (i = 0; i < PATIENCE; i++) {
		cpu_relax();
		if (pair_leaf(p) & _PAGE_PRESENT) {
			h->counts.unflushed++;
			return;
		}
	}
}

static void read_word(struct hammer *h, const struct pair *p, unsigned int near)
{
	pteval_t leaf = pair_leaf(p);
	u64 known = pair_known(p, leaf);
	u64 word = load_unaligned_zeropad(p->boundary - near);
	bool settled = pair_known(p, leaf) == known && pair_leaf(p) == leaf;
	u64 far = word >> 8 * near;

	h->counts.reads++;
	if ((word ^ tail(near)) << 8 * (8 - near))
		h->counts.wrong++;
	if (!settled)
		return;
	if (!(leaf & _PAGE_PRESENT)) {
		if (far)
			expect_flush(h, p);
		else
			h->counts.hidden++;
	} else if (known && far != (known << 8 * near) >> 8 * near) {
		h->counts.wrong++;
	}
}

static void call(struct hammer *h, const struct pair *p, u32 which, unsigned int near)
{
	pteval_t leaf = pair_leaf(p);

	h->counts.calls[which]++;
	if (callers[which].call(p->boundary - near, near) != caller_expected(which, near))
		h->counts.wrong++;
	if (!(leaf & _PAGE_PRESENT) && pair_leaf(p) == leaf)
		h->counts.calls_hidden[which]++;
}

static u32 below(struct hammer *h, u32 n)
{
	return prandom_u32_state(&h->rnd) % n;
}

static void strike(struct hammer *h)
{
	const struct pair *p = &pairs[READ_ONCE(target.pair[below(h, READ_ONCE(target.n))])];
	u32 which = below(h, CALLERS);
	unsigned int min = callers[which].near_min;
	unsigned long flags;

	local_irq_save(flags);
	read_word(h, p, 1 + below(h, NEAR_MAX));
	local_irq_restore(flags);
	call(h, p, which, min + below(h, NEAR_MAX + 1 - min));
}

static int hammer(void *data)
{
	struct hammer *h = data;
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < reads_per_pause; i += 2)
			strike(h);
		cpu_relax();
		cond_resched();
	}
	return 0;
}

static int start(u32 seed, unsigned int cpu)
{
	struct hammer *h = &hammers[hammers_n];
	struct task_struct *task;

	if (hammers_n == HAMMERS_MAX)
		return -EINVAL;
	prandom_seed_state(&h->rnd, (u64)seed << 32 | cpu);
	task = kthread_create(hammer, h, "zeropad/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);	/* and if that goes, to any */
	h->task = task;
	hammers_n++;
	wake_up_process(task);
	return 0;
}

/**
 * hammers_start() - open fire at @target
 * @seed:	what they read when follows from it and from what they meet
 * @pause:	so many reads from one PAUSE to the next, which lets other vCPUs run
 *
 * Context: the caller stays on its CPU
 * Return: 0; -EINVAL, if there are too few CPUs, or too many; -ENOMEM
 */
int hammers_start(u32 seed, unsigned int pause)
{
	unsigned int cpu;
	int err = 0;

	reads_per_pause = pause;
	cpus_read_lock();
	for_each_online_cpu(cpu)
		if (cpu != raw_smp_processor_id())
			err = err ?: start(seed, cpu);
	cpus_read_unlock();
	return err ?: hammers_n ? 0 : -EINVAL;
}

/**
 * hammers_stop() - cease fire
 */
void hammers_stop(void)
{
	u32 i;

	for (i = 0; i < hammers_n; i++)
		kthread_stop(hammers[i].task);
}

/**
 * hammers_counts() - what all of them have met
 *
 * Return: the sums
 */
struct counts hammers_counts(void)
{
	struct counts sum = {};
	unsigned long *to = (unsigned long *)&sum, *from;
	u32 i, j;

	for (i = 0; i < hammers_n; i++) {
		from = (unsigned long *)&hammers[i].counts;
		for (j = 0; j < sizeof(sum) / sizeof(*to); j++)
			to[j] += READ_ONCE(from[j]);
	}
	return sum;
}
