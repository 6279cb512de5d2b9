/* SPDX-License-Identifier: GPL-2.0 */
/* The kinds of memory that a driver may have. */
#ifndef RANDOM_KINDS_H
#define RANDOM_KINDS_H

#include "set.h"

enum {
	KIND_LOOSE	= 1,	/* its pages can be asked for one by one */
	KIND_BLOCKS	= 2,	/* it has blocks of 2M */
};

/*
 * alloc() sets the extent's addr and the owned pages' page; free() gets them back
 * in that state.
 */
struct kind {
	const char *name;
	u32 pages, bystanders;
	unsigned int flags;
	int (*alloc)(struct set *set, struct extent *e);
	void (*free)(struct set *set, struct extent *e);
};

/* The last one is "foreign": shared by the kernel's own function, so none of snp_psc's. */
extern const struct kind kinds[EXTENTS];

#endif /* RANDOM_KINDS_H */
