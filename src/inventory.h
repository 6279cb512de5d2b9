/* SPDX-License-Identifier: GPL-2.0 */
/* Our books: which pages are shared because we made them so, and which are lost. */
#ifndef SNP_PSC_INVENTORY_H
#define SNP_PSC_INVENTORY_H

#include <linux/mem_encrypt.h>

#include "pgtable.h"

struct psc_part;
struct psc_request;
struct seq_file;

int psc_books_reserve(const struct psc_request *req);
bool psc_books_shared(unsigned long pfn, unsigned long n);
void psc_books_set(unsigned long pfn, unsigned long n, bool shared);
void psc_books_set_part(const struct psc_part *part, bool shared);
bool psc_books_any_poisoned(unsigned long pfn, unsigned long n);
void psc_books_poison(unsigned long pfn, unsigned long n);
enum psc_leaf_state psc_books_state(const struct psc_leaf *leaf, unsigned long pfn);
void psc_books_copy(unsigned long pfn, unsigned long *shared, unsigned long *poisoned);
unsigned long psc_books_total(void);
unsigned long psc_books_poisoned(void);
void psc_books_show_poisoned(struct seq_file *m);
void psc_books_free(void);

/* What a leaf is. Without a C-bit page tables say nothing, and the books have to do. */
static inline enum psc_leaf_state psc_leaf_or_books(const struct psc_leaf *leaf, bool in_books)
{
	enum psc_leaf_state state = psc_leaf_state(leaf);

	return !sme_me_mask && state != PSC_LEAF_NONE && in_books ? PSC_LEAF_SHARED : state;
}

#endif /* SNP_PSC_INVENTORY_H */
