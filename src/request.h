/* SPDX-License-Identifier: GPL-2.0 */
/* What to convert, as ascending units: whole 2M blocks, and 4K pages. */
#ifndef SNP_PSC_REQUEST_H
#define SNP_PSC_REQUEST_H

#include <linux/bits.h>

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
 */
struct psc_request {
	unsigned long *units;
	unsigned long n;
	unsigned long alias;
	unsigned long alias_pages;
};

unsigned long *psc_request_alloc(unsigned long n);
void psc_request_add(struct psc_request *req, unsigned long pfn, unsigned long n);
int psc_request_range(struct psc_request *req, unsigned long pfn, unsigned long n);
int psc_request_pfns(struct psc_request *req, unsigned long *pfns, unsigned long n);
unsigned long psc_request_pages(const struct psc_request *req);
void psc_request_free(struct psc_request *req);

#endif /* SNP_PSC_REQUEST_H */
