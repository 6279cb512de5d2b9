// SPDX-License-Identifier: GPL-2.0
/*
 * May these pages be converted? Whose they are is for the books to say, what they
 * are for the page tables.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "check.h"
#include "compat.h"
#include "inventory.h"
#include "pgtable.h"
#include "request.h"

/* A request that is gone through. */
struct sieve {
	const struct psc_request *req;
	bool shared;			/* what its pages are to become */
	bool some_lost;			/* there are lost pages, perhaps not in here */
	bool ours;			/* all from the first to the last page of this 2M block */
	struct psc_leaf leaf;
	struct psc_leaf image;
	struct psc_request kept;	/* in place, as long as there is room */
};

/* Why a page can't be converted, or NULL. */
static inline const char *page_objection(struct page *page, struct folio *folio)
{
	if (PageReserved(page))
		return "reserved";
	return folio_mapped(folio) ? "mapped by user space" : NULL;
}

/*
 * Nothing but single pages that are neither reserved nor mapped: true of most blocks, and told
 * quickly: no more than two words of each struct page, read in passing. A compound page may begin
 * before the block.
 */
static bool is_plain(const struct page *page)
{
	const struct page *end = page + PSC_BLOCK_PAGES;
	unsigned long flags = snp_psc_page_flags(compound_head(page));
	int mapcounts = -1;

	if (flags & BIT(PG_head))
		return false;
#pragma GCC unroll 16
	for (; page < end; page++) {
		flags |= snp_psc_page_flags(page);
		mapcounts &= data_race(page->_mapcount.counter);	/* in passing, too */
	}
	return !(flags & (BIT(PG_head) | BIT(PG_reserved))) && mapcounts == -1;
}

/* The same for all pages of a block. */
static const char *block_objection(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn), *end = page + PSC_BLOCK_PAGES;
	const char *why_not = NULL;
	struct folio *folio;

	if (is_plain(page))
		return NULL;
	while (page < end && !why_not) {
		folio = page_folio(page);
		why_not = page_objection(page, folio);
		page += folio_nr_pages(folio) - folio_page_idx(folio, page);
	}
	return why_not;
}

/* Why what a leaf says is no good for @n pages from the one that was looked up on. */
static inline const char *leaf_objection(const struct sieve *s, const struct psc_leaf *leaf,
					 unsigned long pfn, unsigned long n)
{
	enum psc_leaf_state state = psc_leaf_state(leaf);

	if (s->some_lost && psc_books_any_poisoned(pfn, n))
		return "lost by an earlier conversion";
	if (state == PSC_LEAF_NONE)
		return "not present in the direct map";
	if (state == PSC_LEAF_SHARED && !s->ours && !psc_books_shared(pfn, n))
		return "shared by somebody else";
	if (!psc_leaf_splittable(leaf))
		return "in a large mapping that is not write-back";
	return NULL;
}

static int refuse(unsigned long pfn, bool shared, const char *why_not)
{
	pr_notice_ratelimited("page %#lx can't become %s: %s\n", pfn,
			      shared ? "shared" : "private", why_not);
	return -EINVAL;
}

/* Is what these pages are to become what they are, and what the books say? */
static bool is_as_wanted(const struct sieve *s, const struct psc_leaf *leaf, unsigned long pfn,
			 unsigned long n)
{
	if ((psc_leaf_state(leaf) == PSC_LEAF_SHARED) != s->shared)
		return false;
	if (!s->shared)
		psc_books_set(pfn, n, false);	/* its owner used set_memory_encrypted() */
	return true;
}

/*
 * What is kept takes no more room than what was asked for, and is never ahead of it; but for
 * blocks of which a part is kept. By then the request begins with what is kept, which does
 * not have more pages than what stood there.
 */
static bool make_room(struct sieve *s)
{
	unsigned long *units;

	if (s->kept.units != s->req->units)
		return true;
	units = psc_request_alloc(psc_request_pages(s->req));
	if (!units)
		return false;
	memcpy(units, s->kept.units, s->kept.n * sizeof(*units));
	s->kept.units = units;
	return true;
}

/* Keep what of a whole block is not as wanted already, unless it can't be converted. */
static int sift_block(struct sieve *s, unsigned long pfn)
{
	unsigned long first = pfn, end = pfn + PSC_BLOCK_PAGES, n;
	const char *why_not = block_objection(pfn);

	for (; !why_not && pfn < end; pfn += n) {
		psc_leaf_find(&s->leaf, pfn);
		n = min(psc_leaf_rest(&s->leaf), end - pfn);
		why_not = leaf_objection(s, &s->leaf, pfn, n);
		if (why_not)
			break;
		s->kept.uneven |= s->leaf.level > PG_LEVEL_2M;
		if (!is_as_wanted(s, &s->leaf, pfn, n)) {
			s->kept.leaves++;
			continue;
		}
		if (n < PSC_BLOCK_PAGES && !make_room(s))
			return -ENOMEM;
		psc_request_add(&s->kept, first, pfn - first);
		first = pfn + n;
	}
	if (why_not)
		return refuse(pfn, s->shared, why_not);
	psc_request_add(&s->kept, first, end - first);
	return 0;
}

/* The same for single pages of a block. */
static int sift_pages(struct sieve *s, const struct psc_part *part)
{
	unsigned long i, pfn = psc_part_pfn(part), before = s->kept.n;
	const char *why_not;
	struct psc_leaf leaf;
	struct page *page;

	psc_leaf_find(&s->leaf, pfn);
	leaf = s->leaf;
	for (i = 0; i < part->n; i++) {
		if (i && leaf.level == PG_LEVEL_4K)
			psc_leaf_move(&leaf, part->units[i] - pfn);
		pfn = part->units[i];
		page = pfn_to_page(pfn);
		why_not = page_objection(page, page_folio(page)) ?:
			  leaf_objection(s, &leaf, pfn, 1);
		if (why_not)
			return refuse(pfn, s->shared, why_not);
		if (!is_as_wanted(s, &leaf, pfn, 1))
			s->kept.units[s->kept.n++] = pfn;
	}
	s->kept.uneven |= s->leaf.level > PG_LEVEL_4K;
	s->kept.leaves += s->kept.n - before;
	return 0;
}

/* Memory comes and goes in nothing smaller than 2M. */
static int sift(struct sieve *s, const struct psc_part *part)
{
	unsigned long pfn = psc_part_pfn(part), last = part->units[part->n - 1];

	if (!pfn_to_online_page(pfn))
		return refuse(pfn, s->shared, "not RAM");
	if (psc_leaf_find_image(&s->image, pfn)) {
		s->kept.in_image = true;
		s->kept.uneven |= s->image.level > PG_LEVEL_4K;
	}
	s->ours = psc_books_shared(pfn, psc_unit_pfn(last) + psc_unit_pages(last) - pfn);
	return psc_part_is_block(part) ? sift_block(s, pfn) : sift_pages(s, part);
}

/* The alias has to say what the direct map says, for they change together. */
static int check_alias(const struct psc_request *req, bool shared)
{
	unsigned long va = req->alias, end = va + req->alias_pages * PAGE_SIZE;
	struct psc_leaf alias = {}, leaf = {};

	for (; va < end; va += PAGE_SIZE) {
		if (va % PMD_SIZE == 0)
			cond_resched();
		psc_leaf_find_va(&alias, va);
		if (!psc_leaf_whole(&alias, req->alias, end))
			return refuse(psc_leaf_pfn(&alias), shared,
				      "part of a large vmalloc mapping");
		psc_leaf_find(&leaf, psc_leaf_pfn(&alias));
		if (psc_leaf_state(&alias) != psc_leaf_state(&leaf))
			return refuse(psc_leaf_pfn(&alias), shared,
				      "its vmalloc mapping says otherwise");
	}
	return 0;
}

/**
 * psc_check() - refuse what is not ours to convert, drop what is as wanted already
 * @req:	the request; nothing may be left of it. What is noticed about its leaves
 *		is noted there.
 * @shared:	what its pages are to become
 *
 * Context: May sleep. The conversion's mutex is held.
 * Return: 0, -ENOMEM, or -EINVAL and the reason is in the log
 */
int psc_check(struct psc_request *req, bool shared)
{
	struct sieve s = {
		.req		= req,
		.shared		= shared,
		.some_lost	= psc_books_poisoned(),
		.kept		= { req->units, .alias = req->alias,
				    .alias_pages = req->alias_pages },
	};
	struct psc_part part = {};
	int err = 0;

	while (!err && psc_next_part(req, &part))
		err = sift(&s, &part);
	if (s.kept.units != req->units)
		psc_request_free(req);
	*req = s.kept;
	return err ?: check_alias(req, shared);
}
