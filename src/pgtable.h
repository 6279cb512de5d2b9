/* SPDX-License-Identifier: GPL-2.0 */
/* The direct map: find a leaf, split it, hide it, put it back, flush. */
#ifndef SNP_PSC_PGTABLE_H
#define SNP_PSC_PGTABLE_H

#include <linux/pgtable.h>

/**
 * struct psc_leaf - where the direct map's entry of a page is
 * @entry:	the entry, or NULL if the direct map has none
 * @level:	PG_LEVEL_4K, or larger if the entry maps more than this page
 * @pfn:	the page that was looked up last; a cursor, begin with a zeroed struct
 */
struct psc_leaf {
	pte_t *entry;
	unsigned int level;
	unsigned long pfn;
};

/**
 * enum psc_leaf_state - what a leaf says about its pages
 * @PSC_LEAF_NONE:	not present, or there is no leaf
 * @PSC_LEAF_PRIVATE:	present, C=1, or there is no C-bit in this guest
 * @PSC_LEAF_SHARED:	present, C=0
 */
enum psc_leaf_state { PSC_LEAF_NONE, PSC_LEAF_PRIVATE, PSC_LEAF_SHARED };

void psc_leaf_find(struct psc_leaf *leaf, unsigned long pfn);
enum psc_leaf_state psc_leaf_state(const struct psc_leaf *leaf);
bool psc_leaf_splittable(const struct psc_leaf *leaf);

int psc_split(const unsigned long *pfns, unsigned long n);

/**
 * struct psc_hidden - leaves that are not present for the time being
 * @pfns:	their pages, ascending
 * @n:		how many
 * @saved:	the entries as they were
 * @flush_all:	flushing page by page would not reach every translation of them
 */
struct psc_hidden {
	const unsigned long *pfns;
	unsigned long n;
	pte_t *saved;
	bool flush_all;
};

int psc_hide(struct psc_hidden *h, enum psc_leaf_state expected);
void psc_flush(const struct psc_hidden *h);
void psc_show(const struct psc_hidden *h, unsigned long i, struct psc_leaf *leaf,
	      enum psc_leaf_state state);

#endif /* SNP_PSC_PGTABLE_H */
