// SPDX-License-Identifier: GPL-2.0
/* The kinds of memory that a driver may have: how each is made and given back. */
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kinds.h"

enum { SPREAD = 4 };	/* so many pages are allocated for each that is kept */

/* ---- order 0, wherever the allocator has them, and others' pages in between ---- */

static void scattered_free(struct set *set, struct extent *e)
{
	u32 i;

	for (i = 0; i < e->n; i++)
		if (set->owned[e->first + i].page)
			__free_page(set->owned[e->first + i].page);
}

static int scattered_alloc(struct set *set, struct extent *e)
{
	struct page **pages = kvcalloc(e->n * SPREAD, sizeof(*pages), GFP_KERNEL);
	u32 i, other;
	int err = 0;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < e->n * SPREAD; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!pages[i])
			err = -ENOMEM;
	}
	for (i = 0; i < e->n * SPREAD; i++) {
		other = i + below(set, e->n * SPREAD - i);
		swap(pages[i], pages[other]);
		if (i < e->n)
			set->owned[e->first + i].page = pages[i];
		else if (pages[i])
			__free_page(pages[i]);
	}
	kvfree(pages);
	return err;
}

/* ---- contiguous ---- */

/* kmemleak must not read what it knows of: it does not survive a page that is not present. */
static void *unscanned(void *addr)
{
	if (addr)
		kmemleak_no_scan(addr);
	return addr;
}

static int contiguous(struct set *set, struct extent *e, void *addr)
{
	bool vmalloced = is_vmalloc_addr(addr);
	u32 i;

	if (!addr)
		return -ENOMEM;
	e->addr = addr;
	for (i = 0; i < e->n; i++, addr += PAGE_SIZE)
		set->owned[e->first + i].page = vmalloced ? vmalloc_to_page(addr) :
							    virt_to_page(addr);
	return 0;
}

static int block_alloc(struct set *set, struct extent *e)
{
	return contiguous(set, e, (void *)__get_free_pages(GFP_KERNEL | __GFP_COMP,
							   get_order(e->n * PAGE_SIZE)));
}

static void block_free(struct set *set, struct extent *e)
{
	free_pages((unsigned long)e->addr, get_order(e->n * PAGE_SIZE));
}

static int kmalloc_alloc(struct set *set, struct extent *e)
{
	return contiguous(set, e, unscanned(kmalloc(e->n * PAGE_SIZE, GFP_KERNEL)));
}

static void kmalloc_free(struct set *set, struct extent *e)
{
	kfree(e->addr);
}

static int vmalloc_alloc(struct set *set, struct extent *e)
{
	return contiguous(set, e, unscanned(vmalloc(e->n * PAGE_SIZE)));
}

/* Mapped by 2M leaves, if the kernel will. */
static int vmalloc_huge_alloc(struct set *set, struct extent *e)
{
	void *addr = unscanned(vmalloc_huge(e->n * PAGE_SIZE, GFP_KERNEL));
	unsigned int level;

	if (contiguous(set, e, addr))
		return -ENOMEM;
	e->whole_blocks = lookup_address((unsigned long)e->addr, &level) && level == PG_LEVEL_2M;
	return 0;
}

static void vmalloc_free(struct set *set, struct extent *e)
{
	vfree(e->addr);
}

static int foreign_alloc(struct set *set, struct extent *e)
{
	return block_alloc(set, e) ?: set_memory_decrypted((unsigned long)e->addr, e->n);
}

/* The kernel has no other way to tell that it failed but to die, or to leak. */
static void foreign_free(struct set *set, struct extent *e)
{
	if (e->addr && !set_memory_encrypted((unsigned long)e->addr, e->n))
		block_free(set, e);
}

const struct kind kinds[EXTENTS] = {
	{ "order 0",	320,  40,  KIND_LOOSE,		scattered_alloc, scattered_free },
	{ "order 9",	512,  0,   KIND_LOOSE | KIND_BLOCKS, block_alloc, block_free },
	{ "order 10",	1024, 256, KIND_LOOSE | KIND_BLOCKS, block_alloc, block_free },
	{ "kmalloc",	128,  8,   KIND_LOOSE,		kmalloc_alloc,	kmalloc_free },
	{ "vmalloc",	300,  20,  0,			vmalloc_alloc,	vmalloc_free },
	{ "vmalloc_huge", 512,  0,   KIND_BLOCKS,		vmalloc_huge_alloc, vmalloc_free },
	{ "foreign",	1,    1,   0,			foreign_alloc,	foreign_free },
};
