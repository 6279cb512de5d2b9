// SPDX-License-Identifier: GPL-2.0
/*
 * What the page tables of the whole guest say is shared, whoever made it so, and
 * where our books disagree.
 *
 * Two mappings are looked at: the direct map, and the kernel image, part of which is
 * shared there alone (.bss..decrypted). They are read 2M at a time, each with one
 * look-up, whatever the size of the leaves. What is read of a block belongs to one
 * moment between two conversions; the next block may be read after another. Memory
 * that is offline is left out.
 */
#include <linux/bitmap.h>
#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/mem_encrypt.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/platform_device.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "abi.h"
#include "api.h"
#include "compat.h"
#include "convert.h"
#include "ghcb_check.h"
#include "heap.h"
#include "inventory.h"
#include "pgtable.h"
#include "pool.h"
#include "ranges.h"
#include "request.h"

enum map { MAP_DIRECT, MAP_IMAGE };

static const char * const map_names[] = { [MAP_DIRECT] = "direct", [MAP_IMAGE] = "image" };

/* Whose a shared page is, as far as can be known. */
enum owner {
	OWNER_REGION,
	OWNER_HEAP,
	OWNER_API,
	OWNER_SWIOTLB,
	OWNER_GHCB,
	OWNER_IMAGE,
	OWNER_OTHER,
};

static const char * const owner_names[] = {
	[OWNER_REGION]	= "region",
	[OWNER_HEAP]	= "heap",
	[OWNER_API]	= "api",
	[OWNER_SWIOTLB]	= "swiotlb",
	[OWNER_GHCB]	= "ghcb",
	[OWNER_IMAGE]	= "image",
	[OWNER_OTHER]	= "other",
};

/* Neighbours that are alike, and what is said of them. A row of a table. */
struct extent {
	unsigned long pfn;
	unsigned long count;
	const char *what[3];
	long id;		/* a region's or a CPU's number, or NO_ID, where all three are */
};

enum { NO_ID = -1 };

/* 2M of a mapping at one moment. A large leaf has one entry. */
struct block {
	enum map map;
	unsigned long pfn;
	unsigned int level;
	pteval_t entries[PSC_BLOCK_PAGES];
	DECLARE_BITMAP(shared, PSC_BLOCK_PAGES);	/* in our books */
	DECLARE_BITMAP(poisoned, PSC_BLOCK_PAGES);
	bool in_books;			/* one of them at least */
	bool online;
};

/* One at a time, for all files of debugfs are under one lock. */
static struct walk {
	struct seq_file *m;		/* NULL: only count */
	void (*see)(struct walk *w, unsigned long i);
	struct block block;
	struct extent extent;		/* not printed yet */
	struct psc_leaf direct;
	unsigned long pages[ARRAY_SIZE(owner_names)];
	unsigned long looked_at;
	unsigned long lookups;
} walk;

static DEFINE_PER_CPU(unsigned long, ghcb_pfn);

static const char no_c_bit[] = "# no C-bit: page tables say nothing\n";

/* ---- read a block ---- */

/*
 * With interrupts off: who merges leaves and frees their table (7.2 does) waits for
 * every CPU to flush its TLB before. That is not so where CPUs flush each other's
 * TLBs without asking (INVLPGB), nor of memory that is being removed.
 */
static void read_entries(struct walk *w, unsigned long va)
{
	struct block *b = &w->block;
	struct psc_leaf leaf = {};
	unsigned long i, flags;

	local_irq_save(flags);
	psc_leaf_find_va(&leaf, va);
	b->level = leaf.level;
	b->entries[0] = leaf.value;
	for (i = 1; b->level == PG_LEVEL_4K && i < PSC_BLOCK_PAGES; i++)
		b->entries[i] = pte_val(READ_ONCE(leaf.entry[i]));
	local_irq_restore(flags);
	w->lookups++;
}

/* Memory that is offline may have no page tables any more. */
static void read_block(struct walk *w, unsigned long va)
{
	struct block *b = &w->block;

	psc_pause();
	b->online = pfn_to_online_page(b->pfn);
	if (b->online)
		read_entries(w, va);
	psc_books_copy(b->pfn, b->shared, b->poisoned);
	psc_resume();
	b->in_books = !bitmap_empty(b->shared, PSC_BLOCK_PAGES) ||
		      !bitmap_empty(b->poisoned, PSC_BLOCK_PAGES);
}

static pteval_t entry_of(const struct block *b, unsigned long i)
{
	return b->entries[b->level == PG_LEVEL_4K ? i : 0];
}

static enum psc_leaf_state state_of(const struct block *b, unsigned long i)
{
	struct psc_leaf leaf = { .level = b->level, .value = entry_of(b, i) };

	return psc_leaf_or_books(&leaf, test_bit(i, b->shared));
}

/* Most pages are: private, or there is nothing. */
static bool is_dull(const struct block *b, unsigned long i)
{
	pteval_t value = entry_of(b, i), plain = _PAGE_PRESENT | sme_me_mask;

	return !b->in_books && (!value || (value & plain) == plain);
}

static void walk_block(struct walk *w, enum map kind, unsigned long va, unsigned long pfn)
{
	struct block *b = &w->block;
	unsigned long i;

	b->map = kind;
	b->pfn = pfn;
	read_block(w, va);
	cond_resched();
	if (!b->online)
		return;
	w->looked_at += PSC_BLOCK_PAGES;
	if (b->level > PG_LEVEL_4K && is_dull(b, 0))
		return;
	for (i = 0; i < PSC_BLOCK_PAGES; i++)
		if (!is_dull(b, i))
			w->see(w, i);
}

static void begin(struct walk *w, struct seq_file *m, void (*see)(struct walk *, unsigned long))
{
	memset(w, 0, sizeof(*w));
	w->m = m;
	w->see = see;
}

/* What does not fit into the buffer is thrown away, and all is asked for once more. */
static bool is_over(const struct walk *w)
{
	return (w->m && seq_has_overflowed(w->m)) || fatal_signal_pending(current);
}

static void walk_direct_map(struct walk *w)
{
	unsigned long pfn, end = PHYS_PFN((unsigned long)high_memory - PAGE_OFFSET);

	for (pfn = 0; pfn < end && !is_over(w); pfn += PSC_BLOCK_PAGES)
		walk_block(w, MAP_DIRECT, (unsigned long)pfn_to_kaddr(pfn), pfn);
}

static void walk_image(struct walk *w)
{
	unsigned long offset;

	for (offset = 0; offset < KERNEL_IMAGE_SIZE && !is_over(w); offset += PMD_SIZE)
		walk_block(w, MAP_IMAGE, __START_KERNEL_map + offset,
			   PHYS_PFN(phys_base + offset));
}

/* ---- whose is it? ---- */

/* A CPU that has gone offline since has still the GHCB that it had. */
static void find_ghcbs(void)
{
	struct psc_ghcb_report r;
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		if (!psc_ghcb_report(cpu, &r))
			per_cpu(ghcb_pfn, cpu) = PHYS_PFN(r.msr & PSC_MSR_DATA);
	cpus_read_unlock();
}

static long ghcb_of(unsigned long pfn)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (pfn && per_cpu(ghcb_pfn, cpu) == pfn)
			return cpu;
	return NO_ID;
}

/* The bounce buffers of all devices without their own, and the platform bus is one. */
static bool is_swiotlb(unsigned long pfn)
{
	return snp_psc_is_swiotlb(&platform_bus, PFN_PHYS(pfn));
}

static enum owner owner_of(unsigned long pfn, bool ours, enum map kind, long *id)
{
	unsigned long region = psc_pool_region_of(pfn);

	*id = NO_ID;
	if (region) {
		*id = region;
		return OWNER_REGION;
	}
	if (psc_heap_has(pfn))
		return OWNER_HEAP;
	if (ours)
		return OWNER_API;
	if (is_swiotlb(pfn))
		return OWNER_SWIOTLB;
	*id = ghcb_of(pfn);
	if (*id != NO_ID)
		return OWNER_GHCB;
	return kind == MAP_IMAGE ? OWNER_IMAGE : OWNER_OTHER;
}

/* ---- print ---- */

static void print(struct walk *w)
{
	const struct extent *e = &w->extent;
	size_t i;

	if (!e->count || !w->m)
		return;
	seq_printf(w->m, "%lu %lu", e->pfn, e->count);
	for (i = 0; i < ARRAY_SIZE(e->what) && e->what[i]; i++)
		seq_printf(w->m, " %s", e->what[i]);
	if (i < ARRAY_SIZE(e->what))
		seq_puts(w->m, "\n");
	else if (e->id == NO_ID)
		seq_puts(w->m, " -\n");
	else
		seq_printf(w->m, " %ld\n", e->id);
}

/* A page more: of the extent before, or the first of a new one. */
static void add(struct walk *w, const struct extent *page)
{
	struct extent *e = &w->extent;

	if (e->count && e->pfn + e->count == page->pfn && e->id == page->id &&
	    !memcmp(e->what, page->what, sizeof(e->what))) {
		e->count++;
		return;
	}
	print(w);
	*e = *page;
}

/* ---- shared_ranges ---- */

static const char *level_name(unsigned int level)
{
	return level == PG_LEVEL_4K ? "4K" : level == PG_LEVEL_2M ? "2M" : "1G";
}

/* Of the image, what the direct map does not say as well. */
static bool told(struct walk *w, unsigned long pfn)
{
	if (w->block.map == MAP_DIRECT)
		return false;
	psc_leaf_find(&w->direct, pfn);
	return psc_leaf_state(&w->direct) == PSC_LEAF_SHARED;
}

static void see_shared(struct walk *w, unsigned long i)
{
	const struct block *b = &w->block;
	struct extent page = { b->pfn + i, 1, { level_name(b->level), map_names[b->map] } };
	enum owner owner;

	if (state_of(b, i) != PSC_LEAF_SHARED || told(w, page.pfn))
		return;
	owner = owner_of(page.pfn, test_bit(i, b->shared), b->map, &page.id);
	page.what[2] = owner_names[owner];
	w->pages[owner]++;
	add(w, &page);
}

static void walk_shared(struct walk *w, struct seq_file *m)
{
	find_ghcbs();
	begin(w, m, see_shared);
	walk_direct_map(w);
	if (sme_me_mask)
		walk_image(w);
	print(w);
}

/**
 * psc_ranges_show() - print every page that is mapped shared, in extents
 * @m:	where to
 *
 * Context: One at a time.
 */
void psc_ranges_show(struct seq_file *m)
{
	u64 start = ktime_get_ns();

	seq_puts(m, "# pfn count leaf map owner id\n");
	seq_puts(m, sme_me_mask ? "" : no_c_bit);
	walk_shared(&walk, m);
	seq_printf(m, "# pages %lu lookups %lu ns %llu\n", walk.looked_at, walk.lookups,
		   ktime_get_ns() - start);
}

/**
 * psc_ranges_show_totals() - print how many pages are mapped shared, and whose they are
 * @m:	where to
 *
 * Context: One at a time.
 */
void psc_ranges_show_totals(struct seq_file *m)
{
	unsigned long all = 0;
	size_t i;

	if (seq_has_overflowed(m))
		return;
	walk_shared(&walk, NULL);
	for (i = 0; i < ARRAY_SIZE(owner_names); i++)
		all += walk.pages[i];
	seq_printf(m, "mapped_shared: %lu\n", all);
	for (i = 0; i < ARRAY_SIZE(owner_names); i++)
		seq_printf(m, "mapped_shared_%s: %lu\n", owner_names[i], walk.pages[i]);
}

/* ---- audit ---- */

/* Not present and without the C-bit must not be: who looks for C=0 takes it for shared. */
static bool is_absent_shared(const struct block *b, unsigned long i)
{
	pteval_t value = entry_of(b, i);

	return value && !(value & (_PAGE_PRESENT | sme_me_mask));
}

static const char *tables_say(const struct block *b, unsigned long i)
{
	static const char * const names[] = {
		[PSC_LEAF_NONE]		= "absent",
		[PSC_LEAF_PRIVATE]	= "private",
		[PSC_LEAF_SHARED]	= "shared",
	};

	return is_absent_shared(b, i) ? "absent-shared" : names[state_of(b, i)];
}

static const char *books_say(const struct block *b, unsigned long i)
{
	return test_bit(i, b->poisoned) ? "poisoned" : test_bit(i, b->shared) ? "shared" : "none";
}

/*
 * What others shared is none of the books' business. Lost pages are absent, but for
 * those that the kernel's own functions lost.
 */
static bool disagree(const struct block *b, unsigned long i)
{
	enum psc_leaf_state state = state_of(b, i);

	if (test_bit(i, b->poisoned) && psc_transport->send && state != PSC_LEAF_NONE)
		return true;
	if (test_bit(i, b->shared) && state != PSC_LEAF_SHARED)
		return true;
	return is_absent_shared(b, i);
}

static void see_disagreement(struct walk *w, unsigned long i)
{
	const struct block *b = &w->block;
	struct extent page = { b->pfn + i, 1, { books_say(b, i), tables_say(b, i) }, NO_ID };

	if (disagree(b, i))
		add(w, &page);
}

/**
 * psc_ranges_audit() - print the pages on which our books and the page tables disagree
 * @m:	where to
 *
 * Where there is no C-bit, page tables say nothing.
 *
 * Context: One at a time.
 */
void psc_ranges_audit(struct seq_file *m)
{
	seq_puts(m, "# pfn count books tables\n");
	seq_puts(m, sme_me_mask ? "" : no_c_bit);
	if (!sme_me_mask)
		return;
	begin(&walk, m, see_disagreement);
	walk_direct_map(&walk);
	print(&walk);
}
