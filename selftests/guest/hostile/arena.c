// SPDX-License-Identifier: GPL-2.0
/* The pages of one run: make them, convert them, make them private again. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/snp_psc.h>

#include "arena.h"
#include "truth.h"

enum { GUARDS = 8 };	/* pages behind those that are asked for, if there is room */

static int convert_pages(struct arena *a, unsigned long n, bool shared)
{
	if (!n)
		return 0;
	return shared ? snp_psc_set_pages_shared(a->pages, n)
		      : snp_psc_set_pages_private(a->pages, n);
}

static int convert_range(struct arena *a, bool shared)
{
	unsigned long addr = (unsigned long)a->addr + a->first * PAGE_SIZE;
	int n = arena_end(a) - a->first;

	return shared ? snp_psc_set_memory_shared(addr, n) : snp_psc_set_memory_private(addr, n);
}

static unsigned long collect_asked(struct arena *a)
{
	unsigned long i, n = 0;

	for (i = 0; i < a->n; i++)
		if (a->spots[i].asked)
			a->pages[n++] = a->spots[i].page;
	return n;
}

static void shuffle(struct arena *a, unsigned long n)
{
	unsigned long i, other;

	for (i = 0; i < n; i++) {
		other = i + prandom_u32_state(&a->rnd) % (n - i);
		swap(a->pages[i], a->pages[other]);
	}
}

/* Everything is private. What is to become so, and what is shared already, is shared first. */
static int prepare(struct arena *a)
{
	unsigned long i, n = 0;

	for (i = 0; i < a->n; i++) {
		struct spot *s = &a->spots[i];
		bool between = i >= a->first && i < arena_end(a);

		s->asked = between && (i - a->first) % a->stride == 0;
		s->shared = s->asked ? !a->shared : a->kind->gaps && between && a->shared;
		if (s->shared)
			a->pages[n++] = s->page;
	}
	return n && a->kind->aliased ? convert_range(a, true) : convert_pages(a, n, true);
}

/**
 * arena_make() - take pages, in the states from which a conversion is to start
 * @a:	kind, first, count, stride, shared and seed say which
 *
 * Return: 0, -ENOMEM, or what a conversion has returned; the arena is to be freed all
 * the same
 */
int arena_make(struct arena *a)
{
	unsigned long i;
	int err;

	prandom_seed_state(&a->rnd, a->seed);
	a->n = arena_end(a) + GUARDS;
	if (a->n > MAX_ORDER_NR_PAGES)
		a->n = MAX_ORDER_NR_PAGES;
	a->spots = kvcalloc(a->n, sizeof(*a->spots), GFP_KERNEL);
	a->pages = kvcalloc(a->n, sizeof(*a->pages), GFP_KERNEL);
	err = a->spots && a->pages ? a->kind->alloc(a) : -ENOMEM;
	for (i = 0; i < a->n && !err; i++) {
		a->spots[i].addr = a->addr ? a->addr + i * PAGE_SIZE
					   : page_address(a->spots[i].page);
		a->spots[i].flags = truth_flags(a->spots[i].page);
	}
	return err ?: prepare(a);
}

/**
 * arena_convert() - what it is all about
 * @a:	the arena
 *
 * Return: what the call returns
 */
int arena_convert(struct arena *a)
{
	unsigned long n;

	if (!a->kind->by_pages)
		return convert_range(a, a->shared);
	n = collect_asked(a);
	shuffle(a, n);
	return convert_pages(a, n, a->shared);
}

static bool has_lost(const struct arena *a)
{
	unsigned long i;

	for (i = 0; i < a->n; i++)
		if (a->spots[i].lost)
			return true;
	return false;
}

/**
 * arena_restore() - make all pages private that are shared
 * @a:	the arena; one with an alias in which pages are lost is left as it is
 *
 * Return: what the call returns
 */
int arena_restore(struct arena *a)
{
	unsigned long i, n = 0;
	int err;

	if (a->kind->aliased && has_lost(a))
		return 0;
	for (i = 0; i < a->n; i++)
		if (a->spots[i].shared && !a->spots[i].lost)
			a->pages[n++] = a->spots[i].page;
	err = n && a->kind->aliased ? convert_range(a, false) : convert_pages(a, n, false);
	for (i = 0; i < a->n && !err; i++)
		a->spots[i].shared = false;
	return err;
}

/**
 * arena_free() - give back what may be given back
 * @a:		private but for pages that are lost
 * @careless:	give everything back, as drivers do that have not read what
 *		ENOTRECOVERABLE asks of them; else an arena with lost pages is leaked. So
 *		is one with an alias: vfree() does not like what is not present.
 */
void arena_free(struct arena *a, bool careless)
{
	bool shared = false;
	unsigned long i;

	for (i = 0; i < a->n && a->spots; i++)
		shared |= a->spots[i].shared;
	if (a->spots && !shared && (!has_lost(a) || (careless && !a->kind->aliased)))
		a->kind->free(a);
	kvfree(a->spots);
	kvfree(a->pages);
}
