/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's page tables: find a leaf, split it. */
#ifndef SNP_PSC_PGTABLE_H
#define SNP_PSC_PGTABLE_H

#include <linux/mem_encrypt.h>
#include <linux/mm.h>

struct psc_request;

/**
 * struct psc_leaf - where the entry of an address is
 * @entry:	the entry, of the size of @level; NULL if nothing is mapped there
 * @level:	PG_LEVEL_4K, PG_LEVEL_2M or PG_LEVEL_1G
 * @va:		the address that was looked up last
 * @value:	what the entry said then, 0 if nothing is mapped there
 *
 * A cursor: begin with a zeroed struct, and going through ascending addresses
 * costs one look-up a 2M block.
 */
struct psc_leaf {
	pte_t *entry;
	unsigned int level;
	unsigned long va;
	pteval_t value;
};

/**
 * enum psc_leaf_state - what a leaf says about its pages
 * @PSC_LEAF_NONE:	not present, or there is no leaf
 * @PSC_LEAF_PRIVATE:	present, C=1, or there is no C-bit in this guest
 * @PSC_LEAF_SHARED:	present, C=0
 */
enum psc_leaf_state { PSC_LEAF_NONE, PSC_LEAF_PRIVATE, PSC_LEAF_SHARED };

void psc_leaf_look_up(struct psc_leaf *leaf, unsigned long va);
bool psc_leaf_image_needs_split(const struct psc_leaf *leaf);

int psc_split(const struct psc_request *req);

/*
 * What is done to each page of a request is done here, and costs little: the entries
 * of a page table are neighbours.
 */

/**
 * psc_leaf_find_va() - find an address's leaf, and read it, once
 * @leaf:	a cursor
 * @va:		the address
 */
static inline void psc_leaf_find_va(struct psc_leaf *leaf, unsigned long va)
{
	if (leaf->level != PG_LEVEL_4K || (leaf->va ^ va) >= PMD_SIZE) {
		psc_leaf_look_up(leaf, va);
		return;
	}
	leaf->entry += (long)(va / PAGE_SIZE - leaf->va / PAGE_SIZE);
	leaf->value = native_pte_val(READ_ONCE(*leaf->entry));
	leaf->va = va;
}

/**
 * psc_leaf_find() - find a page's leaf in the direct map
 * @leaf:	a cursor
 * @pfn:	the page
 */
static inline void psc_leaf_find(struct psc_leaf *leaf, unsigned long pfn)
{
	psc_leaf_find_va(leaf, (unsigned long)pfn_to_kaddr(pfn));
}

/**
 * psc_leaf_find_hidden() - find a page's leaf where leaves of other pages may be not present
 * @leaf:	a cursor, zeroed or at a leaf of the direct map
 * @pfn:	the page; its leaf or the cursor's is not present, by our doing
 *
 * One look-up a GiB for 2M leaves: their page table can't go away, for only leaves that are
 * present and all alike are ever collapsed into a larger one.
 */
static inline void psc_leaf_find_hidden(struct psc_leaf *leaf, unsigned long pfn)
{
	unsigned long va = (unsigned long)pfn_to_kaddr(pfn);

	if (leaf->level == PG_LEVEL_2M && leaf->entry && (leaf->va ^ va) < PUD_SIZE) {
		leaf->entry += (long)(va / PMD_SIZE - leaf->va / PMD_SIZE);
		leaf->va = va;
	}
	psc_leaf_find_va(leaf, va);
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
 * Return: false if that mapping has no page table for the page
 */
static inline bool psc_leaf_find_image(struct psc_leaf *leaf, unsigned long pfn)
{
	unsigned long offset = PFN_PHYS(pfn) - phys_base;
	unsigned long va = __START_KERNEL_map + offset;

	if (offset >= KERNEL_IMAGE_SIZE)
		return false;
	if (leaf->level && !leaf->entry && (leaf->va ^ va) < PMD_SIZE)
		return false;
	psc_leaf_find_va(leaf, va);
	return leaf->entry;
}

/**
 * psc_leaf_move() - go on to another leaf of the same page table
 * @leaf:	found by psc_leaf_find_va(), at PG_LEVEL_4K
 * @pages:	how far
 */
static inline void psc_leaf_move(struct psc_leaf *leaf, unsigned long pages)
{
	leaf->entry += pages;
	leaf->value = native_pte_val(READ_ONCE(*leaf->entry));
	leaf->va += pages * PAGE_SIZE;
}

/**
 * psc_leaf_state() - what a leaf says about its pages
 * @leaf:	found by psc_leaf_find()
 */
static inline enum psc_leaf_state psc_leaf_state(const struct psc_leaf *leaf)
{
	if (!(leaf->value & _PAGE_PRESENT))
		return PSC_LEAF_NONE;
	return leaf->value & sme_me_mask || !sme_me_mask ? PSC_LEAF_PRIVATE : PSC_LEAF_SHARED;
}

/**
 * psc_leaf_pfn() - the page that is mapped at the address that was looked up
 * @leaf:	found by psc_leaf_find_va(), present, not larger than 2M
 */
static inline unsigned long psc_leaf_pfn(const struct psc_leaf *leaf)
{
	if (leaf->level == PG_LEVEL_4K)
		return pte_pfn(__pte(leaf->value));
	return pmd_pfn(__pmd(leaf->value)) + PHYS_PFN(leaf->va & ~PMD_MASK);
}

/**
 * psc_leaf_size() - how much a leaf maps
 * @leaf:	found by psc_leaf_find()
 */
static inline unsigned long psc_leaf_size(const struct psc_leaf *leaf)
{
	return leaf->level == PG_LEVEL_4K ? PAGE_SIZE : page_level_size(leaf->level);
}

/**
 * psc_leaf_rest() - how many pages a leaf maps, from the one that was looked up on
 * @leaf:	found by psc_leaf_find()
 */
static inline unsigned long psc_leaf_rest(const struct psc_leaf *leaf)
{
	unsigned long size = psc_leaf_size(leaf);

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
static inline bool psc_leaf_whole(const struct psc_leaf *leaf, unsigned long start,
				  unsigned long end)
{
	unsigned long size = psc_leaf_size(leaf);
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
static inline bool psc_leaf_splittable(const struct psc_leaf *leaf)
{
	if (leaf->level != PG_LEVEL_4K)
		return !(leaf->value & _PAGE_LARGE_CACHE_MASK);
	return !(leaf->value & _PAGE_CACHE_MASK) || !psc_leaf_image_needs_split(leaf);
}

#endif /* SNP_PSC_PGTABLE_H */
