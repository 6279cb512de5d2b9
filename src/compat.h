/* SPDX-License-Identifier: GPL-2.0 */
/* Every difference between the kernels, and nothing else. */
#ifndef SNP_PSC_COMPAT_H
#define SNP_PSC_COMPAT_H

#include <linux/mmzone.h>
#include <linux/swiotlb.h>
#include <linux/version.h>
#include <asm/sev.h>

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

#ifdef CONFIG_PARAVIRT
#include <asm/paravirt.h>	/* notify_page_enc_status_changed() */
#else
static inline void notify_page_enc_status_changed(unsigned long pfn, int npages, bool enc) {}
#endif

#endif /* SNP_PSC_COMPAT_H */
