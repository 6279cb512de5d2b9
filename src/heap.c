// SPDX-License-Identifier: GPL-2.0
/*
 * Shared memory for drivers, in pieces of chunks that are shared as a whole: who
 * needs a page asks the host for nothing.
 *
 * A chunk is a compound page, of 2M if that is to be had: one entry for the host, and a
 * leaf of the direct map that stays whole. Of the chunks that nobody uses one is kept,
 * the others are turned private again. A piece is zeroed before its user sees it, for
 * the host could write it until then, and once more when he gives it back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/snp_psc.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "abi.h"
#include "api.h"
#include "chunk.h"
#include "heap.h"

enum {
	BLOCK_ORDER = ilog2(PSC_BLOCK_PAGES),	/* of a chunk, as a rule */
};

/* A module that has asked for memory. What it leaves behind keeps its name. */
struct client {
	struct list_head list;
	char name[MODULE_NAME_LEN];
};

static DEFINE_MUTEX(lock);		/* chunks come and go; may sleep */
static DEFINE_SPINLOCK(pieces);		/* what is used of them; the list needs both to change */
static LIST_HEAD(chunks);
static LIST_HEAD(clients);		/* under pieces, and only ever longer */
static unsigned long allocations;
static unsigned long leaked;		/* pages */

static void retire(struct work_struct *unused);
static DECLARE_WORK(retirement, retire);

/* ---- pieces of chunks: anywhere but in an NMI ---- */

/* NULL if it is a new one, and there is no memory for it. */
static const char *client_of(const char *name)
{
	unsigned long flags;
	struct client *c;

	spin_lock_irqsave(&pieces, flags);
	list_for_each_entry(c, &clients, list)
		if (!strcmp(c->name, name))
			goto unlock;
	c = kzalloc(sizeof(*c), GFP_ATOMIC);
	if (c) {
		strscpy(c->name, name, sizeof(c->name));
		list_add_tail(&c->list, &clients);
	}
unlock:
	spin_unlock_irqrestore(&pieces, flags);
	return c ? c->name : NULL;
}

static void *cut(struct psc_chunk *c, unsigned long n, const char *user)
{
	void *piece = psc_chunk_cut(c, n, user);

	allocations += !!piece;
	return piece;
}

static void *cut_any(unsigned long n, const char *user)
{
	unsigned long flags;
	struct psc_chunk *c;
	void *piece = NULL;

	spin_lock_irqsave(&pieces, flags);
	list_for_each_entry(c, &chunks, list) {
		piece = cut(c, n, user);
		if (piece)
			break;
	}
	spin_unlock_irqrestore(&pieces, flags);
	return piece;
}

static struct psc_chunk *find(const void *addr)
{
	struct psc_chunk *c;

	list_for_each_entry(c, &chunks, list)
		if (psc_chunk_has(c, addr))
			return c;
	return NULL;
}

/* The chunk of which this is a piece, which nobody else can free from now on, or NULL. */
static struct psc_chunk *claim(const void *addr, unsigned long n)
{
	struct psc_chunk *c;
	unsigned long flags;

	spin_lock_irqsave(&pieces, flags);
	c = find(addr);
	if (c && !psc_chunk_claim(c, addr, n))
		c = NULL;
	spin_unlock_irqrestore(&pieces, flags);
	return c;
}

/* The smallest, latest chunk that nobody uses, if there is another one, or if @all are to go. */
static struct psc_chunk *find_idle(bool all)
{
	struct psc_chunk *c, *smallest = NULL;
	unsigned int n = 0;

	list_for_each_entry(c, &chunks, list) {
		if (c->used)
			continue;
		n++;
		if (!smallest || c->npages <= smallest->npages)
			smallest = c;
	}
	return all || n > 1 ? smallest : NULL;
}

/* ---- chunks ---- */

static void leak(struct psc_chunk *c)
{
	pr_err("%lu pages of the heap from %#lx on leaked\n", c->npages, page_to_pfn(c->page));
	leaked += c->npages;
	kfree(c);
}

/* No user any more, and private or lost. */
static void drop(struct list_head *set, bool lost)
{
	struct psc_chunk *c, *next;

	list_for_each_entry_safe(c, next, set, list) {
		list_del(&c->list);
		if (lost)
			leak(c);
		else
			psc_chunk_free(c);
	}
}

/* All of a set in one go. */
static int convert(const struct list_head *set, bool shared, bool past_gate)
{
	unsigned long i, n = 0;
	struct page **pages;
	struct psc_chunk *c;
	int err;

	list_for_each_entry(c, set, list)
		n += c->npages;
	pages = kvmalloc_array(n, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	n = 0;
	list_for_each_entry(c, set, list)
		for (i = 0; i < c->npages; i++)
			pages[n++] = c->page + i;
	err = psc_convert_pages(pages, n, shared, past_gate, NULL);
	kvfree(pages);
	return err;
}

static void add_chunk(struct list_head *set, struct page *page)
{
	struct psc_chunk *c = psc_chunk_alloc(page);

	if (c)
		list_add_tail(&c->list, set);
}

static struct page *get_pages(unsigned int order, gfp_t more)
{
	return alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN | more, order);
}

/* A block if possible, else what there is, but not less than wanted. */
static struct page *get_block(unsigned int least)
{
	unsigned int order = max_t(unsigned int, least, BLOCK_ORDER);
	struct page *page = NULL;

	for (; !page && order > least; order--)
		page = get_pages(order, __GFP_NORETRY);
	return page ?: get_pages(least, 0);
}

/*
 * Two chunks for one VMGEXIT, where they have the usual size: the second one is there
 * for those who can't wait. The first one has room for @n pages. They are zeroed before
 * they are shared, too: nothing of ours goes to the host.
 */
static bool make_chunks(struct list_head *set, unsigned long n)
{
	int err;

	add_chunk(set, get_block(order_base_2(n)));
	if (list_empty(set))
		return false;
	if (list_first_entry(set, struct psc_chunk, list)->npages == PSC_BLOCK_PAGES)
		add_chunk(set, get_pages(BLOCK_ORDER, __GFP_NORETRY));
	err = convert(set, true, false);
	if (err)
		drop(set, err == -ENOTRECOVERABLE);
	return !err;
}

/* ---- the heap grows and shrinks; may sleep ---- */

/* A piece of a new chunk, or of one that somebody else has made meanwhile. */
static void *grow(unsigned long n, const char *user)
{
	unsigned int noio = psc_enter(&lock);
	void *piece = cut_any(n, user);
	LIST_HEAD(fresh);

	if (!piece && make_chunks(&fresh, n)) {
		spin_lock_irq(&pieces);
		piece = cut(list_first_entry(&fresh, struct psc_chunk, list), n, user);
		list_splice_tail(&fresh, &chunks);
		spin_unlock_irq(&pieces);
	}
	psc_leave(&lock, noio);
	return piece;
}

static bool take_idle(struct list_head *set, bool all)
{
	struct psc_chunk *c;

	spin_lock_irq(&pieces);
	c = find_idle(all);
	if (c)
		list_move(&c->list, set);
	spin_unlock_irq(&pieces);
	return c;
}

/* Those that can't be turned private now are still shared, and as good as before. */
static bool shrink(bool all)
{
	unsigned int noio = psc_enter(&lock);
	LIST_HEAD(idle);
	LIST_HEAD(refused);
	bool done;
	int err;

	while (take_idle(&idle, all)) {
		err = convert(&idle, false, all);
		if (err && err != -ENOTRECOVERABLE)
			list_splice_tail_init(&idle, &refused);
		else
			drop(&idle, err);
	}
	done = list_empty(&refused);
	spin_lock_irq(&pieces);
	list_splice_tail(&refused, &chunks);
	spin_unlock_irq(&pieces);
	psc_leave(&lock, noio);
	return done;
}

static void retire(struct work_struct *unused)
{
	shrink(false);
}

/* ---- the exported functions ---- */

void *__snp_psc_alloc_shared(size_t size, gfp_t gfp, const char *client)
{
	const char *user;
	unsigned long n = PFN_UP(size);
	void *piece;

	might_alloc(gfp);
	if (!size || size > PSC_CHUNK_MAX * PAGE_SIZE)
		return NULL;
	user = client_of(client);
	if (!user)
		return NULL;
	piece = cut_any(n, user);
	if (!piece && gfpflags_allow_blocking(gfp))
		piece = grow(n, user);
	if (piece)
		memset(piece, 0, n * PAGE_SIZE);
	return piece;
}
EXPORT_SYMBOL_GPL(__snp_psc_alloc_shared);

void snp_psc_free_shared(void *addr, size_t size)
{
	unsigned long flags, n = PFN_UP(size);
	struct psc_chunk *c;

	if (!addr)
		return;
	c = claim(addr, n);
	if (WARN(!c, "%zu bytes at %p are not of the heap, or free already\n", size, addr))
		return;
	memset(addr, 0, n * PAGE_SIZE);
	spin_lock_irqsave(&pieces, flags);
	psc_chunk_put(c, addr, n);
	allocations--;
	if (!c->used && find_idle(false))
		schedule_work(&retirement);
	spin_unlock_irqrestore(&pieces, flags);
}
EXPORT_SYMBOL_GPL(snp_psc_free_shared);

/* ---- for the rest of the module ---- */

/**
 * psc_heap_turn_back() - make private what nobody uses, although the gate is closed
 *
 * Context: Process context, may sleep.
 * Return: false if something of that stays shared
 */
bool psc_heap_turn_back(void)
{
	return shrink(true);
}

/** psc_heap_exit() - give all chunks back, at unload; those that stay shared are leaked */
void psc_heap_exit(void)
{
	struct client *c, *next;

	cancel_work_sync(&retirement);
	psc_heap_turn_back();
	drop(&chunks, true);
	list_for_each_entry_safe(c, next, &clients, list)
		kfree(c);
}

/**
 * psc_heap_has() - is a page of the heap, used or not?
 * @pfn:	the page
 *
 * Context: Any but NMI.
 */
bool psc_heap_has(unsigned long pfn)
{
	unsigned long flags;
	bool has;

	spin_lock_irqsave(&pieces, flags);
	has = find(pfn_to_kaddr(pfn));
	spin_unlock_irqrestore(&pieces, flags);
	return has;
}

/**
 * psc_heap_show() - print who uses what
 * @m:	where to
 */
void psc_heap_show(struct seq_file *m)
{
	struct psc_chunk *c;

	seq_puts(m, "# pfn count client\n");
	mutex_lock(&lock);
	list_for_each_entry(c, &chunks, list)
		psc_chunk_show(m, c);
	mutex_unlock(&lock);
}

/**
 * psc_heap_show_totals() - print how much there is
 * @m:	where to
 */
void psc_heap_show_totals(struct seq_file *m)
{
	unsigned long n = 0, pages = 0, used = 0;
	struct psc_chunk *c;

	mutex_lock(&lock);
	list_for_each_entry(c, &chunks, list) {
		n++;
		pages += c->npages;
		used += READ_ONCE(c->used);
	}
	seq_printf(m, "heap_chunks: %lu\nheap_pages: %lu\nheap_used_pages: %lu\n", n, pages, used);
	seq_printf(m, "heap_allocations: %lu\nheap_leaked_pages: %lu\n", READ_ONCE(allocations),
		   leaked);
	mutex_unlock(&lock);
}
