// SPDX-License-Identifier: GPL-2.0
/* Page state change requests: what is asked, and how far an answer is believed. Pure. */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "psc.h"
#include "request.h"

static_assert(sizeof(struct psc_descriptor) == 2032);
static_assert(sizeof(struct psc_ghcb) == 4096);
static_assert(offsetof(struct psc_ghcb, sw_exit_code) == 0x390);
static_assert(offsetof(struct psc_ghcb, sw_scratch) == 0x3a8);
static_assert(offsetof(struct psc_ghcb, valid_bitmap) == 0x3f0);
static_assert(offsetof(struct psc_ghcb, shared_buffer) == PSC_GHCB_SCRATCH);
static_assert(offsetof(struct psc_ghcb, protocol_version) == 0xffa);
static_assert(PSC_GHCB_VALID == 0x003c000000000000ull);

/**
 * psc_batch_init() - begin a batch
 * @b:	the batch, zeroed before its first use. What it was used for is zeroed, so that a
 *	header that somebody overwrites can never turn stale entries into requests.
 * @op:	what is to become of the pages
 */
void psc_batch_init(struct psc_batch *b, enum psc_operation op)
{
	memset(b->desc.entries, 0, b->n * sizeof(b->desc.entries[0]));
	b->desc.hdr = (struct psc_header){};
	b->n = 0;
	b->op = op;
}

/**
 * psc_batch_start() - nothing is done yet
 * @b:	a batch with at least one entry
 */
struct psc_progress psc_batch_start(const struct psc_batch *b)
{
	return (struct psc_progress){ .last = b->desc.hdr.end_entry };
}

/*
 * An NMI or a #VC that used the GHCB in between leaves one of these behind: a GHCB
 * that was invalidated after the answer, or an answer to what is no request.
 */
static bool lost(const struct psc_answer *a)
{
	if (!a->valid[0] && !a->valid[1] && !a->exit_code)
		return true;
	return (u32)a->info_1 == PSC_INFO1_MALFORMED &&
	       (a->info_2 == PSC_INFO2_MISSING_INPUT || a->info_2 == PSC_INFO2_INVALID_EVENT);
}

/* Progress only ever counts forward, and nothing but cur_entry may have moved. */
static bool plausible(const struct psc_progress *p, const struct psc_header *hdr)
{
	return !hdr->reserved && hdr->end_entry == p->last &&
	       hdr->cur_entry >= p->next && hdr->cur_entry <= p->last + 1;
}

/**
 * psc_judge() - decide what follows from an answer
 * @p:	progress of the descriptor, updated
 * @a:	what the host left in the GHCB
 *
 * A descriptor comes back unfinished in three ways (GHCB specification, section
 * 4.1.6): the host was interrupted (success with cur_entry <= end_entry), it
 * failed for a reason of its own (the generic error; also how KVM passes on
 * an -EAGAIN of its user space), or somebody used the GHCB in between and the
 * request or the answer is lost. Each is worth another try, %PSC_MAX_STALLS
 * times, except that a host which makes progress without an error may take one
 * round per entry. After a lost answer cur_entry may be anything and is not read.
 *
 * What can't be known here is whether the host did what it says.
 */
enum psc_verdict psc_judge(struct psc_progress *p, const struct psc_answer *a)
{
	u16 from = p->next;

	if (lost(a))
		return p->stalls++ < PSC_MAX_STALLS ? PSC_AGAIN : PSC_REFUSED;
	if ((u32)a->info_1 != PSC_INFO1_OK)
		return PSC_REFUSED;
	if (a->info_2 != PSC_INFO2_OK && a->info_2 != PSC_INFO2_GENERIC)
		return PSC_REFUSED;
	if (!plausible(p, &a->hdr))
		return PSC_REFUSED;

	p->next = a->hdr.cur_entry;
	if (p->next > p->last)
		return a->info_2 == PSC_INFO2_OK ? PSC_DONE : PSC_REFUSED;
	if (p->next > from && a->info_2 == PSC_INFO2_OK)
		return PSC_AGAIN;
	return p->stalls++ < PSC_MAX_STALLS ? PSC_AGAIN : PSC_REFUSED;
}
