// SPDX-License-Identifier: GPL-2.0
/*
 * Requests, drawn at random and made. All that is chosen follows from the set's seed
 * and its earlier requests.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/snp_psc.h>

#include "kinds.h"
#include "model.h"
#include "request.h"

enum {
	PAGES_MAX = 2048,	/* of one request */
	SPOILED = 8,		/* one of so many has to be refused */
	BLOCKS = 16,		/* one of so many shuffled ones is of whole blocks */
	LOOKS = 3,		/* pages that the host is asked about after a request */
};

/* How many requests have returned, whosoever. */
atomic_long_t requests_made;

/* There is too little memory, or somebody injects failures: some requests may be undone. */
bool may_fail;

/* The pages are set->index[0] to [n - 1]. */
struct request {
	bool shared;			/* what they are to become */
	const struct extent *extent;	/* set_memory_*() of pages in it, or NULL: set_pages_*() */
	u32 n;
	unsigned long addr;		/* what is passed on, for set_memory_*() */
	int numpages;
	bool spoiled;			/* has to be refused */
};

/* ---- what for: all of these leave n pages in set->index ---- */

/* Mostly few: the least of three powers of two, and something on top. */
static u32 draw_size(struct set *set, u32 max)
{
	u32 order, i, n;

	max = min_t(u32, max, PAGES_MAX);
	order = ilog2(max);
	for (i = 0; i < 3; i++)
		order = min(order, below(set, ilog2(max) + 1));
	n = (1 << order) + below(set, 1 << order);
	return min(n, max);
}

/* The first @n of @list, out of @total, become any of them in any order. */
static void shuffle(struct set *set, u32 *list, u32 n, u32 total)
{
	u32 i, other;

	for (i = 0; i < n; i++) {
		other = i + below(set, total - i);
		swap(list[i], list[other]);
	}
}

static const struct extent *draw_extent(struct set *set, unsigned int flags)
{
	const struct extent *e;

	do
		e = &set->extents[below(set, EXTENTS)];
	while (!e->addr || !e->usable || (e->kind->flags & flags) != flags);
	return e;
}

static void take(struct set *set, struct request *r, const struct extent *e, u32 first, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		set->index[i] = e->first + first + i;
	r->extent = e;
	r->n = n;
}

/* A run of neighbours; where nobody can split 2M, of blocks. */
static void take_some(struct set *set, struct request *r, const struct extent *e, bool blocks)
{
	u32 unit = blocks || e->whole_blocks ? BLOCK : 1, usable = e->usable / unit;
	u32 n = draw_size(set, usable);

	take(set, r, e, below(set, usable - n + 1) * unit, n * unit);
}

static void draw_range(struct set *set, struct request *r)
{
	take_some(set, r, draw_extent(set, 0), false);
}

/* Whole blocks; half of the time without their first page, half of the time without the last. */
static void draw_blocks(struct set *set, struct request *r)
{
	const struct extent *e = draw_extent(set, KIND_BLOCKS);
	u32 first;

	take_some(set, r, e, true);
	if (e->whole_blocks)
		return;
	first = set->index[0] - e->first + below(set, 2);
	take(set, r, e, first, set->index[r->n - 1] - e->first + 1 - first - below(set, 2));
}

static void draw_shuffled(struct set *set, struct request *r)
{
	bool blocks = !below(set, BLOCKS);

	take_some(set, r, draw_extent(set, KIND_LOOSE | (blocks ? KIND_BLOCKS : 0)), blocks);
	r->extent = NULL;
	shuffle(set, set->index, r->n, r->n);
}

static void draw_scattered(struct set *set, struct request *r)
{
	r->n = draw_size(set, set->nr_loose);
	shuffle(set, set->loose, r->n, set->nr_loose);
	memcpy(set->index, set->loose, r->n * sizeof(*set->index));
}

/* ---- what is wrong with it: all of these have to be refused ---- */

static void spoil_twice(struct set *set, struct request *r)
{
	set->index[r->n] = set->index[below(set, r->n)];
	r->n++;
}

static void spoil_foreign(struct set *set, struct request *r)
{
	u32 somewhere = below(set, r->n + 1);

	set->index[r->n] = set->index[somewhere];
	set->index[somewhere] = set->extents[EXTENTS - 1].first;
	r->n++;
}

static void spoil_unaligned(struct set *set, struct request *r)
{
	r->addr += 1 + below(set, PAGE_SIZE - 1);
}

static void spoil_none(struct set *set, struct request *r)
{
	r->numpages = 0;
}

static void spoil_negative(struct set *set, struct request *r)
{
	r->numpages = -r->numpages;
}

/* There is always one behind what vmalloc() gives. */
static void spoil_hole(struct set *set, struct request *r)
{
	r->numpages = r->extent->first + r->extent->n - set->index[0] + 1;
}

static void spoil_part(struct set *set, struct request *r)
{
	r->numpages -= 1 + below(set, BLOCK - 1);
}

static void (*const spoil_pages[])(struct set *set, struct request *r) = {
	spoil_twice, spoil_foreign,
};

/* The last two are for vmalloc space only, and the last for leaves that nobody can split. */
static void (*const spoil_range[])(struct set *set, struct request *r) = {
	spoil_unaligned, spoil_none, spoil_negative, spoil_hole, spoil_part,
};

static void spoil(struct set *set, struct request *r)
{
	u32 n = ARRAY_SIZE(spoil_range);

	r->spoiled = true;
	if (!r->extent) {
		spoil_pages[below(set, ARRAY_SIZE(spoil_pages))](set, r);
		return;
	}
	if (!is_vmalloc_addr(r->extent->addr))
		n -= 2;
	else if (!r->extent->whole_blocks)
		n--;
	spoil_range[below(set, n)](set, r);
}

/* ---- drawing, making, checking ---- */

static void draw(struct set *set, struct request *r)
{
	static const struct form {
		u32 below;	/* in a draw of 32 */
		void (*draw)(struct set *set, struct request *r);
	} forms[] = {
		{ 2,	draw_blocks },
		{ 8,	draw_shuffled },
		{ 18,	draw_scattered },
		{ 32,	draw_range },
	};
	u32 which = below(set, 32);
	const struct form *form = forms;

	while (which >= form->below)
		form++;
	*r = (struct request){ .shared = below(set, 2) };
	form->draw(set, r);
	if (r->extent) {
		r->addr = (unsigned long)set->owned[set->index[0]].addr;
		r->numpages = r->n;
	}
	if (!below(set, SPOILED))
		spoil(set, r);
}

/* Others than such tasks are spared, where there is anything that could be injected. */
static void expose(bool exposed)
{
#ifdef CONFIG_FAULT_INJECTION
	current->make_it_fail = exposed;
#endif
}

static int call(struct set *set, const struct request *r)
{
	u32 i;

	if (r->extent)
		return r->shared ? snp_psc_set_memory_shared(r->addr, r->numpages) :
				   snp_psc_set_memory_private(r->addr, r->numpages);
	for (i = 0; i < r->n; i++)
		set->pages[i] = set->owned[set->index[i]].page;
	return r->shared ? snp_psc_set_pages_shared(set->pages, r->n) :
			   snp_psc_set_pages_private(set->pages, r->n);
}

static void check(struct set *set, const struct request *r)
{
	u32 i;

	for (i = 0; i < r->n; i++) {
		model_check(set, set->index[i]);
		cond_resched();
	}
}

static bool is_undone(int err)
{
	return may_fail && (err == -ENOMEM || err == -EIO);
}

static int make(struct set *set, const struct request *r)
{
	unsigned long others = atomic_long_read(&requests_made);
	int err, expected = r->spoiled ? -EINVAL : 0;

	expose(may_fail);
	err = call(set, r);
	expose(false);
	others = atomic_long_inc_return(&requests_made) - 1 - others;
	set->counts.overtaken = max(set->counts.overtaken, others);
	if (is_undone(err))
		set->counts.failed++;
	else if (r->spoiled)
		set->counts.refused++;
	else
		set->counts.requests++;
	if (err != expected && !is_undone(err))
		model_differs(set, set->index[0], "result", expected, err);
	return err;
}

static void undo(struct set *set, const struct request *r)
{
	u32 i;

	for (i = 0; i < r->n && !set->counts.differences; i++)
		model_undo(set, set->index[i]);
}

/* What should have happened has: how many pages should have changed? */
static u32 apply(struct set *set, const struct request *r)
{
	u32 i, n = 0;

	if (r->spoiled || set->counts.differences)
		return 0;
	set->counts.asked += r->n;
	for (i = 0; i < r->n; i++) {
		if (test_bit(set->index[i], set->model) == r->shared)
			continue;
		model_convert(set, set->index[i], r->shared);
		n++;
	}
	return n;
}

/* A page of the request, its neighbour in the set, and any. */
static void look(struct set *set, const struct request *r)
{
	u32 i = set->index[below(set, r->n)];
	u32 looks[LOOKS] = { i, (i + 1) % set->n, below(set, set->n) };

	for (i = 0; i < LOOKS; i++)
		if (model_check(set, looks[i]) && model_check_rmp(set, looks[i]))
			model_check_view(set, looks[i]);
}

static u32 run(struct set *set, const struct request *r)
{
	u32 n = 0;
	int err;

	check(set, r);
	err = make(set, r);
	if (is_undone(err))
		undo(set, r);
	else
		n = apply(set, r);
	check(set, r);
	look(set, r);
	return n;
}

/**
 * request_random() - draw a request, make it, and look what became of it
 * @set:	whose pages it is about
 *
 * Return: how many pages have changed their state
 */
u32 request_random(struct set *set)
{
	struct request r;

	draw(set, &r);
	return run(set, &r);
}

/**
 * request_all_private() - make a set's pages private, extent by extent
 * @set:	whose
 */
void request_all_private(struct set *set)
{
	u32 i;

	for (i = 0; i < EXTENTS && !set->counts.differences; i++) {
		struct extent *e = &set->extents[i];
		struct request r = {};

		if (!e->usable)
			continue;
		take(set, &r, e, 0, e->usable);
		r.addr = (unsigned long)e->addr;
		r.numpages = r.n;
		if (!e->addr)
			r.extent = NULL;
		run(set, &r);
	}
}
