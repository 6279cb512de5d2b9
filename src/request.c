// SPDX-License-Identifier: GPL-2.0
/* What to convert, as ascending units: whole 2M blocks, and 4K pages. Pure. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "request.h"

enum { RADIX_BITS = 8, RADIX = 1 << RADIX_BITS };

/**
 * psc_request_alloc() - room for PFNs or units, to be freed by kvfree()
 * @n:	how many
 *
 * Return: NULL if there is no memory: too much is the caller's error and worth an
 * errno, not a warning of the allocator's.
 */
unsigned long *psc_request_alloc(unsigned long n)
{
	return kvmalloc_array(n, sizeof(unsigned long), GFP_KERNEL | __GFP_NOWARN);
}

/* ---- cut ---- */

/* How many units neighbouring pages are cut into. */
static unsigned long count_units(unsigned long pfn, unsigned long end)
{
	unsigned long first = round_up(pfn, PSC_BLOCK_PAGES);
	unsigned long last = round_down(end, PSC_BLOCK_PAGES);

	if (first >= last)
		return end - pfn;
	return first - pfn + (last - first) / PSC_BLOCK_PAGES + end - last;
}

static unsigned long unit_at(unsigned long pfn, unsigned long end)
{
	return pfn % PSC_BLOCK_PAGES || end - pfn < PSC_BLOCK_PAGES ? pfn : pfn | PSC_UNIT_LARGE;
}

/**
 * psc_request_add() - append neighbouring pages, cut into units
 * @req:	the request, with room for them in @units
 * @pfn:	the first page, behind all that are in it
 * @n:		how many
 */
void psc_request_add(struct psc_request *req, unsigned long pfn, unsigned long n)
{
	unsigned long end = pfn + n, *unit = req->units + req->n;

	for (; pfn < end; pfn += psc_unit_pages(*unit++))
		*unit = unit_at(pfn, end);
	req->n = unit - req->units;
}

/* In place: what is written never overtakes what is read. */
static void cut_pfns(struct psc_request *req, unsigned long *pfns, unsigned long n)
{
	unsigned long first = 0, i;

	req->units = pfns;
	req->n = 0;
	for (i = 1; i <= n; i++) {
		if (i < n && pfns[i] == pfns[i - 1] + 1)
			continue;
		psc_request_add(req, pfns[first], i - first);
		first = i;
	}
}

/* ---- sort ---- */

/* Distribute @from over @to by one digit. Stable, so digit by digit sorts. */
static void radix_pass(unsigned long *to, const unsigned long *from, unsigned long n,
		       unsigned int shift, unsigned long *start)
{
	unsigned long i, sum = 0;

	memset(start, 0, RADIX * sizeof(*start));
	for (i = 0; i < n; i++)
		start[from[i] >> shift & (RADIX - 1)]++;
	for (i = 0; i < RADIX; i++) {
		unsigned long count = start[i];

		start[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		to[start[from[i] >> shift & (RADIX - 1)]++] = from[i];
}

static void radix_sort(unsigned long **pfns, unsigned long n, unsigned long *spare,
		       unsigned long *start)
{
	unsigned long i, differ = 0;
	unsigned int shift;

	for (i = 1; i < n; i++)
		differ |= (*pfns)[i] ^ (*pfns)[0];
	for (shift = 0; shift < BITS_PER_LONG; shift += RADIX_BITS) {
		if (!(differ >> shift & (RADIX - 1)))
			continue;
		radix_pass(spare, *pfns, n, shift, start);
		swap(spare, *pfns);
	}
	kvfree(spare);
}

/* Sorting page by page through a comparison function costs more than all the rest. */
static int sort_pfns(unsigned long **pfns, unsigned long n)
{
	unsigned long *spare = psc_request_alloc(n);
	unsigned long *start = psc_request_alloc(RADIX);

	if (!spare || !start) {
		kvfree(spare);
		kvfree(start);
		return -ENOMEM;
	}
	radix_sort(pfns, n, spare, start);
	kvfree(start);
	return 0;
}

static bool ascending(const unsigned long *pfns, unsigned long n)
{
	unsigned long i;

	for (i = 1; i < n; i++)
		if (pfns[i] <= pfns[i - 1])
			return false;
	return true;
}

/* ---- make ---- */

/**
 * psc_request_range() - contiguous pages
 * @req:	to be freed by psc_request_free(), also after an error
 * @pfn:	the first one
 * @n:		how many, at least one
 *
 * Return: 0 or -ENOMEM
 */
int psc_request_range(struct psc_request *req, unsigned long pfn, unsigned long n)
{
	*req = (struct psc_request){ .units = psc_request_alloc(count_units(pfn, pfn + n)) };
	if (!req->units)
		return -ENOMEM;
	psc_request_add(req, pfn, n);
	return 0;
}

/**
 * psc_request_pfns() - pages in any order
 * @req:	to be freed by psc_request_free(), also after an error
 * @pfns:	their PFNs, from psc_request_alloc(); they become the request's
 * @n:		how many, at least one
 *
 * Ascending neighbours are what KVM merges into one exit to its user space.
 *
 * Return: 0, -ENOMEM, or -EINVAL if a page is there twice
 */
int psc_request_pfns(struct psc_request *req, unsigned long *pfns, unsigned long n)
{
	int err = 0;

	*req = (struct psc_request){};
	if (!ascending(pfns, n))
		err = sort_pfns(&pfns, n);
	req->units = pfns;
	if (err)
		return err;
	if (!ascending(pfns, n))
		return -EINVAL;
	cut_pfns(req, pfns, n);
	return 0;
}

/**
 * psc_request_pages() - how many 4K pages a request has
 * @req:	the request
 */
unsigned long psc_request_pages(const struct psc_request *req)
{
	unsigned long i, pages = 0;

	for (i = 0; i < req->n; i++)
		pages += psc_unit_pages(req->units[i]);
	return pages;
}

/**
 * psc_request_free() - forget a request
 * @req:	initialised by psc_request_range() or psc_request_pfns()
 */
void psc_request_free(struct psc_request *req)
{
	kvfree(req->units);
}
