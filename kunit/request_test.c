// SPDX-License-Identifier: GPL-2.0
/* What to convert: pages in any order become ascending units, 2M blocks where there are any. */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "../src/request.h"

#define BLOCK(n)	((unsigned long)(n) * PSC_BLOCK_PAGES)
#define LARGE(n)	(BLOCK(n) | PSC_UNIT_LARGE)

/* A request of which a test only looks at some units: {} is none. */
struct expected {
	unsigned long n;
	unsigned long first;
	unsigned long last;
};

static void expect_units(struct kunit *test, const struct psc_request *req,
			 const struct expected *e)
{
	KUNIT_ASSERT_EQ(test, req->n, e->n);
	KUNIT_EXPECT_EQ(test, req->units[0], e->first);
	KUNIT_EXPECT_EQ(test, req->units[req->n - 1], e->last);
	KUNIT_EXPECT_EQ(test, req->alias, 0);
	KUNIT_EXPECT_EQ(test, req->alias_pages, 0);
}

/* ---- contiguous pages ---- */

static const struct contiguous {
	const char *name;
	unsigned long pfn;
	unsigned long pages;
	struct expected units;
} contiguous[] = {
	{ "one page", 0x12345, 1, { 1, 0x12345, 0x12345 } },
	{ "the first page of a block is not the block", BLOCK(3), 1, { 1, BLOCK(3), BLOCK(3) } },
	{ "one page less than a block", BLOCK(3), 511, { 511, BLOCK(3), BLOCK(3) + 510 } },
	{ "a block", BLOCK(3), 512, { 1, LARGE(3), LARGE(3) } },
	{ "block zero", 0, 512, { 1, LARGE(0), LARGE(0) } },
	{ "a block and a page", BLOCK(3), 513, { 2, LARGE(3), BLOCK(4) } },
	{ "a page and a block", BLOCK(3) - 1, 513, { 2, BLOCK(3) - 1, LARGE(3) } },
	{ "as many pages as a block has, not aligned",
	  BLOCK(3) + 1, 512, { 512, BLOCK(3) + 1, BLOCK(4) } },
	{ "nearly two blocks without a whole one",
	  BLOCK(3) + 1, 1022, { 1022, BLOCK(3) + 1, BLOCK(5) - 2 } },
	{ "a block with pages on both sides",
	  BLOCK(3) + 1, 1534, { 1023, BLOCK(3) + 1, BLOCK(6) - 2 } },
	{ "a gibibyte", BLOCK(512), BLOCK(512), { 512, LARGE(512), LARGE(1023) } },
	{ "the last page of 52 bits of address",
	  0xffffffffff, 1, { 1, 0xffffffffff, 0xffffffffff } },
};

static void describe_contiguous(const struct contiguous *r, char *name)
{
	strscpy(name, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(contiguous, contiguous, describe_contiguous);

static void range_is_cut(struct kunit *test)
{
	const struct contiguous *r = test->param_value;
	struct psc_request req;

	KUNIT_ASSERT_EQ(test, psc_request_range(&req, r->pfn, r->pages), 0);
	expect_units(test, &req, &r->units);
	psc_request_free(&req);
}

/* clean_dmesg of the guest's script sees it if the allocator warns. */
static void too_much_is_refused_silently(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, psc_request_alloc(1ul << 40));
	KUNIT_EXPECT_NULL(test, psc_request_alloc((1ul << 61) + 1));
}

/* ---- pages in any order ---- */

static const struct scattered {
	const char *name;
	unsigned long n;
	unsigned long pfns[6];
	int err;
	unsigned long units[6];
} scattered[] = {
	{ "one page", 1, { 7 }, 0, { 7 } },
	{ "ascending", 3, { 7, 9, 0x12345 }, 0, { 7, 9, 0x12345 } },
	{ "descending", 3, { 0x12345, 9, 7 }, 0, { 7, 9, 0x12345 } },
	{ "differing in one digit only", 4, { 3, 1, 2, 0 }, 0, { 0, 1, 2, 3 } },
	{ "differing in high digits only", 3, { 3ul << 40, 1ul << 40, 2ul << 40 }, 0,
	  { 1ul << 40, 2ul << 40, 3ul << 40 } },
	{ "differing in every digit", 3, { 0x0807060504, 0x0102030405, 0x0807060503 }, 0,
	  { 0x0102030405, 0x0807060503, 0x0807060504 } },
	{ "twice, side by side", 3, { 7, 7, 9 }, -EINVAL },
	{ "twice, far apart", 4, { 7, 9, 0x12345, 7 }, -EINVAL },
	{ "twice, nothing else", 2, { 7, 7 }, -EINVAL },
};

static void describe_scattered(const struct scattered *s, char *name)
{
	strscpy(name, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(scattered, scattered, describe_scattered);

static unsigned long *new_pfns(struct kunit *test, unsigned long n)
{
	unsigned long *pfns = psc_request_alloc(n);

	KUNIT_ASSERT_NOT_NULL(test, pfns);
	return pfns;
}

static void pages_are_sorted(struct kunit *test)
{
	const struct scattered *s = test->param_value;
	unsigned long *pfns = new_pfns(test, s->n), i;
	struct psc_request req;

	memcpy(pfns, s->pfns, s->n * sizeof(*pfns));
	KUNIT_EXPECT_EQ(test, psc_request_pfns(&req, pfns, s->n), s->err);
	if (!s->err) {
		KUNIT_EXPECT_EQ(test, req.n, s->n);
		for (i = 0; i < s->n; i++)
			KUNIT_EXPECT_EQ(test, req.units[i], s->units[i]);
	}
	psc_request_free(&req);
}

/* @n neighbours from @pfn on, shuffled. */
static unsigned long *shuffled(struct kunit *test, unsigned long pfn, unsigned long n)
{
	unsigned long *pfns = new_pfns(test, n), i, other;
	struct rnd_state rnd;

	for (i = 0; i < n; i++)
		pfns[i] = pfn + i;
	prandom_seed_state(&rnd, 7);
	while (--i) {
		other = prandom_u32_state(&rnd) % (i + 1);
		swap(pfns[i], pfns[other]);
	}
	return pfns;
}

static void shuffled_neighbours_are_cut_like_a_range(struct kunit *test)
{
	const struct contiguous *r = test->param_value;
	unsigned long n = min(r->pages, BLOCK(8));
	struct psc_request pages, range;

	KUNIT_ASSERT_EQ(test, psc_request_pfns(&pages, shuffled(test, r->pfn, n), n), 0);
	KUNIT_ASSERT_EQ(test, psc_request_range(&range, r->pfn, n), 0);
	KUNIT_ASSERT_EQ(test, pages.n, range.n);
	KUNIT_EXPECT_EQ(test, memcmp(pages.units, range.units, range.n * sizeof(*range.units)), 0);
	psc_request_free(&pages);
	psc_request_free(&range);
}

static void block_with_a_hole_is_no_block(struct kunit *test)
{
	unsigned long *pfns = shuffled(test, BLOCK(3), 1024), i;
	static const struct expected units = { 512, BLOCK(3), LARGE(4) };
	struct psc_request req;

	for (i = 0; pfns[i] != BLOCK(3) + 100; i++)
		;
	pfns[i] = pfns[1023];
	KUNIT_ASSERT_EQ(test, psc_request_pfns(&req, pfns, 1023), 0);
	expect_units(test, &req, &units);
	psc_request_free(&req);
}

static void neighbours_across_a_gap_are_no_block(struct kunit *test)
{
	unsigned long *pfns = shuffled(test, BLOCK(3), 512), i;
	static const struct expected units = { 512, BLOCK(3) - 1, BLOCK(4) - 2 };
	struct psc_request req;

	for (i = 0; i < 512; i++)
		pfns[i]--;
	KUNIT_ASSERT_EQ(test, psc_request_pfns(&req, pfns, 512), 0);
	expect_units(test, &req, &units);
	psc_request_free(&req);
}

static void part_is_what_lies_in_a_block(struct kunit *test)
{
	unsigned long units[] = { BLOCK(3) + 1, BLOCK(3) + 511, BLOCK(4), LARGE(5), BLOCK(6) };
	static const unsigned long expected[] = { 2, 1, 1, 1 };
	struct psc_request req = { .units = units, .n = ARRAY_SIZE(units) };
	struct psc_part part = {};
	unsigned long i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_ASSERT_TRUE(test, psc_next_part(&req, &part));
		KUNIT_EXPECT_EQ(test, part.n, expected[i]);
		KUNIT_EXPECT_EQ(test, psc_part_is_block(&part), i == 2);
	}
	KUNIT_EXPECT_EQ(test, psc_part_pfn(&part), BLOCK(6));
	KUNIT_EXPECT_FALSE(test, psc_next_part(&req, &part));
}

static void units_say_how_large_they_are(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, psc_unit_pages(0x12345), 1);
	KUNIT_EXPECT_EQ(test, psc_unit_pfn(0x12345), 0x12345);
	KUNIT_EXPECT_EQ(test, psc_unit_pages(LARGE(3)), 512);
	KUNIT_EXPECT_EQ(test, psc_unit_pfn(LARGE(3)), 1536);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE_PARAM(range_is_cut, contiguous_gen_params),
	KUNIT_CASE(too_much_is_refused_silently),
	KUNIT_CASE_PARAM(pages_are_sorted, scattered_gen_params),
	KUNIT_CASE_PARAM(shuffled_neighbours_are_cut_like_a_range, contiguous_gen_params),
	KUNIT_CASE(block_with_a_hole_is_no_block),
	KUNIT_CASE(neighbours_across_a_gap_are_no_block),
	KUNIT_CASE(part_is_what_lies_in_a_block),
	KUNIT_CASE(units_say_how_large_they_are),
	{}
};

static struct kunit_suite request_suite = {
	.name = "request",
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);
