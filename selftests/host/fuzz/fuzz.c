// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { FLAVOUR = 0x1, LENIENT = 0x2, IMPLICIT = 0x4, BACKED_2M = 0x8 };

u64 take(struct input *in, u32 n)
{
	u64 value = 0;
	u32 i;

	for (i = 0; i < n && in->left; i++, in->data++, in->left--)
		value |= (u64)*in->data << 8 * i;
	return value;
}

/* A fresh world by copying one, with no more than the pages around the GHCB: for speed. */
static struct world *copied_world(void)
{
	static struct world first, copy;

	if (!first.h.rmp) {
		first = *world(host_flavours[0].name);
		copy = first;
	}
	copy.h = first.h;
	copy.h.rmp = copy.rmp;
	copy.h.ctx = &copy;
	copy.v = first.v;
	copy.violations = 0;
	copy.changes = 0;
	copy.on_change = NULL;
	memcpy(copy.rmp, first.rmp, sizeof(copy.rmp));
	memset(copy.shared[GHCB - 1], 0, 3 * sizeof(copy.shared[0]));
	return &copy;
}

struct world *fuzz_world(struct input *in)
{
	u32 options = take(in, 1), plan = take(in, 1), when = take(in, 1), i;
	struct world *w = copied_world();
	char armed[64];

	w->h.flavour = &host_flavours[options & FLAVOUR];
	w->h.strict = !(options & LENIENT);
	w->h.implicit = options & IMPLICIT;
	w->h.rmp_2m = options & BACKED_2M;
	for (i = 0; host_fault_name(i); i++)
		;
	if (plan >= i)
		return w;
	snprintf(armed, sizeof(armed), "%s@%ux%u", host_fault_name(plan), when & 3, when >> 2 & 3);
	must(host_fault_arm(&w->h, armed), "every plan can be armed");
	return w;
}

void must(bool holds, const char *claim)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", claim);
	abort();
}

static void must_be_one_entry(const struct rmp_entry *block)
{
	u32 i;

	for (i = 0; i < PAGES_PER_2M; i++)
		must(block[i].huge && block[i].private && block[i].assigned &&
		     block[i].validated == block->validated && block[i].vmsa == block->vmsa,
		     "a 2M entry is one entry");
}

void must_be_sane(const struct world *w)
{
	static const u8 zeroes[4096];
	const struct rmp_entry *e = w->rmp;

	for (; e < w->rmp + PAGES; e++) {
		must(e->assigned || !(e->validated | e->vmsa | e->huge),
		     "what isn't assigned has no other state");
		must(e->private || !e->assigned, "what is assigned is private");
		if (e->huge && !((e - w->rmp) % PAGES_PER_2M))
			must_be_one_entry(e);
		must(!e->huge || w->rmp[(e - w->rmp) & ~(PAGES_PER_2M - 1)].huge,
		     "a 2M entry has a beginning");
	}
	must(!memcmp(w->shared[GHCB - 1], zeroes, 4096) &&
	     !memcmp(w->shared[GHCB + 1], zeroes, 4096), "only the GHCB is written to");
}

/* libFuzzer's name for it. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_one((struct input) { data, size });
	return 0;
}
