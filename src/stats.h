/* SPDX-License-Identifier: GPL-2.0 */
/* Counters. Changed only by who holds the conversion's mutex. */
#ifndef SNP_PSC_STATS_H
#define SNP_PSC_STATS_H

#include <linux/types.h>

struct seq_file;

/**
 * enum psc_counter - what is counted
 * @PSC_CONVERSIONS:	requests that changed something, or tried to
 * @PSC_PAGES_SHARED:	4K pages made shared
 * @PSC_PAGES_PRIVATE:	4K pages made private
 * @PSC_VMGEXITS:	VMGEXITs for page state changes
 * @PSC_ENTRIES:	entries that the host says are done
 * @PSC_PVALIDATES:	PVALIDATEs of 4K pages
 * @PSC_PVALIDATES_2M:	PVALIDATEs of 2M blocks, also where the RMP has 4K entries
 * @PSC_PVALIDATE_FAILED: of both, those that should have changed something and did not
 * @PSC_FLUSHES:	TLB flushes on all CPUs, splits apart
 * @PSC_FLUSHES_FULL:	of them, those of the whole TLB
 * @PSC_SPLITS:	large leaves of the direct map that were split
 * @PSC_RETRIES:	VMGEXITs again for the same descriptor
 * @PSC_REFUSALS:	descriptors that the host refused
 * @PSC_UNDONE:	requests that were undone
 * @PSC_POISONED:	4K pages lost for good
 * @PSC_IRQS_OFF_MAX_NS: longest time with interrupts off, not a sum
 * @PSC_NR_COUNTERS:	how many counters there are
 */
enum psc_counter {
	PSC_CONVERSIONS,
	PSC_PAGES_SHARED,
	PSC_PAGES_PRIVATE,
	PSC_VMGEXITS,
	PSC_ENTRIES,
	PSC_PVALIDATES,
	PSC_PVALIDATES_2M,
	PSC_PVALIDATE_FAILED,
	PSC_FLUSHES,
	PSC_FLUSHES_FULL,
	PSC_SPLITS,
	PSC_RETRIES,
	PSC_REFUSALS,
	PSC_UNDONE,
	PSC_POISONED,
	PSC_IRQS_OFF_MAX_NS,
	PSC_NR_COUNTERS,
};

/**
 * struct psc_counts - a set of counters
 * @c:	indexed by enum psc_counter
 */
struct psc_counts {
	u64 c[PSC_NR_COUNTERS];
};

extern struct psc_counts psc_counts;

/**
 * enum psc_histogram - what is counted by its size
 * @PSC_ENTRIES_PER_VMGEXIT: entries done by one VMGEXIT
 * @PSC_IRQS_OFF_NS:	how long interrupts were off for one VMGEXIT
 * @PSC_PAGE_NS:	how long a conversion took, for each of its pages
 * @PSC_NR_HISTOGRAMS:	how many there are
 */
enum psc_histogram {
	PSC_ENTRIES_PER_VMGEXIT,
	PSC_IRQS_OFF_NS,
	PSC_PAGE_NS,
	PSC_NR_HISTOGRAMS,
};

static inline void psc_count(enum psc_counter which, u64 n)
{
	psc_counts.c[which] += n;
}

void psc_irqs_off(u64 ns);
void psc_record(enum psc_histogram which, u64 value);
struct psc_counts psc_counts_since(const struct psc_counts *then);
void psc_counts_show(struct seq_file *m);
void psc_counts_reset(void);

#endif /* SNP_PSC_STATS_H */
