/* SPDX-License-Identifier: GPL-2.0 */
/* Page state change requests: what is asked, and how far an answer is believed. */
#ifndef SNP_PSC_PSC_H
#define SNP_PSC_PSC_H

#include "abi.h"
#include "request.h"

/* How often a request may come back without having got anywhere. */
#define PSC_MAX_STALLS	8

/**
 * struct psc_batch - the entries of one descriptor; the host never sees this copy
 * @op:		what is to become of them
 * @n:		how many there are, at most PSC_MAX_ENTRIES
 * @desc:	the descriptor, zero behind its last entry
 */
struct psc_batch {
	enum psc_operation op;
	u16 n;
	struct psc_descriptor desc;
};

/**
 * struct psc_progress - how far one descriptor has got
 * @next:	the first entry that is not done
 * @last:	the last entry
 * @stalls:	answers so far that asked for, or made necessary, another try
 */
struct psc_progress {
	u16 next;
	u16 last;
	u16 stalls;
};

/**
 * struct psc_answer - what the host left in the GHCB, each field read once
 * @valid:	the valid bitmap
 * @exit_code:	sw_exit_code, ours unless somebody else used the GHCB
 * @info_1:	sw_exit_info_1
 * @info_2:	sw_exit_info_2
 * @hdr:	the descriptor's header
 */
struct psc_answer {
	u64 valid[2];
	u64 exit_code;
	u64 info_1;
	u64 info_2;
	struct psc_header hdr;
};

/**
 * enum psc_verdict - what follows from an answer
 * @PSC_DONE:		every entry is done, as far as a host can be believed
 * @PSC_AGAIN:		send the rest, from &psc_progress.next on
 * @PSC_REFUSED:	the host does not want to, or makes no sense
 */
enum psc_verdict { PSC_DONE, PSC_AGAIN, PSC_REFUSED };

void psc_batch_init(struct psc_batch *b, enum psc_operation op);
struct psc_progress psc_batch_start(const struct psc_batch *b);
enum psc_verdict psc_judge(struct psc_progress *p, const struct psc_answer *a);

/**
 * psc_batch_add() - one more entry
 * @b:		the batch, not full
 * @unit:	a 4K page or a 2M block, see &struct psc_request
 */
static inline void psc_batch_add(struct psc_batch *b, unsigned long unit)
{
	u64 gfn = psc_unit_pfn(unit) & ((1ull << PSC_ENTRY_GFN_BITS) - 1);
	u64 large = unit & PSC_UNIT_LARGE ? 1 : 0;

	b->desc.entries[b->n] = gfn << PSC_ENTRY_GFN_SHIFT | (u64)b->op << PSC_ENTRY_OP_SHIFT |
				large << PSC_ENTRY_SIZE_SHIFT;
	b->desc.hdr.end_entry = b->n++;
}

#endif /* SNP_PSC_PSC_H */
