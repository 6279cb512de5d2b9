// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of buffers for user space. They are taken as large as they are to be had,
 * made shared all in one go, zeroed before anybody sees them; made private again as a
 * whole, zeroed once more, and returned.
 *
 * What is still shared then, because the host refuses, the gate is closed or there is no
 * memory for it, is tried again when the next buffer comes or goes, and from time to time.
 * What is lost is leaked.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/snp_psc.h>
#include <linux/workqueue.h>

#include "abi.h"
#include "dma_pages.h"

enum {
	BLOCK_ORDER	= ilog2(PSC_BLOCK_PAGES),	/* one entry for the host */
	MIB_PAGES	= SZ_1M / PAGE_SIZE,
	RESERVE		= 16,			/* this part of the memory is not for buffers */
	RETRY_SECONDS	= 10,
};

static unsigned long limit_mb;
module_param(limit_mb, ulong, 0644);
MODULE_PARM_DESC(limit_mb, "the most that all buffers may have, in MiB; half of the memory");

static DEFINE_MUTEX(lock);
static LIST_HEAD(waiting);		/* nobody's any more, but shared */
static unsigned long buffers;		/* with those that wait */
static unsigned long used;		/* their pages */
static unsigned long waiting_pages;
static unsigned long leaked;

static void try_again(struct work_struct *unused);
static DECLARE_DELAYED_WORK(retry, try_again);

/* ---- taken and returned; all private ---- */

static unsigned int order_at(const struct psc_pages *p, unsigned long i)
{
	return compound_order(p->page[i]);
}

/*
 * The order falls until there is something. Only for a single page it is worth to wait, to wake
 * anybody, or to touch reserves.
 */
static struct page *take_chunk(unsigned long left, unsigned int *order)
{
	const gfp_t gfp = GFP_USER | __GFP_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	struct page *page;

	for (*order = min_t(unsigned int, *order, ilog2(left)); *order; (*order)--) {
		page = alloc_pages((gfp & ~__GFP_RECLAIM) | __GFP_NOMEMALLOC | __GFP_COMP, *order);
		if (page)
			return page;
	}
	return alloc_pages(gfp | __GFP_RETRY_MAYFAIL, 0);
}

static int take(struct psc_pages *p)
{
	unsigned int order = BLOCK_ORDER;
	unsigned long i = 0, end;
	struct page *page;

	while (i < p->n) {
		if (fatal_signal_pending(current))
			return -EINTR;
		page = take_chunk(p->n - i, &order);
		if (!page)
			return -ENOMEM;
		for (end = i + (1UL << order); i < end; i++)
			p->page[i] = page++;
		cond_resched();
	}
	return 0;
}

static void give_back(struct psc_pages *p)
{
	unsigned long i, next;

	for (i = 0; i < p->n && p->page[i]; i = next) {
		next = i + (1UL << order_at(p, i));
		__free_pages(p->page[i], order_at(p, i));
		cond_resched();
	}
	kvfree(p);
}

static void clear(const struct psc_pages *p)
{
	unsigned long i;

	for (i = 0; i < p->n; i += 1UL << order_at(p, i)) {
		memset(page_address(p->page[i]), 0, PAGE_SIZE << order_at(p, i));
		cond_resched();
	}
}

/* ---- shared and made private ---- */

static void leak(struct psc_pages *p)
{
	pr_err("%lu pages of a buffer leaked\n", p->n);
	leaked += p->n;
	kvfree(p);
}

static void forget(const struct psc_pages *p)
{
	buffers--;
	used -= p->n;
}

static int turn_back(struct psc_pages *p)
{
	int err = snp_psc_set_pages_private(p->page, p->n);

	if (err && err != -ENOTRECOVERABLE)
		return err;
	list_del(&p->list);
	forget(p);
	if (err) {
		leak(p);
	} else {
		clear(p);
		give_back(p);
	}
	return 0;
}

/* One that is refused goes to the end, and the others wait with it: they fare no better. */
static void turn_all_back(void)
{
	struct psc_pages *p;
	unsigned long n = 0;

	while ((p = list_first_entry_or_null(&waiting, struct psc_pages, list))) {
		if (!turn_back(p))
			continue;
		list_move_tail(&p->list, &waiting);
		break;
	}
	list_for_each_entry(p, &waiting, list)
		n += p->n;
	waiting_pages = n;
	if (n)
		schedule_delayed_work(&retry, RETRY_SECONDS * HZ);
}

static void try_again(struct work_struct *unused)
{
	mutex_lock(&lock);
	turn_all_back();
	mutex_unlock(&lock);
}

static bool has_room(unsigned long n)
{
	long available = si_mem_available() - totalram_pages() / RESERVE;

	return available > 0 && n <= available &&
	       DIV_ROUND_UP(used + n, MIB_PAGES) <= READ_ONCE(limit_mb);
}

static int fill(struct psc_pages *p)
{
	int err = take(p) ?: snp_psc_set_pages_shared(p->page, p->n);

	if (err == -ENOTRECOVERABLE)
		leak(p);
	else if (err)
		give_back(p);
	return err;
}

static struct psc_pages *get(unsigned long n)
{
	struct psc_pages *p;
	int err;

	turn_all_back();
	if (!has_room(n))
		return ERR_PTR(-ENOMEM);
	p = kvzalloc(struct_size(p, page, n), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->n = n;
	err = fill(p);
	if (err)
		return ERR_PTR(err);
	buffers++;
	used += n;
	return p;
}

/* ---- for the rest of the module ---- */

/**
 * psc_pages_get() - get pages that are shared, and zero
 * @n:	how many
 *
 * Context: Process context, may sleep. Who waits here can be killed.
 * Return: to be given to psc_pages_put(); -ENOMEM if there are not so many, or the limit is
 * reached; -EINTR; or what snp_psc_set_pages_shared() failed with
 */
struct psc_pages *psc_pages_get(unsigned long n)
{
	struct psc_pages *p;

	if (n > totalram_pages())
		return ERR_PTR(-ENOMEM);
	if (mutex_lock_killable(&lock))
		return ERR_PTR(-EINTR);
	p = get(n);
	mutex_unlock(&lock);
	if (!IS_ERR(p))
		clear(p);
	return p;
}

/**
 * psc_pages_put() - nobody uses these pages any more, neither a process nor a device
 * @p:	from psc_pages_get()
 *
 * Context: Process context, may sleep.
 */
void psc_pages_put(struct psc_pages *p)
{
	mutex_lock(&lock);
	list_add(&p->list, &waiting);
	turn_all_back();
	mutex_unlock(&lock);
}

/** psc_pages_init() - find out how much there may be */
void psc_pages_init(void)
{
	if (!limit_mb)
		limit_mb = totalram_pages() / MIB_PAGES / 2;
}

/** psc_pages_exit() - at unload, after the last buffer; what stays shared is leaked */
void psc_pages_exit(void)
{
	struct psc_pages *p, *next;

	try_again(NULL);
	cancel_delayed_work_sync(&retry);
	list_for_each_entry_safe(p, next, &waiting, list)
		leak(p);
}

/**
 * psc_pages_show() - print how much there is, without waiting for who makes a buffer
 * @m:	where to
 */
void psc_pages_show(struct seq_file *m)
{
	seq_printf(m, "buffers: %lu\npages: %lu\n", READ_ONCE(buffers), READ_ONCE(used));
	seq_printf(m, "waiting_pages: %lu\nleaked_pages: %lu\n", READ_ONCE(waiting_pages),
		   READ_ONCE(leaked));
}
