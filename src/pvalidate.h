/* SPDX-License-Identifier: GPL-2.0 */
/* The private window, and what is done to pages through it. */
#ifndef SNP_PSC_PVALIDATE_H
#define SNP_PSC_PVALIDATE_H

#include "abi.h"

int psc_window_init(void);
void psc_window_exit(void);
void psc_window_empty(void);

unsigned long psc_pvalidate(const unsigned long *pfns, unsigned long n, bool validate,
			    enum psc_pvalidate *result);
void psc_clean_caches(const unsigned long *pfns, unsigned long n, bool shared);

#endif /* SNP_PSC_PVALIDATE_H */
