// SPDX-License-Identifier: GPL-2.0
/*
 * The page state change engine, against the oracle. The input: the host, how to
 * go about it, the header, then entries of three bytes each (operation, size and
 * progress; block; page). When racing, the second half of them is written into
 * the buffer while the host is at work.
 */
#include <string.h>

#include "fuzz.h"
#include "oracle.h"

static struct input *racing;	/* NULL: nobody else is at the buffer */

static u64 take_entry(struct input *in)
{
	static const u16 done[] = { 0, 0, 0, 1, 2, 511, 512, 513 };
	u32 how = take(in, 1), block = take(in, 1), page = take(in, 1);
	u64 gfn = (block & 3) * 512 + (block & 8 ? page : page & 3) + (block >> 4 & 1) * PAGES;
	u64 entry = (u64)(how & 3) << 52 | gfn << 12 | done[how >> 3 & 7];

	if (how & 4)
		entry |= HUGE;
	if (block & 4)		/* anything at all */
		entry ^= (u64)page << (block >> 4 & 7) * 8;
	return entry;
}

static void edit_buffer(struct world *w)
{
	u32 where = take(racing, 2) & 0x7ff;

	if (where > 2032 - 8 || !racing->left)
		return;
	poke(w, O_BUFFER + where, where < 8 ? take(racing, 4) : take_entry(racing));
}

/* Nobody interferes: then the oracle knows, unless the GHCB's own page goes away. */
static void against_oracle(struct world *w, u32 offset)
{
	static struct oracle_psc o;

	o.cur = SHARED(u16, ghcb(w), offset);
	o.end = SHARED(u16, ghcb(w), offset + 2);
	o.capacity = (0xff0 - offset - 8) / 8;
	memcpy(o.entry, ghcb(w) + offset + 8, 8 * o.capacity);
	oracle_look(&o, w);
	oracle_psc(&o);

	nae(w, NAE_PSC_CODE, 0, 0);
	if (o.private[GHCB])
		return;
	must(get(w, O_INFO_1) == 0 && get(w, O_INFO_2) == o.result, "the oracle's result");
	must(SHARED(u16, ghcb(w), offset) == (u16)o.cur, "the oracle's cur_entry");
	must(w->v.counters[HOST_PSC_RUNS] == o.runs, "the oracle's runs");
	must(!memcmp(o.entry, ghcb(w) + offset + 8, 8 * o.capacity), "the oracle's entries");
	must(oracle_agrees(&o, w), "the oracle's pages");
}

/* Bits of the second byte. */
enum { RACING = 0x80, ELSEWHERE = 0x40, RESERVED = 0x20, OFFSET = 0x1f };

static void fill(struct world *w, struct input *in, u32 offset)
{
	u32 cur = take(in, 1), end = take(in, 2), n, i;
	u64 entries[MOST_ENTRIES];

	n = in->left / 3;
	if (n > (0xff0 - offset - 8) / 8)
		n = (0xff0 - offset - 8) / 8;
	if (racing)
		n /= 2;
	for (i = 0; i < n; i++)
		entries[i] = take_entry(in);
	psc_fill(w, offset, cur, end & 0xff ? end : n - 1, entries, n);
}

void fuzz_one(struct input in)
{
	struct world *w = fuzz_world(&in);
	u32 how = take(&in, 1), offset = O_BUFFER;

	racing = how & RACING ? &in : NULL;
	w->on_change = racing ? edit_buffer : NULL;
	if (how & ELSEWHERE)
		offset = 0xff0 - 8 - (how & OFFSET) * 5;
	fill(w, &in, offset);
	if (how & RESERVED)
		SHARED(u32, ghcb(w), offset + 4) = how;

	if (racing || w->h.fault.plan)
		nae(w, NAE_PSC_CODE, 0, 0);
	else
		against_oracle(w, offset);
	while (host_fault_watches(&w->h) && in.left)
		host_fault_read(&w->h, &w->v, offset + take(&in, 1) % 16 - 8, take(&in, 1) % 9);
	must_be_sane(w);
	must(w->out.action == HOST_RESUME || w->h.fault.plan, "an honest host goes on");
}
