/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's own conversions, for guests that we can't convert memory of ourselves. */
#ifndef SNP_PSC_KERNEL_OPS_H
#define SNP_PSC_KERNEL_OPS_H

#include <linux/types.h>

struct psc_request;

int psc_kernel_convert(struct psc_request *req, bool shared);

#endif /* SNP_PSC_KERNEL_OPS_H */
