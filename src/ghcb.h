/* SPDX-License-Identifier: GPL-2.0 */
/* Borrow this CPU's GHCB, send a page state change through it, give it back. */
#ifndef SNP_PSC_GHCB_H
#define SNP_PSC_GHCB_H

#include <linux/types.h>

struct psc_batch;

/**
 * struct psc_ghcb_report - what is known of one CPU's GHCB
 * @msr:	the GHCB MSR as it was read
 * @claimed:	the kernel's flag says that the GHCB is in use
 * @backup:	the kernel's flag says that its backup is in use
 * @version:	the protocol version it was last used with, 0 if never
 * @why_not:	why it can't be borrowed, NULL if it can
 */
struct psc_ghcb_report {
	u64 msr;
	u8 claimed;
	u8 backup;
	u16 version;
	const char *why_not;
};

int psc_ghcb_inspect(int cpu, struct psc_ghcb_report *report);
int psc_ghcb_ready(void);
int psc_ghcb_send(const struct psc_batch *batch);

#endif /* SNP_PSC_GHCB_H */
