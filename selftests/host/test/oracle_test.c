// SPDX-License-Identifier: GPL-2.0
/* Brute force: the model and the oracle through all short sequences of operations. */
#include <string.h>

#include "oracle.h"
#include "report.h"

/* ---- two pages of 4K ---- */

enum operation {
	TO_PRIVATE_NAE, TO_SHARED_NAE, TO_PRIVATE_MSR, TO_SHARED_MSR, VALIDATE, RESCIND,
	PRIVATE_READ, FETCH, SHARED_READ, SHARED_WRITE, ADJUST, NR_OPS,
};

/*
 * A page is Shared, Untouched, Assigned or Validated. For each of these: what
 * it is after the operation, what the guest sees, and ! if it gets convicted.
 */
static const char *const strict_host[NR_OPS][4] = {
	[TO_PRIVATE_NAE] =	{ "U ok",	"U ok",		"A ok",		"V ok" },
	[TO_SHARED_NAE] =	{ "S ok",	"S ok",		"S ok",		"S ok !" },
	[TO_PRIVATE_MSR] =	{ "U ok",	"U ok",		"A ok",		"V ok" },
	[TO_SHARED_MSR] =	{ "S ok",	"S ok",		"S ok",		"S ok !" },
	[VALIDATE] =		{ "S npf !",	"V ok",		"V ok",		"V same" },
	[RESCIND] =		{ "S npf !",	"A same",	"A same",	"A ok" },
	[PRIVATE_READ] =	{ "S npf !",	"A #VC",	"A #VC",	"V ok" },
	[FETCH] =		{ "S npf !",	"A #VC",	"A #VC",	"V ok" },
	[SHARED_READ] =		{ "S ok",	"U npf !",	"A cipher !",	"V cipher !" },
	[SHARED_WRITE] =	{ "S ok",	"U npf !",	"A npf !",	"V npf !" },
	[ADJUST] =		{ "S npf !",	"A #VC",	"A #VC",	"V ok" },
};

static const char *const converting_host[NR_OPS][4] = {
	[TO_PRIVATE_NAE] =	{ "U ok",	"U ok",		"A ok",		"V ok" },
	[TO_SHARED_NAE] =	{ "S ok",	"S ok",		"S ok",		"S ok !" },
	[TO_PRIVATE_MSR] =	{ "U ok",	"U ok",		"A ok",		"V ok" },
	[TO_SHARED_MSR] =	{ "S ok",	"S ok",		"S ok",		"S ok !" },
	[VALIDATE] =		{ "V ok",	"V ok",		"V ok",		"V same" },
	[RESCIND] =		{ "A same",	"A same",	"A same",	"A ok" },
	[PRIVATE_READ] =	{ "A #VC",	"A #VC",	"A #VC",	"V ok" },
	[FETCH] =		{ "A #VC",	"A #VC",	"A #VC",	"V ok" },
	[SHARED_READ] =		{ "S ok",	"S ok",		"A cipher !",	"V cipher !" },
	[SHARED_WRITE] =	{ "S ok",	"S ok",		"S ok",		"S ok" },
	[ADJUST] =		{ "A #VC",	"A #VC",	"A #VC",	"V ok" },
};

static char letter(const struct rmp_entry *e)
{
	if (!e->private)
		return e->assigned || e->validated ? '?' : 'S';
	if (!e->assigned)
		return e->validated ? '?' : 'U';
	return e->validated ? 'V' : 'A';
}

static const char *access_result(enum host_access access)
{
	static const char *const word[] = { "ok", "#VC", "cipher", "npf" };

	return word[access];
}

static const char *insn_result(enum host_insn insn, u32 eax, bool cf)
{
	static const char *const word[] = { "ok", "#PF", "npf", "#VC" };

	if (insn == HOST_INSN_DONE && eax)
		return eax == 6 ? "size" : "?";
	return insn == HOST_INSN_DONE && cf ? "same" : word[insn];
}

static const char *psc_result(u64 info_2)
{
	return info_2 ? "?" : "ok";
}

static const char *pvalidate(struct world *w, u64 gfn, u64 size, bool validate)
{
	enum host_insn insn;
	u32 eax;
	bool cf;

	insn = host_pvalidate(&w->h, &w->v, gfn << 12, true, size, validate, &eax, &cf);
	return insn_result(insn, eax, cf);
}

static const char *adjust(struct world *w, u64 gfn)
{
	u32 eax;
	enum host_insn insn = host_rmpadjust(&w->h, &w->v, gfn << 12, true, 0, 1, &eax);

	return insn_result(insn, eax, false);
}

static const char *perform(struct world *w, enum operation op, u64 gfn)
{
	switch (op) {
	case TO_PRIVATE_NAE:
		return psc_result(PSC(w, TO_PRIVATE(gfn)));
	case TO_SHARED_NAE:
		return psc_result(PSC(w, TO_SHARED(gfn)));
	case TO_PRIVATE_MSR:
		return psc_result(msr(w, TO_PRIVATE(gfn) | 0x014) - 0x015);
	case TO_SHARED_MSR:
		return psc_result(msr(w, TO_SHARED(gfn) | 0x014) - 0x015);
	case VALIDATE:
	case RESCIND:
		return pvalidate(w, gfn, 0, op == VALIDATE);
	case PRIVATE_READ:
		return access_result(host_access(&w->h, &w->v, gfn << 12, HOST_READ, true));
	case FETCH:
		return access_result(host_access(&w->h, &w->v, gfn << 12, HOST_FETCH, false));
	case SHARED_READ:
		return access_result(host_access(&w->h, &w->v, gfn << 12, HOST_READ, false));
	case SHARED_WRITE:
		return access_result(host_access(&w->h, &w->v, gfn << 12, HOST_WRITE, false));
	default:
		return adjust(w, gfn);
	}
}

static unsigned long nodes;

/* Both pages' letters are in @expected; true if the subtree agrees. */
static bool agree_on_pages(struct world *w, const char *const table[NR_OPS][4],
			   const char expected[2], unsigned int depth)
{
	const struct rmp_entry before[2] = { w->rmp[HOSTS], w->rmp[HOSTS + 1] };
	char after[2];
	u32 page, op;

	for (page = 0; depth && page < 2; page++)
		for (op = 0; op < NR_OPS; op++) {
			const char *cell = table[op][strchr("SUAV", expected[page]) - "SUAV"];
			const char *result;

			nodes++;
			w->violations = 0;
			result = perform(w, op, HOSTS + page);
			memcpy(after, expected, 2);
			after[page] = cell[0];
			if (strncmp(cell + 2, result, strlen(result)) ||
			    !strchr(cell, '!') != !w->violations ||
			    letter(&w->rmp[HOSTS]) != after[0] ||
			    letter(&w->rmp[HOSTS + 1]) != after[1] ||
			    !agree_on_pages(w, table, after, depth - 1))
				return false;
			memcpy(&w->rmp[HOSTS], before, sizeof(before));
		}
	return true;
}

static void two_pages(const char *flavour, bool implicit, unsigned int depth)
{
	struct world *w = world(flavour);
	bool agreed;

	nodes = 0;
	w->h.implicit = implicit;
	agreed = agree_on_pages(w, implicit ? converting_host : strict_host, "SS", depth);
	report(agreed,
	       "oracle, %s%s: two pages, all sequences of %u operations (%lu steps)", flavour,
	       implicit ? ", converting at a touch" : "", depth, nodes);
}

/* ---- a block of 2M ---- */

struct block {
	char page[512];
	bool huge;
};

static bool all(const struct block *b, char c)
{
	u32 i;

	for (i = 0; i < 512 && b->page[i] == c; i++)
		;
	return i == 512;
}

static bool touch(struct block *b, u32 i)
{
	if (b->page[i] == 'S')
		return false;
	if (b->page[i] != 'U')
		return true;
	b->huge = all(b, 'U');
	memset(b->huge ? b->page : b->page + i, 'A', b->huge ? 512 : 1);
	return true;
}

static void convert(struct block *b, u32 from, u32 to, bool private)
{
	u32 i;

	for (i = from; i <= to; i++) {
		if (private && b->page[i] == 'S')
			b->page[i] = 'U';
		else if (!private)
			b->page[i] = 'S';
	}
	b->huge = b->huge && private;
}

static const char *block_pvalidate(struct block *b, u32 i, bool huge, bool validate)
{
	bool same;

	if (!touch(b, i))
		return "npf";
	if (huge && !b->huge)
		return "size";
	b->huge = huge;
	same = (b->page[i] == 'V') == validate;
	memset(b->page + i, validate ? 'V' : 'A', huge ? 512 : 1);
	return same ? "same" : "ok";
}

static const char *block_read(struct block *b, u32 i)
{
	if (!touch(b, i))
		return "npf";
	return b->page[i] == 'V' ? "ok" : "#VC";
}

enum { BLOCK_OPS = 13 };

static bool same_results(struct world *w, struct block *b, u32 op)
{
	const u32 i = op % 2 ? 511 : 0;

	switch (op) {
	case 0:
	case 1:
		convert(b, 0, 511, op);
		return !PSC(w, (op ? TO_PRIVATE(HOSTS) : TO_SHARED(HOSTS)) | HUGE);
	case 2:
	case 3:
		convert(b, i, i, true);
		return !PSC(w, TO_PRIVATE(HOSTS + i));
	case 4:
	case 5:
		convert(b, i, i, false);
		return !PSC(w, TO_SHARED(HOSTS + i));
	case 6:
	case 7:
		return !strcmp(block_pvalidate(b, 0, true, op == 6),
			       pvalidate(w, HOSTS, 1, op == 6));
	case 8:
	case 9:
		return !strcmp(block_pvalidate(b, i, false, true), pvalidate(w, HOSTS + i, 0, 1));
	case 10:
		return !strcmp(block_pvalidate(b, 5, false, false), pvalidate(w, HOSTS + 5, 0, 0));
	default:
		return !strcmp(block_read(b, i), access_result(host_access(&w->h, &w->v,
			       (HOSTS + i) << 12, HOST_READ, true)));
	}
}

static bool same_block(struct world *w, const struct block *b)
{
	u32 i;

	for (i = 0; i < 512; i++)
		if (letter(&w->rmp[HOSTS + i]) != b->page[i] || w->rmp[HOSTS + i].huge != b->huge)
			return false;
	return true;
}

static bool agree_on_block(struct world *w, const struct block *b, unsigned int depth)
{
	struct rmp_entry before[512];
	struct block after;
	u32 op;

	memcpy(before, &w->rmp[HOSTS], sizeof(before));
	for (op = 0; depth && op < BLOCK_OPS; op++) {
		after = *b;
		nodes++;
		if (!same_results(w, &after, op) || !same_block(w, &after) ||
		    !agree_on_block(w, &after, depth - 1))
			return false;
		memcpy(&w->rmp[HOSTS], before, sizeof(before));
	}
	return true;
}

static void one_block(unsigned int depth)
{
	struct world *w = world("kvm-7.2");
	struct block b = { .huge = false };
	bool agreed;

	nodes = 0;
	memset(b.page, 'S', sizeof(b.page));
	w->h.rmp_2m = true;
	w->h.strict = false;
	agreed = agree_on_block(w, &b, depth);
	report(agreed,
	       "oracle: a block with 2M backing, all sequences of %u operations (%lu steps)",
	       depth, nodes);
}

/* ---- page state change descriptors ---- */

static const u64 alphabet[] = {
	TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1), TO_SHARED(HOSTS + 1), TO_PRIVATE(HOSTS + 1) | 1,
	TO_PRIVATE(HOSTS) | 2, TO_PRIVATE(HOSTS) | HUGE, TO_PRIVATE(HOSTS) | HUGE | 511,
	TO_SHARED(FRESH) | HUGE, TO_SHARED(FRESH + 8) | HUGE, (u64)HOSTS << 12,
	TO_PRIVATE(PAGES), TO_PRIVATE(HOSTS + 2),
};

static bool same_psc(const char *flavour, struct oracle_psc *o, u32 n)
{
	struct world *w = world(flavour);
	u32 i;

	w->h.strict = false;
	oracle_look(o, w);
	psc_fill(w, O_BUFFER, o->cur, o->end, o->entry, n);
	o->capacity = MOST_ENTRIES;
	oracle_psc(o);
	if (psc_again(w) != o->result || psc_cur(w) != o->cur ||
	    w->v.counters[HOST_PSC_RUNS] != o->runs)
		return false;
	for (i = 0; i < n; i++)
		if (psc_entry(w, i) != o->entry[i])
			return false;
	nodes++;
	return oracle_agrees(o, w);
}

static void all_descriptors(const char *flavour, u32 length)
{
	struct oracle_psc o;
	bool agreed = true;
	u32 word, words = 1, i, rest;

	nodes = 0;
	for (i = 0; i < length; i++)
		words *= ARRAY_SIZE(alphabet);
	for (word = 0; agreed && word < words; word++) {
		o = (struct oracle_psc) { .cur = word % 2, .end = length - 1 };
		for (i = 0, rest = word; i < length; i++, rest /= ARRAY_SIZE(alphabet))
			o.entry[i] = alphabet[rest % ARRAY_SIZE(alphabet)];
		agreed = same_psc(flavour, &o, length);
	}
	report(agreed, "oracle, %s: all descriptors of %u out of %lu entries (%lu of them)",
	       flavour, length, (unsigned long)ARRAY_SIZE(alphabet), nodes);
}

void oracle_test(unsigned int depth)
{
	u32 i;

	for (i = 0; host_flavours[i].name; i++) {
		two_pages(host_flavours[i].name, false, depth);
		two_pages(host_flavours[i].name, true, depth);
		all_descriptors(host_flavours[i].name, depth - 1);
	}
	one_block(depth);
}
