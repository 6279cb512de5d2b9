// SPDX-License-Identifier: GPL-2.0
/* The kinds of pages: where they are from. What is freed here may have lost pages in it. */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "arena.h"

/* ---- single ones, wherever the allocator has them ---- */

static int single_alloc(struct arena *a)
{
	unsigned long i;

	for (i = 0; i < a->n; i++) {
		a->spots[i].page = alloc_page(GFP_KERNEL);
		if (!a->spots[i].page)
			return -ENOMEM;
	}
	return 0;
}

static void single_free(struct arena *a)
{
	unsigned long i;

	for (i = 0; i < a->n; i++)
		if (a->spots[i].page)
			__free_page(a->spots[i].page);
}

/* ---- of one compound page ---- */

static unsigned int order(const struct arena *a)
{
	return order_base_2(a->n);
}

static int compound_alloc(struct arena *a)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, order(a));
	unsigned long i;

	if (!page)
		return -ENOMEM;
	a->addr = page_address(page);
	for (i = 0; i < a->n; i++)
		a->spots[i].page = page + i;
	return 0;
}

static void compound_free(struct arena *a)
{
	if (a->addr)
		free_pages((unsigned long)a->addr, order(a));
}

/* ---- mapped a second time ---- */

static int vmalloc_alloc(struct arena *a)
{
	unsigned long i;

	a->addr = vmalloc(a->n * PAGE_SIZE);
	if (!a->addr)
		return -ENOMEM;
	for (i = 0; i < a->n; i++)
		a->spots[i].page = vmalloc_to_page(a->addr + i * PAGE_SIZE);
	return 0;
}

static void vmalloc_free(struct arena *a)
{
	vfree(a->addr);
}

const struct kind kinds[] = {
	{ "single",	single_alloc,	single_free,	.by_pages = true },
	{ "scattered",	compound_alloc,	compound_free,	.by_pages = true },
	{ "range",	compound_alloc,	compound_free },
	{ "gaps",	compound_alloc,	compound_free,	.gaps = true },
	{ "vmalloc",	vmalloc_alloc,	vmalloc_free,	.aliased = true },
	{ NULL }
};
