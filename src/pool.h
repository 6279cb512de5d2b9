/* SPDX-License-Identifier: GPL-2.0 */
/* Scratch regions: memory that a person may convert through debugfs. */
#ifndef SNP_PSC_POOL_H
#define SNP_PSC_POOL_H

#include <linux/types.h>

struct psc_counts;
struct seq_file;

int psc_pool_alloc(unsigned long npages);
int psc_pool_free(unsigned long id);
int psc_pool_convert(unsigned long id, unsigned long first, unsigned long *count, bool shared,
		     struct psc_counts *counts);
unsigned long psc_pool_region_of(unsigned long pfn);
void psc_pool_show(struct seq_file *m);
int psc_pool_turn_back(void);
void psc_pool_exit(void);

#endif /* SNP_PSC_POOL_H */
