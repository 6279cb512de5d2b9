// SPDX-License-Identifier: GPL-2.0
/*
 * snp_psc_dma_heap.ko: shared memory for user space. A module of its own, for not every
 * guest wants that, and where the kernel's framework has it once it stays.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cc_platform.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "dma_node.h"
#include "dma_pages.h"

static struct dentry *totals;

static int totals_show(struct seq_file *m, void *unused)
{
	psc_pages_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(totals);

static int __init dma_heap_init(void)
{
	int err;

	if (!cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return -ENODEV;
	psc_pages_init();
	err = psc_node_add();
	if (!err)
		totals = debugfs_create_file(KBUILD_MODNAME, 0400, NULL, NULL, &totals_fops);
	return err;
}

/* Buffers hold a reference on this module, so there are none any more. */
static void __exit dma_heap_exit(void)
{
	debugfs_remove(totals);
	psc_node_remove();
	psc_pages_exit();
}

module_init(dma_heap_init);
module_exit(dma_heap_exit);

MODULE_DESCRIPTION("Shared memory of confidential guests as a dma-buf heap");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
MODULE_INFO(import_ns, "DMA_BUF");
