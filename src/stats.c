// SPDX-License-Identifier: GPL-2.0
/* Counters. Changed only by who holds the conversion's mutex. */
#include <linux/minmax.h>
#include <linux/seq_file.h>

#include "stats.h"

static const char * const names[PSC_NR_COUNTERS] = {
	[PSC_CONVERSIONS]	= "conversions",
	[PSC_PAGES_SHARED]	= "pages_shared",
	[PSC_PAGES_PRIVATE]	= "pages_private",
	[PSC_VMGEXITS]		= "vmgexits",
	[PSC_ENTRIES]		= "entries",
	[PSC_PVALIDATES]	= "pvalidates",
	[PSC_PVALIDATES_2M]	= "pvalidates_2m",
	[PSC_PVALIDATE_FAILED]	= "pvalidate_failed",
	[PSC_FLUSHES]		= "flushes",
	[PSC_FLUSHES_FULL]	= "flushes_full",
	[PSC_SPLITS]		= "splits",
	[PSC_RETRIES]		= "retries",
	[PSC_REFUSALS]		= "refusals",
	[PSC_UNDONE]		= "undone",
	[PSC_POISONED]		= "poisoned",
	[PSC_IRQS_OFF_MAX_NS]	= "irqs_off_max_ns",
};

struct psc_counts psc_counts;

/**
 * psc_irqs_off() - take note of how long interrupts were off
 * @ns:	in nanoseconds
 */
void psc_irqs_off(u64 ns)
{
	u64 *longest = &psc_counts.c[PSC_IRQS_OFF_MAX_NS];

	*longest = max(*longest, ns);
}

/**
 * psc_counts_since() - what happened between then and now
 * @then:	a copy of &psc_counts
 */
struct psc_counts psc_counts_since(const struct psc_counts *then)
{
	struct psc_counts d;
	int i;

	for (i = 0; i < PSC_NR_COUNTERS; i++)
		d.c[i] = psc_counts.c[i] - then->c[i];
	return d;
}

/**
 * psc_counts_show() - print, one counter a line
 * @m:		where to
 * @counts:	which
 */
void psc_counts_show(struct seq_file *m, const struct psc_counts *counts)
{
	int i;

	for (i = 0; i < PSC_NR_COUNTERS; i++)
		seq_printf(m, "%s %llu\n", names[i], counts->c[i]);
}
