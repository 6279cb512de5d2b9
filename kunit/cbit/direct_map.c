// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of the world as the direct map has them. Their leaves are those of this
 * kernel; nobody else looks at these pages, so that anything may stand there.
 */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>

#include "../../src/inventory.h"
#include "../../src/request.h"
#include "direct_map.h"

enum {
	C_BIT = _PAGE_BIT_SOFTW4,	/* left to software by CPUs, and to user space by Linux */
	TRIES = 48,			/* blocks of memory looked at for a 2M leaf */
};

u64 c_bit;	/* in the place of sme_me_mask */

static struct psc_leaf leaf_of(unsigned long pfn)
{
	struct psc_leaf leaf = {};

	psc_leaf_find(&leaf, pfn);
	return leaf;
}

/** direct_map_write() - write the entry of a page's leaf, whatever its size */
void direct_map_write(unsigned long pfn, pteval_t value)
{
	struct psc_leaf leaf = leaf_of(pfn);

	if (leaf.level == PG_LEVEL_4K)
		set_pte(leaf.entry, __pte(value));
	else
		set_pmd((pmd_t *)leaf.entry, __pmd(value));
}

/**
 * direct_map_set() - have the direct map say something about pages
 * @pfn:	the first page
 * @n:		how many, no part of a leaf
 * @state:	what
 */
void direct_map_set(unsigned long pfn, unsigned long n, enum psc_leaf_state state)
{
	unsigned long end = pfn + n;
	struct psc_leaf leaf;
	pteval_t value;

	for (; pfn < end; pfn += psc_leaf_rest(&leaf)) {
		leaf = leaf_of(pfn);
		value = leaf.value & ~(_PAGE_PRESENT | BIT_ULL(C_BIT));
		if (state != PSC_LEAF_NONE)
			value |= _PAGE_PRESENT;
		if (state != PSC_LEAF_SHARED)
			value |= BIT_ULL(C_BIT);
		direct_map_write(pfn, value);
	}
}

/** direct_map_state() - what it says about a page */
enum psc_leaf_state direct_map_state(unsigned long pfn)
{
	struct psc_leaf leaf = leaf_of(pfn);

	return psc_leaf_state(&leaf);
}

/** direct_map_split() - give each page of the world a leaf of its own */
void direct_map_split(struct kunit *test)
{
	unsigned long units[] = { world->first, world->first + PSC_BLOCK_PAGES };
	struct psc_request req = { .units = units, .n = 2 };

	KUNIT_ASSERT_EQ(test, psc_split(&req), 0);
}

/* Other pages for the world, if there are any with a 2M leaf. */
static void prefer_block(void)
{
	struct page *tried[TRIES];
	int n = 0;

	while (n < TRIES && leaf_of(page_to_pfn(world->pages)).level != PG_LEVEL_2M) {
		tried[n] = world->pages;
		world->pages = alloc_pages(GFP_KERNEL, WORLD_ORDER);
		if (!world->pages)
			break;
		n++;
	}
	if (!world->pages)
		world->pages = tried[n];
	while (n--)
		__free_pages(tried[n], WORLD_ORDER);
	world->first = page_to_pfn(world->pages);
}

/* As a suite's tests find it. */
static void settle(void)
{
	world_reset();
	memset(world->leaf, PSC_LEAF_NONE, sizeof(world->leaf));	/* of no meaning here */
	direct_map_set(world->first, WORLD_PAGES, PSC_LEAF_PRIVATE);
}

/**
 * direct_map_find_block() - see to it that the world begins with a 2M leaf
 *
 * Return: whether there was any left: what is split once stays so
 */
bool direct_map_find_block(void)
{
	direct_map_set(world->first, WORLD_PAGES, PSC_LEAF_SHARED);
	prefer_block();
	settle();
	return leaf_of(world->first).level == PG_LEVEL_2M;
}

/** direct_map_need_block() - for tests that need one, and have not begun yet */
void direct_map_need_block(struct kunit *test)
{
	if (!direct_map_find_block())
		kunit_skip(test, "no 2M leaf in this direct map");
}

/** direct_map_init() - for a suite's init: all pages are private */
int direct_map_init(struct kunit *test)
{
	int err = world_init(test);

	if (err)
		return err;
	c_bit = BIT_ULL(C_BIT);
	settle();
	return 0;
}

/** direct_map_exit() - for a suite's exit: as if nothing had been */
void direct_map_exit(struct kunit *test)
{
	unsigned long i;

	direct_map_set(world->first, WORLD_PAGES, PSC_LEAF_SHARED);
	for (i = 0; i < WORLD_PAGES; i++) {
		__ClearPageReserved(world->pages + i);
		atomic_set(&world->pages[i]._mapcount, -1);
	}
	psc_books_free();
	world_exit(test);
	c_bit = 0;
}
