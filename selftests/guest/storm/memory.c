// SPDX-License-Identifier: GPL-2.0
/*
 * Memory pressure: a hoard of nearly all that is free, so that everybody else has to
 * reclaim, and there is no swap. Who would be killed for want of memory gets some of it.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "storm.h"

enum {
	RELIEF = 2048,		/* pages, for whom nothing else would help */
	LOOSEN = 1024,		/* up to so many between two gusts */
	CALM_MS = 20,		/* up to so long */
};

static LIST_HEAD(hoard);
static unsigned long hoarded;
static DEFINE_SPINLOCK(lock);

static unsigned long exhausted;

static struct page *take(void)
{
	struct page *page = NULL;

	spin_lock(&lock);
	if (hoarded) {
		page = list_first_entry(&hoard, struct page, lru);
		list_del(&page->lru);
		hoarded--;
	}
	spin_unlock(&lock);
	return page;
}

static unsigned long give_back(unsigned long n)
{
	struct page *page;
	unsigned long i;

	for (i = 0; i < n && (page = take()); i++)
		__free_page(page);
	return i;
}

/* Until there is nothing left that does not take killing. */
static void gust(struct rnd_state *rnd)
{
	struct page *page;

	while ((page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN))) {
		spin_lock(&lock);
		list_add(&page->lru, &hoard);
		hoarded++;
		spin_unlock(&lock);
		cond_resched();
	}
	exhausted++;
	give_back(below(rnd, LOOSEN));
	msleep(below(rnd, CALM_MS));
}

static int relieve(struct notifier_block *nb, unsigned long action, void *freed)
{
	*(unsigned long *)freed += give_back(RELIEF);
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = relieve };

static int start(void)
{
	return register_oom_notifier(&notifier);
}

static void stop(void)
{
	unregister_oom_notifier(&notifier);
	give_back(ULONG_MAX);
}

static unsigned long count(void)
{
	return exhausted;
}

static unsigned long wrong(void)
{
	return hoarded;
}

const struct storm memory_storm = {
	.name = "memory", .start = start, .gust = gust, .stop = stop,
	.count = count, .wrong = wrong,
};
