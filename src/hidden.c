// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves that are not present for the time being: hide them, flush, show them.
 *
 * A page is in the direct map, perhaps in a vmalloc mapping that its owner named,
 * and perhaps in what is left of the kernel image's.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "hidden.h"
#include "hw.h"
#include "pgtable.h"
#include "request.h"
#include "stats.h"

static unsigned long direct_map(unsigned long pfn)
{
	return (unsigned long)pfn_to_kaddr(pfn);
}

static inline void leaf_write(const struct psc_leaf *leaf, pteval_t value)
{
	if (leaf->level == PG_LEVEL_4K)
		native_set_pte(leaf->entry, native_make_pte(value));
	else
		native_set_pmd((pmd_t *)leaf->entry, native_make_pmd(value));
}

/* ---- hide ---- */

/*
 * Not present, but still private: 7.2's walk over the direct map at kexec takes
 * every entry without the C-bit for a shared page, present or not, and touches it
 * (snp_kexec_finish()). Without G, because that bit means PROT_NONE here. The
 * address is turned round for L1TF.
 */
static inline pteval_t not_present(const struct psc_leaf *leaf)
{
	pteval_t value = (leaf->value & ~(_PAGE_PRESENT | _PAGE_GLOBAL)) | sme_me_mask;

	return flip_protnone_guard(leaf->value, value, leaf->level == PG_LEVEL_4K ?
				   PTE_PFN_MASK : PHYSICAL_PMD_PAGE_MASK);
}

static pteval_t with_state(pteval_t value, enum psc_leaf_state state)
{
	value &= ~sme_me_mask;
	return state == PSC_LEAF_SHARED ? value : value | sme_me_mask;
}

static inline bool hide_leaf(struct psc_hidden *h, const struct psc_leaf *leaf,
			     enum psc_leaf_state expected)
{
	if (psc_leaf_state(leaf) != expected || h->n == h->room)
		return false;
	h->saved[h->n++] = leaf->value;
	leaf_write(leaf, not_present(leaf));
	/* INVLPG reaches other address spaces' translations only if they are global. */
	h->flush_all |= !(leaf->value & _PAGE_GLOBAL);
	return true;
}

/* @partly: leaves that are in the other state are passed over. */
static bool hide_range(struct psc_hidden *h, struct psc_leaf *leaf, unsigned long va,
		       unsigned long pages, enum psc_leaf_state expected, bool partly)
{
	unsigned long end = va + pages * PAGE_SIZE;

	for (; va < end; va += psc_leaf_size(leaf)) {
		if (va % PMD_SIZE == 0)
			cond_resched();
		psc_leaf_find_va(leaf, va);
		if (partly && psc_leaf_state(leaf) != expected &&
		    psc_leaf_state(leaf) != PSC_LEAF_NONE)
			continue;
		if (!psc_leaf_whole(leaf, va, end) || !hide_leaf(h, leaf, expected))
			return false;
	}
	return true;
}

static bool hide_part(struct psc_hidden *h, const struct psc_part *part,
		      enum psc_leaf_state expected)
{
	unsigned long i, pfn = psc_part_pfn(part);
	struct psc_leaf leaf;

	psc_leaf_find_hidden(&h->leaf, pfn);
	if (psc_part_is_block(part))
		return hide_range(h, &h->leaf, direct_map(pfn), PSC_BLOCK_PAGES, expected, false);
	leaf = h->leaf;
	for (i = 0; leaf.level == PG_LEVEL_4K && hide_leaf(h, &leaf, expected); i++) {
		if (i == part->n - 1)
			return true;
		psc_leaf_move(&leaf, part->units[i + 1] - part->units[i]);
	}
	return false;
}

/*
 * In the kernel image mapping for good: nobody has a use for such an address, and a
 * kernel with page table isolation has done the same long ago
 * (free_kernel_image_pages()).
 */
static bool hide_image(struct psc_hidden *h, struct psc_leaf *leaf, unsigned long unit)
{
	unsigned long pfn = psc_unit_pfn(unit), end = pfn + psc_unit_pages(unit);

	for (; pfn < end && psc_leaf_find_image(leaf, pfn); pfn += psc_leaf_rest(leaf)) {
		if (psc_leaf_state(leaf) == PSC_LEAF_NONE)
			continue;
		if (!psc_leaf_whole(leaf, leaf->va, leaf->va + (end - pfn) * PAGE_SIZE))
			return false;
		leaf_write(leaf, not_present(leaf));
		h->flush_all = true;
	}
	return true;
}

/* For nearly all blocks there is no page table. */
static bool hide_part_of_image(struct psc_hidden *h, struct psc_leaf *leaf,
			       const struct psc_part *part)
{
	unsigned long i;

	if (!psc_leaf_find_image(leaf, psc_part_pfn(part)))
		return true;
	for (i = 0; i < part->n; i++)
		if (!hide_image(h, leaf, part->units[i]))
			return false;
	return true;
}

static bool hide_all(struct psc_hidden *h, enum psc_leaf_state expected)
{
	const struct psc_request *req = h->req;
	struct psc_leaf image = {}, alias = {};
	struct psc_part part = {};

	while (psc_next_part(req, &part)) {
		if (!hide_part(h, &part, expected))
			return false;
		if (req->in_image && !hide_part_of_image(h, &image, &part))
			return false;
	}
	/* In the alias there may be pages that have left the request, being as wanted. */
	return hide_range(h, &alias, req->alias, req->alias_pages, expected, true);
}

/* Write back, in the order of hiding, what was hidden of these pages. */
static void show_range(struct psc_hidden *h, struct psc_leaf *leaf, unsigned long va,
		       unsigned long pages)
{
	unsigned long end = va + pages * PAGE_SIZE;

	for (; va < end && h->shown < h->n; va += psc_leaf_size(leaf)) {
		psc_leaf_find_va(leaf, va);
		if (psc_leaf_state(leaf) == PSC_LEAF_NONE)
			leaf_write(leaf, h->saved[h->shown++]);
	}
}

static void show_all(struct psc_hidden *h)
{
	struct psc_leaf leaf = {}, alias = {};
	unsigned long i, unit;

	for (i = 0; i < h->req->n; i++) {
		unit = h->req->units[i];
		show_range(h, &leaf, direct_map(psc_unit_pfn(unit)), psc_unit_pages(unit));
	}
	show_range(h, &alias, h->req->alias, h->req->alias_pages);
}

/* ---- room ---- */

/**
 * psc_hidden_init() - make room for what psc_hide() has to remember
 * @h:		to be freed by psc_hidden_free(), also after an error; it must not move
 * @req:	what is going to be hidden, as psc_check() left it
 *
 * Return: 0 or -ENOMEM
 */
int psc_hidden_init(struct psc_hidden *h, const struct psc_request *req)
{
	*h = (struct psc_hidden){ .req = req, .room = req->leaves + req->alias_pages };
	h->saved = h->room <= ARRAY_SIZE(h->few) ? h->few :
		   kvmalloc_array(h->room, sizeof(*h->saved), GFP_KERNEL | __GFP_NOWARN);
	return h->saved ? 0 : -ENOMEM;
}

/**
 * psc_hidden_free() - forget what was hidden
 * @h:	initialised by psc_hidden_init()
 */
void psc_hidden_free(struct psc_hidden *h)
{
	if (h->saved != h->few)
		kvfree(h->saved);
}

/**
 * psc_hide() - make all leaves of a request not present
 * @h:		initialised by psc_hidden_init()
 * @expected:	what each of them has to be
 *
 * Return: 0, or -EINVAL if a leaf has changed since it was checked; nothing is
 * hidden then.
 */
int psc_hide(struct psc_hidden *h, enum psc_leaf_state expected)
{
	if (hide_all(h, expected))
		return 0;
	pr_notice_ratelimited("somebody else changes the mappings of these pages\n");
	show_all(h);
	h->flush_all = true;	/* aliases stay hidden, and nobody would flush them later */
	psc_flush(h);
	return -EINVAL;
}

/**
 * psc_hidden_pages() - look at the next hidden leaf of the direct map
 * @h:		hidden by psc_hide()
 * @pfn:	its first page; go through all of the request, ascending
 *
 * Return: how many pages it maps
 */
unsigned long psc_hidden_pages(struct psc_hidden *h, unsigned long pfn)
{
	psc_leaf_find(&h->leaf, pfn);
	return psc_leaf_rest(&h->leaf);
}

/**
 * psc_show() - make the leaf that psc_hidden_pages() found present
 * @h:		hidden by psc_hide()
 * @state:	whether its pages are private or shared now, or %PSC_LEAF_NONE to leave it
 *		as it is
 *
 * An entry that is not present is in no TLB, so that this needs no flush.
 */
void psc_show(struct psc_hidden *h, enum psc_leaf_state state)
{
	pteval_t value = h->saved[h->shown++];

	if (state != PSC_LEAF_NONE)
		leaf_write(&h->leaf, with_state(value, state));
}

/**
 * psc_show_part() - make what is hidden of a 2M block present
 * @h:		hidden by psc_hide()
 * @part:	which pages; go through all of the request, ascending
 * @state:	whether they are private or shared now
 */
void psc_show_part(struct psc_hidden *h, const struct psc_part *part, enum psc_leaf_state state)
{
	const pteval_t *saved = h->saved + h->shown;
	struct psc_leaf leaf;
	unsigned long i, n;

	psc_leaf_find_hidden(&h->leaf, psc_part_pfn(part));
	leaf = h->leaf;
	n = psc_part_is_block(part) && leaf.level == PG_LEVEL_4K ? PSC_BLOCK_PAGES : part->n;
	for (i = 0; i < n; i++) {
		leaf_write(&leaf, with_state(saved[i], state));
		leaf.entry += i + 1 < part->n ? part->units[i + 1] - part->units[i] : 1;
	}
	h->shown += n;
}

/* What the direct map says of all these pages, or that it does not agree with itself. */
static enum psc_leaf_state common_state(unsigned long pfn, unsigned long n)
{
	enum psc_leaf_state state = PSC_LEAF_NONE;
	struct psc_leaf leaf = {};
	unsigned long i;

	for (i = 0; i < n; i++) {
		psc_leaf_find(&leaf, pfn + i);
		if (i && psc_leaf_state(&leaf) != state)
			return PSC_LEAF_NONE;
		state = psc_leaf_state(&leaf);
	}
	return state;
}

/**
 * psc_show_alias() - make the leaves of the alias present, after all of the direct map's
 * @h:	hidden by psc_hide()
 *
 * They follow the direct map. A leaf with a lost page stays not present.
 */
void psc_show_alias(struct psc_hidden *h)
{
	unsigned long va = h->req->alias;
	enum psc_leaf_state state;
	struct psc_leaf leaf = {};

	for (; h->shown < h->n; va += psc_leaf_size(&leaf)) {
		psc_leaf_find_va(&leaf, va);
		if (psc_leaf_state(&leaf) != PSC_LEAF_NONE)
			continue;	/* passed over */
		leaf.value = h->saved[h->shown++];
		state = common_state(psc_leaf_pfn(&leaf), psc_leaf_rest(&leaf));
		if (state != PSC_LEAF_NONE)
			leaf_write(&leaf, with_state(leaf.value, state));
	}
}

/* ---- flush ---- */

static void flush_this_cpu(void *info)
{
	const struct psc_hidden *h = info;
	unsigned long i;

	if (h->flush_all) {
		snp_psc_hw->flush_local();
		return;
	}
	for (i = 0; i < h->req->n; i++)
		snp_psc_hw->invlpg(direct_map(psc_unit_pfn(h->req->units[i])));
	for (i = 0; i < h->req->alias_pages; i++)
		snp_psc_hw->invlpg(h->req->alias + i * PAGE_SIZE);
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

	flush.flush_all |= h->n > PSC_INVLPG_MAX || h->req->alias_pages > PSC_INVLPG_MAX;
	on_each_cpu(flush_this_cpu, &flush, 1);
	psc_count(PSC_FLUSHES, 1);
	psc_count(PSC_FLUSHES_FULL, flush.flush_all);
}
