// SPDX-License-Identifier: GPL-2.0
/* What to convert, as an ascending list of pages without duplicates. Pure. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "request.h"

enum { RADIX_BITS = 8, RADIX = 1 << RADIX_BITS };

/* Too much is the caller's error and worth an errno, not a warning of the allocator's. */
static unsigned long *pfns_alloc(unsigned long n)
{
	return kvmalloc_array(n, sizeof(unsigned long), GFP_KERNEL | __GFP_NOWARN);
}

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

/* Sorting page by page through a comparison function costs more than all the rest. */
static int sort_pfns(struct psc_request *req)
{
	unsigned long i, differ = 0, *spare, *start;
	unsigned int shift;

	for (i = 1; i < req->n; i++)
		differ |= req->pfns[i] ^ req->pfns[0];

	spare = pfns_alloc(req->n);
	start = pfns_alloc(RADIX);
	if (!spare || !start) {
		kvfree(spare);
		kvfree(start);
		return -ENOMEM;
	}
	for (shift = 0; shift < BITS_PER_LONG; shift += RADIX_BITS) {
		if (!(differ >> shift & (RADIX - 1)))
			continue;
		radix_pass(spare, req->pfns, req->n, shift, start);
		swap(spare, req->pfns);
	}
	kvfree(spare);
	kvfree(start);
	return 0;
}

static bool ascending(const struct psc_request *req)
{
	unsigned long i;

	for (i = 1; i < req->n; i++)
		if (req->pfns[i] <= req->pfns[i - 1])
			return false;
	return true;
}

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
	unsigned long i;

	req->n = n;
	req->pfns = pfns_alloc(n);
	if (!req->pfns)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		req->pfns[i] = pfn + i;
	return 0;
}

/**
 * psc_request_pages() - pages in any order
 * @req:	to be freed by psc_request_free(), also after an error
 * @pages:	the pages
 * @n:		how many, at least one
 *
 * Ascending neighbours are what KVM merges into one exit to its user space.
 *
 * Return: 0, -ENOMEM, or -EINVAL if a page is there twice
 */
int psc_request_pages(struct psc_request *req, struct page **pages, unsigned long n)
{
	unsigned long i;
	int err;

	req->n = n;
	req->pfns = pfns_alloc(n);
	if (!req->pfns)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		req->pfns[i] = page_to_pfn(pages[i]);
	if (ascending(req))
		return 0;

	err = sort_pfns(req);
	if (err)
		return err;
	return ascending(req) ? 0 : -EINVAL;
}

/**
 * psc_request_free() - forget a request
 * @req:	initialised by psc_request_range() or psc_request_pages()
 */
void psc_request_free(struct psc_request *req)
{
	kvfree(req->pfns);
}
