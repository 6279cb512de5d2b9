/* SPDX-License-Identifier: GPL-2.0 */
/* Shared memory as a dma-buf. */
#ifndef SNP_PSC_DMA_BUF_H
#define SNP_PSC_DMA_BUF_H

#include <linux/types.h>

struct dma_buf;

#define PSC_HEAP_NAME	"snp_psc_shared"

struct dma_buf *psc_dma_buf_make(size_t len, u32 fd_flags);

#endif /* SNP_PSC_DMA_BUF_H */
