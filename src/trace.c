// SPDX-License-Identifier: GPL-2.0
/* The tracepoints' code, of which there has to be one copy. */
#include "psc.h"
#include "request.h"

/*
 * Maximal runs of neighbours of one size, from an entry on: what costs KVM's user space an exit.
 * Nobody asks where there are no tracepoints.
 */
static unsigned int __maybe_unused psc_runs(const struct psc_batch *b, unsigned int from)
{
	const u64 *entries = b->desc.entries;
	unsigned int i, runs = from < b->n;
	u64 pages;

	for (i = from + 1; i < b->n; i++) {
		pages = entries[i - 1] >> PSC_ENTRY_SIZE_SHIFT & 1 ? PSC_BLOCK_PAGES : 1;
		runs += entries[i] != entries[i - 1] + (pages << PSC_ENTRY_GFN_SHIFT);
	}
	return runs;
}

#define CREATE_TRACE_POINTS
#include <trace/events/snp_psc.h>
