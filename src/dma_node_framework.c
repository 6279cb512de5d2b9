// SPDX-License-Identifier: GPL-2.0
/* The node by the kernel's heap framework, for who is no module or, later, may be one. */
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/module.h>

#include "dma_buf.h"
#include "dma_node.h"

static struct dma_buf *allocate(struct dma_heap *heap, unsigned long len, u32 fd_flags,
				u64 heap_flags)
{
	return psc_dma_buf_make(len, fd_flags);
}

static const struct dma_heap_ops ops = { .allocate = allocate };

/**
 * psc_node_add() - make the node
 *
 * The framework has no way to take a heap back, and does not count who uses one. So the
 * module stays, as the kernel's own heaps do.
 *
 * Return: 0 or an error
 */
int psc_node_add(void)
{
	const struct dma_heap_export_info info = { .name = PSC_HEAP_NAME, .ops = &ops };
	struct dma_heap *heap = dma_heap_add(&info);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	__module_get(THIS_MODULE);
	return 0;
}

/** psc_node_remove() - nothing that ever happens */
void psc_node_remove(void)
{
}

MODULE_INFO(import_ns, "DMA_BUF_HEAP");
