// SPDX-License-Identifier: GPL-2.0
/*
 * The private window, and what is done to pages through it.
 *
 * PVALIDATE takes a virtual address, and a page in transition has none: its leaf
 * in the direct map is not present. So there is one 4K slot, mapped with the
 * C-bit, that shows one page after the other. It is used by one task at a time,
 * under the conversion's mutex, and by a task that stays on its CPU: only that
 * CPU forgets the previous page. Its entries are global, for INVLPG leaves other
 * address spaces' translations alone if they are not.
 *
 * The window is never without a page. Empty means that it shows a page of our
 * own, private like the rest of the kernel.
 */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "hw.h"
#include "pgtable.h"
#include "pvalidate.h"
#include "stats.h"

enum {
	RESCHED_AFTER = 64,	/* each PVALIDATE may cost the host a nested page fault */
};

static struct {
	void *va;
	pte_t *entry;
	struct page *nothing;	/* what an empty window shows */
	bool touch;		/* caches want a touch after PVALIDATE */
	bool clean;		/* caches are not coherent across the C-bit */
} window;

static void window_set(unsigned long pfn, pteval_t c_bit)
{
	set_pte(window.entry, pfn_pte(pfn, __pgprot(__PAGE_KERNEL | c_bit)));
	snp_psc_hw->invlpg((unsigned long)window.va);
}

/**
 * psc_window_empty() - take the last page out of the window
 *
 * Before the host hears that a page is shared: a touch through the C-bit makes
 * KVM's user space turn it back. A speculative one has no such effect.
 */
void psc_window_empty(void)
{
	window_set(page_to_pfn(window.nothing), sme_me_mask);
}

/**
 * psc_window_init() - make the window, at load
 *
 * VM_IOREMAP makes /proc/kcore take it for a hole.
 *
 * Return: 0 or -ENOMEM
 */
int psc_window_init(void)
{
	unsigned int level;
	u32 eax, ebx;

	snp_psc_hw->cpuid(PSC_CPUID_ENCRYPTION, &eax, &ebx);
	window.touch = !(ebx & PSC_CPUID_EBX_SFW_NO);
	window.clean = !(eax & PSC_CPUID_EAX_COHERENT);

	window.nothing = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!window.nothing)
		return -ENOMEM;
	window.va = vmap(&window.nothing, 1, VM_IOREMAP, PAGE_KERNEL);
	if (!window.va)
		goto free;
	window.entry = lookup_address((unsigned long)window.va, &level);
	if (window.entry && level == PG_LEVEL_4K)
		return 0;
	vunmap(window.va);
free:
	__free_page(window.nothing);
	return -ENOMEM;
}

/** psc_window_exit() - take the window away, at unload */
void psc_window_exit(void)
{
	psc_window_empty();
	vunmap(window.va);
	__free_page(window.nothing);
}

/*
 * Evict what the caches may still hold of the page: "x86/sev: Evict cache lines
 * during SNP memory validation". Only after it has been validated.
 */
static void touch(void)
{
	const u8 *page = window.va;

	READ_ONCE(page[0]);
	READ_ONCE(page[PAGE_SIZE - 1]);
}

/**
 * psc_pvalidate() - PVALIDATE pages, one by one
 * @pfns:	the pages, none of them present in the direct map
 * @n:		how many
 * @validate:	validate, or rescind
 * @result:	what the last PVALIDATE answered
 *
 * Stops at the first page whose state did not change. The window is left showing
 * the last page.
 *
 * Context: Process context, migration disabled. May reschedule.
 * Return: how many pages changed; @result says why if that is not all of them
 */
unsigned long psc_pvalidate(const unsigned long *pfns, unsigned long n, bool validate,
			    enum psc_pvalidate *result)
{
	unsigned long i;

	*result = PSC_PVALIDATE_CHANGED;
	for (i = 0; i < n; i++) {
		window_set(pfns[i], sme_me_mask);
		*result = snp_psc_hw->pvalidate((unsigned long)window.va, validate);
		psc_count(PSC_PVALIDATES, 1);
		if (*result != PSC_PVALIDATE_CHANGED) {
			psc_count(PSC_PVALIDATE_FAILED, 1);
			break;
		}
		if (validate && window.touch)
			touch();
		if (i % RESCHED_AFTER == RESCHED_AFTER - 1)
			cond_resched();
	}
	return i;
}

/**
 * psc_clean_caches() - write back what caches hold under the old C-bit
 * @pfns:	the pages, flushed from all TLBs and still in their old state
 * @n:		how many
 * @shared:	the old state
 *
 * Nothing to do where caches are coherent across the C-bit, as in every CPU
 * with SEV-SNP so far.
 *
 * Context: Process context, migration disabled. May reschedule.
 */
void psc_clean_caches(const unsigned long *pfns, unsigned long n, bool shared)
{
	unsigned long i;

	if (!window.clean)
		return;
	for (i = 0; i < n; i++) {
		window_set(pfns[i], shared ? 0 : sme_me_mask);
		snp_psc_hw->clflush(window.va);
		if (i % RESCHED_AFTER == RESCHED_AFTER - 1)
			cond_resched();
	}
	psc_window_empty();
}
