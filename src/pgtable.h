/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's page tables: find a leaf, split it. */
#ifndef SNP_PSC_PGTABLE_H
#define SNP_PSC_PGTABLE_H

#include <linux/pgtable.h>

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

void psc_leaf_find(struct psc_leaf *leaf, unsigned long pfn);
void psc_leaf_find_va(struct psc_leaf *leaf, unsigned long va);
bool psc_leaf_find_image(struct psc_leaf *leaf, unsigned long pfn);
enum psc_leaf_state psc_leaf_state(const struct psc_leaf *leaf);
unsigned long psc_leaf_pfn(const struct psc_leaf *leaf);
unsigned long psc_leaf_rest(const struct psc_leaf *leaf);
bool psc_leaf_whole(const struct psc_leaf *leaf, unsigned long start, unsigned long end);
bool psc_leaf_splittable(const struct psc_leaf *leaf);

int psc_split(const struct psc_request *req);

#endif /* SNP_PSC_PGTABLE_H */
