// SPDX-License-Identifier: GPL-2.0
/* Counters. Changed only by who holds the conversion's mutex. */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/string.h>

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

/* Bucket 0 is for the value 0, bucket i for values of i bits: up to 2^i - 1. */
enum { BUCKETS = 1 + 64 };

static struct histogram {
	const char *name;
	u64 buckets[BUCKETS];
	u64 max;
} histograms[] = {
	[PSC_ENTRIES_PER_VMGEXIT]	= { "entries_per_vmgexit" },
	[PSC_IRQS_OFF_NS]		= { "irqs_off_ns" },
	[PSC_PAGE_NS]			= { "page_ns" },
};

/**
 * psc_record() - take note of a value
 * @which:	of which kind
 * @value:	the value
 */
void psc_record(enum psc_histogram which, u64 value)
{
	struct histogram *h = &histograms[which];

	h->buckets[fls64(value)]++;
	h->max = max(h->max, value);
}

/**
 * psc_irqs_off() - take note of how long interrupts were off
 * @ns:	in nanoseconds
 */
void psc_irqs_off(u64 ns)
{
	u64 *longest = &psc_counts.c[PSC_IRQS_OFF_MAX_NS];

	*longest = max(*longest, ns);
	psc_record(PSC_IRQS_OFF_NS, ns);
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

/* ---- show ---- */

/* The largest value that a bucket is for. */
static u64 upper_end(unsigned int bucket)
{
	return bucket ? ~0ull >> (64 - bucket) : 0;
}

/* So many percent of all values are not larger than this. */
static u64 percentile(const struct histogram *h, unsigned int percent)
{
	u64 total = 0, sum = 0;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		total += h->buckets[i];
	for (i = 0; i < BUCKETS - 1; i++) {
		sum += h->buckets[i];
		if (sum * 100 >= total * percent)
			break;
	}
	return min(h->max, upper_end(i));
}

static void histogram_show(struct seq_file *m, const struct histogram *h)
{
	static const unsigned int percents[] = { 50, 90, 99 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(percents); i++)
		seq_printf(m, "%s_p%u %llu\n", h->name, percents[i], percentile(h, percents[i]));
	seq_printf(m, "%s_max %llu\n", h->name, h->max);
	for (i = 0; i < BUCKETS; i++)
		if (h->buckets[i])
			seq_printf(m, "%s_le_%llu %llu\n", h->name, upper_end(i), h->buckets[i]);
}

/**
 * psc_counts_show() - print all counters, one a line
 * @m:	where to
 */
void psc_counts_show(struct seq_file *m)
{
	int i;

	for (i = 0; i < PSC_NR_COUNTERS; i++)
		seq_printf(m, "%s %llu\n", names[i], psc_counts.c[i]);
	for (i = 0; i < PSC_NR_HISTOGRAMS; i++)
		histogram_show(m, &histograms[i]);
}

/** psc_counts_reset() - all counters to 0 */
void psc_counts_reset(void)
{
	int i;

	memset(&psc_counts, 0, sizeof(psc_counts));
	for (i = 0; i < PSC_NR_HISTOGRAMS; i++) {
		memset(histograms[i].buckets, 0, sizeof(histograms[i].buckets));
		histograms[i].max = 0;
	}
}
