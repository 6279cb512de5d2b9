/* SPDX-License-Identifier: GPL-2.0 */
/* Every difference between the kernels, and nothing else. */
#ifndef SNP_PSC_COMPAT_H
#define SNP_PSC_COMPAT_H

#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/swiotlb.h>
#include <linux/version.h>
#include <asm/sev.h>
#ifdef SNP_PSC_HAS_IOMMU_DMA
#include <linux/iommu-dma.h>
#endif

/* The largest order of the page allocator. MAX_ORDER, its old name (6.7), was one more once. */
#ifndef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER	(MAX_ORDER - 1)
#endif

/*
 * Our privilege level. Kernels that do not know an SVSM ("x86/sev: Check for the
 * presence of an SVSM in the SNP secrets page", 6.11) have no variable for it,
 * because they refuse to boot anywhere but at VMPL0 (enforce_vmpl0()).
 */
static inline unsigned int snp_psc_vmpl(void)
{
#ifdef SNP_PSC_HAS_SNP_VMPL
	return snp_vmpl;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#error "Kbuild looks for snp_vmpl in the wrong place: without it a VMPL other than 0 goes unnoticed"
#else
	return 0;
#endif
}

/*
 * The bounce buffers that a device has by default. They are a pool of several since
 * "swiotlb: separate memory pool data from other allocator data" (6.6); those that
 * CONFIG_SWIOTLB_DYNAMIC adds are not found here.
 */
static inline bool snp_psc_is_swiotlb(const struct device *dev, phys_addr_t addr)
{
#if defined(SNP_PSC_HAS_IO_TLB_POOL) && defined(CONFIG_SWIOTLB)
	const struct io_tlb_pool *pool = &dev->dma_io_tlb_mem->defpool;
#elif defined(CONFIG_SWIOTLB)
	const struct io_tlb_mem *pool = dev->dma_io_tlb_mem;
#else
	static const struct { phys_addr_t start, end; } none, *pool = &none;
#endif

	return addr >= pool->start && addr < pool->end;
}

/* No plain word any more since "mm: introduce memdesc_flags_t" (6.18). */
static inline unsigned long snp_psc_page_flags(const struct page *page)
{
#ifdef SNP_PSC_HAS_MEMDESC_FLAGS
	return data_race(page->flags.f);	/* in passing, others change it */
#else
	return data_race(page->flags);		/* the same */
#endif
}

/* Not by hand any more since "mm: introduce vma->vm_flags wrapper functions" (6.3). */
static inline void snp_psc_vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
#ifdef SNP_PSC_HAS_VM_FLAGS_CLEAR
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

/*
 * Does a device see guest physical addresses as they are? IOMMUs have no table of functions
 * any more since "dma-mapping: call ->iommu_dma_map_page() directly" (6.12).
 */
static inline bool snp_psc_dma_is_direct(struct device *dev)
{
#ifdef SNP_PSC_HAS_IOMMU_DMA
	if (use_dma_iommu(dev))
		return false;
#endif
	return !get_dma_ops(dev);
}

/*
 * Map what is shared for a device that sees it as it is. Kernels without an attribute for
 * that take all memory for private, so there the addresses are ours to find.
 */
static inline int snp_psc_dma_map_shared(struct device *dev, struct sg_table *table,
					 enum dma_data_direction dir)
{
#ifdef DMA_ATTR_CC_SHARED
	return dma_map_sgtable(dev, table, dir, DMA_ATTR_CC_SHARED);
#else
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(table, sg, i) {
		sg_dma_address(sg) = phys_to_dma_unencrypted(dev, sg_phys(sg));
		sg_dma_len(sg) = sg->length;
		if (!dma_capable(dev, sg_dma_address(sg), sg->length, true))
			return -EIO;
	}
	return 0;
#endif
}

static inline void snp_psc_dma_unmap_shared(struct device *dev, struct sg_table *table,
					    enum dma_data_direction dir)
{
#ifdef DMA_ATTR_CC_SHARED
	dma_unmap_sgtable(dev, table, dir, DMA_ATTR_CC_SHARED);
#endif
}

#ifdef CONFIG_PARAVIRT
#include <asm/paravirt.h>	/* notify_page_enc_status_changed() */
#else
static inline void notify_page_enc_status_changed(unsigned long pfn, int npages, bool enc) {}
#endif

#endif /* SNP_PSC_COMPAT_H */
