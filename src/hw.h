/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam to the hardware. Whatever a CPU or the host could answer differently
 * goes through one table of functions, so that a test can put a fake under all
 * the rest. Nothing else in this module executes such an instruction.
 */
#ifndef SNP_PSC_HW_H
#define SNP_PSC_HW_H

#include "abi.h"

/* INVLPG for up to so many pages, beyond that a flush of everything: the kernel's own ceiling. */
#define PSC_INVLPG_MAX	33

/**
 * struct psc_pvalidates - what came of some PVALIDATEs
 * @changed:	so many did what they should have
 * @result:	what the last one answered
 */
struct psc_pvalidates {
	unsigned long changed;
	enum psc_pvalidate result;
};

/**
 * struct snp_psc_hw - instructions that a test replaces
 * @msr_read:	RDMSR
 * @msr_write:	WRMSR
 * @vmgexit:	VMGEXIT; the host answers in the GHCB that the GHCB MSR names
 * @pvalidate:	PVALIDATE of 4K pages or 2M blocks, at least one, mapped with the C-bit from
 *		@va on, one after another up to the first that does not change
 * @invlpg:	forget one page on this CPU, in all address spaces if it is global
 * @flush_local: forget everything on this CPU, global entries included
 * @clflush:	write one page's cache lines back and drop them
 * @cpuid:	CPUID, as far as it is of interest
 */
struct snp_psc_hw {
	u64 (*msr_read)(u32 msr);
	void (*msr_write)(u32 msr, u64 value);
	void (*vmgexit)(void);
	struct psc_pvalidates (*pvalidate)(unsigned long va, unsigned long n, bool large,
					   bool validate);
	void (*invlpg)(unsigned long va);
	void (*flush_local)(void);
	void (*clflush)(void *va);
	void (*cpuid)(u32 leaf, u32 *eax, u32 *ebx);
};

extern const struct snp_psc_hw *snp_psc_hw;

const char *snp_psc_hw_flush_name(void);

#endif /* SNP_PSC_HW_H */
