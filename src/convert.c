// SPDX-License-Identifier: GPL-2.0
/*
 * One conversion from end to end. The order is everything here, see
 * Documentation/design.rst: not present first, one flush, then all states, and
 * present last. transition() is the place to read it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "convert.h"
#include "inventory.h"
#include "pgtable.h"
#include "psc.h"
#include "pvalidate.h"
#include "request.h"
#include "stats.h"

const struct psc_transport *psc_transport;
unsigned int psc_batch_max = PSC_MAX_ENTRIES;

enum { RESCHED_AFTER = 1024 };	/* pages checked */

/*
 * A request under way.
 *
 * @lost has a bit for each page whose state is not known any more.
 */
struct conversion {
	struct psc_request *req;
	bool shared;			/* what the pages are to become */
	unsigned int batch_max;
	struct psc_batch *batch;
	struct psc_hidden hidden;
	unsigned long *lost;
};

/* One descriptor's pages [from, to), and how far they got. */
struct step {
	unsigned long from;
	unsigned long to;
	unsigned long pvalidated;	/* so many, from the first one on */
	bool sent;			/* the host has heard of them */
};

static enum psc_leaf_state leaf_state(bool shared)
{
	return shared ? PSC_LEAF_SHARED : PSC_LEAF_PRIVATE;
}

/* ---- before anything happens: may fail, block and allocate ---- */

/* Why @pfn can't be converted, or NULL. */
static const char *objection(unsigned long pfn, const struct psc_leaf *leaf)
{
	struct page *page = pfn_to_online_page(pfn);

	if (!page)
		return "not RAM";
	if (PageReserved(page))
		return "reserved";
	if (folio_mapped(page_folio(page)))
		return "mapped by user space";
	if (psc_leaf_state(leaf) == PSC_LEAF_NONE)
		return "not present in the direct map";
	if (psc_leaf_state(leaf) == PSC_LEAF_SHARED && !psc_books_shared(pfn))
		return "shared by somebody else";
	if (!psc_leaf_splittable(leaf))
		return "in a large mapping that is not write-back";
	return NULL;
}

/* Refuse what is not ours to convert, drop what is as wanted already. */
static int check(struct conversion *c)
{
	struct psc_request *req = c->req;
	struct psc_leaf leaf = {};
	unsigned long i, kept = 0;
	const char *why_not;

	for (i = 0; i < req->n; i++) {
		unsigned long pfn = req->pfns[i];

		if (i % RESCHED_AFTER == 0)
			cond_resched();
		psc_leaf_find(&leaf, pfn);
		why_not = objection(pfn, &leaf);
		if (why_not) {
			pr_notice_ratelimited("page %#lx can't become %s: %s\n", pfn,
					      c->shared ? "shared" : "private", why_not);
			return -EINVAL;
		}
		if (psc_leaf_state(&leaf) != leaf_state(c->shared))
			req->pfns[kept++] = pfn;
		else if (!c->shared && psc_books_shared(pfn))
			psc_books_set(pfn, false);	/* its owner used set_memory_encrypted() */
	}
	req->n = kept;
	return 0;
}

static int reserve(struct conversion *c)
{
	unsigned long n = c->req->n;

	c->hidden.pfns = c->req->pfns;
	c->hidden.n = n;
	c->hidden.saved = kvmalloc_array(n, sizeof(pte_t), GFP_KERNEL | __GFP_NOWARN);
	c->lost = kvcalloc(BITS_TO_LONGS(n), sizeof(long), GFP_KERNEL | __GFP_NOWARN);
	c->batch = kmalloc(sizeof(*c->batch), GFP_KERNEL);
	if (!c->hidden.saved || !c->lost || !c->batch)
		return -ENOMEM;
	return psc_books_reserve(c->req->pfns, n);
}

static void release(struct conversion *c)
{
	kvfree(c->hidden.saved);
	kvfree(c->lost);
	kfree(c->batch);
}

/* ---- forward, one descriptor ---- */

static int send(struct conversion *c, const struct step *s, enum psc_operation op)
{
	unsigned long i;

	psc_batch_init(c->batch, op);
	for (i = s->from; i < s->to; i++)
		if (!test_bit(i, c->lost))
			psc_batch_add(c->batch, c->req->pfns[i]);
	return c->batch->n ? psc_transport->send(c->batch) : 0;
}

/*
 * "Nothing changed" where something should have: the host has put another page
 * in its place, or an old one back. Nobody will use this page again.
 */
static int pvalidate(struct conversion *c, struct step *s, bool validate)
{
	enum psc_pvalidate result;

	s->pvalidated = psc_pvalidate(c->req->pfns + s->from, s->to - s->from, validate, &result);
	if (s->pvalidated == s->to - s->from)
		return 0;
	if (result == PSC_PVALIDATE_UNCHANGED)
		__set_bit(s->from + s->pvalidated, c->lost);
	pr_warn_ratelimited("PVALIDATE(%d) of page %#lx: %d\n", validate,
			    c->req->pfns[s->from + s->pvalidated], result);
	return -EIO;
}

static int share(struct conversion *c, struct step *s)
{
	int err = pvalidate(c, s, false);

	psc_window_empty();
	if (err)
		return err;
	s->sent = true;
	return send(c, s, PSC_OP_SHARED);
}

static int unshare(struct conversion *c, struct step *s)
{
	int err;

	s->sent = true;
	err = send(c, s, PSC_OP_PRIVATE);
	if (err)
		return err;
	err = pvalidate(c, s, true);
	psc_window_empty();
	return err;
}

/* ---- back, one descriptor: goes on after errors, what it can't undo is lost ---- */

static void pvalidate_back(struct conversion *c, const struct step *s, bool validate)
{
	unsigned long i = s->from, end = s->from + s->pvalidated, stop;
	enum psc_pvalidate result;

	while (i < end) {
		stop = find_next_bit(c->lost, end, i);
		i += psc_pvalidate(c->req->pfns + i, stop - i, validate, &result);
		if (i < end)
			__set_bit(i++, c->lost);
	}
	psc_window_empty();
}

/* As a whole, or else page by page. */
static void send_back(struct conversion *c, const struct step *s, enum psc_operation op)
{
	struct step one = *s;

	if (!s->sent || !send(c, s, op))
		return;
	for (one.to = one.from + 1; one.to <= s->to; one.from++, one.to++)
		if (send(c, &one, op))
			__set_bit(one.from, c->lost);
}

static void undo_share(struct conversion *c, const struct step *s)
{
	send_back(c, s, PSC_OP_PRIVATE);
	pvalidate_back(c, s, true);
}

static void undo_unshare(struct conversion *c, const struct step *s)
{
	pvalidate_back(c, s, false);
	send_back(c, s, PSC_OP_SHARED);
}

/* ---- the conversion ---- */

static const struct direction {
	int (*forward)(struct conversion *c, struct step *s);
	void (*undo)(struct conversion *c, const struct step *s);
} directions[] = {
	[false]	= { unshare, undo_unshare },
	[true]	= { share, undo_share },
};

/* Nothing but descriptors, first to last; all of them or none. */
static int change_states(struct conversion *c)
{
	const struct direction *d = &directions[c->shared];
	struct step s = {};
	int err = 0;

	while (!err && s.to < c->req->n) {
		s = (struct step){ .from = s.to, .to = min(s.to + c->batch_max, c->req->n) };
		err = d->forward(c, &s);
	}
	if (!err)
		return 0;

	psc_count(PSC_UNDONE, 1);
	d->undo(c, &s);
	while (s.from) {
		s = (struct step){ s.from - c->batch_max, s.from, c->batch_max, true };
		d->undo(c, &s);
	}
	return err;
}

/* Second line only: a page without a leaf must never be freed, and its owner knows that. */
static void poison(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	get_page_unless_zero(compound_head(page));
	SetPageHWPoison(page);
	psc_books_poison(pfn);
	psc_count(PSC_POISONED, 1);
}

/* Write every final entry. A lost page stays not present and private. */
static void settle(struct conversion *c, bool shared)
{
	struct psc_leaf leaf = {};
	unsigned long i;

	for (i = 0; i < c->req->n; i++) {
		if (i % RESCHED_AFTER == 0)
			cond_resched();
		if (test_bit(i, c->lost)) {
			poison(c->req->pfns[i]);
			continue;
		}
		psc_show(&c->hidden, i, &leaf, leaf_state(shared));
		psc_books_set(c->req->pfns[i], shared);
	}
}

/* Nothing here blocks on anything but CPUs and the host, and nothing allocates. */
static int transition(struct conversion *c)
{
	unsigned long n = c->req->n, lost;
	int err;

	err = psc_transport->ready();
	if (err)
		return err;
	err = psc_hide(&c->hidden, leaf_state(!c->shared));
	if (err)
		return err;
	psc_flush(&c->hidden);
	psc_clean_caches(c->req->pfns, n, !c->shared);

	err = change_states(c);
	settle(c, err ? !c->shared : c->shared);

	psc_count(PSC_CONVERSIONS, 1);
	if (!err)
		psc_count(c->shared ? PSC_PAGES_SHARED : PSC_PAGES_PRIVATE, n);
	lost = bitmap_weight(c->lost, n);
	if (lost) {
		pr_err_ratelimited("%lu of %lu pages lost, the first is %#lx\n", lost, n,
				   c->req->pfns[find_first_bit(c->lost, n)]);
		return -ENOTRECOVERABLE;
	}
	return err;
}

/**
 * psc_convert() - convert pages, all of them or none
 * @req:	the pages; those that are as wanted already are dropped from it
 * @shared:	what they are to become
 *
 * Context: Process context, may sleep. One at a time: overlapping requests need no
 * range locks then, and one window serves all.
 * Return: as snp_psc_set_memory_shared(). All errors but -ENOMEM have left their
 * reason in the log.
 */
int psc_convert(struct psc_request *req, bool shared)
{
	struct conversion c = {
		.req		= req,
		.shared		= shared,
		.batch_max	= READ_ONCE(psc_batch_max),
	};
	int err;

	vm_unmap_aliases();
	err = check(&c);
	if (err || !req->n)
		return err;
	err = reserve(&c);
	if (!err)
		err = psc_split(req->pfns, req->n);
	if (!err) {
		migrate_disable();	/* one CPU's window and GHCB, forth and back */
		err = transition(&c);
		migrate_enable();
	}
	release(&c);
	return err;
}

