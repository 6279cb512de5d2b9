// SPDX-License-Identifier: GPL-2.0
/* The pages of one caller: a bit of every kind. */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "kinds.h"
#include "model.h"
#include "set.h"

static int take_extent(struct set *set, struct extent *e, const struct kind *kind)
{
	u32 i;
	int err;

	*e = (struct extent){
		.kind = kind, .first = set->n, .n = kind->pages,
		.usable = kind->pages - kind->bystanders,
	};
	set->n += e->n;
	err = kind->alloc(set, e);
	if (err)
		return err;
	for (i = 0; i < e->n; i++) {
		struct owned *o = &set->owned[e->first + i];

		o->addr = e->addr ? e->addr + i * PAGE_SIZE : page_address(o->page);
		if (kind->flags & KIND_LOOSE && i < e->usable)
			set->loose[set->nr_loose++] = e->first + i;
		model_begin(set, e->first + i);
	}
	return 0;
}

static int take_room(struct set *set)
{
	u32 i, n = 0;

	for (i = 0; i < EXTENTS; i++)
		n += kinds[i].pages;
	set->owned = kvcalloc(n, sizeof(*set->owned), GFP_KERNEL);
	set->model = kvcalloc(BITS_TO_LONGS(n), sizeof(long), GFP_KERNEL);
	set->loose = kvcalloc(n, sizeof(*set->loose), GFP_KERNEL);
	set->index = kvcalloc(n + 1, sizeof(*set->index), GFP_KERNEL);
	set->pages = kvcalloc(n + 1, sizeof(*set->pages), GFP_KERNEL);
	return set->owned && set->model && set->loose && set->index && set->pages ? 0 : -ENOMEM;
}

/**
 * set_make() - take some pages of every kind
 * @id:		the caller's number
 * @seed:	with the number it determines all that the caller will ever choose
 *
 * Return: the set, or NULL if there is not enough memory
 */
struct set *set_make(unsigned int id, u32 seed)
{
	struct set *set = kzalloc(sizeof(*set), GFP_KERNEL);
	int err, i;

	if (!set)
		return NULL;
	set->id = id;
	prandom_seed_state(&set->rnd, (u64)seed << 32 | id);
	err = take_room(set);
	for (i = 0; i < EXTENTS && !err; i++)
		err = take_extent(set, &set->extents[i], &kinds[i]);
	if (!err)
		return set;
	set_free(set);
	return NULL;
}

/**
 * set_free() - give the pages back
 * @set:	all its pages are private, but for the foreign one
 *
 * A set of which something is not as it should be keeps its pages for ever: one of them
 * may be shared.
 */
void set_free(struct set *set)
{
	u32 i;

	for (i = 0; i < EXTENTS && !set->counts.differences; i++)
		if (set->extents[i].kind)
			set->extents[i].kind->free(set, &set->extents[i]);
	kvfree(set->owned);
	kvfree(set->model);
	kvfree(set->loose);
	kvfree(set->index);
	kvfree(set->pages);
	kfree(set);
}
