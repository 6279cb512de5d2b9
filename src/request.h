/* SPDX-License-Identifier: GPL-2.0 */
/* What to convert, as an ascending list of pages without duplicates. */
#ifndef SNP_PSC_REQUEST_H
#define SNP_PSC_REQUEST_H

struct page;

/**
 * struct psc_request - pages that are to change their state together
 * @pfns:	page frame numbers, ascending, no page twice
 * @n:		how many
 */
struct psc_request {
	unsigned long *pfns;
	unsigned long n;
};

int psc_request_range(struct psc_request *req, unsigned long pfn, unsigned long n);
int psc_request_pages(struct psc_request *req, struct page **pages, unsigned long n);
void psc_request_free(struct psc_request *req);

#endif /* SNP_PSC_REQUEST_H */
