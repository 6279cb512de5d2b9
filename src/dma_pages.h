/* SPDX-License-Identifier: GPL-2.0 */
/* The pages of buffers for user space: taken, shared, made private, returned. */
#ifndef SNP_PSC_DMA_PAGES_H
#define SNP_PSC_DMA_PAGES_H

#include <linux/list.h>
#include <linux/types.h>

struct page;
struct seq_file;

/**
 * struct psc_pages - the pages of one buffer
 * @list:	of those that could not be made private yet
 * @n:		how many
 * @page:	in the order of the buffer; neighbours of one compound page together
 */
struct psc_pages {
	struct list_head list;
	unsigned long n;
	struct page *page[];
};

void psc_pages_init(void);
struct psc_pages *psc_pages_get(unsigned long n);
void psc_pages_put(struct psc_pages *p);
void psc_pages_exit(void);
void psc_pages_show(struct seq_file *m);

#endif /* SNP_PSC_DMA_PAGES_H */
