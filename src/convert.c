// SPDX-License-Identifier: GPL-2.0
/*
 * One conversion from end to end. The order is everything here, see
 * Documentation/design.rst: not present first, one flush, then all states, and
 * present last. transition() is the place to read it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <trace/events/snp_psc.h>

#include "check.h"
#include "compat.h"
#include "convert.h"
#include "fault.h"
#include "hidden.h"
#include "inventory.h"
#include "psc.h"
#include "pvalidate.h"
#include "request.h"
#include "stats.h"

const struct psc_transport *psc_transport;
unsigned int psc_batch_max = PSC_MAX_ENTRIES;

enum {
	RESCHED_AFTER = 64,		/* each PVALIDATE may cost the host a nested page fault */
};

/* What is sent at the moment; one conversion at a time, see psc_convert(). */
static struct psc_batch batch;

/* A request under way. */
struct conversion {
	struct psc_request *req;
	bool shared;			/* what the pages are to become */
	unsigned int batch_max;
	struct psc_hidden hidden;
	bool lossy;			/* the state of some pages is not known any more */
};

/* One descriptor's units [from, to), and how far they got. */
struct step {
	unsigned long from;
	unsigned long to;
	unsigned long pvalidated;	/* so many pages, from the first one on */
	bool sent;			/* the host has heard of them */
};

static enum psc_leaf_state leaf_state(bool shared)
{
	return shared ? PSC_LEAF_SHARED : PSC_LEAF_PRIVATE;
}

/* ---- before anything happens: may fail, block and allocate ---- */

static int reserve(struct conversion *c)
{
	return psc_hidden_init(&c->hidden, c->req) ?: psc_books_reserve(c->req);
}

static int split(const struct psc_request *req)
{
	return req->uneven ? psc_split(req) : 0;
}

/*
 * Its scanner reads without a fixup. What the host can write has no pointers worth a
 * scan. It has to forget all up to the end of what was allocated: of a rest behind the
 * pages nobody would tell it when that is freed.
 */
static void hide_from_kmemleak(unsigned long va, unsigned long pages)
{
	for (; pages; pages--, va += PAGE_SIZE)
		kmemleak_free_part((void *)va, ULONG_MAX - va);
}

static void hide_all_from_kmemleak(const struct psc_request *req)
{
	unsigned long i, unit;

	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		return;
	hide_from_kmemleak(req->alias, req->alias_pages);
	for (i = 0; i < req->n; i++) {
		unit = req->units[i];
		hide_from_kmemleak((unsigned long)pfn_to_kaddr(psc_unit_pfn(unit)),
				   psc_unit_pages(unit));
		if (i % RESCHED_AFTER == 0)
			cond_resched();
	}
}

/* ---- forward, one descriptor ---- */

static int send(struct conversion *c, const struct step *s, enum psc_operation op)
{
	unsigned long i;

	psc_batch_init(&batch, op);
	for (i = s->from; i < s->to; i++)
		psc_batch_add(&batch, c->req->units[i]);
	return psc_fault(PSC_FAULT_PSC) ?: psc_transport->send(&batch);
}

static void lose(struct conversion *c, unsigned long pfn, unsigned long n)
{
	psc_books_poison(pfn, n);
	c->lossy = true;
}

/* How many units from here on are 4K pages, but not very many. */
static unsigned long pages_in_a_row(const unsigned long *unit, const unsigned long *end)
{
	unsigned long n = 0;

	while (unit + n < end && n < RESCHED_AFTER && !(unit[n] & PSC_UNIT_LARGE))
		n++;
	return n;
}

/*
 * "Nothing changed" where something should have: the host has put another page
 * in its place, or an old one back. Nobody will use this page again.
 */
static int pvalidate_step(struct conversion *c, struct step *s, bool validate)
{
	unsigned long *unit = c->req->units + s->from, *end = c->req->units + s->to;
	struct psc_pvalidated p;
	unsigned long n, pfn;

	for (; unit < end; unit += n) {
		n = pages_in_a_row(unit, end);
		p = n ? psc_pvalidate_pages(unit, n, validate)
		      : psc_pvalidate(*unit, 0, PSC_BLOCK_PAGES, validate);
		s->pvalidated += p.pages;
		if (p.result != PSC_PVALIDATE_CHANGED)
			goto failed;
		n = n ?: 1;
		cond_resched();
	}
	return 0;
failed:
	pfn = n ? unit[p.pages] : psc_unit_pfn(*unit) + p.pages;
	if (p.result == PSC_PVALIDATE_UNCHANGED)
		lose(c, pfn, p.tried);
	pr_warn_ratelimited("PVALIDATE(%d) of page %#lx: %d\n", validate, pfn, p.result);
	return -EIO;
}

static int share(struct conversion *c, struct step *s)
{
	int err = pvalidate_step(c, s, false);

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
	err = pvalidate_step(c, s, true);
	psc_window_empty();
	return err;
}

/* ---- back, one descriptor: goes on after errors, what it can't undo is lost ---- */

static void pvalidate_unit_back(struct conversion *c, unsigned long unit, unsigned long pages,
				bool validate)
{
	unsigned long pfn = psc_unit_pfn(unit), done = 0;
	struct psc_pvalidated p;

	if (psc_books_any_poisoned(pfn, pages))
		return;		/* the host refused to have the unit back */
	while (done < pages) {
		p = psc_pvalidate(unit, done, pages, validate);
		done = p.pages;
		if (done == pages)
			return;
		lose(c, pfn + done, p.tried);
		done += p.tried;
	}
}

static void pvalidate_back(struct conversion *c, const struct step *s, bool validate)
{
	unsigned long i, pages, left = s->pvalidated;

	for (i = s->from; i < s->to && left; i++) {
		pages = min(left, psc_unit_pages(c->req->units[i]));
		pvalidate_unit_back(c, c->req->units[i], pages, validate);
		left -= pages;
		if (i % RESCHED_AFTER == 0)
			cond_resched();
	}
	psc_window_empty();
}

/* As a whole, or else unit by unit. */
static void send_back(struct conversion *c, const struct step *s, enum psc_operation op)
{
	struct step one = *s;
	unsigned long unit;

	if (!s->sent || !send(c, s, op))
		return;
	for (one.to = one.from + 1; one.to <= s->to; one.from++, one.to++) {
		unit = c->req->units[one.from];
		if (send(c, &one, op))
			lose(c, psc_unit_pfn(unit), psc_unit_pages(unit));
	}
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
	trace_snp_psc_undo(c->shared, s.to);
	d->undo(c, &s);
	while (s.from) {
		s = (struct step){ s.from - c->batch_max, s.from, ULONG_MAX, true };
		d->undo(c, &s);
	}
	return err;
}

/**
 * psc_poison() - see to it that nobody uses pages any more whose state is unknown
 * @pfn:	the first page
 * @n:		how many, within a 2M block, reserved by psc_books_reserve()
 *
 * The extra reference and the mark are a second line only: the owner of these pages
 * knows that they must never be freed.
 *
 * Context: The conversion's mutex is held.
 */
void psc_poison(unsigned long pfn, unsigned long n)
{
	unsigned long i;

	psc_books_poison(pfn, n);
	trace_snp_psc_poison(pfn, n);
	for (i = pfn; i < pfn + n; i++) {
		get_page_unless_zero(compound_head(pfn_to_page(i)));
		SetPageHWPoison(pfn_to_page(i));
	}
}

/* All of a leaf is lost with one of its pages. It stays not present and private. */
static void settle_lossy_unit(struct conversion *c, unsigned long unit, bool shared)
{
	unsigned long pfn = psc_unit_pfn(unit), end = pfn + psc_unit_pages(unit), n;

	for (; pfn < end; pfn += n) {
		n = psc_hidden_pages(&c->hidden, pfn);
		if (psc_books_any_poisoned(pfn, n)) {
			psc_show(&c->hidden, PSC_LEAF_NONE);
			psc_poison(pfn, n);
			continue;
		}
		psc_show(&c->hidden, leaf_state(shared));
		psc_books_set(pfn, n, shared);
	}
}

static void settle_part(struct conversion *c, const struct psc_part *part, bool shared)
{
	unsigned long i;

	if (!c->lossy) {
		psc_show_part(&c->hidden, part, leaf_state(shared));
		psc_books_set_part(part, shared);
		return;
	}
	for (i = 0; i < part->n; i++)
		settle_lossy_unit(c, part->units[i], shared);
}

/* Write every final entry. */
static void settle(struct conversion *c, bool shared)
{
	struct psc_part part = {};

	while (psc_next_part(c->req, &part))
		settle_part(c, &part, shared);
	psc_show_alias(&c->hidden);
}

/* One call a run, as long as it may be. What the kernel's own path tells leaf by leaf. */
static void notify(const struct psc_request *req, bool shared)
{
	unsigned long i, pfn, first, end;

	for (i = 0; i < req->n; i++) {
		pfn = psc_unit_pfn(req->units[i]);
		if (i && pfn != end) {
			notify_page_enc_status_changed(first, end - first, !shared);
			first = pfn;
		}
		if (!i)
			first = pfn;
		end = pfn + psc_unit_pages(req->units[i]);
	}
	notify_page_enc_status_changed(first, end - first, !shared);
}

/* Nothing here blocks on anything but CPUs and the host, and nothing allocates. */
static int transition(struct conversion *c)
{
	int err = psc_hide(&c->hidden, leaf_state(!c->shared));

	if (err)
		return err;
	psc_flush(&c->hidden);
	psc_clean_caches(c->req, !c->shared);

	err = change_states(c);
	settle(c, err ? !c->shared : c->shared);
	return err;
}

static int report(const struct conversion *c, int err, unsigned long lost)
{
	unsigned long pages = psc_request_pages(c->req);

	psc_count(PSC_CONVERSIONS, 1);
	psc_count(PSC_POISONED, lost);
	if (!err)
		psc_count(c->shared ? PSC_PAGES_SHARED : PSC_PAGES_PRIVATE, pages);
	if (!lost)
		return err;
	pr_err_ratelimited("%lu of %lu pages lost\n", lost, pages);
	return -ENOTRECOVERABLE;
}

static int convert(struct conversion *c)
{
	unsigned long poisoned = psc_books_poisoned();
	int err;

	hide_all_from_kmemleak(c->req);
	migrate_disable();	/* one CPU's window and GHCB, forth and back */
	if (psc_transport->prepare)
		psc_transport->prepare();
	err = transition(c);
	migrate_enable();
	if (!err)
		notify(c->req, c->shared);
	return report(c, err, psc_books_poisoned() - poisoned);
}

/**
 * psc_convert() - convert pages, all of them or none
 * @req:	the pages; those that are as wanted already are dropped from it
 * @shared:	what they are to become
 *
 * Context: Process context, may sleep. One at a time: overlapping requests need no
 * range locks then, and one window and one batch serve all.
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
	err = psc_check(req, shared);
	if (err || !req->n)
		return err;
	err = reserve(&c) ?: split(req) ?: convert(&c);
	psc_hidden_free(&c.hidden);
	return err;
}
