/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzz targets have in common: input as a stream, a world, and what must hold. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "model.h"
#include "world.h"

struct input {
	const u8 *data;
	size_t left;
};

/* The next @n bytes as a number; zeroes behind the end. */
u64 take(struct input *in, u32 n);

/* The first three bytes of an input choose the host: flavour and options, plan, when it strikes. */
struct world *fuzz_world(struct input *in);

/* Aborts with the claim, so that the fuzzer keeps the input. */
void must(bool holds, const char *claim);

/* The RMP is one that hardware could have, and no page but the GHCB has been written to. */
void must_be_sane(const struct world *w);

/* The target: one input from end to end. */
void fuzz_one(struct input in);

#endif /* FUZZ_FUZZ_H */
