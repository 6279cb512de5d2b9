/* SPDX-License-Identifier: GPL-2.0 */
/* Borrow this CPU's GHCB, send a page state change through it, give it back. */
#ifndef SNP_PSC_GHCB_H
#define SNP_PSC_GHCB_H

#include "abi.h"

struct psc_batch;

/**
 * struct psc_runtime_data - the kernel's struct sev_es_runtime_data, as far as it concerns us
 * @ghcb:		the GHCB, shared
 * @backup_ghcb:	its copy while somebody else uses it in between
 * @ghcb_active:	flag: the GHCB is in use
 * @backup_ghcb_active:	flag: the backup is in use, too
 * @padding:		zero
 */
struct psc_runtime_data {
	struct psc_ghcb ghcb;
	struct psc_ghcb backup_ghcb;
	__u8 ghcb_active;
	__u8 backup_ghcb_active;
	__u8 padding[6];
};

/**
 * struct psc_loan - a GHCB that is borrowed, interrupts are off
 * @data:	the GHCB and what is behind it
 * @gpa:	its address
 * @claimed:	the flag is ours to clear
 * @flags:	of the CPU before
 * @since:	when interrupts were turned off
 */
struct psc_loan {
	struct psc_runtime_data *data;
	u64 gpa;
	bool claimed;
	unsigned long flags;
	u64 since;
};

void psc_ghcb_borrow(struct psc_loan *loan);
u64 psc_ghcb_give_back(const struct psc_loan *loan);
int psc_ghcb_send(const struct psc_batch *batch);

#endif /* SNP_PSC_GHCB_H */
