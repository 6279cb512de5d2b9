// SPDX-License-Identifier: GPL-2.0
#include "oracle.h"

/* An entry, taken apart. */
struct part {
	u64 gfn;
	u32 operation, size, done;
};

static struct part take_apart(u64 entry)
{
	return (struct part) {
		.done = entry & 0xfff,
		.gfn = entry << 12 >> 24,
		.operation = entry << 8 >> 60,
		.size = entry & HUGE ? 512 : 1,
	};
}

/* Pages [gfn, gfn + n) for the VMM: false if it refuses. */
static bool map(struct oracle_psc *o, u32 operation, u64 gfn, u64 n)
{
	u64 page;

	o->runs++;
	for (page = gfn; page < gfn + n; page++)
		if (operation == 1 && page >= PAGES)
			return false;
	for (page = gfn; page < gfn + n && page < PAGES; page++)
		o->private[page] = operation == 1;
	return true;
}

/* How many entries from o->cur on make one run, and of how many pages. */
static u32 measure(const struct oracle_psc *o, u64 *pages)
{
	struct part first = take_apart(o->entry[o->cur]), next;
	u32 size = first.done ? 1 : first.size, n = 1;

	for (*pages = first.size - first.done; o->cur + n <= o->end; n++, *pages += size) {
		next = take_apart(o->entry[o->cur + n]);
		if (next.done || next.size != size || next.operation != first.operation ||
		    next.gfn != first.gfn + *pages)
			break;
	}
	return n;
}

void oracle_psc(struct oracle_psc *o)
{
	struct part first;
	u64 pages;
	u32 n;

	o->runs = 0;
	o->result = o->end < o->capacity ? 0 : BAD_HEADER;
	while (!o->result && o->cur <= o->end) {
		first = take_apart(o->entry[o->cur]);
		if (first.done > first.size || first.gfn % first.size) {
			o->result = BAD_ENTRY;
			return;
		}
		if (first.done == first.size) {
			o->cur++;
			continue;
		}
		n = measure(o, &pages);
		if ((first.operation == 1 || first.operation == 2) &&
		    !map(o, first.operation, first.gfn + first.done, pages)) {
			o->result = GENERIC;
			return;
		}
		for (; n; n--, o->cur++)
			o->entry[o->cur] = (o->entry[o->cur] & ~0xfffULL) |
					   take_apart(o->entry[o->cur]).size;
	}
}

void oracle_look(struct oracle_psc *o, const struct world *w)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		o->private[i] = w->rmp[i].private;
}

bool oracle_agrees(const struct oracle_psc *o, const struct world *w)
{
	u32 i;

	for (i = 0; i < PAGES && o->private[i] == w->rmp[i].private; i++)
		;
	return i == PAGES;
}
