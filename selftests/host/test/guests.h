/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two guests that convert pages: Linux as it is, and one that believes nothing
 * and undoes what fails, as the module means to be. Neither shares code with
 * what it imitates; they are here to try fault plans on.
 */
#ifndef TEST_GUESTS_H
#define TEST_GUESTS_H

#include "world.h"

enum outcome {
	DONE,		/* every page is as wanted, and can be used */
	UNDONE,		/* every page is as it was, and can be used */
	POISONED,	/* some pages will never be used again, all others are as they were */
	DIES,		/* the guest ends itself */
	STOPPED,	/* the host does not run it any more */
	HANGS,		/* it asks for ever */
	NR_OUTCOMES,
};

extern const char *const outcome_name[NR_OUTCOMES];

enum { MOST_PAGES = 512 };

struct conversion {
	struct world *w;
	u64 gfn;
	u32 n;			/* 4K pages */
	u32 stride;		/* 1: they are contiguous */
	u32 batch;		/* so many of them a descriptor; Linux puts all into one */
	bool huge;		/* asked for by 2M */
	bool to_shared;
	bool by_msr;		/* the careful guest alone */
};

enum outcome linux_converts(const struct conversion *c);
enum outcome careful_converts(const struct conversion *c);

/* Linux registers its GHCB; false: it terminates. */
bool linux_registers(struct world *w);

/* A careful guest finds out whether it may use its GHCB. */
bool careful_confirms(struct world *w);

#endif /* TEST_GUESTS_H */
