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
#include "inventory.h"
#include "pgtable.h"
#include "request.h"

enum { RESCHED_AFTER = 1024 };	/* units looked at */

/* Why these pages can't be converted, or NULL. */
static const char *page_objection(unsigned long pfn, unsigned long end)
{
	struct folio *folio;
	struct page *page;

	while (pfn < end) {
		page = pfn_to_online_page(pfn);
		if (!page)
			return "not RAM";
		if (PageReserved(page))
			return "reserved";
		folio = page_folio(page);
		if (folio_mapped(folio))
			return "mapped by user space";
		pfn += folio_nr_pages(folio) - folio_page_idx(folio, page);
	}
	return NULL;
}

/* The same for what a leaf says about @n pages from the one that was looked up on. */
static const char *leaf_objection(const struct psc_leaf *leaf, unsigned long pfn, unsigned long n)
{
	if (psc_books_any_poisoned(pfn, n))
		return "lost by an earlier conversion";
	if (psc_leaf_state(leaf) == PSC_LEAF_NONE)
		return "not present in the direct map";
	if (psc_leaf_state(leaf) == PSC_LEAF_SHARED && !psc_books_shared(pfn, n))
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

/* Add to @kept what of a unit is not as wanted already, unless it can't be converted. */
static int sift(unsigned long unit, bool shared, struct psc_leaf *leaf, struct psc_request *kept)
{
	unsigned long pfn = psc_unit_pfn(unit), end = pfn + psc_unit_pages(unit);
	const char *why_not = page_objection(pfn, end);
	unsigned long first = pfn, n;

	for (; !why_not && pfn < end; pfn += n) {
		psc_leaf_find(leaf, pfn);
		n = min(psc_leaf_rest(leaf), end - pfn);
		why_not = leaf_objection(leaf, pfn, n);
		if (why_not)
			break;
		if ((psc_leaf_state(leaf) == PSC_LEAF_SHARED) != shared)
			continue;
		psc_request_add(kept, first, pfn - first);
		first = pfn + n;
		if (!shared)
			psc_books_set(pfn, n, false);	/* its owner used set_memory_encrypted() */
	}
	if (why_not)
		return refuse(pfn, shared, why_not);
	psc_request_add(kept, first, end - first);
	return 0;
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
 * @req:	the request; nothing may be left of it
 * @shared:	what its pages are to become
 *
 * Context: May sleep. The conversion's mutex is held.
 * Return: 0, -ENOMEM, or -EINVAL and the reason is in the log
 */
int psc_check(struct psc_request *req, bool shared)
{
	struct psc_request kept = {};
	struct psc_leaf leaf = {};
	unsigned long i;
	int err = 0;

	kept.units = psc_request_alloc(psc_request_pages(req));
	if (!kept.units)
		return -ENOMEM;
	for (i = 0; i < req->n && !err; i++) {
		if (i % RESCHED_AFTER == 0)
			cond_resched();
		err = sift(req->units[i], shared, &leaf, &kept);
	}
	swap(req->units, kept.units);
	req->n = kept.n;
	psc_request_free(&kept);
	return err ?: check_alias(req, shared);
}
