/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that read across the boundaries while pages are converted. */
#ifndef ZEROPAD_HAMMER_H
#define ZEROPAD_HAMMER_H

#include <linux/types.h>

#include "callers.h"
#include "pairs.h"

enum { HAMMERS_MAX = 8 };

/* What is under fire: the converter's request, the first @n of @pair. */
struct target {
	u32 n;
	u16 pair[PAIRS];
};

struct counts {
	unsigned long reads;		/* words, read across a boundary */
	unsigned long hidden;		/* of them, those that found no page behind it */
	unsigned long stale;		/* and those that read through a leaf just hidden */
	unsigned long calls[CALLERS];
	unsigned long calls_hidden[CALLERS];
	unsigned long wrong;		/* values other than they had to be */
	unsigned long unflushed;	/* leaves that came back before this CPU was flushed */
};

extern struct target target;

int hammers_start(u32 seed, unsigned int pause);
void hammers_stop(void);
struct counts hammers_counts(void);

#endif /* ZEROPAD_HAMMER_H */
