/* SPDX-License-Identifier: GPL-2.0 */
/* Words that the host must never see, and where they are put. */
#ifndef HOSTILE_CANARY_H
#define HOSTILE_CANARY_H

#include <linux/types.h>

#include "../../machine/ports.h"

enum canary_place {
	CANARY_TEXT,
	CANARY_STACK,
	CANARY_SLAB,
	CANARY_GHCB,		/* its shared buffer */
	CANARY_PAGE,		/* private ones, those about to be shared among them */
	CANARY_BALLOON,		/* whatever the page allocator hands out */
};

static inline u64 canary_word(enum canary_place place, unsigned int i)
{
	return (u64)CANARY << CANARY_SHIFT | place << 12 | (i & 0xfff);
}

void canary_plant(void);
bool canary_take_back(void);

#endif /* HOSTILE_CANARY_H */
