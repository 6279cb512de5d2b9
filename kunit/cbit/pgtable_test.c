// SPDX-License-Identifier: GPL-2.0
/* Splits: each page gets a leaf of its own, and its memory type back. */
#include <linux/mm.h>
#include <linux/set_memory.h>

#include "../../src/request.h"
#include "direct_map.h"

static bool fails;

/* A split that fails half-way has changed one page's memory type, and that is all. */
int set_pages_array_uc(struct page **pages, int n)
{
	int i, err = 0;

	for (i = 0; i < (fails ? 1 : n) && !err; i++)
		err = set_memory_uc((unsigned long)page_address(pages[i]), 1);
	return fails ? -EINVAL : err;
}

static int split(void)
{
	unsigned long units[] = { world->first + 5, world->first + PSC_BLOCK_PAGES };
	struct psc_request req = { .units = units, .n = 2 };

	return psc_split(&req);
}

static void expect_leaf(struct kunit *test, unsigned long page, unsigned int level)
{
	struct psc_leaf leaf = {};

	psc_leaf_find(&leaf, world->first + page);
	KUNIT_EXPECT_EQ(test, leaf.level, level);
	KUNIT_EXPECT_EQ(test, psc_leaf_pfn(&leaf), world->first + page);
	KUNIT_EXPECT_EQ(test, psc_leaf_state(&leaf), PSC_LEAF_PRIVATE);
	KUNIT_EXPECT_EQ(test, leaf.value & (_PAGE_PWT | _PAGE_PCD), 0);
}

static void block_is_split(struct kunit *test)
{
	direct_map_need_block(test);
	KUNIT_EXPECT_EQ(test, split(), 0);
	expect_leaf(test, 0, PG_LEVEL_4K);
	expect_leaf(test, 5, PG_LEVEL_4K);
	expect_leaf(test, 511, PG_LEVEL_4K);
	KUNIT_EXPECT_EQ(test, split(), 0);
}

static void failed_split_leaves_memory_write_back(struct kunit *test)
{
	direct_map_need_block(test);
	fails = true;
	KUNIT_EXPECT_EQ(test, split(), -ENOMEM);
	expect_leaf(test, 5, PG_LEVEL_4K);
	fails = false;
	KUNIT_EXPECT_EQ(test, split(), 0);
	expect_leaf(test, 5, PG_LEVEL_4K);
}

/* It needs no split, whatever its memory type, unless the kernel image's mapping does. */
static void page_of_another_memory_type_needs_none(struct kunit *test)
{
	struct psc_leaf leaf = {};
	pteval_t value;

	direct_map_split(test);
	psc_leaf_find(&leaf, world->first);
	value = leaf.value;
	direct_map_write(world->first, value | _PAGE_PCD);
	psc_leaf_find(&leaf, world->first);
	KUNIT_EXPECT_TRUE(test, psc_leaf_splittable(&leaf));
	direct_map_write(world->first, value);
}

static int split_init(struct kunit *test)
{
	fails = false;
	return direct_map_init(test);
}

static struct kunit_case pgtable_cases[] = {
	KUNIT_CASE(block_is_split),
	KUNIT_CASE(failed_split_leaves_memory_write_back),
	KUNIT_CASE(page_of_another_memory_type_needs_none),
	{}
};

static struct kunit_suite pgtable_suite = {
	.name = "pgtable",
	.init = split_init,
	.exit = direct_map_exit,
	.test_cases = pgtable_cases,
};

kunit_test_suite(pgtable_suite);
