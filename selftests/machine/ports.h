/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ports through which a guest of the SNP machine talks to its host:
 * counters, the host's view of a page, the end of the run.
 *
 * Three 32-bit registers. Write a selector to PORT_SELECT, then read or write
 * PORT_VALUE; the upper half of what a read returned stands in PORT_VALUE_HI.
 * Not atomic: one user at a time.
 */
#ifndef MACHINE_PORTS_H
#define MACHINE_PORTS_H

#define PORT_SELECT	0xb10
#define PORT_VALUE	0xb14
#define PORT_VALUE_HI	0xb18
#define PORT_FIRMWARE	0xb1c	/* the firmware's own, see enum firmware_word */

/* Selectors. A write is a command, a read returns what the comment says. */
#define SEL_MAGIC	0x000	/* read: MACHINE_MAGIC */
#define SEL_VCPUS	0x001	/* read: how many vCPUs the machine has */
#define SEL_EXIT	0x002	/* write: end the run, 0 passed, anything else failed */
#define SEL_RESET	0x003	/* write: all counters to 0 */
#define SEL_ICR		0x004	/* write: 1 counts ICR writes and instructions, 2 steps, 0 ends */
#define SEL_LOG		0x005	/* write: print the last exits on the host's log */
#define SEL_SWITCH	0x006	/* write: 1 lets others run at each exit of a conversion */
#define SEL_STEPS	0x007	/* write: 1 counts page faults in the direct map, 0 does not */
#define SEL_NMI_BEFORE	0x008	/* write n: an NMI before this vCPU's n-th VMGEXIT from now on */
#define SEL_NMI_BEHIND	0x009	/* ... right behind it */
#define SEL_NMI_AFTER	0x00a	/* write n: an NMI after n instructions of this vCPU */
#define SEL_NMI_STORM	0x00b	/* write n: an NMI at every n-th exit, 0: none; vCPUs take turns */
#define SEL_FAULT	0x00c	/* write a fault plan, a character each, then 0; read: armed? */
#define SEL_STRUCK	0x00d	/* read: how often the last plan has struck */
#define SEL_NMI_FROM	0x00e	/* write an enum nmi_from: what SEL_NMI_AFTER counts from */
#define SEL_NMI_STEP	0x00f	/* write an enum step << 24 | n: when the n-th page gets there */
#define SEL_GFN		0x010	/* write: the page that the following are about */
#define SEL_STATE	0x011	/* read: its PAGE_* bits */
#define SEL_FILL	0x012	/* write a seed: the host writes its pattern; read: could it? */
#define SEL_MATCH	0x013	/* write a seed; read: how many words match that the host sees */
#define SEL_EXTENT	0x014	/* read: how many pages from it on are private as it is, or not */
#define SEL_EXTENTS	0x015	/* read: the same, and each time go on to the first page behind */
#define SEL_WORD	0x018	/* write: which word of that page, of 32 bits, SEL_VALUE is about */
#define SEL_VALUE	0x019	/* read, write: as the host sees it; read: 1 << 32 if it does */
#define SEL_CANARY	0x01a	/* write 1: watch GHCBs, too; read: canaries that the host saw */
#define SEL_COUNTER	0x100	/* + enum machine_counter; read: the sum over all vCPUs */
#define SEL_VCPU(n)	(((n) + 1) << 16)	/* added to SEL_COUNTER + c: of vCPU n alone */

#define MACHINE_MAGIC	0x4d504e53	/* "SNPM" */

#define PAGE_ASSIGNED	0x1
#define PAGE_VALIDATED	0x2
#define PAGE_VMSA	0x4
#define PAGE_HUGE	0x8
#define PAGE_PRIVATE	0x10		/* what the host was last asked for */

enum nmi_from {
	NMI_FROM_HERE,		/* from the write to SEL_NMI_AFTER on */
	NMI_FROM_GHCB_MSR,	/* from this vCPU's next access to the GHCB MSR on */
	NMI_FROM_PVALIDATE,	/* ... next PVALIDATE */
	NMI_FROM_VMGEXIT,	/* ... next VMGEXIT */
};

/* How far the conversion of a page is. */
enum step {
	STEP_SETTLED,	/* validated, or never touched by the guest */
	STEP_RESCINDED,	/* PVALIDATE(0), and no page state change yet */
	STEP_SHARED,
	STEP_CLAIMED,	/* private again, and no PVALIDATE(1) yet */
	STEP_TOUCHED,	/* the same, without having asked for it */
};

/* A word that the host must never see: this, and what it comes from. */
#define CANARY		0x5ec4e7badb1dull
#define CANARY_SHIFT	16

/*
 * What the firmware has to say, by writing it; all but the first three are violations. A
 * read asks whether the GHCB MSR of this vCPU is a pointer that firmware can use: 1 if so.
 */
enum firmware_word {
	FIRMWARE_AGAIN,		/* an NMI has cost a request or an answer: asks again */
	FIRMWARE_REWRITES,	/* what was written does not stand there: writes it again */
	FIRMWARE_FRESH,		/* the MSR has the answer to the kernel's registration */
	FIRMWARE_USAGE,		/* the page is used for something else */
	FIRMWARE_REQUEST,	/* a request for a page state change is left in it */
};

/* Word @i of a page that is filled with @seed; either side can write it, the other check it. */
#define PAGE_PATTERN(seed, i)	(((unsigned long long)(seed) << 32 | (i)) * 0x9e3779b97f4a7c15ULL)

/* Name, then what it counts. The first of them are enum host_counter, in its order. */
#define MACHINE_COUNTERS(X) \
	X(vmgexit,		"VMGEXITs, all of them") \
	X(vmgexit_msr,		"VMGEXITs by the GHCB MSR protocol") \
	X(psc,			"VMGEXITs for NAE page state changes") \
	X(msr_psc,		"VMGEXITs for page state changes by the MSR protocol") \
	X(nmi_complete,		"VMGEXITs for NMI_COMPLETE") \
	X(vmgexit_other,	"other VMGEXITs") \
	X(psc_entries,		"PSC entries completed") \
	X(psc_runs,		"maximal runs, exits to user space on KVM") \
	X(pages_shared,		"4K pages that became shared") \
	X(pages_private,	"4K pages that became private") \
	X(pvalidate_4k,		"PVALIDATEs of 4K") \
	X(pvalidate_2m,		"PVALIDATEs of 2M") \
	X(pvalidate_no_change,	"PVALIDATEs that changed nothing (CF=1)") \
	X(pvalidate_size,	"PVALIDATEs with FAIL_SIZEMISMATCH") \
	X(rmpadjust,		"RMPADJUSTs") \
	X(rmpupdate,		"pages assigned at their first touch") \
	X(npf,			"nested page faults") \
	X(vc,			"#VCs delivered") \
	X(exits,		"world switches") \
	X(kicks,		"vCPUs made to flush because a page changed hands") \
	X(icr_calls,		"ICR writes with a call-function vector, while SEL_ICR is on") \
	X(instructions,		"instructions while SEL_ICR is on (-icount, one vCPU)") \
	X(irqs_off,		"SEL_ICR is 2: most of them in a row with interrupts off") \
	X(present_at_pvalidate,	"PVALIDATEs of what the direct map had, in whole or in part") \
	X(hypercalls,		"KVM_HC_MAP_GPA_RANGE hypercalls (kvmhc=1)") \
	X(notified_shared,	"4K pages that they called shared") \
	X(notified_private,	"4K pages that they called private") \
	X(notified_sum,		"PFNs of all these, added up") \
	X(missed_validated,	"SEL_STEPS: page faults in the direct map, page validated") \
	X(missed_rescinded,	"... page rescinded, and not shared yet") \
	X(missed_shared,	"... page shared") \
	X(missed_claimed,	"... page private again, and not validated yet") \
	X(disclosed,		"4K pages that became shared with more than zeros in them") \
	X(flash_reads,		"MMIO reads of the flash, by the firmware") \
	X(flash_writes,		"MMIO writes of the flash: commands and data") \
	X(flash_in_transition,	"of these, while some page was in the midst of a conversion") \
	X(firmware_again,	"requests that the firmware had to repeat") \
	X(firmware_rewrites,	"writes that it did not find done") \
	X(firmware_fresh,	"the firmware found the answer to a registration in the GHCB MSR") \
	X(nmis,			"NMIs injected") \
	X(resets,		"resets of the guest") \
	X(violations,		"violations")

#define MACHINE_COUNTER_ENUM(name, what) COUNTER_##name,
enum machine_counter { MACHINE_COUNTERS(MACHINE_COUNTER_ENUM) NR_MACHINE_COUNTERS };

#ifdef __KERNEL__
#include <linux/io.h>

static inline u32 machine_read(u32 selector)
{
	outl(selector, PORT_SELECT);
	return inl(PORT_VALUE);
}

static inline void machine_write(u32 selector, u32 value)
{
	outl(selector, PORT_SELECT);
	outl(value, PORT_VALUE);
}
#endif

#endif /* MACHINE_PORTS_H */
