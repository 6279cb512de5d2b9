/* SPDX-License-Identifier: GPL-2.0 */
/* The private window, and what is done to pages through it. */
#ifndef SNP_PSC_PVALIDATE_H
#define SNP_PSC_PVALIDATE_H

#include "abi.h"

struct psc_request;

/**
 * struct psc_pvalidated - how far psc_pvalidate() got
 * @pages:	index of the first page that was not tried, or did not change
 * @result:	what the last PVALIDATE answered
 * @tried:	how many pages that one was about
 */
struct psc_pvalidated {
	unsigned long pages;
	enum psc_pvalidate result;
	unsigned int tried;
};

int psc_window_init(void);
void psc_window_exit(void);
void psc_window_empty(void);

struct psc_pvalidated psc_pvalidate_pages(const unsigned long *pfns, unsigned long n,
					  bool validate);
struct psc_pvalidated psc_pvalidate(unsigned long unit, unsigned long first, unsigned long end,
				    bool validate);
void psc_clean_caches(const struct psc_request *req, bool shared);

#endif /* SNP_PSC_PVALIDATE_H */
