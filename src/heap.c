// SPDX-License-Identifier: GPL-2.0
/*
 * Shared memory for drivers, in pieces of chunks that are shared as a whole: who
 * needs a page asks the host for nothing.
 *
 * A chunk is a compound page, of 2M if that is to be had: one entry for the host, and a
 * leaf of the direct map that stays whole. Of the chunks that nobody uses one is kept,
 * the others are turned private again. A piece is zeroed before its user sees it, for
 * the host could write it until then, and once more when he gives it back.
 *
 * Not genalloc: it ends in a BUG() when something is freed twice, or when a pool goes of
 * which a piece is in use, and says nothing of whose a piece is. A bitmap is no longer.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/snp_psc.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "abi.h"
#include "api.h"
#include "compat.h"
#include "heap.h"

enum {
	BLOCK_ORDER = ilog2(PSC_BLOCK_PAGES),	/* of a chunk, as a rule */
	MAX_PAGES = 1 << MAX_PAGE_ORDER,	/* of a chunk, and so of a piece */
};

/* A module that has asked for memory. What it leaves behind keeps its name. */
struct client {
	struct list_head list;
	char name[MODULE_NAME_LEN];
};

struct chunk {
	struct list_head list;
	struct page *page;		/* a compound page, or a single one */
	unsigned long npages;
	unsigned long used;		/* so many of them */
	DECLARE_BITMAP(map, MAX_PAGES);	/* which */
	const struct client *user[];	/* of each page, NULL while it is free */
};

static DEFINE_MUTEX(lock);		/* chunks come and go; may sleep */
static DEFINE_SPINLOCK(pieces);		/* what is used of them; the list needs both to change */
static LIST_HEAD(chunks);
static LIST_HEAD(clients);		/* under pieces, and only ever longer */
static unsigned long allocations;
static unsigned long leaked;		/* pages */

static void retire(struct work_struct *unused);
static DECLARE_WORK(retirement, retire);

static unsigned long address(const struct chunk *c)
{
	return (unsigned long)page_address(c->page);
}

/* ---- pieces of chunks: anywhere but in an NMI ---- */

/* NULL if it is a new one, and there is no memory for it. */
static const struct client *client_of(const char *name)
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
	return c;
}

static void mark(struct chunk *c, unsigned long first, unsigned long n, const struct client *user)
{
	unsigned long i;

	for (i = first; i < first + n; i++)
		WRITE_ONCE(c->user[i], user);
	if (user) {
		bitmap_set(c->map, first, n);
		c->used += n;
		allocations++;
	} else {
		bitmap_clear(c->map, first, n);
		c->used -= n;
		allocations--;
	}
}

/* Aligned like memory of the page allocator, to its size rounded up to a power of two. */
static void *cut(struct chunk *c, unsigned long n, const struct client *user)
{
	unsigned long first = bitmap_find_next_zero_area(c->map, c->npages, 0, n,
							 roundup_pow_of_two(n) - 1);

	if (first >= c->npages)
		return NULL;
	mark(c, first, n, user);
	return (void *)(address(c) + first * PAGE_SIZE);
}

static void *cut_any(unsigned long n, const struct client *user)
{
	unsigned long flags;
	struct chunk *c;
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

static struct chunk *find(unsigned long addr)
{
	struct chunk *c;

	list_for_each_entry(c, &chunks, list)
		if (addr >= address(c) && addr < address(c) + c->npages * PAGE_SIZE)
			return c;
	return NULL;
}

/* The chunk of which all of this is used, or NULL. */
static struct chunk *find_used(unsigned long addr, unsigned long n)
{
	unsigned long flags, first;
	struct chunk *c;

	spin_lock_irqsave(&pieces, flags);
	c = find(addr);
	if (c) {
		first = (addr - address(c)) / PAGE_SIZE;
		if (n > c->npages - first ||
		    find_next_zero_bit(c->map, first + n, first) < first + n)
			c = NULL;
	}
	spin_unlock_irqrestore(&pieces, flags);
	return c;
}

/* The smallest, latest chunk that nobody uses, if there is another one, or if @all are to go. */
static struct chunk *find_idle(bool all)
{
	struct chunk *c, *smallest = NULL;
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

static void chunk_leak(struct chunk *c)
{
	pr_err("%lu pages of the heap from %#lx on leaked\n", c->npages, page_to_pfn(c->page));
	leaked += c->npages;
	kfree(c);
}

/* Whatever the host left in there is cleared. */
static void chunk_free(struct chunk *c)
{
	memset(page_address(c->page), 0, c->npages * PAGE_SIZE);
	__free_pages(c->page, compound_order(c->page));
	kfree(c);
}

/* No user any more, and private or lost. */
static void drop(struct list_head *set, bool lost)
{
	struct chunk *c, *next;

	list_for_each_entry_safe(c, next, set, list) {
		list_del(&c->list);
		if (lost)
			chunk_leak(c);
		else
			chunk_free(c);
	}
}

/* All of a set in one go. */
static int convert(const struct list_head *set, bool shared, bool past_gate)
{
	unsigned long i, n = 0;
	struct page **pages;
	struct chunk *c;
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
	struct chunk *c;

	if (!page)
		return;
	c = kzalloc(struct_size(c, user, compound_nr(page)), GFP_KERNEL);
	if (!c) {
		__free_pages(page, compound_order(page));
		return;
	}
	c->page = page;
	c->npages = compound_nr(page);
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
	if (list_first_entry(set, struct chunk, list)->npages == PSC_BLOCK_PAGES)
		add_chunk(set, get_pages(BLOCK_ORDER, __GFP_NORETRY));
	err = convert(set, true, false);
	if (err)
		drop(set, err == -ENOTRECOVERABLE);
	return !err;
}

/* ---- the heap grows and shrinks; may sleep ---- */

/* What is allocated under the mutex must not wait for I/O: see enter() in api.c. */
static unsigned int enter(void)
{
	might_sleep();
	mutex_lock(&lock);
	return memalloc_noio_save();
}

static void leave(unsigned int noio)
{
	memalloc_noio_restore(noio);
	mutex_unlock(&lock);
}

/* A piece of a new chunk, or of one that somebody else has made meanwhile. */
static void *grow(unsigned long n, const struct client *user)
{
	unsigned int noio = enter();
	void *piece = cut_any(n, user);
	LIST_HEAD(fresh);

	if (!piece && make_chunks(&fresh, n)) {
		spin_lock_irq(&pieces);
		piece = cut(list_first_entry(&fresh, struct chunk, list), n, user);
		list_splice_tail(&fresh, &chunks);
		spin_unlock_irq(&pieces);
	}
	leave(noio);
	return piece;
}

static bool take_idle(struct list_head *set, bool all)
{
	struct chunk *c;

	spin_lock_irq(&pieces);
	c = find_idle(all);
	if (c)
		list_move(&c->list, set);
	spin_unlock_irq(&pieces);
	return c;
}

/* Those that can't be turned private now are still shared, and as good as before. */
static void shrink(bool all)
{
	unsigned int noio = enter();
	LIST_HEAD(idle);
	LIST_HEAD(refused);
	int err;

	while (take_idle(&idle, all)) {
		err = convert(&idle, false, all);
		if (err && err != -ENOTRECOVERABLE)
			list_splice_tail_init(&idle, &refused);
		else
			drop(&idle, err);
	}
	spin_lock_irq(&pieces);
	list_splice_tail(&refused, &chunks);
	spin_unlock_irq(&pieces);
	leave(noio);
}

static void retire(struct work_struct *unused)
{
	shrink(false);
}

/* ---- the exported functions ---- */

void *__snp_psc_alloc_shared(size_t size, gfp_t gfp, const char *client)
{
	const struct client *user = client_of(client);
	unsigned long n = PFN_UP(size);
	void *piece;

	if (!user || !size || size > MAX_PAGES * PAGE_SIZE)
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
	unsigned long first, flags, n = PFN_UP(size);
	struct chunk *c;

	if (!addr)
		return;
	c = n && PAGE_ALIGNED(addr) ? find_used((unsigned long)addr, n) : NULL;
	if (WARN(!c, "%zu bytes at %p are not of the heap, or free already\n", size, addr))
		return;
	memset(addr, 0, n * PAGE_SIZE);
	first = ((unsigned long)addr - address(c)) / PAGE_SIZE;
	spin_lock_irqsave(&pieces, flags);
	mark(c, first, n, NULL);
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
 */
void psc_heap_turn_back(void)
{
	shrink(true);
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
	has = find((unsigned long)pfn_to_kaddr(pfn));
	spin_unlock_irqrestore(&pieces, flags);
	return has;
}

/* One line for each extent of pages that the same module has, or that are free. */
static void chunk_show(struct seq_file *m, const struct chunk *c)
{
	const struct client *user;
	unsigned long first, i = 0;

	while (i < c->npages) {
		first = i;
		user = READ_ONCE(c->user[i]);
		while (++i < c->npages && READ_ONCE(c->user[i]) == user)
			;
		seq_printf(m, "%lu %lu %s\n", page_to_pfn(c->page) + first, i - first,
			   user ? user->name : "-");
	}
}

/**
 * psc_heap_show() - print who uses what
 * @m:	where to
 */
void psc_heap_show(struct seq_file *m)
{
	struct chunk *c;

	seq_puts(m, "# pfn count client\n");
	mutex_lock(&lock);
	list_for_each_entry(c, &chunks, list)
		chunk_show(m, c);
	mutex_unlock(&lock);
}

/**
 * psc_heap_show_totals() - print how much there is
 * @m:	where to
 */
void psc_heap_show_totals(struct seq_file *m)
{
	unsigned long n = 0, pages = 0, used = 0;
	struct chunk *c;

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
