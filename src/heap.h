/* SPDX-License-Identifier: GPL-2.0 */
/* Shared memory for drivers: snp_psc_alloc_shared(), snp_psc_free_shared(). */
#ifndef SNP_PSC_HEAP_H
#define SNP_PSC_HEAP_H

#include <linux/types.h>

struct seq_file;

bool psc_heap_has(unsigned long pfn);
void psc_heap_show(struct seq_file *m);
void psc_heap_show_totals(struct seq_file *m);
bool psc_heap_turn_back(void);
void psc_heap_exit(void);

#endif /* SNP_PSC_HEAP_H */
