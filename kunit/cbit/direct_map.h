/* SPDX-License-Identifier: GPL-2.0 */
/* The pages of the world as the direct map has them. */
#ifndef KUNIT_DIRECT_MAP_H
#define KUNIT_DIRECT_MAP_H

#include "../world.h"

int direct_map_init(struct kunit *test);
void direct_map_exit(struct kunit *test);
void direct_map_split(struct kunit *test);
bool direct_map_find_block(void);
void direct_map_need_block(struct kunit *test);
enum psc_leaf_state direct_map_state(unsigned long pfn);
void direct_map_set(unsigned long pfn, unsigned long n, enum psc_leaf_state state);
void direct_map_write(unsigned long pfn, pteval_t value);

#endif /* KUNIT_DIRECT_MAP_H */
