/* SPDX-License-Identifier: GPL-2.0 */
/* What to convert, as ascending units: whole 2M blocks, and 4K pages. */
#ifndef SNP_PSC_REQUEST_H
#define SNP_PSC_REQUEST_H

#include <linux/bits.h>
#include <linux/sched.h>

#include "abi.h"

/* A unit is the PFN of a 4K page; or, with this bit, of the first page of a whole 2M block. */
#define PSC_UNIT_LARGE	BIT(63)

static inline unsigned long psc_unit_pfn(unsigned long unit)
{
	return unit & ~PSC_UNIT_LARGE;
}

static inline unsigned long psc_unit_pages(unsigned long unit)
{
	return unit & PSC_UNIT_LARGE ? PSC_BLOCK_PAGES : 1;
}

/**
 * struct psc_request - pages that are to change their state together
 * @units:	ascending, no page twice, as many 2M blocks as there are
 * @n:		how many units
 * @alias:	address of a second mapping of these very pages that changes along
 *		with the direct map, 0 if there is none
 * @alias_pages: its length
 * @leaves:	so many leaves of the direct map it has, as soon as it has been split; this
 *		and what follows by psc_check(). If others split more, psc_hide() fails.
 * @uneven:	there may be a leaf that maps more than the unit that it is in
 * @in_image:	there is a page table of the kernel image mapping for some of it
 */
struct psc_request {
	unsigned long *units;
	unsigned long n;
	unsigned long alias;
	unsigned long alias_pages;
	unsigned long leaves;
	bool uneven;
	bool in_image;
};

/**
 * struct psc_part - what of a request lies in one 2M block
 * @units:	4K pages, or a single unit that is the whole block
 * @n:		how many
 */
struct psc_part {
	const unsigned long *units;
	unsigned long n;
};

/**
 * psc_next_part() - go on to the next 2M block, for much has to be found out but once there
 * @req:	the request
 * @part:	begin with a zeroed struct
 *
 * Context: May reschedule.
 * Return: false if there is no more
 */
static inline bool psc_next_part(const struct psc_request *req, struct psc_part *part)
{
	const unsigned long *first = part->units ? part->units + part->n : req->units;
	const unsigned long *unit = first, *end = req->units + req->n;

	while (unit < end && (*unit ^ *first) < PSC_BLOCK_PAGES)
		unit++;
	part->units = first;
	part->n = unit - first;
	cond_resched();
	return part->n;
}

static inline unsigned long psc_part_pfn(const struct psc_part *part)
{
	return psc_unit_pfn(part->units[0]);
}

static inline bool psc_part_is_block(const struct psc_part *part)
{
	return part->units[0] & PSC_UNIT_LARGE;
}

unsigned long *psc_request_alloc(unsigned long n);
void psc_request_add(struct psc_request *req, unsigned long pfn, unsigned long n);
int psc_request_range(struct psc_request *req, unsigned long pfn, unsigned long n);
int psc_request_pfns(struct psc_request *req, unsigned long *pfns, unsigned long n);
unsigned long psc_request_pages(const struct psc_request *req);
void psc_request_free(struct psc_request *req);

#endif /* SNP_PSC_REQUEST_H */
