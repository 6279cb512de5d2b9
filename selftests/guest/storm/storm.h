/* SPDX-License-Identifier: GPL-2.0 */
/* The storms that a module has to make. */
#ifndef STORM_H
#define STORM_H

#include <linux/prandom.h>
#include <linux/types.h>

/*
 * A storm is gusts, one after the other in a thread of its own, or something that goes on
 * from start() to stop(). Only count() has to be there.
 */
struct storm {
	const char *name;
	int (*start)(void);
	void (*gust)(struct rnd_state *rnd);
	void (*stop)(void);
	unsigned long (*count)(void);	/* how much of it there was */
	unsigned long (*wrong)(void);	/* how much of that should not have been */
};

/* One of 0 to n - 1. */
static inline u32 below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

extern const struct storm nmi_storm, watchdog_storm, ipi_storm, hotplug_storm, memory_storm;

extern unsigned int nmi_every;

int nmi_init(void);
void nmi_exit(void);

#endif /* STORM_H */
