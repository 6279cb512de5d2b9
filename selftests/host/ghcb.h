/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The GHCB page, its MSR and the page state change descriptor, as the host
 * sees them: offsets and numbers from the GHCB specification (AMD 56421).
 *
 * Written down a second time on purpose, and nothing is shared with the
 * guest's side (src/abi.h): a slip there would otherwise be agreed with here.
 */
#ifndef HOST_GHCB_H
#define HOST_GHCB_H

#include "types.h"

/* The page. Bit offset / 8 of the bitmap says that the field at offset is valid. */
enum {
	GHCB_CPL		= 0x0cb,	/* u8 */
	GHCB_RAX		= 0x1f8,
	GHCB_RCX		= 0x308,
	GHCB_RDX		= 0x310,
	GHCB_RBX		= 0x318,
	GHCB_RSI		= 0x330,
	GHCB_SW_EXIT_CODE	= 0x390,
	GHCB_SW_EXIT_INFO_1	= 0x398,
	GHCB_SW_EXIT_INFO_2	= 0x3a0,
	GHCB_SW_SCRATCH		= 0x3a8,
	GHCB_XCR0		= 0x3e8,
	GHCB_VALID_BITMAP	= 0x3f0,	/* 16 bytes */
	GHCB_SHARED_BUFFER	= 0x800,
	GHCB_SHARED_BUFFER_END	= 0xff0,
	GHCB_USAGE		= 0xffc,	/* u32 */
};

/* sw_exit_info_1 of an answer; MALFORMED has its reason in sw_exit_info_2. */
enum { GHCB_NO_ACTION = 0, GHCB_ISSUE_EXCEPTION = 1, GHCB_MALFORMED = 2 };

enum ghcb_reason {
	GHCB_NOT_REGISTERED = 1,
	GHCB_INVALID_USAGE,
	GHCB_INVALID_SCRATCH_AREA,
	GHCB_MISSING_INPUT,
	GHCB_INVALID_INPUT,
	GHCB_INVALID_EVENT,
};

/* sw_exit_code: what a guest may ask for. */
enum {
	NAE_READ_DR7		= 0x27,
	NAE_WRITE_DR7		= 0x37,
	NAE_RDTSC		= 0x6e,
	NAE_RDPMC		= 0x6f,
	NAE_CPUID		= 0x72,
	NAE_INVD		= 0x76,
	NAE_IOIO		= 0x7b,
	NAE_MSR			= 0x7c,
	NAE_VMMCALL		= 0x81,
	NAE_RDTSCP		= 0x87,
	NAE_WBINVD		= 0x89,
	NAE_MONITOR		= 0x8a,
	NAE_MWAIT		= 0x8b,
};

#define NAE_MMIO_READ		0x80000001ULL
#define NAE_MMIO_WRITE		0x80000002ULL
#define NAE_NMI_COMPLETE	0x80000003ULL
#define NAE_AP_HLT_LOOP		0x80000004ULL
#define NAE_AP_JUMP_TABLE	0x80000005ULL
#define NAE_PSC			0x80000010ULL
#define NAE_GUEST_REQUEST	0x80000011ULL
#define NAE_EXT_GUEST_REQUEST	0x80000012ULL
#define NAE_AP_CREATION		0x80000013ULL
#define NAE_HV_FEATURES		0x8000fffdULL
#define NAE_TERM_REQUEST	0x8000fffeULL
#define NAE_UNSUPPORTED		0x8000ffffULL

/* IOIO: sw_exit_info_1, as of an intercepted port access. */
enum { IOIO_IN = 0x1, IOIO_STRING = 0x4, IOIO_SIZE = 0x70, IOIO_SIZE_SHIFT = 4 };

/* AP_CREATION: sw_exit_info_1[31:0]; the APIC ID is in [63:32]. */
enum { AP_CREATE_ON_INIT, AP_CREATE, AP_DESTROY };

#define GHCB_VERSION_MIN	1ULL
#define GHCB_VERSION_MAX	2ULL
#define HV_FEATURES		0x3ULL	/* SEV-SNP, AP creation */
#define VMSA_FEATURES		0x1ULL	/* sev_features of a VMSA: SEV-SNP active */
#define VMSA_INJECTION		0x18ULL	/* restricted and alternate injection */

/* The MSR protocol: bits 11:0 say what the rest is, 0 that it is the GPA of a GHCB. */
enum {
	MSR_SEV_INFO_RESP	= 0x001,
	MSR_SEV_INFO_REQ	= 0x002,
	MSR_CPUID_REQ		= 0x004,
	MSR_CPUID_RESP		= 0x005,
	MSR_AP_RESET_HOLD_REQ	= 0x006,
	MSR_AP_RESET_HOLD_RESP	= 0x007,
	MSR_PREF_GPA_REQ	= 0x010,
	MSR_PREF_GPA_RESP	= 0x011,
	MSR_REG_GPA_REQ		= 0x012,
	MSR_REG_GPA_RESP	= 0x013,
	MSR_PSC_REQ		= 0x014,
	MSR_PSC_RESP		= 0x015,
	MSR_HV_FT_REQ		= 0x080,
	MSR_HV_FT_RESP		= 0x081,
	MSR_TERM_REQ		= 0x100,
};

#define MSR_INFO_MASK		0xfffULL
#define MSR_DATA_MASK		(~MSR_INFO_MASK)
#define MSR_GFN_MASK		0xfffffffffffffULL	/* [63:12], shifted down */
#define MSR_PSC_ERROR		0x80000000ULL		/* [63:32] of a PSC answer */

/* Page state change. cur_entry and end_entry are u16, end_entry is inclusive; reserved is u32. */
enum { PSC_CUR_ENTRY = 0, PSC_END_ENTRY = 2, PSC_RESERVED = 4, PSC_ENTRIES = 8 };
enum { PSC_ENTRY_SIZE = 8 };
enum { PSC_PRIVATE = 1, PSC_SHARED, PSC_PSMASH, PSC_UNSMASH };

#define PSC_CUR_PAGE(entry)	((entry) & 0xfff)
#define PSC_GFN(entry)		((entry) >> 12 & 0xffffffffffULL)
#define PSC_OPERATION(entry)	((u32)((entry) >> 52 & 0xf))
#define PSC_HUGE(entry)		((bool)((entry) >> 56 & 1))
#define PSC_ENTRY_RESERVED(entry) ((entry) >> 57)

/* sw_exit_info_2 after a page state change. */
#define PSC_INVALID_HEADER	0x100000001ULL
#define PSC_INVALID_ENTRY	0x100000002ULL
#define PSC_GENERIC_ERROR	0x10000000000ULL

/*
 * The guest can change any of this while the host looks at it, and it can put
 * a descriptor at an odd address: every access names its width and happens once.
 */
#pragma pack(push, 1)
struct shared_u8 { u8 value; } __attribute__((__may_alias__));
struct shared_u16 { u16 value; } __attribute__((__may_alias__));
struct shared_u32 { u32 value; } __attribute__((__may_alias__));
struct shared_u64 { u64 value; } __attribute__((__may_alias__));
#pragma pack(pop)

/* An lvalue; each use is one access. */
#define SHARED(type, page, offset) \
	(((__volatile__ struct shared_##type *)((u8 *)(page) + (offset)))->value)

#endif /* HOST_GHCB_H */
