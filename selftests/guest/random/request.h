/* SPDX-License-Identifier: GPL-2.0 */
/* Requests, drawn at random and made. */
#ifndef RANDOM_REQUEST_H
#define RANDOM_REQUEST_H

#include "set.h"

extern atomic_long_t requests_made;
extern bool may_fail;

u32 request_random(struct set *set);
void request_all_private(struct set *set);

#endif /* RANDOM_REQUEST_H */
