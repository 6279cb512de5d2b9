// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's page tables: find a leaf, split it.
 *
 * Only exported symbols: the tables are read with lookup_address() and the entries
 * written as they are: no hypervisor with page tables of its own runs a guest whose
 * memory is encrypted. This needs no lock of the kernel's: an entry
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
 * psc_leaf_look_up() - find an address's leaf, and read it, once
 * @leaf:	a cursor
 * @va:		the address
 *
 * Who sets the memory type of a neighbour splits a large leaf at any time.
 */
void psc_leaf_look_up(struct psc_leaf *leaf, unsigned long va)
{
	int splits = 2;		/* 1G to 2M, 2M to 4K */

	if (!leaf->level || leaf->va / PMD_SIZE != va / PMD_SIZE)
		look_up(leaf, va);
	else if (leaf->entry)
		leaf->value = pte_val(READ_ONCE(*leaf->entry));
	while (is_table(leaf) && splits--)
		look_up(leaf, va);
	leaf->va = va;
}

/**
 * psc_leaf_image_needs_split() - has the page a larger leaf in the kernel image mapping?
 * @leaf:	found by psc_leaf_find(), a page's
 */
bool psc_leaf_image_needs_split(const struct psc_leaf *leaf)
{
	struct psc_leaf image = {};

	return psc_leaf_find_image(&image, PHYS_PFN(__pa(leaf->va))) &&
	       image.level > PG_LEVEL_4K && psc_leaf_state(&image) != PSC_LEAF_NONE;
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
	struct psc_part part = {};
	unsigned long found = 0;

	while (psc_next_part(req, &part)) {
		if (psc_part_is_block(&part) || !too_large(part.units[0], &leaf, &image))
			continue;
		if (found < room)
			pages[found] = pfn_to_page(psc_part_pfn(&part));
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
	struct psc_part part = {};
	unsigned long va;

	while (psc_next_part(req, &part)) {
		if (!psc_part_is_block(&part) || !too_large(part.units[0], &leaf, &image))
			continue;
		va = (unsigned long)pfn_to_kaddr(psc_part_pfn(&part));
		if (psc_fault(PSC_FAULT_SPLIT) ||
		    set_memory_uc(va, PSC_BLOCK_PAGES) || set_memory_wb(va, PSC_BLOCK_PAGES))
			return -ENOMEM;
		psc_count(PSC_SPLITS, 1);
		leaf = (struct psc_leaf){};
		if (too_large(part.units[0], &leaf, &image))
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
