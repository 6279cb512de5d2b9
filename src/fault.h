/* SPDX-License-Identifier: GPL-2.0 */
/* Failures on demand, where the kernel has its fault injection. */
#ifndef SNP_PSC_FAULT_H
#define SNP_PSC_FAULT_H

struct dentry;

/**
 * enum psc_fault - what can be made to fail
 * @PSC_FAULT_PSC:		a descriptor: refused by the host, before anything has changed
 * @PSC_FAULT_PVALIDATE:	a PVALIDATE: not executed, and an error code returned
 * @PSC_FAULT_SPLIT:		the split of leaves, for want of memory
 * @PSC_FAULT_SET_MEMORY:	a conversion by the kernel: not called, but nobody knows that
 * @PSC_FAULT_BUSY:		the same, because the kernel converts nothing any more
 * @NR_PSC_FAULTS:		how many there are
 */
enum psc_fault {
	PSC_FAULT_PSC,
	PSC_FAULT_PVALIDATE,
	PSC_FAULT_SPLIT,
	PSC_FAULT_SET_MEMORY,
	PSC_FAULT_BUSY,
	NR_PSC_FAULTS,
};

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
int psc_fault(enum psc_fault what);
void psc_fault_init(struct dentry *dir);
#else
static inline int psc_fault(enum psc_fault what) { return 0; }
static inline void psc_fault_init(struct dentry *dir) { }
#endif

#endif /* SNP_PSC_FAULT_H */
