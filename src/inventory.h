/* SPDX-License-Identifier: GPL-2.0 */
/* Our books: which pages are shared because we made them so. */
#ifndef SNP_PSC_INVENTORY_H
#define SNP_PSC_INVENTORY_H

#include <linux/types.h>

int psc_books_reserve(const unsigned long *pfns, unsigned long n);
bool psc_books_shared(unsigned long pfn);
void psc_books_set(unsigned long pfn, bool shared);
void psc_books_poison(unsigned long pfn);
unsigned long psc_books_total(void);
unsigned long psc_books_poisoned(void);
void psc_books_free(void);

#endif /* SNP_PSC_INVENTORY_H */
