// SPDX-License-Identifier: GPL-2.0
/*
 * The direct map: find a leaf, split it, hide it, put it back, flush.
 *
 * Only exported symbols: the page tables are read with lookup_address() and the
 * entries written with set_pte(). Nobody else writes the entries of pages whose
 * owner asked us to convert them, and an entry is a single word, so that this
 * needs no lock of the kernel's. A page table page, however, may go away when
 * the kernel collapses a range, so that a pointer is looked up anew in each pass.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "hw.h"
#include "pgtable.h"
#include "stats.h"

enum {
	FLUSH_PAGES_MAX = 33,	/* INVLPG up to here: the kernel's own ceiling */
	RESCHED_AFTER = 1024,	/* entries looked at */
};

static unsigned long direct_map(unsigned long pfn)
{
	return (unsigned long)__va(PFN_PHYS(pfn));
}

static bool same_block(unsigned long a, unsigned long b)
{
	return a / PTRS_PER_PTE == b / PTRS_PER_PTE;
}

/**
 * psc_leaf_find() - find a page's entry in the direct map
 * @leaf:	a cursor: going through ascending pages costs one look-up a 2M block
 * @pfn:	the page
 */
void psc_leaf_find(struct psc_leaf *leaf, unsigned long pfn)
{
	if (leaf->entry && same_block(leaf->pfn, pfn)) {
		if (leaf->level == PG_LEVEL_4K)
			leaf->entry += (long)(pfn - leaf->pfn);
	} else {
		leaf->entry = lookup_address(direct_map(pfn), &leaf->level);
	}
	leaf->pfn = pfn;
}

/**
 * psc_leaf_state() - what a leaf says about its pages
 * @leaf:	found by psc_leaf_find()
 */
enum psc_leaf_state psc_leaf_state(const struct psc_leaf *leaf)
{
	pteval_t value = leaf->entry ? pte_val(READ_ONCE(*leaf->entry)) : 0;

	if (!(value & _PAGE_PRESENT))
		return PSC_LEAF_NONE;
	return value & sme_me_mask || !sme_me_mask ? PSC_LEAF_PRIVATE : PSC_LEAF_SHARED;
}

/**
 * psc_leaf_splittable() - may psc_split() touch this leaf?
 * @leaf:	found by psc_leaf_find(), present
 *
 * psc_split() changes the memory type forth and back, which is only right where
 * it is write-back to begin with.
 */
bool psc_leaf_splittable(const struct psc_leaf *leaf)
{
	return leaf->level == PG_LEVEL_4K ||
	       !(pte_val(READ_ONCE(*leaf->entry)) & _PAGE_LARGE_CACHE_MASK);
}

/*
 * The kernel image has a mapping of its own. Memory that it gave back after boot
 * (.init, padding between sections, the rest of its last 2M) is still mapped
 * there, private and under addresses that nobody uses any more.
 */
static pte_t *image_alias(unsigned long pfn, unsigned int *level)
{
	unsigned long offset = PFN_PHYS(pfn) - phys_base;
	pte_t *entry;

	if (offset >= KERNEL_IMAGE_SIZE)
		return NULL;
	entry = lookup_address(__START_KERNEL_map + offset, level);
	return entry && pte_flags(READ_ONCE(*entry)) & _PAGE_PRESENT ? entry : NULL;
}

static bool needs_split(struct psc_leaf *leaf, unsigned long pfn)
{
	unsigned int level;

	psc_leaf_find(leaf, pfn);
	if (leaf->level != PG_LEVEL_4K)
		return true;
	return image_alias(pfn, &level) && level != PG_LEVEL_4K;
}

/*
 * How many blocks have to be split; one page of each of the first @room into @pages.
 * Others may split or collapse meanwhile, so that two counts need not agree.
 */
static unsigned long blocks_to_split(const unsigned long *pfns, unsigned long n,
				     struct page **pages, unsigned long room)
{
	unsigned long i, found = 0, last = 0;
	struct psc_leaf leaf = {};

	for (i = 0; i < n; i++) {
		if (i % RESCHED_AFTER == 0)
			cond_resched();
		if (found && same_block(pfns[i], last))
			continue;
		if (!needs_split(&leaf, pfns[i]))
			continue;
		if (found < room)
			pages[found] = pfn_to_page(pfns[i]);
		last = pfns[i];
		found++;
	}
	return found;
}

/*
 * Give write-back again to those that set_pages_array_uc() got to before it
 * failed, and to no other: a page whose type it did not change may have an owner
 * who chose that type.
 */
static void split_undo(struct page **pages, unsigned long n)
{
	struct psc_leaf leaf = {};
	unsigned long i;

	for (i = 0; i < n; i++) {
		psc_leaf_find(&leaf, page_to_pfn(pages[i]));
		if (leaf.level == PG_LEVEL_4K && pte_flags(*leaf.entry) & _PAGE_CACHE_MASK)
			set_pages_array_wb(&pages[i], 1);
	}
}

/**
 * psc_split() - make sure that every page has an entry of its own
 * @pfns:	the pages, ascending, all with a leaf that is psc_leaf_splittable()
 * @n:		how many
 *
 * No exported function splits; but changing the memory type of one page of a
 * block does, and it stays split when the type is changed back. The alias in the
 * kernel image mapping is split along with it.
 *
 * Context: May sleep. Costs flushes of the kernel's own, once in a block's life.
 * Return: 0 or -ENOMEM
 */
int psc_split(const unsigned long *pfns, unsigned long n)
{
	unsigned long blocks = blocks_to_split(pfns, n, NULL, 0);
	struct page **pages;
	int err;

	if (!blocks)
		return 0;
	pages = kvmalloc_array(blocks, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	blocks = min(blocks, blocks_to_split(pfns, n, pages, blocks));

	err = set_pages_array_uc(pages, blocks);
	if (err)
		split_undo(pages, blocks);
	else
		err = set_pages_array_wb(pages, blocks);
	kvfree(pages);
	psc_count(PSC_SPLITS, blocks);
	return err || blocks_to_split(pfns, n, NULL, 0) ? -ENOMEM : 0;
}

/*
 * Not present, but still private: 7.2's walk over the direct map at kexec takes
 * every entry without the C-bit for a shared page, present or not, and touches it
 * (snp_kexec_finish()). Without G, because that bit means PROT_NONE here.
 * pfn_pte() turns the address round for L1TF.
 */
static pte_t not_present(pte_t pte)
{
	pteval_t flags = (pte_flags(pte) & ~(_PAGE_PRESENT | _PAGE_GLOBAL)) | sme_me_mask;

	return pfn_pte(pte_pfn(pte), __pgprot(flags));
}

static pte_t with_state(pte_t pte, enum psc_leaf_state state)
{
	pteval_t value = pte_val(pte) & ~sme_me_mask;

	return __pte(state == PSC_LEAF_SHARED ? value : value | sme_me_mask);
}

/*
 * Make one leaf not present, and its alias in the kernel image mapping, if there is
 * one. That for good: nobody has a use for its address, and a kernel with page
 * table isolation has done the same long ago (free_kernel_image_pages()).
 */
static bool hide(struct psc_hidden *h, unsigned long i, struct psc_leaf *leaf,
		 enum psc_leaf_state expected)
{
	unsigned int level;
	pte_t *alias;

	psc_leaf_find(leaf, h->pfns[i]);
	alias = image_alias(h->pfns[i], &level);
	if (leaf->level != PG_LEVEL_4K || psc_leaf_state(leaf) != expected ||
	    (alias && level != PG_LEVEL_4K))
		return false;
	h->saved[i] = *leaf->entry;
	set_pte(leaf->entry, not_present(h->saved[i]));
	if (alias)
		set_pte(alias, not_present(*alias));
	/* INVLPG reaches other address spaces' translations only if they are global. */
	if (alias || !(pte_flags(h->saved[i]) & _PAGE_GLOBAL))
		h->flush_all = true;
	return true;
}

/**
 * psc_hide() - make leaves not present
 * @h:		.pfns and .n are set, .saved has room for .n entries; the rest is result
 * @expected:	what each of them has to be
 *
 * Return: 0, or -EINVAL if a leaf has changed since it was checked; nothing is
 * hidden then.
 */
int psc_hide(struct psc_hidden *h, enum psc_leaf_state expected)
{
	struct psc_leaf leaf = {};
	unsigned long i;

	h->flush_all = false;
	for (i = 0; i < h->n && hide(h, i, &leaf, expected); i++)
		if (i % RESCHED_AFTER == 0)
			cond_resched();
	if (i == h->n)
		return 0;

	pr_notice_ratelimited("page %#lx: somebody else changes its mapping\n", h->pfns[i]);
	memset(&leaf, 0, sizeof(leaf));
	while (i--)
		psc_show(h, i, &leaf, expected);
	h->flush_all = true;	/* aliases stay hidden, and nobody would flush them later */
	psc_flush(h);
	return -EINVAL;
}

/**
 * psc_show() - make a leaf present again
 * @h:		hidden by psc_hide()
 * @i:		which of them
 * @leaf:	a cursor for going through many of them
 * @state:	whether the page is private or shared now
 *
 * An entry that is not present is in no TLB, so that this needs no flush.
 */
void psc_show(const struct psc_hidden *h, unsigned long i, struct psc_leaf *leaf,
	      enum psc_leaf_state state)
{
	psc_leaf_find(leaf, h->pfns[i]);
	set_pte(leaf->entry, with_state(h->saved[i], state));
}

static void flush_this_cpu(void *info)
{
	const struct psc_hidden *h = info;
	unsigned long i;

	if (h->flush_all) {
		snp_psc_hw->flush_local();
		return;
	}
	for (i = 0; i < h->n; i++)
		snp_psc_hw->invlpg(direct_map(h->pfns[i]));
}

/**
 * psc_flush() - make every CPU forget hidden leaves
 * @h:	hidden by psc_hide()
 *
 * Context: Interrupts on. Waits for all CPUs.
 */
void psc_flush(const struct psc_hidden *h)
{
	struct psc_hidden flush = *h;

	flush.flush_all |= h->n > FLUSH_PAGES_MAX;
	on_each_cpu(flush_this_cpu, &flush, 1);
	psc_count(PSC_FLUSHES, 1);
	psc_count(PSC_FLUSHES_FULL, flush.flush_all);
}
