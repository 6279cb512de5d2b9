// SPDX-License-Identifier: GPL-2.0
/*
 * Our books: which pages are shared because we made them so, and which are lost.
 *
 * Two bits a page, in chunks that exist once they are needed: a guest's address
 * space has holes of terabytes, and its memory may grow. A chunk once made stays
 * until the module goes. All ranges of pages here lie within one 2M block, and
 * so within one chunk.
 */
#include <linux/bitmap.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "inventory.h"
#include "request.h"

enum {
	CHUNK_PAGES = 1 << 15,		/* 4 KiB for each kind of bit */
};

struct chunk {
	DECLARE_BITMAP(shared, CHUNK_PAGES);
	DECLARE_BITMAP(poisoned, CHUNK_PAGES);
};

static DEFINE_XARRAY(chunks);
static unsigned long shared_total;
static unsigned long poisoned_total;

/* The chunk that was asked for last, by who holds the conversion's mutex. */
static struct {
	unsigned long index;
	struct chunk *chunk;
} recent;

static struct chunk *look_up(unsigned long pfn)
{
	return xa_load(&chunks, pfn / CHUNK_PAGES);
}

/* The same for who holds the conversion's mutex, and asks about one page after another. */
static struct chunk *chunk_of(unsigned long pfn)
{
	unsigned long index = pfn / CHUNK_PAGES;

	if (!recent.chunk || recent.index != index) {
		recent.index = index;
		recent.chunk = look_up(pfn);
	}
	return recent.chunk;
}

static int chunk_make(unsigned long index)
{
	struct chunk *chunk;
	int err;

	if (xa_load(&chunks, index))
		return 0;
	chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	err = xa_insert(&chunks, index, chunk, GFP_KERNEL);
	if (err)
		kfree(chunk);
	return err;
}

/**
 * psc_books_reserve() - make sure that psc_books_set() and psc_books_poison() can't fail
 * @req:	for all pages of this request
 *
 * Context: May sleep. The conversion's mutex is held.
 * Return: 0 or -ENOMEM
 */
int psc_books_reserve(const struct psc_request *req)
{
	unsigned long index, last = ULONG_MAX;
	struct psc_part part = {};
	int err = 0;

	while (!err && psc_next_part(req, &part)) {
		index = psc_part_pfn(&part) / CHUNK_PAGES;
		if (index != last)
			err = chunk_make(index);
		last = index;
	}
	return err;
}

static bool all(const unsigned long *bits, unsigned long first, unsigned long n)
{
	return n == 1 ? test_bit(first, bits) :
			find_next_zero_bit(bits, first + n, first) == first + n;
}

/* Set or clear a bit, return whether it has changed. */
static inline bool change_bit_to(unsigned long *bits, unsigned long i, bool value)
{
	return value ? !__test_and_set_bit(i, bits) : __test_and_clear_bit(i, bits);
}

/* The same for several, return how many have changed. */
static unsigned long change(unsigned long *bits, unsigned long first, unsigned long n, bool value)
{
	unsigned long i, changed = 0;

	if (n > 1 && !(first % BITS_PER_LONG) && !(n % BITS_PER_LONG)) {
		changed = bitmap_weight(bits + BIT_WORD(first), n);
		changed = value ? n - changed : changed;
		value ? bitmap_set(bits, first, n) : bitmap_clear(bits, first, n);
		return changed;
	}
	for (i = first; i < first + n; i++)
		changed += change_bit_to(bits, i, value);
	return changed;
}

/**
 * psc_books_shared() - did we make all of these pages shared?
 * @pfn:	the first page
 * @n:		how many, within a 2M block
 *
 * Context: The conversion's mutex is held.
 */
bool psc_books_shared(unsigned long pfn, unsigned long n)
{
	const struct chunk *chunk = chunk_of(pfn);

	return chunk && all(chunk->shared, pfn % CHUNK_PAGES, n);
}

/**
 * psc_books_set() - write down what became of pages
 * @pfn:	the first page
 * @n:		how many, within a 2M block, reserved by psc_books_reserve() if @shared
 * @shared:	whether they are shared, by us
 *
 * Context: The conversion's mutex is held.
 */
void psc_books_set(unsigned long pfn, unsigned long n, bool shared)
{
	struct chunk *chunk = chunk_of(pfn);
	unsigned long changed;

	if (!chunk)
		return;
	changed = change(chunk->shared, pfn % CHUNK_PAGES, n, shared);
	shared_total += shared ? changed : -changed;
}

/**
 * psc_books_set_part() - the same for all of a request in one 2M block
 * @part:	the pages
 * @shared:	whether they are shared, by us
 *
 * Context: The conversion's mutex is held.
 */
void psc_books_set_part(const struct psc_part *part, bool shared)
{
	struct chunk *chunk = chunk_of(psc_part_pfn(part));
	unsigned long i, changed = 0;

	if (psc_part_is_block(part)) {
		psc_books_set(psc_part_pfn(part), PSC_BLOCK_PAGES, shared);
		return;
	}
	for (i = 0; chunk && i < part->n; i++)
		changed += change_bit_to(chunk->shared, part->units[i] % CHUNK_PAGES, shared);
	shared_total += shared ? changed : -changed;
}

/**
 * psc_books_any_poisoned() - is one of these pages lost for good?
 * @pfn:	the first page
 * @n:		how many, within a 2M block
 *
 * Context: Any. What is lost stays lost.
 */
bool psc_books_any_poisoned(unsigned long pfn, unsigned long n)
{
	unsigned long first = pfn % CHUNK_PAGES;
	const struct chunk *chunk = look_up(pfn);

	return chunk && find_next_bit(chunk->poisoned, first + n, first) < first + n;
}

/**
 * psc_books_poison() - write down that pages are lost for good
 * @pfn:	the first page
 * @n:		how many, within a 2M block, reserved by psc_books_reserve()
 *
 * Context: The conversion's mutex is held.
 */
void psc_books_poison(unsigned long pfn, unsigned long n)
{
	psc_books_set(pfn, n, false);
	poisoned_total += change(chunk_of(pfn)->poisoned, pfn % CHUNK_PAGES, n, true);
}

/**
 * psc_books_state() - what a page is, if it may be one of ours
 * @leaf:	found for it, in whichever mapping
 * @pfn:	the page
 *
 * A lost page has no state, even where the kernel's own functions leave it present.
 *
 * Context: The conversion's mutex is held, or nobody converts this page.
 */
enum psc_leaf_state psc_books_state(const struct psc_leaf *leaf, unsigned long pfn)
{
	const struct chunk *chunk = look_up(pfn);

	if (psc_books_any_poisoned(pfn, 1))
		return PSC_LEAF_NONE;
	return psc_leaf_or_books(leaf, chunk && test_bit(pfn % CHUNK_PAGES, chunk->shared));
}

/**
 * psc_books_copy() - what the books say of a 2M block
 * @pfn:	its first page
 * @shared:	a bit for each page that we made shared
 * @poisoned:	a bit for each page that is lost
 *
 * Context: The conversion's mutex is held.
 */
void psc_books_copy(unsigned long pfn, unsigned long *shared, unsigned long *poisoned)
{
	const struct chunk *chunk = chunk_of(pfn);
	unsigned long word = BIT_WORD(pfn % CHUNK_PAGES);

	if (!chunk) {
		bitmap_zero(shared, PSC_BLOCK_PAGES);
		bitmap_zero(poisoned, PSC_BLOCK_PAGES);
		return;
	}
	bitmap_copy(shared, chunk->shared + word, PSC_BLOCK_PAGES);
	bitmap_copy(poisoned, chunk->poisoned + word, PSC_BLOCK_PAGES);
}

/** psc_books_total() - how many pages are shared by us */
unsigned long psc_books_total(void)
{
	return READ_ONCE(shared_total);
}

/** psc_books_poisoned() - how many pages are lost for good */
unsigned long psc_books_poisoned(void)
{
	return READ_ONCE(poisoned_total);
}

/**
 * psc_books_show_poisoned() - print the lost pages: first PFN and count of each extent
 * @m:	where to
 */
void psc_books_show_poisoned(struct seq_file *m)
{
	unsigned long index, first, end;
	struct chunk *chunk;

	seq_puts(m, "# pfn count\n");
	xa_for_each(&chunks, index, chunk)
		for_each_set_bitrange(first, end, chunk->poisoned, CHUNK_PAGES)
			seq_printf(m, "%lu %lu\n", index * CHUNK_PAGES + first, end - first);
}

/** psc_books_free() - forget everything, at unload */
void psc_books_free(void)
{
	struct chunk *chunk;
	unsigned long index;

	xa_for_each(&chunks, index, chunk)
		kfree(chunk);
	xa_destroy(&chunks);
	recent.chunk = NULL;
}
