/* SPDX-License-Identifier: GPL-2.0 */
/* What a call costs: its time, and what the machine counts meanwhile. */
#ifndef PRICE_H
#define PRICE_H

#include <linux/ktime.h>
#include <linux/types.h>

/**
 * struct price - of the last call
 * @ns:		time
 * @cycles:	the same, by the TSC
 */
struct price {
	u64 ns;
	u64 cycles;
};

void price_begin(struct price *p);
void price_end(struct price *p);

#endif /* PRICE_H */
