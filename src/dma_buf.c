// SPDX-License-Identifier: GPL-2.0
/*
 * Shared memory as a dma-buf: what processes map, and devices.
 *
 * There is nothing to do at the begin or the end of an access: caches are coherent, and
 * no device gets at the pages by way of a bounce buffer.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "dma_buf.h"
#include "dma_pages.h"

/* ---- devices ---- */

static void free_table(struct sg_table *table)
{
	sg_free_table(table);
	kfree(table);
}

static struct sg_table *make_table(struct device *dev, struct psc_pages *p)
{
	struct sg_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int err;

	if (!table)
		return ERR_PTR(-ENOMEM);
	err = sg_alloc_table_from_pages_segment(table, p->page, p->n, 0, p->n * PAGE_SIZE,
						dma_get_max_seg_size(dev), GFP_KERNEL);
	if (!err)
		return table;
	kfree(table);
	return ERR_PTR(err);
}

/* An IOMMU, or whoever else stands between, would take the pages for private. */
static struct sg_table *map_dma_buf(struct dma_buf_attachment *a, enum dma_data_direction dir)
{
	struct sg_table *table;
	int err;

	if (!a->dev->dma_mask || !snp_psc_dma_is_direct(a->dev))
		return ERR_PTR(-EOPNOTSUPP);
	table = make_table(a->dev, a->dmabuf->priv);
	if (IS_ERR(table))
		return table;
	err = snp_psc_dma_map_shared(a->dev, table, dir);
	if (!err)
		return table;
	free_table(table);
	return ERR_PTR(err);
}

static void unmap_dma_buf(struct dma_buf_attachment *a, struct sg_table *table,
			  enum dma_data_direction dir)
{
	snp_psc_dma_unmap_shared(a->dev, table, dir);
	free_table(table);
}

/* ---- processes ---- */

/* How many pages of the buffer from the i-th on are neighbours. */
static unsigned long run_at(const struct psc_pages *p, unsigned long i)
{
	unsigned long n = 1;

	while (i + n < p->n && page_to_pfn(p->page[i + n]) == page_to_pfn(p->page[i]) + n)
		n++;
	return n;
}

/*
 * No copies: what is written to one neither the host nor a device ever sees. PFNs, not
 * pages: so nobody can hold one of them any longer than the mapping. Not to be executed:
 * instructions are fetched as private memory, whatever the mapping says.
 */
static int map_user(struct dma_buf *buf, struct vm_area_struct *vma)
{
	pgprot_t prot = pgprot_decrypted(vma->vm_page_prot);
	unsigned long va = vma->vm_start, i = vma->vm_pgoff, n;
	const struct psc_pages *p = buf->priv;
	int err = 0;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	snp_psc_vm_flags_clear(vma, VM_MAYEXEC);
	for (; va < vma->vm_end && !err; va += n * PAGE_SIZE, i += n) {
		n = min(run_at(p, i), (vma->vm_end - va) / PAGE_SIZE);
		err = remap_pfn_range(vma, va, page_to_pfn(p->page[i]), n * PAGE_SIZE, prot);
	}
	return err;
}

/* ---- the kernel ---- */

static int map_kernel(struct dma_buf *buf, struct iosys_map *map)
{
	struct psc_pages *p = buf->priv;
	void *va = vmap(p->page, p->n, VM_MAP, pgprot_decrypted(PAGE_KERNEL));

	if (!va)
		return -ENOMEM;
	iosys_map_set_vaddr(map, va);
	return 0;
}

static void unmap_kernel(struct dma_buf *buf, struct iosys_map *map)
{
	vunmap(map->vaddr);
	iosys_map_clear(map);
}

/* ---- the buffer ---- */

static void release(struct dma_buf *buf)
{
	psc_pages_put(buf->priv);
}

static const struct dma_buf_ops ops = {
	.map_dma_buf	= map_dma_buf,
	.unmap_dma_buf	= unmap_dma_buf,
	.mmap		= map_user,
	.vmap		= map_kernel,
	.vunmap		= unmap_kernel,
	.release	= release,
};

/**
 * psc_dma_buf_make() - make a buffer of shared memory
 * @len:	in bytes, whole pages
 * @fd_flags:	for the file: O_CLOEXEC, O_RDWR...
 *
 * Context: Process context, may sleep.
 * Return: the buffer, which holds a reference on this module, or an error
 */
struct dma_buf *psc_dma_buf_make(size_t len, u32 fd_flags)
{
	struct psc_pages *p = psc_pages_get(len / PAGE_SIZE);
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;

	if (IS_ERR(p))
		return ERR_CAST(p);
	info.exp_name = PSC_HEAP_NAME;
	info.ops = &ops;
	info.size = len;
	info.flags = fd_flags;
	info.priv = p;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf))
		psc_pages_put(p);
	return buf;
}
