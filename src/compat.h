/* SPDX-License-Identifier: GPL-2.0 */
/* Every difference between the kernels, and nothing else. */
#ifndef SNP_PSC_COMPAT_H
#define SNP_PSC_COMPAT_H

#include <linux/mmzone.h>
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

#ifdef CONFIG_PARAVIRT
#include <asm/paravirt.h>	/* notify_page_enc_status_changed() */
#else
static inline void notify_page_enc_status_changed(unsigned long pfn, int npages, bool enc) {}
#endif

#endif /* SNP_PSC_COMPAT_H */
