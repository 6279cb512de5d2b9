// SPDX-License-Identifier: GPL-2.0
/*
 * Scratch regions: memory that a person may convert through debugfs.
 *
 * A region is made of the largest compound pages there are. They are compound so
 * that an extra reference on any page keeps the whole of it: memory of which a
 * single page is not known to be private is never given back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bsearch.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "api.h"
#include "compat.h"
#include "inventory.h"
#include "pgtable.h"
#include "pool.h"

enum {
	MEMORY_SHARE = 4,	/* all regions together: so much of the guest's memory */
	TURN_BACK_ROUNDS = 8,	/* each of which loses a page to the host */
};

struct region {
	struct list_head list;
	unsigned long id;
	unsigned long npages;
	struct page *pages[];		/* ascending */
};

static DEFINE_MUTEX(lock);
static LIST_HEAD(regions);
static unsigned long last_id;
static unsigned long total;

static enum psc_leaf_state page_state(struct psc_leaf *leaf, struct page *page)
{
	psc_leaf_find(leaf, page_to_pfn(page));
	return psc_books_state(leaf, page_to_pfn(page));
}

/* ---- get and give back memory ---- */

static struct page *get_chunk(unsigned int *order, unsigned long wanted)
{
	struct page *page;

	while (*order && 1ul << *order > wanted)
		(*order)--;
	for (;;) {
		page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN |
				   __GFP_NORETRY, *order);
		if (page || !*order)
			return page;
		(*order)--;
	}
}

static bool all_private(struct page *page, unsigned long n)
{
	struct psc_leaf leaf = {};
	unsigned long i;

	for (i = 0; i < n; i++)
		if (page_state(&leaf, page + i) != PSC_LEAF_PRIVATE)
			return false;
	return true;
}

/* What the host left in there is cleared; what is not private is leaked. */
static void put_chunk(struct page *page, unsigned long n)
{
	unsigned long i;

	if (!all_private(page, n)) {
		pr_err("%lu pages from %#lx on leaked\n", n, page_to_pfn(page));
		return;
	}
	for (i = 0; i < n; i++) {
		clear_page(page_address(page + i));
		cond_resched();
	}
	__free_pages(page, compound_order(page));
}

static void region_put(struct region *r)
{
	unsigned long i, n;

	for (i = 0; i < r->npages; i += n) {
		n = compound_nr(r->pages[i]);
		put_chunk(r->pages[i], n);
	}
	kvfree(r);
}

static int by_address(const void *a, const void *b)
{
	unsigned long x = page_to_pfn(*(struct page **)a), y = page_to_pfn(*(struct page **)b);

	return x < y ? -1 : x > y;
}

static int region_fill(struct region *r, unsigned long npages)
{
	unsigned int order = MAX_PAGE_ORDER;
	unsigned long i;

	while (r->npages < npages) {
		struct page *page = get_chunk(&order, npages - r->npages);

		if (!page)
			return -ENOMEM;
		for (i = 0; i < 1ul << order; i++)
			r->pages[r->npages++] = page + i;
		cond_resched();
	}
	sort(r->pages, npages, sizeof(r->pages[0]), by_address, NULL);
	return 0;
}

/**
 * psc_pool_alloc() - make a region, zeroed and private
 * @npages:	its size, at least one
 *
 * Return: 0; -E2BIG if all regions would have more than a quarter of the guest's
 * memory, -ENOMEM
 */
int psc_pool_alloc(unsigned long npages)
{
	struct region *r;
	int err = -E2BIG;

	mutex_lock(&lock);
	if (npages > totalram_pages() / MEMORY_SHARE - min(total, totalram_pages() / MEMORY_SHARE))
		goto unlock;
	err = -ENOMEM;
	r = kvzalloc(struct_size(r, pages, npages), GFP_KERNEL | __GFP_NOWARN);
	if (!r)
		goto unlock;
	err = region_fill(r, npages);
	if (err) {
		region_put(r);
		goto unlock;
	}
	r->id = ++last_id;
	total += npages;
	list_add_tail(&r->list, &regions);
unlock:
	mutex_unlock(&lock);
	return err;
}

/**
 * psc_pool_region_of() - the number of the region that a page is in
 * @pfn:	the page
 *
 * Return: 0 if it is in none
 */
unsigned long psc_pool_region_of(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long id = 0;
	struct region *r;

	mutex_lock(&lock);
	list_for_each_entry(r, &regions, list)
		if (bsearch(&page, r->pages, r->npages, sizeof(page), by_address))
			id = r->id;
	mutex_unlock(&lock);
	return id;
}

/* ---- convert ---- */

static struct region *find(unsigned long id)
{
	struct region *r;

	list_for_each_entry(r, &regions, list)
		if (r->id == id)
			return r;
	return NULL;
}

/**
 * psc_pool_convert() - convert part of a region
 * @id:		which region
 * @first:	index of the first page
 * @count:	how many pages; 0 is replaced by all the rest
 * @shared:	what they are to become
 * @counts:	what it took
 *
 * Return: 0; -ENOENT: no such region, -ERANGE: not within it; errors of
 * psc_convert_pages()
 */
int psc_pool_convert(unsigned long id, unsigned long first, unsigned long *count, bool shared,
		     struct psc_counts *counts)
{
	struct region *r;
	int err;

	mutex_lock(&lock);
	r = find(id);
	if (!r) {
		err = -ENOENT;
	} else if (first >= r->npages || *count > r->npages - first) {
		err = -ERANGE;
	} else {
		if (!*count)
			*count = r->npages - first;
		err = psc_convert_pages(r->pages + first, *count, shared, false, counts);
	}
	mutex_unlock(&lock);
	return err;
}

/* Pages that are lost already are left out, else they would keep the others from it. */
static int turn_back_once(struct region *r, bool past_gate, unsigned long *left)
{
	struct psc_leaf leaf = {};
	unsigned long i, n = 0;
	struct page **shared;
	int err = 0;

	shared = kvmalloc_array(r->npages, sizeof(*shared), GFP_KERNEL | __GFP_NOWARN);
	if (!shared)
		return -ENOMEM;
	for (i = 0; i < r->npages; i++)
		if (page_state(&leaf, r->pages[i]) == PSC_LEAF_SHARED)
			shared[n++] = r->pages[i];
	if (n)
		err = psc_convert_pages(shared, n, false, past_gate, NULL);
	kvfree(shared);
	*left = err ? n : 0;
	return err;
}

/*
 * When a page is lost all others are shared again: once more then, without it.
 * Returns the first error; @left says whether any page is still shared.
 */
static int turn_back(struct region *r, bool past_gate, unsigned long *left)
{
	int first = 0, err, round;

	*left = r->npages;
	for (round = 0; round < TURN_BACK_ROUNDS; round++) {
		err = turn_back_once(r, past_gate, left);
		first = first ?: err;
		if (err != -ENOTRECOVERABLE)
			break;
	}
	return first;
}

static void drop(struct region *r)
{
	list_del(&r->list);
	total -= r->npages;
	region_put(r);
}

/**
 * psc_pool_free() - turn a region private and give it back
 * @id:	which region
 *
 * Return: 0; -ENOENT: no such region; errors of psc_convert_pages(), and the region
 * stays as long as a page of it is shared. -ENOTRECOVERABLE with the region gone: some
 * pages were lost and are leaked, the rest was given back.
 */
int psc_pool_free(unsigned long id)
{
	unsigned long left;
	struct region *r;
	int err = -ENOENT;

	mutex_lock(&lock);
	r = find(id);
	if (r) {
		err = turn_back(r, false, &left);
		if (!left)
			drop(r);
	}
	mutex_unlock(&lock);
	return err;
}

/**
 * psc_pool_turn_back() - make all regions private, although the gate is closed
 *
 * Return: 0 or the first error
 */
int psc_pool_turn_back(void)
{
	unsigned long left;
	struct region *r;
	int err = 0;

	mutex_lock(&lock);
	list_for_each_entry(r, &regions, list) {
		int e = turn_back(r, true, &left);

		err = err ?: e;
	}
	mutex_unlock(&lock);
	return err;
}

/** psc_pool_exit() - give all regions back, at unload; what can't be turned private is leaked */
void psc_pool_exit(void)
{
	struct region *r, *next;
	unsigned long left;

	mutex_lock(&lock);
	list_for_each_entry_safe(r, next, &regions, list) {
		turn_back(r, true, &left);
		drop(r);
	}
	mutex_unlock(&lock);
}

/* ---- show ---- */

static const char * const state_names[] = {
	[PSC_LEAF_NONE]		= "poisoned",
	[PSC_LEAF_PRIVATE]	= "private",
	[PSC_LEAF_SHARED]	= "shared",
};

/* One line for each extent of contiguous pages in one state. */
static void region_show(struct seq_file *m, const struct region *r)
{
	unsigned long first = 0, i;
	struct psc_leaf leaf = {};

	while (first < r->npages) {
		enum psc_leaf_state state = page_state(&leaf, r->pages[first]);
		unsigned long pfn = page_to_pfn(r->pages[first]);

		for (i = first + 1; i < r->npages; i++)
			if (page_to_pfn(r->pages[i]) != pfn + (i - first) ||
			    page_state(&leaf, r->pages[i]) != state)
				break;
		seq_printf(m, "%lu %lu %lu %lu %s\n", r->id, first, i - first, pfn,
			   state_names[state]);
		first = i;
	}
}

/**
 * psc_pool_show() - print all regions
 * @m:	where to
 */
void psc_pool_show(struct seq_file *m)
{
	struct region *r;

	seq_puts(m, "# id first count pfn state\n");
	mutex_lock(&lock);
	list_for_each_entry(r, &regions, list)
		region_show(m, r);
	mutex_unlock(&lock);
}
