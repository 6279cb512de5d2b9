// SPDX-License-Identifier: GPL-2.0
/* Pages to convert, in the layouts that requests come in. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "set.h"

enum {
	BLOCK_ORDER = PMD_SHIFT - PAGE_SHIFT,
	BLOCK_PAGES = 1 << BLOCK_ORDER,
	SPREAD = 4,		/* "random": so many pages are allocated for each that is kept */
};

#define GFP	(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

struct layout {
	const char *name;
	int (*alloc)(struct page_set *set, unsigned long n);
	void (*release)(struct page_set *set);
};

static void shuffle(struct page **pages, unsigned long n)
{
	unsigned long i, other;

	for (i = 0; i < n; i++) {
		other = i + get_random_u32() % (n - i);
		swap(pages[i], pages[other]);
	}
}

/* The pages' addresses in the direct map are a range. */
static void is_range(struct page_set *set)
{
	set->addr = (unsigned long)page_address(set->pages[0]);
}

/* ---- single pages, as the allocator has them ---- */

static void free_pages_from(struct page **pages, unsigned long first, unsigned long end)
{
	while (first < end)
		__free_page(pages[first++]);
}

static void release_each(struct page_set *set)
{
	free_pages_from(set->pages, 0, set->n);
}

static int alloc_random(struct page_set *set, unsigned long n)
{
	unsigned long total = n * SPREAD, i;
	struct page **pages;

	pages = kvcalloc(total, sizeof(*pages), GFP);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < total; i++) {
		pages[i] = alloc_page(GFP);
		if (!pages[i])
			break;
	}
	if (i == total) {
		shuffle(pages, total);
		memcpy(set->pages, pages, n * sizeof(*pages));
	}
	free_pages_from(pages, i == total ? n : 0, i);
	kvfree(pages);
	return i == total ? 0 : -ENOMEM;
}

/* ---- pages of 2M blocks ---- */

struct blocks {
	struct page **heads;	/* ascending */
	unsigned long n;
};

static int ascending(const void *a, const void *b)
{
	const struct page *const *left = a, *const *right = b;

	return *left < *right ? -1 : *left > *right;
}

/* The first of @want blocks each of which follows the one before, or -1. */
static long adjacent(const struct blocks *b, unsigned long want)
{
	unsigned long first = 0, i;

	for (i = 0; i < b->n; i++) {
		if (i && page_to_pfn(b->heads[i]) != page_to_pfn(b->heads[i - 1]) + BLOCK_PAGES)
			first = i;
		if (i + 1 - first == want)
			return first;
	}
	return -1;
}

/* @want of them; more and more, until there are enough beside each other. */
static long collect(struct blocks *b, unsigned long want, bool neighbours)
{
	unsigned long most = totalram_pages() / BLOCK_PAGES, goal;
	long first = -1;

	for (goal = want; first < 0 && goal <= most; goal += want / 8 + 1) {
		for (; b->n < goal; b->n++) {
			b->heads[b->n] = alloc_pages(GFP, BLOCK_ORDER);
			if (!b->heads[b->n])
				return -ENOMEM;
		}
		sort(b->heads, b->n, sizeof(*b->heads), ascending, NULL);
		first = neighbours ? adjacent(b, want) : 0;
	}
	return first < 0 ? -ENOMEM : first;
}

/* Of the pages from block @first on keep every @stride-th from @offset on, free the others. */
static void keep(struct page_set *set, unsigned long n, struct blocks *b, unsigned long first,
		 unsigned long offset, unsigned long stride)
{
	unsigned long i, kept = 0, next = first * BLOCK_PAGES + offset;

	for (i = 0; i < b->n; i++)
		split_page(b->heads[i], BLOCK_ORDER);
	for (i = 0; i < b->n * BLOCK_PAGES; i++) {
		struct page *page = b->heads[i / BLOCK_PAGES] + i % BLOCK_PAGES;

		if (i == next && kept < n) {
			set->pages[kept++] = page;
			next += stride;
		} else {
			__free_page(page);
		}
	}
}

static int alloc_strided(struct page_set *set, unsigned long n, unsigned long offset,
			 unsigned long stride)
{
	unsigned long want = (offset + (n - 1) * stride) / BLOCK_PAGES + 1;
	struct blocks b = {};
	long first;

	b.heads = kvcalloc(totalram_pages() / BLOCK_PAGES + 1, sizeof(*b.heads), GFP);
	if (!b.heads)
		return -ENOMEM;
	first = collect(&b, want, stride == 1);
	keep(set, first < 0 ? 0 : n, &b, max(first, 0l), offset, stride);
	kvfree(b.heads);
	return min(first, 0l);
}

static int alloc_contiguous(struct page_set *set, unsigned long n)
{
	int err = alloc_strided(set, n, 0, 1);

	if (!err)
		is_range(set);
	return err;
}

static int alloc_unaligned(struct page_set *set, unsigned long n)
{
	int err = alloc_strided(set, n, 1, 1);

	if (!err)
		is_range(set);
	return err;
}

static int alloc_jumbled(struct page_set *set, unsigned long n)
{
	int err = alloc_strided(set, n, 0, 1);

	if (!err)
		shuffle(set->pages, n);
	return err;
}

static int alloc_scattered(struct page_set *set, unsigned long n)
{
	return alloc_strided(set, n, 0, 2);
}

static int alloc_shuffled(struct page_set *set, unsigned long n)
{
	int err = alloc_scattered(set, n);

	if (!err)
		shuffle(set->pages, n);
	return err;
}

/* ---- mapped, or by other allocators ---- */

static int alloc_vmap(struct page_set *set, unsigned long n)
{
	int err = alloc_shuffled(set, n);

	if (err)
		return err;
	set->addr = (unsigned long)vmap(set->pages, n, VM_MAP, PAGE_KERNEL);
	if (set->addr)
		return 0;
	free_pages_from(set->pages, 0, n);
	return -ENOMEM;
}

static void release_vmap(struct page_set *set)
{
	vunmap((void *)set->addr);
	release_each(set);
}

static int of_vmalloc(struct page_set *set, unsigned long n, void *p)
{
	unsigned long i;

	if (!p)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		set->pages[i] = vmalloc_to_page(p + i * PAGE_SIZE);
	set->addr = (unsigned long)p;
	return 0;
}

static int alloc_vmalloc(struct page_set *set, unsigned long n)
{
	return of_vmalloc(set, n, vmalloc(n * PAGE_SIZE));
}

/* In 2M leaves, where the kernel likes to. */
static int alloc_huge(struct page_set *set, unsigned long n)
{
	return of_vmalloc(set, n, vmalloc_huge(n * PAGE_SIZE, GFP_KERNEL));
}

static void release_vmalloc(struct page_set *set)
{
	vfree((void *)set->addr);
}

static int alloc_kmalloc(struct page_set *set, unsigned long n)
{
	void *p = kmalloc(n * PAGE_SIZE, GFP);
	unsigned long i;

	if (!p)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		set->pages[i] = virt_to_page(p + i * PAGE_SIZE);
	is_range(set);
	return 0;
}

static void release_kmalloc(struct page_set *set)
{
	kfree((void *)set->addr);
}

static const struct layout layouts[] = {
	{ "random",	alloc_random,	  release_each },
	{ "contiguous",	alloc_contiguous, release_each },	/* from a 2M boundary on */
	{ "unaligned",	alloc_unaligned,  release_each },	/* from one page behind it on */
	{ "jumbled",	alloc_jumbled,	  release_each },	/* "contiguous" in random order */
	{ "scattered",	alloc_scattered,  release_each },	/* ascending, no two adjacent */
	{ "shuffled",	alloc_shuffled,	  release_each },	/* "scattered" in random order */
	{ "vmap",	alloc_vmap,	  release_vmap },	/* a mapping of "shuffled" */
	{ "vmalloc",	alloc_vmalloc,	  release_vmalloc },
	{ "huge",	alloc_huge,	  release_vmalloc },	/* vmalloc_huge() */
	{ "kmalloc",	alloc_kmalloc,	  release_kmalloc },
};

/**
 * set_alloc() - get pages
 * @set:	empty
 * @name:	the layout's
 * @n:		how many
 *
 * Return: 0, -ENOMEM, or -EINVAL if there is no such layout or @n is absurd
 */
int set_alloc(struct page_set *set, const char *name, unsigned long n)
{
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(layouts) && strcmp(name, layouts[i].name); i++)
		;
	if (i == ARRAY_SIZE(layouts) || !n || n > totalram_pages() / 2)
		return -EINVAL;
	set->pages = kvcalloc(n, sizeof(*set->pages), GFP_KERNEL);
	if (!set->pages)
		return -ENOMEM;
	err = layouts[i].alloc(set, n);
	if (err) {
		kvfree(set->pages);
		*set = (struct page_set){};
		return err;
	}
	set->layout = &layouts[i];
	set->n = n;
	return 0;
}

/**
 * set_free() - give the pages back, unless they are lost
 * @set:	none of it is shared; empty afterwards
 */
void set_free(struct page_set *set)
{
	if (set->n && !set->lost)
		set->layout->release(set);
	kvfree(set->pages);
	*set = (struct page_set){};
}
