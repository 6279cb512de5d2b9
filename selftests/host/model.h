/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the host model know of each other. Users include host.h alone. */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include "ghcb.h"
#include "host.h"

#define PAGES_PER_2M	512ULL

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/* Things that no correct guest does; rules.c has the words. */
enum host_rule {
	RULE_PRIVATE_ACCESS_OF_SHARED,
	RULE_SHARED_READ_OF_PRIVATE,
	RULE_SHARED_WRITE_OF_PRIVATE,
	RULE_PRIVATE_ACCESS_BEYOND_MEMORY,
	RULE_PVALIDATE_OF_SHARED,
	RULE_PVALIDATE_OF_VMSA,
	RULE_RMPADJUST_OF_SHARED,
	RULE_PSC_OF_VALIDATED,
	RULE_PSC_OF_VMSA,
	RULE_PSC_OF_OWN_GHCB,
	RULE_PSC_BEYOND_MEMORY,
	RULE_PSC_EXIT_INFO,
	RULE_PSC_HEADER_RESERVED,
	RULE_PSC_NOTHING_TO_DO,
	RULE_PSC_ENTRY_RESERVED,
	RULE_PSC_OPERATION,
	RULE_PSC_BEHIND_PARTIAL,
	RULE_MSR_PSC_RESERVED,
	RULE_MSR_UNKNOWN_REQUEST,
	RULE_REGISTERED_BEYOND_MEMORY,
	RULE_REGISTERED_PRIVATE,
	RULE_NO_GHCB,
	RULE_NO_VMSA,
	RULE_FLASH_GHCB,
	NR_HOST_RULES,
};

void host_violate(struct host *h, enum host_rule rule, u64 gpa);

/* The RMP, for those who change page states. False: the VMM can't convert that. */
bool host_make_private(struct host *h, struct host_vcpu *v, u64 gfn, u64 n);
bool host_make_shared(struct host *h, struct host_vcpu *v, u64 gfn, u64 n);

/* Without asking anybody: the conversion itself, and a 2M entry made 512 of 4K. */
void host_convert(struct host *h, struct host_vcpu *v, u64 gfn, u64 n, bool private);
void host_psmash(struct host *h, u64 gfn);

static inline u64 host_block_start(u64 gfn)
{
	return gfn & ~(PAGES_PER_2M - 1);
}

static inline struct rmp_entry *host_rmp(struct host *h, u64 gfn)
{
	return gfn < h->nr_pages ? &h->rmp[gfn] : NULL;
}

/* One VMGEXIT each way; both fill in @out. */
void host_msr_protocol(struct host *h, struct host_vcpu *v, struct host_exit *out);
void host_nae_event(struct host *h, struct host_vcpu *v, struct host_exit *out);

/* What SEV_INFO says of @h, and the GHCB MSR at reset. */
u64 host_sev_info(u8 c_bit);

/* If the MSR protocol's CPUID has been emulated: v->regs to the MSR. */
void host_msr_complete(struct host_vcpu *v);

/* How much of a page state change is served; an honest host has no limits. */
struct psc_limits {
	u32 entries, runs;
	bool pretend;		/* nothing is done, though called done */
};

/* The page state change descriptor in @buffer; returns sw_exit_info_2. */
u64 host_psc(struct host *h, struct host_vcpu *v, void *buffer, u64 len,
	     const struct psc_limits *limits);

/* The vCPU's GHCB in the host's mapping, NULL if the guest has not made it shared. */
void *host_ghcb(struct host *h, struct host_vcpu *v);

#endif /* HOST_MODEL_H */
