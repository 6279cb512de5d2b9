// SPDX-License-Identifier: GPL-2.0
/*
 * An importer of dma-bufs for tests: what a driver would do with one, on command.
 *
 * /sys/kernel/debug/snp_psc_importer takes "COMMAND FD [SEED]" from a process that has the
 * descriptor; the errno of the write is the result. Reading it gives the PFNs of the pages
 * that the last "map" found, as its devices would see them.
 */
#include <linux/debugfs.h>
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/iosys-map.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "../../machine/ports.h"

#ifndef HAS_VMAP_UNLOCKED
#define dma_buf_vmap_unlocked	dma_buf_vmap
#define dma_buf_vunmap_unlocked	dma_buf_vunmap
#endif

enum { COMMAND_MAX = 64, WORDS = PAGE_SIZE / sizeof(u64) };

static DEFINE_MUTEX(lock);
static struct platform_device *devices[2];
static struct dma_buf *held;
static unsigned long *pfns;
static unsigned long npfns;

/* ---- one device ---- */

struct import {
	struct dma_buf_attachment *a;
	struct sg_table *table;
};

static int import(struct import *i, struct dma_buf *buf, struct device *dev)
{
	i->a = dma_buf_attach(buf, dev);
	if (IS_ERR(i->a))
		return PTR_ERR(i->a);
	i->table = dma_buf_map_attachment_unlocked(i->a, DMA_BIDIRECTIONAL);
	if (!IS_ERR(i->table))
		return 0;
	dma_buf_detach(buf, i->a);
	return PTR_ERR(i->table);
}

static void export(struct import *i, struct dma_buf *buf)
{
	dma_buf_unmap_attachment_unlocked(i->a, i->table, DMA_BIDIRECTIONAL);
	dma_buf_detach(buf, i->a);
}

/* ---- commands ---- */

static int list_pfns(struct sg_table *table, unsigned long n)
{
	struct sg_dma_page_iter iter;

	kvfree(pfns);
	npfns = 0;
	pfns = kvcalloc(n, sizeof(*pfns), GFP_KERNEL);
	if (!pfns)
		return -ENOMEM;
	for_each_sgtable_dma_page(table, &iter, 0) {
		if (npfns == n)
			return -EOVERFLOW;
		pfns[npfns++] = PHYS_PFN(sg_page_iter_dma_address(&iter));
	}
	return npfns == n ? 0 : -ENODATA;
}

/* Two devices see the same pages, at addresses without a C-bit, which is above these. */
static int run_map(struct dma_buf *buf, unsigned long unused)
{
	struct import one, two;
	unsigned long i;
	int err = import(&one, buf, &devices[0]->dev);

	if (err)
		return err;
	err = import(&two, buf, &devices[1]->dev);
	if (!err) {
		if (sg_dma_address(one.table->sgl) != sg_dma_address(two.table->sgl))
			err = -EXDEV;
		export(&two, buf);
	}
	err = err ?: list_pfns(one.table, buf->size / PAGE_SIZE);
	for (i = 0; i < npfns && !err; i++)
		err = pfn_valid(pfns[i]) ? 0 : -EFAULT;
	export(&one, buf);
	return err;
}

static const struct dma_map_ops somebody_else;

/* A device between which and memory there is something. */
static int run_foreign(struct dma_buf *buf, unsigned long unused)
{
	struct import one;
	int err;

	set_dma_ops(&devices[1]->dev, &somebody_else);
	err = import(&one, buf, &devices[1]->dev);
	if (!err)
		export(&one, buf);
	set_dma_ops(&devices[1]->dev, NULL);
	return err;
}

/* The kernel sees what a process has written, and overwrites it. */
static int run_vmap(struct dma_buf *buf, unsigned long seed)
{
	unsigned long i, n = buf->size / sizeof(u64);
	struct iosys_map map;
	u64 *word;
	int err = dma_buf_vmap_unlocked(buf, &map);

	if (err)
		return err;
	word = map.vaddr;
	for (i = 0; i < n && !err; i++) {
		err = word[i] == PAGE_PATTERN(seed, i % WORDS) ? 0 : -EILSEQ;
		word[i] = PAGE_PATTERN(seed + 1, i % WORDS);
	}
	dma_buf_vunmap_unlocked(buf, &map);
	return err;
}

static int run_hold(struct dma_buf *buf, unsigned long unused)
{
	if (held)
		return -EBUSY;
	get_dma_buf(buf);
	held = buf;
	return 0;
}

static int run_release(struct dma_buf *buf, unsigned long unused)
{
	if (held)
		dma_buf_put(held);
	held = NULL;
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(struct dma_buf *buf, unsigned long seed);
	bool no_fd;
} commands[] = {
	{ "map",	run_map },
	{ "foreign",	run_foreign },
	{ "vmap",	run_vmap },
	{ "hold",	run_hold },
	{ "release",	run_release, .no_fd = true },
};

static int run_with(const struct command *c, int fd, unsigned long seed)
{
	struct dma_buf *buf;
	int err;

	if (c->no_fd)
		return c->run(NULL, 0);
	buf = dma_buf_get(fd);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	err = c->run(buf, seed);
	dma_buf_put(buf);
	return err;
}

static int run(const char *line)
{
	const struct command *c = commands;
	unsigned long seed = 0;
	char name[16];
	int fd = -1;

	if (sscanf(line, "%15s %d %lu", name, &fd, &seed) < 1)
		return -EINVAL;
	for (; c < commands + ARRAY_SIZE(commands); c++)
		if (!strcmp(name, c->name))
			return run_with(c, fd, seed);
	return -EINVAL;
}

/* ---- the file ---- */

static ssize_t importer_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	char line[COMMAND_MAX];
	int err;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	line[count] = '\0';
	mutex_lock(&lock);
	err = run(line);
	mutex_unlock(&lock);
	return err ?: count;
}

static int importer_show(struct seq_file *m, void *unused)
{
	unsigned long i;

	mutex_lock(&lock);
	for (i = 0; i < npfns; i++)
		seq_printf(m, "%lu\n", pfns[i]);
	mutex_unlock(&lock);
	return 0;
}

static int importer_open(struct inode *inode, struct file *file)
{
	return single_open(file, importer_show, NULL);
}

static const struct file_operations fops = {
	.owner		= THIS_MODULE,
	.open		= importer_open,
	.read		= seq_read,
	.write		= importer_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static struct dentry *file;

static void remove_devices(void)
{
	platform_device_unregister(devices[0]);
	platform_device_unregister(devices[1]);
}

static int __init importer_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		devices[i] = platform_device_register_simple(KBUILD_MODNAME, i, NULL, 0);
		if (IS_ERR(devices[i]) ||
		    dma_coerce_mask_and_coherent(&devices[i]->dev, DMA_BIT_MASK(64)))
			goto failed;
	}
	file = debugfs_create_file(KBUILD_MODNAME, 0600, NULL, NULL, &fops);
	return 0;
failed:
	for (; i >= 0; i--)
		if (!IS_ERR(devices[i]))
			platform_device_unregister(devices[i]);
	return -ENODEV;
}

static void __exit importer_exit(void)
{
	debugfs_remove(file);
	run_release(NULL, 0);
	kvfree(pfns);
	remove_devices();
}

module_init(importer_init);
module_exit(importer_exit);

MODULE_DESCRIPTION("Importer of dma-bufs, for tests of snp_psc_dma_heap");
MODULE_LICENSE("GPL");
MODULE_INFO(import_ns, "DMA_BUF");
