/* SPDX-License-Identifier: GPL-2.0 */
/* The gate, and what the rest of the module may call like a driver. */
#ifndef SNP_PSC_API_H
#define SNP_PSC_API_H

#include <linux/mutex.h>
#include <linux/sched/mm.h>

struct page;
struct psc_counts;

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

/*
 * For mutexes that are held while pages are converted. What is allocated under them must
 * not wait for I/O: it may be that of a driver which waits for the mutex, to convert a
 * page for it.
 */
static inline unsigned int psc_enter(struct mutex *lock)
{
	might_sleep();
	mutex_lock(lock);
	return memalloc_noio_save();
}

static inline void psc_leave(struct mutex *lock, unsigned int noio)
{
	memalloc_noio_restore(noio);
	mutex_unlock(lock);
}

void psc_gate_close(enum psc_gate reason);
void psc_gate_open(enum psc_gate reason);
unsigned int psc_gate(void);

void psc_pause(void);
void psc_resume(void);

int psc_convert_pages(struct page **pages, unsigned long n, bool shared, bool past_gate,
		      struct psc_counts *counts);

#endif /* SNP_PSC_API_H */
