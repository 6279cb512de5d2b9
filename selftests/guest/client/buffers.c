// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of a driver: allocated, shared, freed, many of them.
 *
 * As a virtio device without a bounce buffer would have them: each has a few pages,
 * and some of them are in flight. The sizes are the same each time.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/snp_psc.h>
#include <linux/string.h>

#include "buffers.h"
#include "price.h"
#include "ways.h"

enum { IN_FLIGHT = 256 };

struct buffer {
	void *addr;
	size_t size;
};

static struct buffer ring[IN_FLIGHT];
static const struct way *way;	/* NULL: from the pool */

static int get(struct buffer *b)
{
	if (!way) {
		b->addr = snp_psc_alloc_shared(b->size, GFP_KERNEL);
		return b->addr ? 0 : -ENOMEM;
	}
	b->addr = alloc_pages_exact(b->size, GFP_KERNEL);
	if (!b->addr)
		return -ENOMEM;
	return way->range((unsigned long)b->addr, b->size / PAGE_SIZE, true);
}

/* What did not become private is leaked. */
static int put(struct buffer *b)
{
	void *addr = b->addr;
	int err = 0;

	b->addr = NULL;
	if (!addr)
		return 0;
	if (!way) {
		snp_psc_free_shared(addr, b->size);
		return 0;
	}
	err = way->range((unsigned long)addr, b->size / PAGE_SIZE, false);
	if (!err)
		free_pages_exact(addr, b->size);
	return err;
}

static int use(unsigned long n, unsigned long most)
{
	unsigned long i;
	u32 random = 1;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		struct buffer *b = &ring[i % IN_FLIGHT];

		err = put(b);
		random = random * 1664525 + 1013904223;
		b->size = (1 + (random >> 16) % most) * PAGE_SIZE;
		err = err ?: get(b);
	}
	for (i = 0; i < IN_FLIGHT; i++)
		err = put(&ring[i]) ?: err;
	return err;
}

/**
 * buffers_run() - have buffers, one after the other
 * @name:	how they are shared: a way, or "pool"
 * @n:		how many
 * @most:	pages that one may have
 * @p:		set: what all that has cost
 *
 * Return: 0, -EINVAL if there is no such way, or the error of a conversion
 */
int buffers_run(const char *name, unsigned long n, unsigned long most, struct price *p)
{
	int err;

	way = way_find(name);
	if (!most || (!way && strcmp(name, "pool")))
		return -EINVAL;
	price_begin(p);
	err = use(n, most);
	price_end(p);
	return err;
}
