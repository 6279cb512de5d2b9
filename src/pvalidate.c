// SPDX-License-Identifier: GPL-2.0
/*
 * The private window, and what is done to pages through it.
 *
 * PVALIDATE takes a virtual address, and a page in transition has none: its leaf
 * in the direct map is not present. So there are two slots, mapped with the C-bit:
 * one shows a 4K page, the other a 2M block. They are used by one task at a time,
 * under the conversion's mutex, and by a task that stays on its CPU: only that
 * CPU forgets what was shown before. The entries are global, for INVLPG leaves
 * other address spaces' translations alone if they are not.
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
	RESCHED_AFTER = 64,	/* each PVALIDATE may cost the host a nested page fault */
};

static struct {
	void *area;
	unsigned long page_va;
	pte_t *page_entry;
	unsigned long block_va;
	pmd_t *block_entry;
	pmd_t table;		/* what stands there while no block is shown */
	bool page_shown;
	bool block_shown;
	bool touch;		/* caches want a touch after PVALIDATE */
	bool clean;		/* caches are not coherent across the C-bit */
} window;

/* ---- show ---- */

static unsigned long show_page(unsigned long pfn, pteval_t c_bit)
{
	set_pte(window.page_entry, pfn_pte(pfn, __pgprot(__PAGE_KERNEL | c_bit)));
	window.page_shown = true;
	snp_psc_hw->invlpg(window.page_va);
	return window.page_va;
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
				     : show_page(unit, c_bit);
}

/**
 * psc_window_empty() - take what is shown out of the window
 *
 * Before the host hears that a page is shared: a touch through the C-bit makes
 * KVM's user space turn it back.
 */
void psc_window_empty(void)
{
	if (window.page_shown) {
		set_pte(window.page_entry, __pte(0));
		snp_psc_hw->invlpg(window.page_va);
	}
	if (window.block_shown) {
		set_pmd(window.block_entry, window.table);
		snp_psc_hw->invlpg(window.block_va);
	}
	window.page_shown = false;
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
	window.page_va = window.block_va == area ? area + PMD_SIZE : area;
	psc_leaf_find_va(&leaf, window.page_va);
	window.page_entry = leaf.entry;
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
	for (; byte < end; byte += PAGE_SIZE) {
		READ_ONCE(byte[0]);
		READ_ONCE(byte[PAGE_SIZE - 1]);
	}
}

static bool pvalidate(struct psc_pvalidated *p, unsigned long va, unsigned long pages,
		      bool validate)
{
	bool large = pages > 1;

	p->tried = pages;
	p->result = psc_fault(PSC_FAULT_PVALIDATE) ?:
		    snp_psc_hw->pvalidate(va + p->pages * PAGE_SIZE, large, validate);
	psc_count(large ? PSC_PVALIDATES_2M : PSC_PVALIDATES, 1);
	if (p->result != PSC_PVALIDATE_CHANGED)
		return false;
	if (validate)
		touch(va + p->pages * PAGE_SIZE, pages);
	p->pages += pages;
	return true;
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
	struct psc_pvalidated p = { .pages = first };
	unsigned long va = show(unit, sme_me_mask);

	if (end - first == PSC_BLOCK_PAGES) {
		pvalidate(&p, va, PSC_BLOCK_PAGES, validate);
		cond_resched();
		if (p.result != PSC_PVALIDATE_SIZEMISMATCH)
			goto out;
	}
	while (p.pages < end && pvalidate(&p, va, 1, validate))
		if (p.pages % RESCHED_AFTER == 0)
			cond_resched();
out:
	if (p.pages < end) {
		psc_count(PSC_PVALIDATE_FAILED, 1);
		trace_snp_psc_pvalidate(psc_unit_pfn(unit) + p.pages, p.tried, validate, p.result);
	}
	return p;
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
