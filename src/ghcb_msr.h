/* SPDX-License-Identifier: GPL-2.0 */
/* The GHCB MSR protocol: a request in the GHCB MSR, no page. */
#ifndef SNP_PSC_GHCB_MSR_H
#define SNP_PSC_GHCB_MSR_H

#include "psc.h"

/**
 * enum psc_msr_request - what can be asked
 * @PSC_MSR_PREFERRED:	where the host wants a GHCB to be
 * @PSC_MSR_REGISTER:	to take a page for this CPU's GHCB
 * @PSC_MSR_CHANGE:	to change the state of one 4K page
 * @PSC_MSR_FEATURES:	what the hypervisor can do
 */
enum psc_msr_request { PSC_MSR_PREFERRED, PSC_MSR_REGISTER, PSC_MSR_CHANGE, PSC_MSR_FEATURES };

/**
 * struct psc_msr_answer - what came of a request
 * @value:	the last value that the MSR had after a VMGEXIT, all 64 bits
 * @irqs_off:	the longest time with interrupts off, in nanoseconds
 * @exits:	how many VMGEXITs it took
 */
struct psc_msr_answer {
	u64 value;
	u64 irqs_off;
	u16 exits;
};

enum psc_verdict psc_msr_judge(enum psc_msr_request what, u64 data, u64 answer);
enum psc_verdict psc_msr_ask(enum psc_msr_request what, u64 data, struct psc_msr_answer *answer);
int psc_msr_send(const struct psc_batch *batch);

#endif /* SNP_PSC_GHCB_MSR_H */
