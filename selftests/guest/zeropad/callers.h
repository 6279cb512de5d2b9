/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the kernel's own that read words across the end of a page. */
#ifndef ZEROPAD_CALLERS_H
#define ZEROPAD_CALLERS_H

#include <linux/types.h>

enum {
	CALLERS = 6,
	NEAR_MAX = 7,	/* bytes of a word that are in the neighbour */
};

/* @call gets a name whose first @near bytes, the last of them 0, are the neighbour's last. */
struct caller {
	const char *name;
	unsigned int near_min;	/* with fewer it would read nothing */
	u64 (*call)(const char *name, unsigned int near);
};

extern const struct caller callers[CALLERS];

int callers_init(const char *names);
void callers_exit(void);
u64 caller_expected(u32 caller, unsigned int near);

#endif /* ZEROPAD_CALLERS_H */
