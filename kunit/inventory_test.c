// SPDX-License-Identifier: GPL-2.0
/* The books: what they say of pages, and that they say nothing of their neighbours. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/mem_encrypt.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../src/inventory.h"
#include "../src/request.h"

enum {
	CHUNK = 1 << 15,		/* pages of which the books keep record together */
	TEXT = 256,
};

#define FAR	BIT(38)		/* a page that no machine has */

static unsigned long shared_before, poisoned_before;

static void reserve(struct kunit *test, unsigned long unit)
{
	struct psc_request req = { .units = &unit, .n = 1 };

	KUNIT_ASSERT_EQ(test, psc_books_reserve(&req), 0);
}

static unsigned long shared(void)
{
	return psc_books_total() - shared_before;
}

static unsigned long poisoned(void)
{
	return psc_books_poisoned() - poisoned_before;
}

static void nothing_is_known_at_first(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, psc_books_shared(FAR, 1));
	KUNIT_EXPECT_FALSE(test, psc_books_any_poisoned(FAR, 512));
	psc_books_set(FAR, 512, false);
	reserve(test, FAR);
	KUNIT_EXPECT_FALSE(test, psc_books_shared(FAR, 1));
	KUNIT_EXPECT_FALSE(test, psc_books_any_poisoned(FAR, 512));
	KUNIT_EXPECT_EQ(test, shared(), 0);
}

/* By the bit, and by the word. */
static const struct extent {
	const char *name;
	unsigned long first;
	unsigned long n;
} extents[] = {
	{ "a page", 7, 1 },
	{ "some pages", 60, 10 },
	{ "a word", 64, 64 },
	{ "a block", 512, 512 },
	{ "the last page of a chunk", CHUNK - 1, 1 },
	{ "the last block of a chunk", CHUNK - 512, 512 },
};

static void describe_extent(const struct extent *e, char *name)
{
	strscpy(name, e->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(extent, extents, describe_extent);

static void exactly_these_are_shared(struct kunit *test)
{
	const struct extent *e = test->param_value;
	unsigned long first = FAR + e->first;
	int twice;

	reserve(test, first);
	reserve(test, first + e->n);
	for (twice = 0; twice < 2; twice++) {
		psc_books_set(first, e->n, true);
		KUNIT_EXPECT_TRUE(test, psc_books_shared(first, e->n));
		KUNIT_EXPECT_FALSE(test, psc_books_shared(first - 1, 1));
		KUNIT_EXPECT_FALSE(test, psc_books_shared(first + e->n, 1));
		KUNIT_EXPECT_EQ(test, shared(), e->n);
	}
	psc_books_set(first + e->n - 1, 1, false);
	KUNIT_EXPECT_FALSE(test, psc_books_shared(first, e->n));
	KUNIT_EXPECT_EQ(test, shared(), e->n - 1);
	psc_books_set(first, e->n, false);
	KUNIT_EXPECT_EQ(test, shared(), 0);
}

static void what_is_lost_is_not_shared(struct kunit *test)
{
	const struct extent *e = test->param_value;
	unsigned long first = FAR + e->first, last = first + e->n - 1;
	int twice;

	reserve(test, first);
	reserve(test, first + e->n);
	psc_books_set(first, e->n, true);
	for (twice = 0; twice < 2; twice++) {
		psc_books_poison(last, 1);
		KUNIT_EXPECT_TRUE(test, psc_books_any_poisoned(first, e->n));
		KUNIT_EXPECT_FALSE(test, psc_books_any_poisoned(last + 1, 1));
		KUNIT_EXPECT_FALSE(test, psc_books_shared(last, 1));
		KUNIT_EXPECT_EQ(test, poisoned(), 1);
		KUNIT_EXPECT_EQ(test, shared(), e->n - 1);
	}
	psc_books_set(first, e->n, false);
}

/* Chunks are made for all units, and only once. */
static void whole_request_is_reserved(struct kunit *test)
{
	unsigned long units[] = { FAR, FAR + 1, FAR + CHUNK, FAR + 9 * CHUNK }, i;
	struct psc_request req = { .units = units, .n = ARRAY_SIZE(units) };

	reserve(test, FAR + CHUNK);
	psc_books_set(FAR + CHUNK, 1, true);
	KUNIT_EXPECT_EQ(test, psc_books_reserve(&req), 0);
	for (i = 0; i < req.n; i++)
		psc_books_set(units[i], 1, true);
	KUNIT_EXPECT_EQ(test, shared(), req.n);
	for (i = 0; i < req.n; i++) {
		KUNIT_EXPECT_TRUE(test, psc_books_shared(units[i], 1));
		psc_books_set(units[i], 1, false);
	}
}

static void lost_pages_are_listed_by_extents(struct kunit *test)
{
	struct seq_file m = { .buf = kunit_kzalloc(test, TEXT, GFP_KERNEL), .size = TEXT };
	char *expected = kunit_kzalloc(test, TEXT, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	KUNIT_ASSERT_NOT_NULL(test, expected);
	reserve(test, FAR);
	reserve(test, FAR + CHUNK);
	psc_books_poison(FAR + 3, 1);
	psc_books_poison(FAR + 5, 2);
	psc_books_poison(FAR + CHUNK, 512);
	psc_books_show_poisoned(&m);
	snprintf(expected, TEXT, "# pfn count\n%lu 1\n%lu 2\n%lu 512\n", FAR + 3, FAR + 5,
		 FAR + CHUNK);
	KUNIT_EXPECT_STREQ(test, m.buf, expected);
	KUNIT_EXPECT_EQ(test, poisoned(), 515);
}

static void copy_is_of_the_whole_block(struct kunit *test)
{
	DECLARE_BITMAP(shared_bits, PSC_BLOCK_PAGES);
	DECLARE_BITMAP(lost_bits, PSC_BLOCK_PAGES);
	unsigned long pfn = FAR + CHUNK - PSC_BLOCK_PAGES;

	psc_books_copy(pfn, shared_bits, lost_bits);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(shared_bits, PSC_BLOCK_PAGES));
	reserve(test, pfn);
	psc_books_set(pfn, PSC_BLOCK_PAGES, true);
	psc_books_poison(pfn + 511, 1);
	psc_books_copy(pfn, shared_bits, lost_bits);
	KUNIT_EXPECT_EQ(test, find_first_zero_bit(shared_bits, PSC_BLOCK_PAGES), 511);
	KUNIT_EXPECT_EQ(test, find_first_bit(lost_bits, PSC_BLOCK_PAGES), 511);
	psc_books_set(pfn, PSC_BLOCK_PAGES, false);
	psc_books_copy(pfn, shared_bits, lost_bits);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(shared_bits, PSC_BLOCK_PAGES));
	KUNIT_EXPECT_EQ(test, bitmap_weight(lost_bits, PSC_BLOCK_PAGES), 1);
}

/* As in a TDX guest, where nothing but the books knows what is shared. */
static void without_a_c_bit_the_books_say_it(struct kunit *test)
{
	const struct psc_leaf present = { .level = PG_LEVEL_4K, .value = _PAGE_PRESENT };
	const struct psc_leaf absent = { .level = PG_LEVEL_4K };

	if (sme_me_mask)
		kunit_skip(test, "there is a C-bit");
	reserve(test, FAR);
	psc_books_set(FAR, 2, true);
	psc_books_poison(FAR + 1, 1);
	KUNIT_EXPECT_EQ(test, psc_books_state(&present, FAR), PSC_LEAF_SHARED);
	KUNIT_EXPECT_EQ(test, psc_books_state(&absent, FAR), PSC_LEAF_NONE);
	KUNIT_EXPECT_EQ(test, psc_books_state(&present, FAR + 1), PSC_LEAF_NONE);
	KUNIT_EXPECT_EQ(test, psc_books_state(&present, FAR + 2), PSC_LEAF_PRIVATE);
	psc_books_set(FAR, 2, false);
	KUNIT_EXPECT_EQ(test, psc_books_state(&present, FAR), PSC_LEAF_PRIVATE);
}

/* ---- the suite ---- */

static int inventory_init(struct kunit *test)
{
	shared_before = psc_books_total();
	poisoned_before = psc_books_poisoned();
	return 0;
}

static void inventory_exit(struct kunit *test)
{
	psc_books_free();
}

static struct kunit_case inventory_cases[] = {
	KUNIT_CASE(nothing_is_known_at_first),
	KUNIT_CASE_PARAM(exactly_these_are_shared, extent_gen_params),
	KUNIT_CASE_PARAM(what_is_lost_is_not_shared, extent_gen_params),
	KUNIT_CASE(whole_request_is_reserved),
	KUNIT_CASE(lost_pages_are_listed_by_extents),
	KUNIT_CASE(copy_is_of_the_whole_block),
	KUNIT_CASE(without_a_c_bit_the_books_say_it),
	{}
};

static struct kunit_suite inventory_suite = {
	.name = "inventory",
	.init = inventory_init,
	.exit = inventory_exit,
	.test_cases = inventory_cases,
};

kunit_test_suite(inventory_suite);
