/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AMD SVM as the machine uses it: the VMCB, intercepts and exit codes.
 * AMD64 APM volume 2, appendix B (VMCB layout) and C (exit codes).
 */
#ifndef MACHINE_SVM_H
#define MACHINE_SVM_H

#include "../host/types.h"

struct vmcb_seg {
	u16 selector;
	u16 attrib;
	u32 limit;
	u64 base;
};

struct vmcb {
	/* Control area. */
	u16 intercept_cr_read, intercept_cr_write;
	u16 intercept_dr_read, intercept_dr_write;
	u32 intercept_exceptions;
	u32 intercept_misc1, intercept_misc2;
	u8 reserved_14[0x40 - 0x14];
	u64 iopm_base, msrpm_base;
	u64 tsc_offset;
	u32 asid;
	u32 tlb_control;
	u64 int_ctl;
	u64 int_shadow;
	u64 exit_code;
	u64 exit_info_1, exit_info_2;
	u64 exit_int_info;
	u64 nested_ctl;
	u8 reserved_98[0xa8 - 0x98];
	u64 event_inj;
	u64 nested_cr3;
	u8 reserved_b8[0x400 - 0xb8];

	/* State save area: the same layout as a VMSA up to and including last_exception_to. */
	struct vmcb_save {
		struct vmcb_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
		u8 reserved_a0[0xcb - 0xa0];
		u8 cpl;
		u8 reserved_cc[4];
		u64 efer;
		u8 reserved_d8[0x148 - 0xd8];
		u64 cr4, cr3, cr0;
		u64 dr7, dr6;
		u64 rflags, rip;
		u8 reserved_180[0x1d8 - 0x180];
		u64 rsp;
		u8 reserved_1e0[0x1f8 - 0x1e0];
		u64 rax;
		u64 star, lstar, cstar, sfmask, kernel_gs_base;
		u64 sysenter_cs, sysenter_esp, sysenter_eip;
		u64 cr2;
		u8 reserved_248[0x268 - 0x248];
		u64 g_pat;
		u64 dbgctl, br_from, br_to, last_exception_from, last_exception_to;
	} save;
	u8 reserved_698[0x1000 - 0x400 - sizeof(struct vmcb_save)];
};

_Static_assert(sizeof(struct vmcb) == 4096, "a VMCB is one page");

/* intercept_misc1 and intercept_misc2 */
#define INTERCEPT_NMI		(1u << 1)
#define INTERCEPT_RDTSC		(1u << 14)
#define INTERCEPT_CPUID		(1u << 18)
#define INTERCEPT_IOIO		(1u << 27)
#define INTERCEPT_MSR		(1u << 28)
#define INTERCEPT_SHUTDOWN	(1u << 31)
#define INTERCEPT_VMRUN		(1u << 0)
#define INTERCEPT_VMMCALL	(1u << 1)
#define INTERCEPT_VMLOAD	(1u << 2)
#define INTERCEPT_VMSAVE	(1u << 3)
#define INTERCEPT_STGI		(1u << 4)
#define INTERCEPT_CLGI		(1u << 5)
#define INTERCEPT_SKINIT	(1u << 6)
#define INTERCEPT_WBINVD	(1u << 9)
#define INTERCEPT_DR7		(1u << 7)	/* of intercept_dr_read and _write */

#define EXIT_CR0_WRITE		0x10
#define EXIT_DR7_READ		0x27
#define EXIT_DR7_WRITE		0x37
#define EXIT_EXCEPTION(vec)	(0x40 + (vec))
#define EXIT_NMI		0x61
#define EXIT_RDTSC		0x6e
#define EXIT_CPUID		0x72
#define EXIT_IOIO		0x7b
#define EXIT_MSR		0x7c
#define EXIT_SHUTDOWN		0x7f
#define EXIT_VMMCALL		0x81
#define EXIT_WBINVD		0x89
#define EXIT_NPF		0x400

/* exit_info_1 of EXIT_IOIO; exit_info_2 is the next RIP */
#define IOIO_IN			(1u << 0)
#define IOIO_STRING		(1u << 2)
#define IOIO_SIZE(info)		((info) >> 4 & 7)
#define IOIO_PORT(info)		((info) >> 16 & 0xffff)

/* exit_info_1 of EXIT_NPF; exit_info_2 is the GPA */
#define NPF_PRESENT		(1ull << 0)
#define NPF_WRITE		(1ull << 1)
#define NPF_FETCH		(1ull << 4)
#define NPF_WALK		(1ull << 33)	/* of the guest's page tables */

/* event_inj and exit_int_info; the upper half is the error code */
#define EVENT_VALID		(1ull << 31)
#define EVENT_HAS_ERROR		(1ull << 11)
#define EVENT_NMI		(2ull << 8 | 2)
#define EVENT_EXCEPTION(vec)	(3ull << 8 | (vec))
#define EVENT_ERROR(code)	((u64)(code) << 32)

#define NESTED_CTL_NP		1

#define MSR_EFER		0xc0000080
#define MSR_VM_CR		0xc0010114
#define MSR_VM_HSAVE_PA		0xc0010117
#define MSR_GHCB		0xc0010130
#define MSR_SEV_STATUS		0xc0010131
#define MSR_PAT			0x277

#define EFER_LME		(1u << 8)
#define EFER_LMA		(1u << 10)
#define EFER_SVME		(1u << 12)

#define CR0_PE			(1ull << 0)
#define CR0_PG			(1ull << 31)
#define CR4_PAE			(1ull << 5)

#define VECTOR_DB		1
#define VECTOR_UD		6
#define VECTOR_GP		13
#define VECTOR_PF		14

#define PF_PRESENT		(1u << 0)
#define PF_RSVD			(1u << 3)

#endif /* MACHINE_SVM_H */
