// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "guests.h"

const char *const outcome_name[NR_OUTCOMES] = {
	[DONE] = "done", [UNDONE] = "undone", [POISONED] = "poisoned", [DIES] = "dies",
	[STOPPED] = "stopped", [HANGS] = "hangs",
};

enum { PATIENCE = 3, FOR_EVER = 2000 };

/* What one page, or one request, came to. */
enum result { OK, UNCHANGED, REFUSED, STOP };

struct answer {
	u64 header, info_1, info_2;
	bool empty;		/* the bitmap */
};

static u64 entry(const struct conversion *c, u64 gfn, bool shared)
{
	return (shared ? TO_SHARED(gfn) : TO_PRIVATE(gfn)) | (c->huge ? HUGE : 0);
}

static u64 page(const struct conversion *c, u32 i)
{
	return c->gfn + i * c->stride;
}

/* One read of the header, that of the host's answer or of the request's progress. */
static u64 read_header(struct world *w, u32 offset, u32 len)
{
	u64 value;

	host_fault_read(&w->h, &w->v, O_BUFFER + offset, len);
	value = get(w, O_BUFFER + offset);
	return len == 8 ? value : value & ((1ULL << 8 * len) - 1);
}

/* A request for the entries from @cur on; returns how many there are in all. */
static u32 fill(const struct conversion *c, bool shared, u32 first, u32 n, u32 cur)
{
	u64 entries[MOST_PAGES];
	u32 i, count = 0;

	memset(ghcb(c->w) + O_BUFFER, 0, 2032);
	for (i = first; i < first + n; i += c->huge ? 512 : 1)
		entries[count++] = entry(c, page(c, i), shared);
	psc_fill(c->w, O_BUFFER, cur, count - 1, entries, count);
	return count;
}

static enum result psc_exit(struct world *w)
{
	put(w, O_SCRATCH, (GHCB << 12) + O_BUFFER);
	return nae(w, NAE_PSC_CODE, 0, 0) == HOST_STOP ? STOP : OK;
}

static enum result pvalidate_one(struct world *w, u64 gfn, u64 size, bool validate, u32 *eax)
{
	bool cf;

	if (host_pvalidate(&w->h, &w->v, gfn << 12, true, size, validate, eax, &cf) !=
	    HOST_INSN_DONE)
		return STOP;
	if (*eax)
		return REFUSED;
	return cf ? UNCHANGED : OK;
}

/* By 2M first if that was asked for; returns how many pages were done. */
static u32 pvalidate(const struct conversion *c, u32 first, u32 n, bool validate,
		     enum result *step)
{
	u32 i, eax;

	if (c->huge && n == 512) {
		*step = pvalidate_one(c->w, page(c, first), 1, validate, &eax);
		if (*step != REFUSED || eax != RMP_FAIL_SIZEMISMATCH)
			return *step == OK ? n : 0;
	}
	*step = OK;
	for (i = 0; i < n && *step == OK; i++)
		*step = pvalidate_one(c->w, page(c, first + i), 0, validate, &eax);
	return *step == OK ? n : i - 1;
}

/* The first use after a conversion. */
static enum outcome use(const struct conversion *c, bool shared, const bool *lost)
{
	u32 i;

	for (i = 0; i < c->n; i++) {
		if (lost && lost[i])
			continue;
		switch (host_access(&c->w->h, &c->w->v, page(c, i) << 12, HOST_WRITE, !shared)) {
		case HOST_ACCESS_OK:
			break;
		case HOST_ACCESS_NOT_VALIDATED:
			return DIES;
		default:
			return STOPPED;
		}
	}
	return DONE;
}

/* ---- Linux: any surprise ends it ---- */

/*
 * vmgexit_psc(), as gcc compiles it: after an exit each field of the header is read
 * once, though the source reads it twice, for the check and for the loop.
 */
static enum outcome linux_psc(const struct conversion *c)
{
	struct world *w = c->w;
	u32 end = fill(c, c->to_shared, 0, c->n, 0) - 1, stop = end, cur = 0, rounds = 0;

	while (cur <= stop) {
		if (rounds++ == FOR_EVER)
			return HANGS;
		if (psc_exit(w) == STOP)
			return STOPPED;
		if ((u32)get(w, O_INFO_1) || get(w, O_INFO_2))
			return DIES;
		if (read_header(w, 4, 4))
			return DIES;
		stop = read_header(w, 2, 2);
		cur = read_header(w, 0, 2);
		if (stop > end)
			return DIES;
	}
	return DONE;
}

static enum outcome linux_pvalidate(const struct conversion *c)
{
	enum result step;

	pvalidate(c, 0, c->n, !c->to_shared, &step);
	return step == OK ? DONE : step == STOP ? STOPPED : DIES;
}

enum outcome linux_converts(const struct conversion *c)
{
	enum outcome outcome;

	outcome = c->to_shared ? linux_pvalidate(c) : linux_psc(c);
	if (outcome == DONE)
		outcome = c->to_shared ? linux_psc(c) : linux_pvalidate(c);
	return outcome == DONE ? use(c, c->to_shared, NULL) : outcome;
}

bool linux_registers(struct world *w)
{
	return msr(w, (GHCB << 12) | 0x012) == ((GHCB << 12) | 0x013);
}

/* ---- a careful guest ---- */

static struct answer take_answer(struct world *w)
{
	return (struct answer) {
		.header = read_header(w, 0, 8),
		.info_1 = get(w, O_INFO_1), .info_2 = get(w, O_INFO_2),
		.empty = !get(w, O_BITMAP) && !get(w, O_BITMAP + 8),
	};
}

/* Somebody used the GHCB in between: worth another try. */
static bool is_lost(const struct answer *a)
{
	return a->empty || ((u32)a->info_1 == 2 && (a->info_2 == 4 || a->info_2 == 6));
}

/* Progress only ever counts forward, and an error with nothing left to do makes no sense. */
static bool is_refusal(const struct answer *a, u32 next, u32 count)
{
	u32 cur = a->header & 0xffff;

	return (u32)a->info_1 || (a->info_2 && a->info_2 != GENERIC) || a->header >> 32 ||
	       a->header >> 16 != count - 1 || cur < next || cur > count ||
	       (cur == count && a->info_2);
}

static enum result send_ghcb(const struct conversion *c, bool shared, u32 first, u32 n)
{
	u32 next = 0, count, stalls = 0;

	do {
		struct answer a;

		count = fill(c, shared, first, n, next);
		if (psc_exit(c->w) == STOP)
			return STOP;
		a = take_answer(c->w);
		if (is_lost(&a)) {
			stalls++;
			continue;
		}
		if (is_refusal(&a, next, count))
			return REFUSED;
		stalls += (a.header & 0xffff) == next || a.info_2;
		next = a.header & 0xffff;
	} while (next < count && stalls <= PATIENCE);
	return next == count ? OK : REFUSED;
}

static enum result send_msr(const struct conversion *c, bool shared, u32 first, u32 n)
{
	u32 i, tries;

	for (i = first; i < first + n; i++) {
		u64 request = (shared ? 2ULL : 1ULL) << 52 | page(c, i) << 12 | 0x014, answer;

		for (tries = 0; tries <= PATIENCE; tries++) {
			answer = msr(c->w, request);
			if ((answer & 0xfff) == 0x015)
				break;
		}
		if (answer != 0x015)
			return REFUSED;
	}
	return OK;
}

static enum result send(const struct conversion *c, bool shared, u32 first, u32 n)
{
	return (c->by_msr ? send_msr : send_ghcb)(c, shared, first, n);
}

/* One descriptor's pages, and how far they got. */
struct piece {
	u32 first, n;
	u32 pvalidated;		/* so many, from the first one on */
	bool sent;		/* the host has heard of them */
};

static enum result pvalidate_piece(const struct conversion *c, struct piece *p, bool validate,
				   bool *lost)
{
	enum result step;

	p->pvalidated = pvalidate(c, p->first, p->n, validate, &step);
	if (step == UNCHANGED)
		lost[p->first + p->pvalidated] = true;
	return step;
}

static enum result share(const struct conversion *c, struct piece *p, bool *lost)
{
	enum result step = pvalidate_piece(c, p, false, lost);

	if (step != OK)
		return step;
	p->sent = true;
	return send(c, true, p->first, p->n);
}

static enum result unshare(const struct conversion *c, struct piece *p, bool *lost)
{
	enum result step = send(c, false, p->first, p->n);

	p->sent = true;
	return step == OK ? pvalidate_piece(c, p, true, lost) : step;
}

/* As a whole, or page by page; what is still refused is lost. */
static enum result send_back(const struct conversion *c, const struct piece *p, bool shared,
			     bool *lost)
{
	struct conversion small = *c;
	enum result step = p->sent ? send(c, shared, p->first, p->n) : OK;
	u32 i;

	small.huge = false;
	for (i = p->first; step == REFUSED && i < p->first + p->n; i++) {
		enum result one = lost[i] ? OK : send(&small, shared, i, 1);

		if (one == STOP)
			return STOP;
		lost[i] |= one != OK;
	}
	return step == STOP ? STOP : OK;
}

/* Validated pages back to what they were, all but the lost ones. */
static enum result pvalidate_back(const struct conversion *c, const struct piece *p,
				  bool validate, bool *lost)
{
	enum result step;
	u32 i;

	for (i = p->first; i < p->first + p->pvalidated; i++) {
		if (lost[i])
			continue;
		pvalidate(c, i, 1, validate, &step);
		if (step == STOP)
			return STOP;
		lost[i] = step != OK;
	}
	return OK;
}

static enum result undo(const struct conversion *c, const struct piece *p, bool *lost)
{
	enum result step;

	if (c->to_shared) {
		step = send_back(c, p, false, lost);
		return step == OK ? pvalidate_back(c, p, true, lost) : step;
	}
	step = pvalidate_back(c, p, false, lost);
	return step == OK ? send_back(c, p, true, lost) : step;
}

static enum outcome settle(const struct conversion *c, enum result step, const bool *lost)
{
	enum outcome outcome;
	u32 i;

	if (step == STOP)
		return STOPPED;
	outcome = use(c, !c->to_shared, lost);
	for (i = 0; i < c->n; i++)
		if (lost[i])
			return outcome == DONE ? POISONED : outcome;
	return outcome == DONE ? UNDONE : outcome;
}

enum outcome careful_converts(const struct conversion *c)
{
	bool lost[MOST_PAGES] = { false };
	struct piece p = { .n = 0 };
	enum result step = OK;

	while (step == OK && p.first + p.n < c->n) {
		u32 first = p.first + p.n, left = c->n - first;

		p = (struct piece) { .first = first, .n = left < c->batch ? left : c->batch };
		step = (c->to_shared ? share : unshare)(c, &p, lost);
	}
	if (step == OK)
		return use(c, c->to_shared, NULL);
	if (step != STOP)
		step = undo(c, &p, lost);
	while (p.first && step == OK) {
		p = (struct piece) { p.first - c->batch, c->batch, c->batch, true };
		step = undo(c, &p, lost);
	}
	return settle(c, step, lost);
}

bool careful_confirms(struct world *w)
{
	return msr(w, (GHCB << 12) | 0x012) == ((GHCB << 12) | 0x013);
}
