/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam to the hardware. Whatever a CPU or the host could answer differently
 * goes through one table of functions, so that a test can put a fake under all
 * the rest. Nothing else in this module executes such an instruction.
 */
#ifndef SNP_PSC_HW_H
#define SNP_PSC_HW_H

#include "abi.h"

/**
 * struct snp_psc_hw - instructions that a test replaces
 * @msr_read:	RDMSR
 * @msr_write:	WRMSR
 * @vmgexit:	VMGEXIT; the host answers in the GHCB that the GHCB MSR names
 * @pvalidate:	PVALIDATE of one 4K page or 2M block, mapped with the C-bit at @va
 * @invlpg:	forget one page on this CPU, in all address spaces if it is global
 * @flush_local: forget everything on this CPU, global entries included
 * @clflush:	write one page's cache lines back and drop them
 * @cpuid:	CPUID, as far as it is of interest
 */
struct snp_psc_hw {
	u64 (*msr_read)(u32 msr);
	void (*msr_write)(u32 msr, u64 value);
	void (*vmgexit)(void);
	enum psc_pvalidate (*pvalidate)(unsigned long va, bool large, bool validate);
	void (*invlpg)(unsigned long va);
	void (*flush_local)(void);
	void (*clflush)(void *va);
	void (*cpuid)(u32 leaf, u32 *eax, u32 *ebx);
};

extern const struct snp_psc_hw *snp_psc_hw;

const char *snp_psc_hw_flush_name(void);

#endif /* SNP_PSC_HW_H */
