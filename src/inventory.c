// SPDX-License-Identifier: GPL-2.0
/*
 * Our books: which pages are shared because we made them so.
 *
 * One bit a page, in chunks of one page that exist once they are needed: a
 * guest's address space has holes of terabytes, and its memory may grow. A
 * chunk once made stays until the module goes.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/xarray.h>

#include "inventory.h"

enum {
	CHUNK_SHIFT = PAGE_SHIFT + 3,		/* a page has eight times as many bits as bytes */
	CHUNK_PAGES = 1 << CHUNK_SHIFT,
};

static DEFINE_XARRAY(chunks);
static unsigned long total;
static unsigned long poisoned;

static int chunk_make(unsigned long index)
{
	void *chunk;
	int err;

	if (xa_load(&chunks, index))
		return 0;
	chunk = (void *)get_zeroed_page(GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	err = xa_insert(&chunks, index, chunk, GFP_KERNEL);
	if (err)
		free_page((unsigned long)chunk);
	return err;
}

/**
 * psc_books_reserve() - make sure that psc_books_set() can't fail
 * @pfns:	the pages, ascending
 * @n:		how many
 *
 * Context: May sleep. The conversion's mutex is held.
 * Return: 0 or -ENOMEM
 */
int psc_books_reserve(const unsigned long *pfns, unsigned long n)
{
	unsigned long i;
	int err;

	for (i = 0; i < n; i++) {
		if (i && pfns[i] >> CHUNK_SHIFT == pfns[i - 1] >> CHUNK_SHIFT)
			continue;
		err = chunk_make(pfns[i] >> CHUNK_SHIFT);
		if (err)
			return err;
	}
	return 0;
}

/**
 * psc_books_shared() - did we make this page shared?
 * @pfn:	the page
 *
 * Context: The conversion's mutex is held.
 */
bool psc_books_shared(unsigned long pfn)
{
	unsigned long *chunk = xa_load(&chunks, pfn >> CHUNK_SHIFT);

	return chunk && test_bit(pfn % CHUNK_PAGES, chunk);
}

/**
 * psc_books_set() - write down what became of a page
 * @pfn:	the page, reserved by psc_books_reserve() or found by psc_books_shared()
 * @shared:	whether it is shared, by us
 *
 * Context: The conversion's mutex is held.
 */
void psc_books_set(unsigned long pfn, bool shared)
{
	unsigned long *chunk = xa_load(&chunks, pfn >> CHUNK_SHIFT);
	unsigned long bit = pfn % CHUNK_PAGES;

	if (shared)
		total += !__test_and_set_bit(bit, chunk);
	else
		total -= __test_and_clear_bit(bit, chunk);
}

/**
 * psc_books_poison() - write down that a page is lost for good
 * @pfn:	the page, reserved by psc_books_reserve()
 *
 * Context: The conversion's mutex is held.
 */
void psc_books_poison(unsigned long pfn)
{
	psc_books_set(pfn, false);
	poisoned++;
}

/** psc_books_total() - how many pages are shared by us */
unsigned long psc_books_total(void)
{
	return READ_ONCE(total);
}

/** psc_books_poisoned() - how many pages are lost for good */
unsigned long psc_books_poisoned(void)
{
	return READ_ONCE(poisoned);
}

/** psc_books_free() - forget everything, at unload */
void psc_books_free(void)
{
	unsigned long index;
	void *chunk;

	xa_for_each(&chunks, index, chunk)
		free_page((unsigned long)chunk);
	xa_destroy(&chunks);
}
