// SPDX-License-Identifier: GPL-2.0
/*
 * The private window, and what is done to pages through it.
 *
 * PVALIDATE takes a virtual address, and a page in transition has none: its leaf
 * in the direct map is not present. So there is a row of slots that show 4K pages, as
 * many as a descriptor has, and one that shows a 2M block, mapped with the C-bit. They
 * are used by one task at a time, under the conversion's mutex, and by a task that stays
 * on its CPU: only that CPU forgets what was shown before. The entries are global, for
 * INVLPG leaves other address spaces' translations alone if they are not.
 *
 * The slots lie in an area of vmalloc space. What vmap() mapped there is taken
 * out again, so that the page table of the 2M slot is empty while its place is
 * taken by a leaf, and no CPU ever has translations of both sizes.
 */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <asm/processor.h>
#include <trace/events/snp_psc.h>

#include "fault.h"
#include "hw.h"
#include "pgtable.h"
#include "pvalidate.h"
#include "request.h"
#include "stats.h"

enum {
	AREA_PAGES = 2 * PSC_BLOCK_PAGES - 1,	/* wherever it begins, a whole block is in it */
	ROW_PAGES = PSC_MAX_ENTRIES,
	RESCHED_AFTER = 64,	/* each PVALIDATE may cost the host a nested page fault */
};

static struct {
	void *area;
	unsigned long row_va;
	pte_t *row;
	unsigned long pages_shown;	/* the first so many slots of the row */
	unsigned long block_va;
	pmd_t *block_entry;
	pmd_t table;		/* what stands there while no block is shown */
	bool block_shown;
	bool touch;		/* caches want a touch after PVALIDATE */
	bool clean;		/* caches are not coherent across the C-bit */
} window;

/* ---- show ---- */

/* What this CPU may know of these addresses, be it by speculation. */
static void forget(unsigned long va, unsigned long pages)
{
	unsigned long i;

	if (pages > PSC_INVLPG_MAX) {
		snp_psc_hw->flush_local();
		return;
	}
	for (i = 0; i < pages; i++)
		snp_psc_hw->invlpg(va + i * PAGE_SIZE);
}

/* Beside those that are shown already, if there is room. */
static unsigned long show_pages(const unsigned long *pfns, unsigned long n, pteval_t c_bit)
{
	unsigned long i, va;
	pte_t *entry;

	if (window.pages_shown + n > ROW_PAGES)
		psc_window_empty();
	va = window.row_va + window.pages_shown * PAGE_SIZE;
	entry = window.row + window.pages_shown;
	for (i = 0; i < n; i++)
		native_set_pte(entry + i, pfn_pte(pfns[i], __pgprot(__PAGE_KERNEL | c_bit)));
	window.pages_shown += n;
	forget(va, n);
	return va;
}

static unsigned long show_block(unsigned long pfn, pteval_t c_bit)
{
	set_pmd(window.block_entry, pfn_pmd(pfn, __pgprot(__PAGE_KERNEL_LARGE | c_bit)));
	window.block_shown = true;
	snp_psc_hw->invlpg(window.block_va);
	return window.block_va;
}

static unsigned long show(unsigned long unit, pteval_t c_bit)
{
	return unit & PSC_UNIT_LARGE ? show_block(psc_unit_pfn(unit), c_bit)
				     : show_pages(&unit, 1, c_bit);
}

/**
 * psc_window_empty() - take what is shown out of the window
 *
 * Before the host hears that a page is shared: a touch through the C-bit makes
 * KVM's user space turn it back.
 */
void psc_window_empty(void)
{
	unsigned long i;

	for (i = 0; i < window.pages_shown; i++)
		native_set_pte(window.row + i, native_make_pte(0));
	forget(window.row_va, window.pages_shown);
	if (window.block_shown) {
		set_pmd(window.block_entry, window.table);
		snp_psc_hw->invlpg(window.block_va);
	}
	window.pages_shown = 0;
	window.block_shown = false;
}

/* ---- load, unload ---- */

static pmd_t *find_pmd(unsigned long va)
{
	pgd_t *pgd = (pgd_t *)__va(read_cr3_pa()) + pgd_index(va);

	return pmd_offset(pud_offset(p4d_offset(pgd, va), va), va);
}

static void flush(void *unused)
{
	snp_psc_hw->flush_local();
}

/* Page tables and nothing in them. VM_IOREMAP makes /proc/kcore take the area for a hole. */
static int make_area(void)
{
	struct page *page = alloc_page(GFP_KERNEL), **pages;
	struct psc_leaf leaf = {};
	unsigned long i;

	pages = kvmalloc_array(AREA_PAGES, sizeof(*pages), GFP_KERNEL);
	for (i = 0; pages && i < AREA_PAGES; i++)
		pages[i] = page;
	if (page && pages)
		window.area = vmap(pages, AREA_PAGES, VM_IOREMAP, PAGE_KERNEL);
	for (i = 0; window.area && i < AREA_PAGES; i++) {
		psc_leaf_find_va(&leaf, (unsigned long)window.area + i * PAGE_SIZE);
		if (!WARN_ON_ONCE(leaf.level != PG_LEVEL_4K))
			set_pte(leaf.entry, __pte(0));
	}
	on_each_cpu(flush, NULL, 1);
	kvfree(pages);
	if (page)
		__free_page(page);
	return window.area ? 0 : -ENOMEM;
}

static void find_slots(void)
{
	unsigned long area = (unsigned long)window.area;
	struct psc_leaf leaf = {};

	window.block_va = ALIGN(area, PMD_SIZE);
	window.block_entry = find_pmd(window.block_va);
	window.table = *window.block_entry;
	window.row_va = window.block_va - area < ROW_PAGES * PAGE_SIZE ? window.block_va + PMD_SIZE
								       : area;
	psc_leaf_find_va(&leaf, window.row_va);
	window.row = leaf.entry;
}

/**
 * psc_window_init() - make the window, at load
 *
 * Return: 0 or -ENOMEM
 */
int psc_window_init(void)
{
	u32 eax, ebx;
	int err;

	snp_psc_hw->cpuid(PSC_CPUID_ENCRYPTION, &eax, &ebx);
	window.touch = !(ebx & PSC_CPUID_EBX_SFW_NO);
	window.clean = !(eax & PSC_CPUID_EAX_COHERENT);

	err = make_area();
	if (err)
		return err;
	find_slots();
	return 0;
}

/** psc_window_exit() - take the window away, at unload */
void psc_window_exit(void)
{
	psc_window_empty();
	vunmap(window.area);
	window.area = NULL;
}

/* ---- PVALIDATE ---- */

/*
 * Evict what the caches may still hold of a page: "x86/sev: Evict cache lines
 * during SNP memory validation". Only after it has been validated.
 */
static void touch(unsigned long va, unsigned long pages)
{
	const u8 *byte = (const u8 *)va, *end = byte + pages * PAGE_SIZE;

	if (!window.touch)
		return;
#pragma GCC unroll 4
	for (; byte < end; byte += PAGE_SIZE) {
		READ_ONCE(byte[0]);
		READ_ONCE(byte[PAGE_SIZE - 1]);
	}
}

/* One by one, for each may be made to fail. */
static struct psc_pvalidates pvalidate_each(unsigned long va, unsigned long n, bool large,
					    bool validate)
{
	struct psc_pvalidates p = {};

	while (p.changed < n && p.result == PSC_PVALIDATE_CHANGED) {
		p.result = psc_fault(PSC_FAULT_PVALIDATE) ?:
			   snp_psc_hw->pvalidate(va + p.changed * PAGE_SIZE, 1, large,
						 validate).result;
		p.changed += p.result == PSC_PVALIDATE_CHANGED;
	}
	return p;
}

/* @n 4K pages, or a 2M block. */
static struct psc_pvalidates pvalidate(unsigned long va, unsigned long n, bool large,
				       bool validate)
{
	struct psc_pvalidates p = IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS) ?
				  pvalidate_each(va, n, large, validate) :
				  snp_psc_hw->pvalidate(va, n, large, validate);

	psc_count(large ? PSC_PVALIDATES_2M : PSC_PVALIDATES,
		  p.changed + (p.result != PSC_PVALIDATE_CHANGED));
	if (validate)
		touch(va, large ? p.changed * PSC_BLOCK_PAGES : p.changed);
	return p;
}

static void note_failure(unsigned long pfn, const struct psc_pvalidated *p, bool validate)
{
	psc_count(PSC_PVALIDATE_FAILED, 1);
	trace_snp_psc_pvalidate(pfn, p->tried, validate, p->result);
}

/**
 * psc_pvalidate_pages() - PVALIDATE 4K pages
 * @pfns:	none of them is present in the direct map
 * @n:		how many, at most PSC_MAX_ENTRIES
 * @validate:	validate, or rescind
 *
 * Stops at the first that does not change. The window is left showing them beside what
 * it showed before, as long as there is room.
 *
 * Context: Process context, migration disabled.
 */
struct psc_pvalidated psc_pvalidate_pages(const unsigned long *pfns, unsigned long n,
					  bool validate)
{
	struct psc_pvalidated done = { .tried = 1 };
	struct psc_pvalidates p;

	p = pvalidate(show_pages(pfns, n, sme_me_mask), n, false, validate);
	done.pages = p.changed;
	done.result = p.result;
	if (done.result != PSC_PVALIDATE_CHANGED)
		note_failure(pfns[done.pages], &done, validate);
	return done;
}

static struct psc_pvalidated pvalidate_block(unsigned long pfn, unsigned long first,
					     unsigned long end, bool validate)
{
	unsigned long va = show_block(pfn, sme_me_mask), n;
	unsigned long size = end - first == PSC_BLOCK_PAGES ? PSC_BLOCK_PAGES : 1;
	struct psc_pvalidated done = { .pages = first };
	struct psc_pvalidates p;

	while (done.pages < end && done.result == PSC_PVALIDATE_CHANGED) {
		n = size > 1 ? 1 : min_t(unsigned long, end - done.pages, RESCHED_AFTER);
		p = pvalidate(va + done.pages * PAGE_SIZE, n, size > 1, validate);
		if (size > 1 && p.result == PSC_PVALIDATE_SIZEMISMATCH)
			p.result = PSC_PVALIDATE_CHANGED;
		done = (struct psc_pvalidated){ done.pages + p.changed * size, p.result, size };
		size = 1;
		cond_resched();
	}
	if (done.result != PSC_PVALIDATE_CHANGED)
		note_failure(pfn + done.pages, &done, validate);
	return done;
}

/**
 * psc_pvalidate() - PVALIDATE pages of a unit
 * @unit:	none of its pages is present in the direct map
 * @first:	index of the first page
 * @end:	index behind the last
 * @validate:	validate, or rescind
 *
 * A whole 2M block is tried at once; where the RMP has it in 4K entries page by page.
 * Stops at the first that does not change. The window is left showing the unit.
 *
 * Context: Process context, migration disabled. May reschedule.
 */
struct psc_pvalidated psc_pvalidate(unsigned long unit, unsigned long first, unsigned long end,
				    bool validate)
{
	return unit & PSC_UNIT_LARGE ? pvalidate_block(psc_unit_pfn(unit), first, end, validate)
				     : psc_pvalidate_pages(&unit, 1, validate);
}

/* ---- caches ---- */

/**
 * psc_clean_caches() - write back what caches hold under the old C-bit
 * @req:	the pages, flushed from all TLBs and still in their old state
 * @shared:	the old state
 *
 * Nothing to do where caches are coherent across the C-bit, as in every CPU
 * with SEV-SNP so far.
 *
 * Context: Process context, migration disabled. May reschedule.
 */
void psc_clean_caches(const struct psc_request *req, bool shared)
{
	unsigned long i, page, va;

	if (!window.clean)
		return;
	for (i = 0; i < req->n; i++) {
		va = show(req->units[i], shared ? 0 : sme_me_mask);
		for (page = 0; page < psc_unit_pages(req->units[i]); page++)
			snp_psc_hw->clflush((void *)(va + page * PAGE_SIZE));
		if (i % RESCHED_AFTER == 0 || page > 1)
			cond_resched();
	}
	psc_window_empty();
}
