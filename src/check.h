/* SPDX-License-Identifier: GPL-2.0 */
/* May these pages be converted? */
#ifndef SNP_PSC_CHECK_H
#define SNP_PSC_CHECK_H

#include <linux/types.h>

struct psc_request;

int psc_check(struct psc_request *req, bool shared);

#endif /* SNP_PSC_CHECK_H */
