/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/dma_heap/snp_psc_shared. One of two files is built, as the kernel has it. */
#ifndef SNP_PSC_DMA_NODE_H
#define SNP_PSC_DMA_NODE_H

int psc_node_add(void);
void psc_node_remove(void);

#endif /* SNP_PSC_DMA_NODE_H */
