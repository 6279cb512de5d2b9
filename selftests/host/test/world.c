// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

static void *shared_page(void *ctx, u64 gpa)
{
	struct world *w = ctx;

	return gpa >> 12 < SHARED_PAGES ? w->shared[gpa >> 12] + (gpa & 0xfff) : NULL;
}

static void changed(void *ctx, u64 gfn, u64 n, bool private)
{
	struct world *w = ctx;
	unsigned int i = w->changes++ % (ARRAY_SIZE(w->change));

	w->change[i].gfn = gfn;
	w->change[i].n = n;
	w->change[i].private = private;
	if (w->on_change)
		w->on_change(w);
}

static void violation(void *ctx, const struct host_violation *v)
{
	struct world *w = ctx;

	w->violations++;
	w->violation = *v;
}

static const struct host_ops ops = {
	.shared_page = shared_page, .changed = changed, .violation = violation,
};

static const struct host_flavour *find_flavour(const char *name)
{
	const struct host_flavour *flavour = host_flavours;

	for (; flavour->name; flavour++)
		if (!strcmp(flavour->name, name))
			return flavour;
	fprintf(stderr, "no flavour %s\n", name);
	abort();
}

struct world *world(const char *flavour)
{
	static struct world w;
	u64 i;

	memset(&w, 0, sizeof(w));
	memset(w.rmp, 0xff, sizeof(w.rmp));	/* host_init() has to clear them */
	host_init(&w.h, w.rmp, PAGES);
	host_vcpu_init(&w.v);
	w.h.ops = &ops;
	w.h.ctx = &w;
	w.h.flavour = find_flavour(flavour);
	host_launch(&w.h, PRIVATE, 512);
	for (i = FRESH; i < FRESH + 512; i++)
		w.rmp[i].private = true;
	w.v.registered_gpa = GHCB << 12;
	return &w;
}

u64 get(struct world *w, u32 offset)
{
	u64 value;

	memcpy(&value, ghcb(w) + offset, sizeof(value));
	return value;
}

void poke(struct world *w, u32 offset, u64 value)
{
	memcpy(ghcb(w) + offset, &value, sizeof(value));
}

void put(struct world *w, u32 offset, u64 value)
{
	if (offset == O_CPL)
		ghcb(w)[O_CPL] = value;
	else
		poke(w, offset, value);
	ghcb(w)[O_BITMAP + offset / 64] |= 1 << offset / 8 % 8;
}

bool is_valid(struct world *w, u32 offset)
{
	return ghcb(w)[O_BITMAP + offset / 64] >> offset / 8 % 8 & 1;
}

u64 msr(struct world *w, u64 request)
{
	w->v.ghcb_msr = request;
	host_vmgexit(&w->h, &w->v, &w->out);
	return w->v.ghcb_msr;
}

enum host_action nae(struct world *w, u64 code, u64 info_1, u64 info_2)
{
	put(w, O_CODE, code);
	put(w, O_INFO_1, info_1);
	put(w, O_INFO_2, info_2);
	w->v.ghcb_msr = GHCB << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	return w->out.action;
}

bool refused(struct world *w, u64 reason)
{
	return w->out.action == HOST_RESUME && get(w, O_INFO_1) == 2 && get(w, O_INFO_2) == reason;
}

void psc_fill(struct world *w, u32 offset, u16 cur, u16 end, const u64 *entries, u32 n)
{
	poke(w, offset, cur | (u64)end << 16);
	memcpy(ghcb(w) + offset + 8, entries, n * sizeof(*entries));
	put(w, O_SCRATCH, (GHCB << 12) + offset);
}

u64 psc_again(struct world *w)
{
	put(w, O_SCRATCH, (GHCB << 12) + O_BUFFER);
	nae(w, NAE_PSC_CODE, 0, 0);
	return get(w, O_INFO_1) ? ~0ULL : get(w, O_INFO_2);
}

u64 psc(struct world *w, const u64 *entries, u32 n)
{
	psc_fill(w, O_BUFFER, 0, n - 1, entries, n);
	return psc_again(w);
}

u64 psc_entry(struct world *w, u32 i)
{
	return get(w, O_BUFFER + 8 + 8 * i);
}

u16 psc_cur(struct world *w)
{
	return get(w, O_BUFFER);
}

const char *state(struct world *w, u64 gfn)
{
	static char text[4];

	text[0] = w->rmp[gfn].assigned ? 'a' : '-';
	text[1] = w->rmp[gfn].validated ? 'v' : '-';
	text[2] = w->rmp[gfn].private ? 'p' : '-';
	return text;
}
