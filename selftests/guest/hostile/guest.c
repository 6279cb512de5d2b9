// SPDX-License-Identifier: GPL-2.0
/*
 * The whole guest: is every page of the direct map to the host what it is to us, and does
 * anybody ever get a page again that was lost?
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <asm/processor.h>

#include "../../machine/ports.h"
#include "canary.h"
#include "guest.h"

enum {
	BLOCK = PTRS_PER_PTE,
	REPORTS = 4,		/* so many pages are told in words */
	BALLOON_WORDS = 8,	/* of each page are written */
};

static unsigned long nr_pages;
static unsigned long *lost;
static unsigned long *odd;	/* shared in another mapping alone, from the first day on */
static unsigned long *shared;	/* to the host, when it was last asked */

/* ---- lost pages ---- */

void guest_lose(struct page *page)
{
	set_bit(page_to_pfn(page), lost);
}

bool guest_has_lost(struct page *page)
{
	return test_bit(page_to_pfn(page), lost);
}

/* ---- the page tables against the RMP ---- */

static bool page_agrees(unsigned long pfn, pteval_t value, bool private)
{
	if (test_bit(pfn, lost))
		return !(value & _PAGE_PRESENT) && value & sme_me_mask;
	if (!(value & _PAGE_PRESENT))
		return !value || value & sme_me_mask;
	return !(value & sme_me_mask) == !private;
}

/* A page that differs is told, or put down in @odd when there is no run yet. */
static bool see(unsigned long pfn, pteval_t value, bool private, unsigned long *found)
{
	if (test_bit(pfn, odd) || page_agrees(pfn, value, private))
		return true;
	if (found) {
		set_bit(pfn, found);
		return true;
	}
	pr_err("pfn %#lx: leaf %#lx, to the host it is %s\n", pfn, value,
	       private ? "private" : "shared");
	return false;
}

/* In one block, all of whose pages are the same to the host. */
static unsigned int see_block(unsigned long pfn, unsigned long end, bool private,
			      unsigned long *found)
{
	unsigned long va = (unsigned long)pfn_to_kaddr(pfn & ~(BLOCK - 1ul));
	unsigned int level, wrong = 0;
	pte_t *leaf = lookup_address(va, &level);

	if (!leaf)
		return 0;
	if (level > PG_LEVEL_4K && !found && find_next_bit(lost, end, pfn) == end)
		return !see(pfn, pte_val(*leaf), private, found);
	for (; pfn < end; pfn++)
		wrong += !see(pfn, pte_val(leaf[level == PG_LEVEL_4K ? pfn % BLOCK : 0]), private,
			      found);
	return wrong;
}

static unsigned int see_extent(unsigned long pfn, unsigned long end, bool private,
			       unsigned long *found)
{
	unsigned long next;
	unsigned int wrong = 0;

	for (; pfn < end && wrong < REPORTS; pfn = next) {
		next = min(end, ALIGN(pfn + 1, BLOCK));
		wrong += see_block(pfn, next, private, found);
		cond_resched();
	}
	return wrong;
}

/* From one extent to the next, private and shared in turn: one exit each. */
static bool look(unsigned long *found)
{
	unsigned int wrong = 0;
	unsigned long pfn, n;
	bool private;

	machine_write(SEL_GFN, 0);
	private = machine_read(SEL_STATE) & PAGE_PRIVATE;
	outl(SEL_EXTENTS, PORT_SELECT);
	for (pfn = 0; pfn < nr_pages && wrong < REPORTS; pfn += n, private = !private) {
		n = min_t(unsigned long, inl(PORT_VALUE), nr_pages - pfn);
		if (!n)
			break;		/* beyond the host's memory */
		if (private)
			bitmap_clear(shared, pfn, n);
		else
			bitmap_set(shared, pfn, n);
		wrong += see_extent(pfn, pfn + n, private, found);
	}
	return !wrong;
}

/** guest_agrees() - is every page of the direct map to the host what it is to us? */
bool guest_agrees(void)
{
	return look(NULL);
}

/* ---- and those of vmalloc space: nothing there may take a shared page for a private one ---- */

static unsigned int see_alias(unsigned long va, pteval_t value, unsigned long pfn, unsigned long n)
{
	bool wrong = false;

	if (!(value & _PAGE_PRESENT) || !(value & sme_me_mask) || pfn >= nr_pages)
		return 0;
	for (n = min(n, nr_pages - pfn); n; n--, pfn++)
		wrong |= test_bit(pfn, shared) || test_bit(pfn, lost);
	if (wrong)
		pr_err("%#lx: leaf %#lx, a page of it is shared or lost\n", va, value);
	return wrong;
}

static unsigned int see_aliases(unsigned long va, pmd_t *pmd)
{
	unsigned int wrong = 0, i;
	pte_t *pte;

	if (pmd_leaf(*pmd))
		return see_alias(va, pmd_val(*pmd), pmd_pfn(*pmd), BLOCK);
	pte = pte_offset_kernel(pmd, va & PMD_MASK);
	for (i = 0; i < BLOCK; i++)
		if (pte_present(pte[i]))
			wrong += see_alias(va + i * PAGE_SIZE, pte_val(pte[i]), pte_pfn(pte[i]), 1);
	return wrong;
}

/**
 * guest_aliases_agree() - is there no private mapping of a shared page in vmalloc space?
 *
 * What is shared guest_agrees() has found out.
 */
bool guest_aliases_agree(void)
{
	unsigned long va = VMALLOC_START, next;
	unsigned int wrong = 0;
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	for (; va < VMALLOC_END; va = next) {
		p4d = p4d_offset(pgd_offset_pgd(__va(read_cr3_pa()), va), va);
		next = (va & P4D_MASK) + P4D_SIZE;
		if (!p4d_present(*p4d))
			continue;
		pud = pud_offset(p4d, va);
		next = (va & PUD_MASK) + PUD_SIZE;
		if (!pud_present(*pud) || pud_leaf(*pud))
			continue;
		pmd = pmd_offset(pud, va);
		next = (va & PMD_MASK) + PMD_SIZE;
		if (pmd_present(*pmd))
			wrong += see_aliases(va, pmd);
	}
	return !wrong;
}

/* ---- who gets what ---- */

static void mark(struct page *page)
{
	u64 *words = page_address(page);
	unsigned int w;

	for (w = 0; w < BALLOON_WORDS; w++)
		WRITE_ONCE(words[w], canary_word(CANARY_BALLOON, w));
}

/**
 * guest_balloon() - take all memory that is to be had, write secrets to it, give it back
 * @reused:	so many of the pages had been lost
 *
 * Return: how many pages it was
 */
unsigned long guest_balloon(unsigned long *reused)
{
	struct page *page, *next;
	unsigned long n = 0;
	LIST_HEAD(all);

	for (*reused = 0;; n++) {
		page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!page)
			break;
		if (guest_has_lost(page)) {
			(*reused)++;
			continue;	/* a touch would be an oops */
		}
		mark(page);
		list_add(&page->lru, &all);
		if (n % BLOCK == 0)
			cond_resched();
	}
	list_for_each_entry_safe(page, next, &all, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	return n;
}

/* ---- load, unload ---- */

int guest_init(void)
{
	nr_pages = PHYS_PFN((unsigned long)high_memory - PAGE_OFFSET);
	lost = vzalloc(BITS_TO_LONGS(nr_pages) * sizeof(long));
	odd = vzalloc(BITS_TO_LONGS(nr_pages) * sizeof(long));
	shared = vzalloc(BITS_TO_LONGS(nr_pages) * sizeof(long));
	if (!lost || !odd || !shared) {
		guest_exit();
		return -ENOMEM;
	}
	look(odd);
	pr_info("%u pages are shared elsewhere than in the direct map\n",
		bitmap_weight(odd, nr_pages));
	return 0;
}

void guest_exit(void)
{
	vfree(lost);
	vfree(odd);
	vfree(shared);
}
