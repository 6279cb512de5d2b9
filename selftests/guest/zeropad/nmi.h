/* SPDX-License-Identifier: GPL-2.0 */
/* NMIs of the SNP machine at random instructions, which let other vCPUs run there. */
#ifndef ZEROPAD_NMI_H
#define ZEROPAD_NMI_H

#include <linux/prandom.h>

extern unsigned long nmis;	/* that have come */

int nmi_init(void);
void nmi_exit(void);
void nmi_arm(struct rnd_state *rnd);
void nmi_disarm(void);

#endif /* ZEROPAD_NMI_H */
