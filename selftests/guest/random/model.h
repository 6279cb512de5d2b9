/* SPDX-License-Identifier: GPL-2.0 */
/* What should be true of a set's pages, and whether it is. */
#ifndef RANDOM_MODEL_H
#define RANDOM_MODEL_H

#include "set.h"

void model_begin(struct set *set, u32 i);
void model_convert(struct set *set, u32 i, bool shared);
void model_undo(struct set *set, u32 i);
bool model_check(struct set *set, u32 i);
bool model_check_rmp(struct set *set, u32 i);
bool model_check_view(struct set *set, u32 i);
void model_check_all(struct set *set);
void model_differs(struct set *set, u32 i, const char *what, u64 expected, u64 found);

#endif /* RANDOM_MODEL_H */
