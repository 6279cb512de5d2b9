/* SPDX-License-Identifier: GPL-2.0 */
/* One conversion from end to end. */
#ifndef SNP_PSC_CONVERT_H
#define SNP_PSC_CONVERT_H

#include <linux/types.h>

struct psc_batch;
struct psc_request;

/**
 * struct psc_transport - how the host is asked
 * @name:	"ghcb", "msr", "kernel" or "none"
 * @why:	why this one
 * @convert:	convert a request; NULL if there is nothing to do, ever
 * @prepare:	see how this CPU can use it, before anything has happened; migration is
 *		disabled. NULL if there is nothing to see
 * @send:	ask for a batch of entries, for psc_convert()
 */
struct psc_transport {
	const char *name;
	const char *why;
	int (*convert)(struct psc_request *req, bool shared);
	void (*prepare)(void);
	int (*send)(const struct psc_batch *batch);
};

extern const struct psc_transport *psc_transport;
extern unsigned int psc_batch_max;

int psc_convert(struct psc_request *req, bool shared);
void psc_poison(unsigned long pfn, unsigned long n);

#endif /* SNP_PSC_CONVERT_H */
