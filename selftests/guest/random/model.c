// SPDX-License-Identifier: GPL-2.0
/*
 * What should be true of a set's pages, and whether it is: in the guest's page
 * tables, in the host's RMP, and in what can be read on either side.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "../../machine/ports.h"
#include "host.h"
#include "kinds.h"
#include "model.h"

enum {
	WORDS = PAGE_SIZE / sizeof(u64),
	REPORTS = 8,		/* so many differences of a set are told in words */
	RMP_PRIVATE = PAGE_ASSIGNED | PAGE_VALIDATED | PAGE_PRIVATE,
	RMP_SHARED = 0,
};

/* What a conversion has to leave as it was. */
static const pteval_t flags_kept = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_PWT | _PAGE_PCD |
				   _PAGE_GLOBAL | _PAGE_NX;
static const pteval_t flags_vmalloc = _PAGE_PRESENT | _PAGE_RW | _PAGE_GLOBAL | _PAGE_NX;

static const struct extent *extent_of(const struct set *set, u32 i)
{
	const struct extent *e = set->extents;

	while (i >= e->first + e->n)
		e++;
	return e;
}

/**
 * model_differs() - something is not as it should be
 * @set:	whose
 * @i:		the page's index in the set
 * @what:	is different
 * @expected:	what it should be
 * @found:	what it is
 */
void model_differs(struct set *set, u32 i, const char *what, u64 expected, u64 found)
{
	if (set->counts.differences++ >= REPORTS)
		return;
	pr_err("caller %u, request %lu: page %u (%s, pfn %#lx): %s: expected %#llx, found %#llx\n",
	       set->id, set->counts.requests + set->counts.refused, i,
	       extent_of(set, i)->kind->name, page_to_pfn(set->owned[i].page), what, expected,
	       found);
}

/* ---- page tables ---- */

static u64 leaf_pfn(const pte_t *leaf, unsigned int level, unsigned long addr)
{
	if (level == PG_LEVEL_2M)
		return pmd_pfn(*(pmd_t *)leaf) + (addr & ~PMD_MASK) / PAGE_SIZE;
	return level == PG_LEVEL_4K ? pte_pfn(*leaf) : page_to_pfn(virt_to_page(addr));
}

static bool check_leaf(struct set *set, u32 i, unsigned long addr, pteval_t flags, const char *what)
{
	unsigned long differences = set->counts.differences;
	unsigned long pfn = page_to_pfn(set->owned[i].page);
	pteval_t c_bit = test_bit(i, set->model) ? 0 : sme_me_mask;
	unsigned int level;
	pte_t *leaf = lookup_address(addr, &level);
	pteval_t value = leaf ? pte_val(READ_ONCE(*leaf)) : 0;

	if ((value & flags_kept) != flags)
		model_differs(set, i, what, flags, value & flags_kept);
	else if ((value & sme_me_mask) != c_bit)
		model_differs(set, i, what, c_bit, value & sme_me_mask);
	else if (leaf_pfn(leaf, level, addr) != pfn)
		model_differs(set, i, what, pfn, leaf_pfn(leaf, level, addr));
	return set->counts.differences == differences;
}

static bool check_leaves(struct set *set, u32 i)
{
	const struct owned *o = &set->owned[i];

	return check_leaf(set, i, (unsigned long)page_address(o->page), o->flags,
			  "direct map leaf") &&
	       (!is_vmalloc_addr(o->addr) ||
		check_leaf(set, i, (unsigned long)o->addr, flags_vmalloc, "vmalloc leaf"));
}

/* ---- contents ---- */

static void rewrite(struct set *set, u32 i)
{
	struct owned *o = &set->owned[i];
	u64 *words = o->addr;
	unsigned int w;

	o->pattern = prandom_u32_state(&set->rnd);
	for (w = 0; w < WORDS; w++)
		WRITE_ONCE(words[w], PAGE_PATTERN(o->pattern, w));
}

static bool check_contents(struct set *set, u32 i)
{
	const struct owned *o = &set->owned[i];
	const u64 *words = o->addr;
	unsigned int w;

	for (w = 0; w < WORDS; w++) {
		if (READ_ONCE(words[w]) == PAGE_PATTERN(o->pattern, w))
			continue;
		model_differs(set, i, "contents", PAGE_PATTERN(o->pattern, w), words[w]);
		return false;
	}
	return true;
}

/* ---- all of it ---- */

/**
 * model_begin() - take a page as it is: mapped somehow, private or not
 * @set:	whose
 * @i:		the page's index in the set
 */
void model_begin(struct set *set, u32 i)
{
	struct owned *o = &set->owned[i];
	unsigned int level;
	const pte_t *leaf = lookup_address((unsigned long)page_address(o->page), &level);

	o->flags = pte_val(*leaf) & flags_kept;
	__assign_bit(i, set->model, !(pte_val(*leaf) & sme_me_mask));
	rewrite(set, i);
}

/**
 * model_convert() - a page should have become shared or private
 * @set:	whose
 * @i:		the page's index in the set
 * @shared:	what it should be now
 *
 * Nobody knows what is in it now, so it gets new contents. Not if it could not be touched.
 */
void model_convert(struct set *set, u32 i, bool shared)
{
	__assign_bit(i, set->model, shared);
	if (shared)
		set->counts.shared++;
	else
		set->counts.private++;
	if (check_leaves(set, i))
		rewrite(set, i);
}

/**
 * model_undo() - a page should be what it was, after a request that failed
 * @set:	whose
 * @i:		the page's index in the set
 *
 * What is in it may be lost all the same.
 */
void model_undo(struct set *set, u32 i)
{
	if (check_leaves(set, i))
		rewrite(set, i);
}

/**
 * model_check() - is a page what it should be, as the guest sees it?
 * @set:	whose
 * @i:		the page's index in the set
 */
bool model_check(struct set *set, u32 i)
{
	return check_leaves(set, i) && check_contents(set, i);
}

/**
 * model_check_rmp() - is a page what it should be, in the host's RMP?
 * @set:	whose
 * @i:		the page's index in the set
 */
bool model_check_rmp(struct set *set, u32 i)
{
	u32 expected = test_bit(i, set->model) ? RMP_SHARED : RMP_PRIVATE;
	u32 state = host_state(page_to_pfn(set->owned[i].page)) & ~PAGE_HUGE;

	if (state == expected)
		return true;
	model_differs(set, i, "RMP", expected, state);
	return false;
}

/**
 * model_check_view() - can the host read all of a shared page, and nothing of a private one?
 * @set:	whose
 * @i:		the page's index in the set
 */
bool model_check_view(struct set *set, u32 i)
{
	const struct owned *o = &set->owned[i];
	u32 expected = test_bit(i, set->model) ? WORDS : 0;
	u32 words = host_words(page_to_pfn(o->page), o->pattern);

	if (words == expected)
		return true;
	model_differs(set, i, "words that the host can read", expected, words);
	return false;
}

/**
 * model_check_all() - are all pages what they should be?
 * @set:	whose
 */
void model_check_all(struct set *set)
{
	u32 i;

	for (i = 0; i < set->n; i++) {
		if (model_check(set, i))
			model_check_rmp(set, i);
		cond_resched();
	}
}
