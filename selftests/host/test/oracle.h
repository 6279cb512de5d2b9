/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host model a second time: short, slow, and thought out anew. Whatever
 * both say alike is either right or wrong twice.
 */
#ifndef TEST_ORACLE_H
#define TEST_ORACLE_H

#include "world.h"

enum { MOST_ENTRIES = 253 };

/* A page state change: what goes in, and what has to come out. */
struct oracle_psc {
	u32 capacity;
	u32 cur, end;
	u64 entry[MOST_ENTRIES];
	u64 result;		/* sw_exit_info_2 */
	u32 runs;
	bool private[PAGES];
};

void oracle_psc(struct oracle_psc *o);

/* The pages of @w before, and a comparison after. */
void oracle_look(struct oracle_psc *o, const struct world *w);
bool oracle_agrees(const struct oracle_psc *o, const struct world *w);

/* Every sequence of up to @depth operations; one claim for each way of doing it. */
void oracle_test(unsigned int depth);

#endif /* TEST_ORACLE_H */
