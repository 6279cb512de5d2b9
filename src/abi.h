/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What guest and host agree on, and nothing of the kernel's: the GHCB MSR, the
 * GHCB page and the page state change request. Names and numbers are those of
 * the GHCB specification (AMD 56421).
 */
#ifndef SNP_PSC_ABI_H
#define SNP_PSC_ABI_H

#include <linux/types.h>

/* The GHCB MSR: an address, or a message of the MSR protocol in the low bits (section 2.3). */
#define PSC_MSR_GHCB		0xc0010130u
#define PSC_MSR_INFO		0xfffull	/* 0: the rest is the GHCB's address */
#define PSC_MSR_DATA		(~PSC_MSR_INFO)

/* Its messages. An answer that is all ones says "none", or "refused". */
enum psc_msr_info {
	PSC_MSR_PREFERRED_REQ	= 0x010,
	PSC_MSR_PREFERRED_RESP	= 0x011,	/* the address that the host wants a GHCB to have */
	PSC_MSR_REGISTER_REQ	= 0x012,
	PSC_MSR_REGISTER_RESP	= 0x013,	/* the same address once more */
	PSC_MSR_PSC_REQ		= 0x014,	/* one 4K page, like an entry of a descriptor */
	PSC_MSR_PSC_RESP	= 0x015,	/* an error in 63:32, 31:12 are reserved */
	PSC_MSR_FEATURES_REQ	= 0x080,
	PSC_MSR_FEATURES_RESP	= 0x081,	/* a bitmap */
};

/* Non-automatic exits (section 4). */
#define PSC_NAE_STATE_CHANGE	0x80000010ull

/* sw_exit_info_1[31:0] of an answer (section 4, table of responses). */
#define PSC_INFO1_OK		0
#define PSC_INFO1_MALFORMED	2		/* sw_exit_info_2 tells what */

/* ... and these two tell that somebody else has overwritten the request. */
#define PSC_INFO2_MISSING_INPUT	4
#define PSC_INFO2_INVALID_EVENT	6

/* sw_exit_info_2 of an answer to a page state change (section 4.1.6). */
#define PSC_INFO2_OK		0
#define PSC_INFO2_GENERIC	(0x100ull << 32)

#define PSC_MAX_ENTRIES		253		/* what fits behind the header in 2032 bytes */

/* One entry: cur_page [11:0], gfn [51:12], operation [55:52], page size [56]. */
#define PSC_ENTRY_GFN_SHIFT	12
#define PSC_ENTRY_GFN_BITS	40
#define PSC_ENTRY_OP_SHIFT	52
#define PSC_ENTRY_SIZE_SHIFT	56
#define PSC_BLOCK_PAGES		512		/* 4K pages in a 2M entry */

enum psc_operation {
	PSC_OP_PRIVATE	= 1,
	PSC_OP_SHARED	= 2,
};

struct psc_header {
	__u16 cur_entry;	/* the first that is not done */
	__u16 end_entry;	/* the last one, inclusive */
	__u32 reserved;		/* must stay 0 */
};

struct psc_descriptor {
	struct psc_header hdr;
	__u64 entries[PSC_MAX_ENTRIES];
};

/* The fields of a GHCB page that a page state change uses. */
struct psc_ghcb {
	__u8 save_area[0x390];
	__u64 sw_exit_code;
	__u64 sw_exit_info_1;
	__u64 sw_exit_info_2;
	__u64 sw_scratch;
	__u8 reserved_1[0x40];
	__u64 valid_bitmap[2];	/* one bit for each quadword before it */
	__u8 reserved_2[0x400];
	struct psc_descriptor shared_buffer;
	__u8 reserved_3[0xa];
	__u16 protocol_version;
	__u32 ghcb_usage;
};

#define PSC_GHCB_SCRATCH	0x800		/* the shared buffer, from the start of the page */
#define PSC_GHCB_VERSION	2		/* Linux knows no later, SNP no earlier */
#define PSC_GHCB_USAGE		0

/* valid_bitmap[1] of a request: exit code, sw_exit_info_1, _2 and the scratch address. */
#define PSC_GHCB_VALID		(0xfull << (0x390 / 8 - 64))

/* PVALIDATE: EAX, and one number of our own for "carry flag set, nothing changed". */
enum psc_pvalidate {
	PSC_PVALIDATE_CHANGED		= 0,
	PSC_PVALIDATE_FAIL_INPUT	= 1,
	PSC_PVALIDATE_SIZEMISMATCH	= 6,
	PSC_PVALIDATE_UNCHANGED		= 255,
};

/* CPUID 0x8000001f, AMD64 APM volume 3. */
#define PSC_CPUID_ENCRYPTION	0x8000001fu
#define PSC_CPUID_EAX_COHERENT	0x00000400u	/* caches are coherent across the C-bit */
#define PSC_CPUID_EBX_SFW_NO	0x80000000u	/* PVALIDATE wants no touch afterwards */

#endif /* SNP_PSC_ABI_H */
