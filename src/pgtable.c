// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's page tables: find a leaf, split it.
 *
 * Only exported symbols: the tables are read with lookup_address() and the entries
 * written with set_pte() and set_pmd(). This needs no lock of the kernel's: an entry
 * is a single word, and nobody else writes those of leaves that have none but pages
 * of a request. Other leaves may be split under our eyes.
 */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/slab.h>

#include "fault.h"
#include "pgtable.h"
#include "request.h"
#include "stats.h"

enum {
	RESCHED_AFTER = 1024,	/* units looked at */
};

/* ---- leaves ---- */

static void look_up(struct psc_leaf *leaf, unsigned long va)
{
	leaf->entry = lookup_address(va, &leaf->level);
	if (!leaf->entry)
		leaf->level = PG_LEVEL_2M;	/* there is not even a page table */
	leaf->value = leaf->entry ? pte_val(READ_ONCE(*leaf->entry)) : 0;
}

/* A large leaf that others have split since its entry was looked up. */
static bool is_table(const struct psc_leaf *leaf)
{
	return leaf->level > PG_LEVEL_4K && leaf->value && !(leaf->value & _PAGE_PSE);
}

/**
 * psc_leaf_find_va() - find an address's leaf, and read it, once
 * @leaf:	a cursor
 * @va:		the address
 *
 * Who sets the memory type of a neighbour splits a large leaf at any time.
 */
void psc_leaf_find_va(struct psc_leaf *leaf, unsigned long va)
{
	int splits = 2;		/* 1G to 2M, 2M to 4K */

	if (!leaf->level || leaf->va / PMD_SIZE != va / PMD_SIZE) {
		look_up(leaf, va);
	} else if (leaf->entry) {
		if (leaf->level == PG_LEVEL_4K)
			leaf->entry += (long)(va / PAGE_SIZE - leaf->va / PAGE_SIZE);
		leaf->value = pte_val(READ_ONCE(*leaf->entry));
	}
	while (is_table(leaf) && splits--)
		look_up(leaf, va);
	leaf->va = va;
}

/**
 * psc_leaf_find() - find a page's leaf in the direct map
 * @leaf:	a cursor
 * @pfn:	the page
 */
void psc_leaf_find(struct psc_leaf *leaf, unsigned long pfn)
{
	psc_leaf_find_va(leaf, (unsigned long)pfn_to_kaddr(pfn));
}

/**
 * psc_leaf_find_image() - find a page's leaf in the kernel image mapping
 * @leaf:	a cursor
 * @pfn:	the page
 *
 * Memory that the kernel image gave back after boot (.init, padding between
 * sections, the rest of its last 2M) is still mapped there, private and under
 * addresses that nobody uses any more.
 *
 * Return: false if that mapping has no place for the page
 */
bool psc_leaf_find_image(struct psc_leaf *leaf, unsigned long pfn)
{
	unsigned long offset = PFN_PHYS(pfn) - phys_base;

	if (offset >= KERNEL_IMAGE_SIZE)
		return false;
	psc_leaf_find_va(leaf, __START_KERNEL_map + offset);
	return true;
}

/**
 * psc_leaf_state() - what a leaf says about its pages
 * @leaf:	found by psc_leaf_find()
 */
enum psc_leaf_state psc_leaf_state(const struct psc_leaf *leaf)
{
	if (!(leaf->value & _PAGE_PRESENT))
		return PSC_LEAF_NONE;
	return leaf->value & sme_me_mask || !sme_me_mask ? PSC_LEAF_PRIVATE : PSC_LEAF_SHARED;
}

/**
 * psc_leaf_pfn() - the page that is mapped at the address that was looked up
 * @leaf:	found by psc_leaf_find_va(), present, not larger than 2M
 */
unsigned long psc_leaf_pfn(const struct psc_leaf *leaf)
{
	if (leaf->level == PG_LEVEL_4K)
		return pte_pfn(__pte(leaf->value));
	return pmd_pfn(__pmd(leaf->value)) + PHYS_PFN(leaf->va & ~PMD_MASK);
}

/**
 * psc_leaf_rest() - how many pages a leaf maps, from the one that was looked up on
 * @leaf:	found by psc_leaf_find()
 */
unsigned long psc_leaf_rest(const struct psc_leaf *leaf)
{
	unsigned long size = page_level_size(leaf->level);

	return PHYS_PFN(size - (leaf->va & (size - 1)));
}

/**
 * psc_leaf_whole() - does a leaf map nothing but a range of addresses?
 * @leaf:	found by psc_leaf_find_va()
 * @start:	start of the range
 * @end:	its end
 *
 * Return: false also for leaves that are larger than 2M
 */
bool psc_leaf_whole(const struct psc_leaf *leaf, unsigned long start, unsigned long end)
{
	unsigned long size = page_level_size(leaf->level);
	unsigned long va = leaf->va & ~(size - 1);

	return leaf->level <= PG_LEVEL_2M && va >= start && end - va >= size;
}

/**
 * psc_leaf_splittable() - may psc_split() touch this leaf, if it has to?
 * @leaf:	found by psc_leaf_find(), present
 *
 * psc_split() changes the memory type forth and back, which is only right where
 * it is write-back to begin with. It has to do so also for a 4K leaf whose alias in
 * the kernel image mapping is larger.
 */
bool psc_leaf_splittable(const struct psc_leaf *leaf)
{
	struct psc_leaf image = {};

	if (leaf->level != PG_LEVEL_4K)
		return !(leaf->value & _PAGE_LARGE_CACHE_MASK);
	if (!(leaf->value & _PAGE_CACHE_MASK))
		return true;
	return !psc_leaf_find_image(&image, PHYS_PFN(__pa(leaf->va))) ||
	       image.level == PG_LEVEL_4K || psc_leaf_state(&image) == PSC_LEAF_NONE;
}

/* ---- split ---- */

/* Is there a leaf that maps more than @unit? */
static bool too_large(unsigned long unit, struct psc_leaf *leaf, struct psc_leaf *image)
{
	unsigned int level = unit & PSC_UNIT_LARGE ? PG_LEVEL_2M : PG_LEVEL_4K;

	psc_leaf_find(leaf, psc_unit_pfn(unit));
	if (leaf->level > level)
		return true;
	return psc_leaf_find_image(image, psc_unit_pfn(unit)) && image->level > level &&
	       psc_leaf_state(image) != PSC_LEAF_NONE;
}

/*
 * Blocks that are converted in part and have no page table: how many there are,
 * and one page of each of the first @room. Others may split or collapse meanwhile,
 * so that two counts need not agree.
 */
static unsigned long blocks_to_split(const struct psc_request *req, struct page **pages,
				     unsigned long room)
{
	struct psc_leaf leaf = {}, image = {};
	unsigned long i, found = 0, last = 0;

	for (i = 0; i < req->n; i++) {
		unsigned long unit = req->units[i], block = unit / PSC_BLOCK_PAGES;

		if (i % RESCHED_AFTER == 0)
			cond_resched();
		if (unit & PSC_UNIT_LARGE || (found && block == last) ||
		    !too_large(unit, &leaf, &image))
			continue;
		if (found < room)
			pages[found] = pfn_to_page(unit);
		last = block;
		found++;
	}
	return found;
}

/*
 * Give write-back again to those that set_pages_array_uc() got to before it
 * failed, and to no other: a page whose type it did not change may have an owner
 * who chose that type.
 */
static void split_undo(struct page **pages, unsigned long n)
{
	struct psc_leaf leaf = {};
	unsigned long i;

	for (i = 0; i < n; i++) {
		psc_leaf_find(&leaf, page_to_pfn(pages[i]));
		if (leaf.level == PG_LEVEL_4K && leaf.value & _PAGE_CACHE_MASK)
			set_pages_array_wb(&pages[i], 1);
	}
}

/*
 * No exported function splits; but changing the memory type of one page of a block
 * does, and it stays split when the type is changed back. The alias in the kernel
 * image mapping is split along with it.
 */
static int split_blocks(const struct psc_request *req)
{
	unsigned long blocks = blocks_to_split(req, NULL, 0);
	struct page **pages;
	int err;

	if (!blocks)
		return 0;
	pages = kvmalloc_array(blocks, sizeof(*pages), GFP_KERNEL | __GFP_NOWARN);
	if (!pages)
		return -ENOMEM;
	blocks = min(blocks, blocks_to_split(req, pages, blocks));

	err = psc_fault(PSC_FAULT_SPLIT) ?: set_pages_array_uc(pages, blocks);
	if (err)
		split_undo(pages, blocks);
	else
		err = set_pages_array_wb(pages, blocks);
	kvfree(pages);
	psc_count(PSC_SPLITS, blocks);
	return err || blocks_to_split(req, NULL, 0) ? -ENOMEM : 0;
}

/* A whole block of a 1G leaf gets a leaf of its own, and so do its neighbours. */
static int split_large(const struct psc_request *req)
{
	struct psc_leaf leaf = {}, image = {};
	unsigned long i, va;

	for (i = 0; i < req->n; i++) {
		if (!(req->units[i] & PSC_UNIT_LARGE) ||
		    !too_large(req->units[i], &leaf, &image))
			continue;
		va = (unsigned long)pfn_to_kaddr(psc_unit_pfn(req->units[i]));
		if (psc_fault(PSC_FAULT_SPLIT) ||
		    set_memory_uc(va, PSC_BLOCK_PAGES) || set_memory_wb(va, PSC_BLOCK_PAGES))
			return -ENOMEM;
		psc_count(PSC_SPLITS, 1);
		leaf = (struct psc_leaf){};
		if (too_large(req->units[i], &leaf, &image))
			return -ENOMEM;
	}
	return 0;
}

/**
 * psc_split() - make sure that no leaf maps more than the unit that it is in
 * @req:	all leaves are psc_leaf_splittable()
 *
 * Context: May sleep. Costs flushes of the kernel's own, once in a block's life.
 * Return: 0 or -ENOMEM
 */
int psc_split(const struct psc_request *req)
{
	return split_large(req) ?: split_blocks(req);
}
