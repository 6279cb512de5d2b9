/* SPDX-License-Identifier: GPL-2.0 */
/* One conversion from end to end, and the gate before it. */
#ifndef SNP_PSC_CONVERT_H
#define SNP_PSC_CONVERT_H

#include <linux/types.h>

struct page;
struct psc_batch;
struct psc_counts;

/**
 * struct psc_transport - how the host is asked
 * @name:	"ghcb" or "none"
 * @why:	why this one
 * @ready:	can this CPU use it? 0 or a negative errno; migration is disabled
 * @send:	ask for a batch of pages; NULL if nothing is ever converted
 * @result:	what conversions return without @send
 */
struct psc_transport {
	const char *name;
	const char *why;
	int (*ready)(void);
	int (*send)(const struct psc_batch *batch);
	int result;
};

/**
 * enum psc_gate - reasons not to convert anything
 * @PSC_GATE_REBOOT:	the guest goes down, or starts another kernel
 * @PSC_GATE_HIBERNATE:	the guest's memory is about to be written to disk
 */
enum psc_gate {
	PSC_GATE_REBOOT		= 1 << 0,
	PSC_GATE_HIBERNATE	= 1 << 1,
};

enum { PSC_GATE_OPEN = 0 };

extern const struct psc_transport *psc_transport;
extern unsigned int psc_batch_max;

void psc_gate_close(enum psc_gate reason);
void psc_gate_open(enum psc_gate reason);
unsigned int psc_gate(void);

int psc_convert_pages(struct page **pages, unsigned long n, bool shared, bool past_gate,
		      struct psc_counts *counts);
struct psc_counts psc_counts_read(void);
void psc_counts_reset(void);

#endif /* SNP_PSC_CONVERT_H */
