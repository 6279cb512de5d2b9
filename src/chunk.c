// SPDX-License-Identifier: GPL-2.0
/*
 * A chunk of shared memory, and the pieces that it is cut into. What is done to one has
 * to be done by one CPU at a time; that is for its owner to see to.
 *
 * Not genalloc: it ends in a BUG() when something is freed twice, or when a pool goes of
 * which a piece is in use, and says nothing of whose a piece is. A bitmap is no longer.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "chunk.h"

static unsigned long page_of(const struct psc_chunk *c, const void *addr)
{
	return (addr - page_address(c->page)) / PAGE_SIZE;
}

/**
 * psc_chunk_alloc() - make a chunk
 * @page:	what it is made of; NULL makes none
 *
 * Return: NULL if there is no memory; the page is freed then
 */
struct psc_chunk *psc_chunk_alloc(struct page *page)
{
	struct psc_chunk *c;

	if (!page)
		return NULL;
	c = kzalloc(struct_size(c, user, compound_nr(page)), GFP_KERNEL);
	if (!c) {
		__free_pages(page, compound_order(page));
		return NULL;
	}
	c->page = page;
	c->npages = compound_nr(page);
	return c;
}

/**
 * psc_chunk_free() - give a chunk back, whose memory is private
 * @c:	no piece of it is used
 *
 * Whatever the host left in there is cleared.
 */
void psc_chunk_free(struct psc_chunk *c)
{
	memset(page_address(c->page), 0, c->npages * PAGE_SIZE);
	__free_pages(c->page, compound_order(c->page));
	kfree(c);
}

/**
 * psc_chunk_cut() - cut a piece out of a chunk
 * @c:		the chunk
 * @n:		so many pages
 * @user:	who wants it, a name that lives as long as the chunk
 *
 * Aligned like memory of the page allocator, to its size rounded up to a power of two.
 *
 * Return: NULL if there is no room
 */
void *psc_chunk_cut(struct psc_chunk *c, unsigned long n, const char *user)
{
	unsigned long first, i;

	if (c->npages - c->used < n)
		return NULL;
	first = bitmap_find_next_zero_area(c->map, c->npages, 0, n, roundup_pow_of_two(n) - 1);
	if (first >= c->npages)
		return NULL;
	bitmap_set(c->map, first, n);
	for (i = first; i < first + n; i++)
		WRITE_ONCE(c->user[i], user);
	c->length[first] = n;
	c->used += n;
	return page_address(c->page) + first * PAGE_SIZE;
}

/** psc_chunk_has() - is this an address of this chunk? */
bool psc_chunk_has(const struct psc_chunk *c, const void *addr)
{
	return addr >= page_address(c->page) && page_of(c, addr) < c->npages;
}

/**
 * psc_chunk_claim() - see that a piece is one, and that nobody else can claim it
 * @c:		the chunk
 * @addr:	psc_chunk_has() it
 * @n:		pages
 *
 * Return: false if no piece of this length begins there, or it is being freed already
 */
bool psc_chunk_claim(struct psc_chunk *c, const void *addr, unsigned long n)
{
	u16 *length = &c->length[page_of(c, addr)];

	if (!n || *length != n || !PAGE_ALIGNED(addr))
		return false;
	*length = 0;
	return true;
}

/**
 * psc_chunk_put() - have a piece back
 * @c:		the chunk
 * @addr:	of the piece, claimed
 * @n:		pages
 */
void psc_chunk_put(struct psc_chunk *c, const void *addr, unsigned long n)
{
	unsigned long first = page_of(c, addr), i;

	bitmap_clear(c->map, first, n);
	for (i = first; i < first + n; i++)
		WRITE_ONCE(c->user[i], NULL);
	c->used -= n;
}

/**
 * psc_chunk_show() - print a line for each extent that the same user has, or that is free
 * @m:	where to
 * @c:	pieces may come and go meanwhile
 */
void psc_chunk_show(struct seq_file *m, const struct psc_chunk *c)
{
	unsigned long first, i = 0;
	const char *user;

	while (i < c->npages) {
		first = i;
		user = READ_ONCE(c->user[i]);
		while (++i < c->npages && READ_ONCE(c->user[i]) == user)
			;
		seq_printf(m, "%lu %lu %s\n", page_to_pfn(c->page) + first, i - first,
			   user ?: "-");
	}
}
