/* SPDX-License-Identifier: GPL-2.0 */
/* Leaves that are not present for the time being: hide them, flush, show them. */
#ifndef SNP_PSC_HIDDEN_H
#define SNP_PSC_HIDDEN_H

#include "pgtable.h"

struct psc_part;

/**
 * struct psc_hidden - leaves that are not present for the time being
 * @req:	the pages
 * @saved:	the entries as they were, in the order in which they were hidden: the
 *		direct map's, then the alias's
 * @few:	room for them if there are no more, as for most who convert page by page
 * @room:	for so many of them
 * @n:		how many are hidden
 * @shown:	how many of them have been dealt with by psc_show()
 * @leaf:	the direct map's leaf that is dealt with
 * @flush_all:	flushing address by address would not reach every translation of them
 */
struct psc_hidden {
	const struct psc_request *req;
	pteval_t *saved;
	pteval_t few[8];
	unsigned long room;
	unsigned long n;
	unsigned long shown;
	struct psc_leaf leaf;
	bool flush_all;
};

int psc_hidden_init(struct psc_hidden *h, const struct psc_request *req);
void psc_hidden_free(struct psc_hidden *h);
int psc_hide(struct psc_hidden *h, enum psc_leaf_state expected);
void psc_flush(const struct psc_hidden *h);
unsigned long psc_hidden_pages(struct psc_hidden *h, unsigned long pfn);
void psc_show(struct psc_hidden *h, enum psc_leaf_state state);
void psc_show_part(struct psc_hidden *h, const struct psc_part *part, enum psc_leaf_state state);
void psc_show_alias(struct psc_hidden *h);

#endif /* SNP_PSC_HIDDEN_H */
