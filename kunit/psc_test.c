// SPDX-License-Identifier: GPL-2.0
/* What is asked of the host, byte by byte, and how far its answers are believed. */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../src/psc.h"
#include "../src/request.h"

enum { LAST = PSC_MAX_ENTRIES - 1 };

static struct psc_batch *new_batch(struct kunit *test, enum psc_operation op)
{
	struct psc_batch *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	psc_batch_init(b, op);
	while (b->n < PSC_MAX_ENTRIES)
		psc_batch_add(b, ULONG_MAX);
	psc_batch_init(b, op);
	return b;
}

/* ---- the request ---- */

static const struct entry {
	const char *name;
	enum psc_operation op;
	unsigned long unit;
	u64 bytes;
} entries[] = {
	{ "4K to shared", PSC_OP_SHARED, 0x12345, 0x0020000012345000 },
	{ "4K to private", PSC_OP_PRIVATE, 0x12345, 0x0010000012345000 },
	{ "2M to shared", PSC_OP_SHARED, 0x12200 | PSC_UNIT_LARGE, 0x0120000012200000 },
	{ "2M to private", PSC_OP_PRIVATE, 0x12200 | PSC_UNIT_LARGE, 0x0110000012200000 },
	{ "the first page", PSC_OP_SHARED, 0, 0x0020000000000000 },
	{ "the last of 52 bits", PSC_OP_PRIVATE, 0xffffffffff, 0x001ffffffffff000 },
	{ "a page beyond 52 bits touches no other field", PSC_OP_SHARED, 0x1ffffffffff,
	  0x002ffffffffff000 },
};

static void describe_entry(const struct entry *e, char *name)
{
	strscpy(name, e->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(entry, entries, describe_entry);

static void entry_bytes(struct kunit *test)
{
	const struct entry *e = test->param_value;
	struct psc_batch *b = new_batch(test, e->op);

	psc_batch_add(b, e->unit);
	KUNIT_EXPECT_EQ(test, b->desc.entries[0], e->bytes);
	KUNIT_EXPECT_EQ(test, b->desc.hdr.end_entry, 0);
	KUNIT_EXPECT_EQ(test, b->n, 1);
}

static void empty_batch_is_zero(struct kunit *test)
{
	struct psc_batch *b = new_batch(test, PSC_OP_SHARED);

	KUNIT_EXPECT_EQ(test, b->n, 0);
	KUNIT_EXPECT_EQ(test, b->op, PSC_OP_SHARED);
	KUNIT_EXPECT_NULL(test, memchr_inv(&b->desc, 0, sizeof(b->desc)));
}

static void full_batch_fills_the_descriptor(struct kunit *test)
{
	struct psc_batch *b = new_batch(test, PSC_OP_PRIVATE);
	u64 i;

	for (i = 0; i < PSC_MAX_ENTRIES; i++)
		psc_batch_add(b, i);
	KUNIT_EXPECT_EQ(test, b->n, 253);
	KUNIT_EXPECT_EQ(test, b->desc.hdr.cur_entry, 0);
	KUNIT_EXPECT_EQ(test, b->desc.hdr.end_entry, 252);
	KUNIT_EXPECT_EQ(test, b->desc.hdr.reserved, 0);
	for (i = 0; i < PSC_MAX_ENTRIES; i++)
		KUNIT_EXPECT_EQ(test, b->desc.entries[i], 1ull << 52 | i << 12);
	KUNIT_EXPECT_PTR_EQ(test, (void *)&b->desc.entries[PSC_MAX_ENTRIES],
			    (void *)(&b->desc + 1));
}

static void nothing_stands_behind_the_last_entry(struct kunit *test)
{
	struct psc_batch *b = new_batch(test, PSC_OP_SHARED);

	psc_batch_add(b, 1);
	psc_batch_add(b, 512 | PSC_UNIT_LARGE);
	psc_batch_add(b, 1024);
	KUNIT_EXPECT_EQ(test, b->desc.hdr.end_entry, 2);
	KUNIT_EXPECT_NULL(test, memchr_inv(&b->desc.entries[3], 0,
					   sizeof(b->desc) - offsetof(struct psc_descriptor,
								      entries[3])));
}

static void start_is_before_the_first_entry(struct kunit *test)
{
	struct psc_batch *b = new_batch(test, PSC_OP_SHARED);
	struct psc_progress p;

	psc_batch_add(b, 1);
	psc_batch_add(b, 2);
	p = psc_batch_start(b);
	KUNIT_EXPECT_EQ(test, p.next, 0);
	KUNIT_EXPECT_EQ(test, p.last, 1);
	KUNIT_EXPECT_EQ(test, p.stalls, 0);
}

/* ---- the answer: ten entries, of which four are done ---- */

enum { FROM = 4, TO = 9 };

#define HEADER(cur, end, zero, ...)						\
	{ .valid = { 0, PSC_GHCB_VALID }, .exit_code = PSC_NAE_STATE_CHANGE,	\
	  .hdr = { .cur_entry = (cur), .end_entry = (end), .reserved = (zero) }, __VA_ARGS__ }
#define ANSWER(cur, ...)	HEADER(cur, TO, 0, __VA_ARGS__)
#define LOST(cur, ...)		{ .hdr = { .cur_entry = (cur), .end_entry = TO }, __VA_ARGS__ }
#define GENERIC		.info_2 = 0x10000000000

static const struct judgement {
	const char *name;
	struct psc_answer answer;
	enum psc_verdict verdict;
	u16 next;
	u16 stalls;
} judgements[] = {
	{ "all done", ANSWER(10), PSC_DONE, 10 },
	{ "one done", ANSWER(5), PSC_AGAIN, 5 },
	{ "all but one done", ANSWER(9), PSC_AGAIN, 9 },
	{ "success without progress", ANSWER(4), PSC_AGAIN, 4, 1 },
	{ "generic error without progress", ANSWER(4, GENERIC), PSC_AGAIN, 4, 1 },
	{ "generic error with progress", ANSWER(7, GENERIC), PSC_AGAIN, 7, 1 },
	{ "generic error, and all done", ANSWER(10, GENERIC), PSC_REFUSED, 10 },
	{ "the upper half of info_1 is not the result",
	  ANSWER(10, .info_1 = 0xdead00000000), PSC_DONE, 10 },

	{ "lost: the GHCB was invalidated", LOST(10), PSC_AGAIN, 4, 1 },
	{ "lost: cur_entry is not read", LOST(0xffff), PSC_AGAIN, 4, 1 },
	{ "lost: no input", ANSWER(10, .info_1 = 2, .info_2 = 4), PSC_AGAIN, 4, 1 },
	{ "lost: no event", ANSWER(10, .info_1 = 2, .info_2 = 6), PSC_AGAIN, 4, 1 },
	{ "not lost: an exit code without valid bits",
	  LOST(10, .exit_code = PSC_NAE_STATE_CHANGE), PSC_DONE, 10 },
	{ "not lost: valid bits without an exit code", LOST(10, .valid = { 1, 0 }), PSC_DONE, 10 },

	{ "cur_entry goes back", ANSWER(3), PSC_REFUSED, 4 },
	{ "cur_entry goes back to the start", ANSWER(0), PSC_REFUSED, 4 },
	{ "cur_entry beyond the end", ANSWER(11), PSC_REFUSED, 4 },
	{ "cur_entry as far as it goes", ANSWER(0xffff), PSC_REFUSED, 4 },
	{ "end_entry is lowered", HEADER(9, 8, 0), PSC_REFUSED, 4 },
	{ "end_entry is lowered below what is done",
	  HEADER(4, 3, 0), PSC_REFUSED, 4 },
	{ "end_entry is raised", HEADER(10, 10, 0), PSC_REFUSED, 4 },
	{ "reserved is not 0", HEADER(10, TO, 1), PSC_REFUSED, 4 },
	{ "reserved is not 0, in its last bit",
	  HEADER(5, TO, 0x80000000), PSC_REFUSED, 4 },
	{ "an implausible header with a generic error",
	  ANSWER(3, GENERIC), PSC_REFUSED, 4 },

	{ "an exception", ANSWER(10, .info_1 = 1, .info_2 = 0x8000030d), PSC_REFUSED, 4 },
	{ "GHCB not registered", ANSWER(10, .info_1 = 2, .info_2 = 1), PSC_REFUSED, 4 },
	{ "unknown usage", ANSWER(10, .info_1 = 2, .info_2 = 2), PSC_REFUSED, 4 },
	{ "bad scratch area", ANSWER(10, .info_1 = 2, .info_2 = 3), PSC_REFUSED, 4 },
	{ "bad input", ANSWER(10, .info_1 = 2, .info_2 = 5), PSC_REFUSED, 4 },
	{ "a result nobody knows", ANSWER(10, .info_1 = 3), PSC_REFUSED, 4 },
	{ "bad header", ANSWER(4, .info_2 = 0x100000001), PSC_REFUSED, 4 },
	{ "bad entry", ANSWER(4, .info_2 = 0x100000002), PSC_REFUSED, 4 },
	{ "an error nobody knows", ANSWER(10, .info_2 = 1), PSC_REFUSED, 4 },
	{ "generic error and more", ANSWER(10, .info_2 = 0x10000000001), PSC_REFUSED, 4 },
};

static void describe_judgement(const struct judgement *j, char *name)
{
	strscpy(name, j->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(judgement, judgements, describe_judgement);

static void judge(struct kunit *test)
{
	const struct judgement *j = test->param_value;
	struct psc_progress p = { .next = FROM, .last = TO };

	KUNIT_EXPECT_EQ(test, psc_judge(&p, &j->answer), j->verdict);
	KUNIT_EXPECT_EQ(test, p.next, j->next);
	KUNIT_EXPECT_EQ(test, p.last, TO);
	if (j->verdict != PSC_REFUSED)
		KUNIT_EXPECT_EQ(test, p.stalls, j->stalls);
}

/* ---- patience ---- */

/* rounds: how often this answer is good for another try */
static int rounds(const struct psc_answer *a)
{
	struct psc_progress p = { .next = FROM, .last = TO };
	int n = 0;

	while (n < 1000 && psc_judge(&p, a) == PSC_AGAIN)
		n++;
	return n;
}

static void standstill_ends(struct kunit *test)
{
	static const struct psc_answer stalled = ANSWER(FROM), error = ANSWER(FROM, GENERIC),
				       lost = LOST(FROM);

	KUNIT_EXPECT_EQ(test, rounds(&stalled), PSC_MAX_STALLS);
	KUNIT_EXPECT_EQ(test, rounds(&error), PSC_MAX_STALLS);
	KUNIT_EXPECT_EQ(test, rounds(&lost), PSC_MAX_STALLS);
}

static void errors_wear_patience_even_with_progress(struct kunit *test)
{
	struct psc_progress p = { .last = LAST };
	struct psc_answer a = ANSWER(0, GENERIC);
	u16 i;

	a.hdr.end_entry = LAST;
	for (i = 1; i <= PSC_MAX_STALLS; i++) {
		a.hdr.cur_entry = i;
		KUNIT_EXPECT_EQ(test, psc_judge(&p, &a), PSC_AGAIN);
	}
	a.hdr.cur_entry = i;
	KUNIT_EXPECT_EQ(test, psc_judge(&p, &a), PSC_REFUSED);
}

static void one_entry_a_round_is_fast_enough(struct kunit *test)
{
	struct psc_progress p = { .last = LAST };
	struct psc_answer a = ANSWER(0);
	u16 i;

	a.hdr.end_entry = LAST;
	for (i = 1; i <= LAST; i++) {
		a.hdr.cur_entry = i;
		KUNIT_ASSERT_EQ(test, psc_judge(&p, &a), PSC_AGAIN);
	}
	a.hdr.cur_entry = i;
	KUNIT_EXPECT_EQ(test, psc_judge(&p, &a), PSC_DONE);
	KUNIT_EXPECT_EQ(test, p.stalls, 0);
}

/* One field of an answer, mostly near what is plausible. */
static void scramble(struct rnd_state *rnd, struct psc_answer *a)
{
	u32 r = prandom_u32_state(rnd);

	switch (r >> 28) {
	case 0:
		a->info_1 = r & 3;
		break;
	case 1:
		a->info_2 = r & 7;
		break;
	case 2:
		a->info_2 = (r & 1 ? 0x100ull : 1ull) << 32;
		break;
	case 3:
		a->exit_code = 0;
		break;
	case 4:
		a->valid[1] = 0;
		break;
	case 5:
		a->hdr.end_entry += (r & 2) - 1;
		break;
	case 6:
		a->hdr.reserved = r & 1;
		break;
	default:
		a->hdr.cur_entry += (r & 7) - 2;
		break;
	}
}

static void nothing_makes_it_run_away(struct kunit *test)
{
	struct rnd_state rnd;
	int game, round;

	prandom_seed_state(&rnd, 7);
	for (game = 0; game < 20000; game++) {
		struct psc_progress p = { .last = game % PSC_MAX_ENTRIES };
		enum psc_verdict verdict = PSC_AGAIN;

		for (round = 0; verdict == PSC_AGAIN; round++) {
			struct psc_answer a = ANSWER(p.next);
			u16 last = p.last, next = p.next;

			a.hdr.end_entry = last;
			scramble(&rnd, &a);
			scramble(&rnd, &a);
			verdict = psc_judge(&p, &a);
			KUNIT_ASSERT_EQ(test, p.last, last);
			KUNIT_ASSERT_GE(test, p.next, next);
			KUNIT_ASSERT_LE(test, p.next, last + 1);
			KUNIT_ASSERT_LE(test, round, last + 1 + PSC_MAX_STALLS);
		}
		if (verdict == PSC_DONE)
			KUNIT_ASSERT_EQ(test, p.next, p.last + 1);
	}
}

static struct kunit_case psc_cases[] = {
	KUNIT_CASE_PARAM(entry_bytes, entry_gen_params),
	KUNIT_CASE(empty_batch_is_zero),
	KUNIT_CASE(full_batch_fills_the_descriptor),
	KUNIT_CASE(nothing_stands_behind_the_last_entry),
	KUNIT_CASE(start_is_before_the_first_entry),
	KUNIT_CASE_PARAM(judge, judgement_gen_params),
	KUNIT_CASE(standstill_ends),
	KUNIT_CASE(errors_wear_patience_even_with_progress),
	KUNIT_CASE(one_entry_a_round_is_fast_enough),
	KUNIT_CASE(nothing_makes_it_run_away),
	{}
};

static struct kunit_suite psc_suite = {
	.name = "psc",
	.test_cases = psc_cases,
};

kunit_test_suite(psc_suite);
