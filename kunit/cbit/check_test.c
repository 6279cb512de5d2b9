// SPDX-License-Identifier: GPL-2.0
/* What is refused before anything has happened, and what is left out of a request. */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "../../src/check.h"
#include "../../src/inventory.h"
#include "../../src/request.h"
#include "direct_map.h"

enum {
	PAGE = 3,		/* what an objection is about */
	N = 5,			/* so many pages are asked for, from the world's first one on */
};

static int request(struct kunit *test, struct psc_request *req, unsigned long pages)
{
	return psc_request_range(req, world->first, pages);
}

/* The books say that pages are shared by us, or lost. */
static void enter(struct kunit *test, unsigned long page, unsigned long n, bool lost)
{
	unsigned long unit = world->first + page;
	struct psc_request req = { .units = &unit, .n = 1 };

	KUNIT_ASSERT_EQ(test, psc_books_reserve(&req), 0);
	if (lost)
		psc_books_poison(unit, n);
	else
		psc_books_set(unit, n, true);
}

/* Shared by us. */
static void share(struct kunit *test, unsigned long page, unsigned long n)
{
	direct_map_set(world->first + page, n, PSC_LEAF_SHARED);
	enter(test, page, n, false);
}

/* ---- objections ---- */

static void object_reserved(struct kunit *test)
{
	__SetPageReserved(world->pages + PAGE);
}

static void object_user(struct kunit *test)
{
	atomic_set(&world->pages[PAGE]._mapcount, 0);
}

static void object_lost(struct kunit *test)
{
	enter(test, PAGE, 1, true);
}

static void object_hidden(struct kunit *test)
{
	direct_map_set(world->first + PAGE, 1, PSC_LEAF_NONE);
}

static void object_others(struct kunit *test)
{
	direct_map_set(world->first + PAGE, 1, PSC_LEAF_SHARED);
}

/* Shared by us, but for one page of them. */
static void object_partly_others(struct kunit *test)
{
	share(test, 0, N);
	psc_books_set(world->first + PAGE, 1, false);
}

static void no_objection(struct kunit *test)
{
}

static const struct objection {
	const char *name;
	void (*arrange)(struct kunit *test);
	int err;
} objections[] = {
	{ "none", no_objection, 0 },
	{ "EINVAL: reserved", object_reserved, -EINVAL },
	{ "EINVAL: mapped by user space", object_user, -EINVAL },
	{ "EINVAL: lost by an earlier conversion", object_lost, -EINVAL },
	{ "EINVAL: not present in the direct map", object_hidden, -EINVAL },
	{ "EINVAL: shared by somebody else", object_others, -EINVAL },
	{ "EINVAL: one of them shared by somebody else", object_partly_others, -EINVAL },
};

static void describe_objection(const struct objection *o, char *name)
{
	strscpy(name, o->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(objection, objections, describe_objection);

/* In both directions alike, and whether the page is one of some or of a whole block. */
static void refuse(struct kunit *test)
{
	static const unsigned long lengths[] = { N, WORLD_PAGES };
	const struct objection *o = test->param_value;
	struct psc_request req;
	size_t i;

	direct_map_split(test);
	o->arrange(test);
	for (i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		KUNIT_ASSERT_EQ(test, request(test, &req, lengths[i / 2]), 0);
		KUNIT_EXPECT_EQ(test, psc_check(&req, i % 2), o->err);
		psc_request_free(&req);
	}
}

static void what_is_no_ram_is_refused(struct kunit *test)
{
	unsigned long unit = PHYS_PFN(1ull << 45);
	struct psc_request req;

	KUNIT_ASSERT_EQ(test, psc_request_range(&req, unit, 1), 0);
	KUNIT_EXPECT_EQ(test, psc_check(&req, true), -EINVAL);
	psc_request_free(&req);
}

/* Splitting it would make its pages write-back for good. */
static void large_leaf_of_another_memory_type_is_refused(struct kunit *test)
{
	struct psc_leaf leaf = {};
	struct psc_request req;

	direct_map_need_block(test);
	psc_leaf_find(&leaf, world->first);
	direct_map_write(world->first, leaf.value | _PAGE_PCD);
	KUNIT_ASSERT_EQ(test, request(test, &req, 1), 0);
	KUNIT_EXPECT_EQ(test, psc_check(&req, true), -EINVAL);
	direct_map_write(world->first, leaf.value);
	KUNIT_EXPECT_EQ(test, psc_check(&req, true), 0);
	psc_request_free(&req);
}

/* ---- what is left ---- */

static void expect_units(struct kunit *test, const struct psc_request *req, const char *units)
{
	char text[64] = "";
	unsigned long i;
	int len = 0;

	for (i = 0; i < req->n; i++)
		len += scnprintf(text + len, sizeof(text) - len, "%s%lu%s", i ? " " : "",
				 psc_unit_pfn(req->units[i]) - world->first,
				 req->units[i] & PSC_UNIT_LARGE ? "L" : "");
	KUNIT_EXPECT_STREQ(test, (const char *)text, units);
}

static void check_and_expect(struct kunit *test, unsigned long pages, bool shared,
			     const char *units)
{
	struct psc_request req;

	KUNIT_ASSERT_EQ(test, request(test, &req, pages), 0);
	KUNIT_EXPECT_EQ(test, psc_check(&req, shared), 0);
	expect_units(test, &req, units);
	psc_request_free(&req);
}

static void pages_as_wanted_are_dropped(struct kunit *test)
{
	direct_map_split(test);
	share(test, 1, 2);
	check_and_expect(test, N, true, "0 3 4");
	check_and_expect(test, N, false, "1 2");
}

static void nothing_may_be_left(struct kunit *test)
{
	direct_map_split(test);
	check_and_expect(test, N, false, "");
	share(test, 0, N);
	check_and_expect(test, N, true, "");
}

static void block_is_cut_where_a_page_is_as_wanted(struct kunit *test)
{
	struct psc_request req;

	direct_map_split(test);
	check_and_expect(test, WORLD_PAGES, true, "0L 512L");
	share(test, 511, 1);
	KUNIT_ASSERT_EQ(test, request(test, &req, WORLD_PAGES), 0);
	KUNIT_EXPECT_EQ(test, psc_check(&req, true), 0);
	KUNIT_ASSERT_EQ(test, req.n, 512);
	KUNIT_EXPECT_EQ(test, req.units[510], world->first + 510);
	KUNIT_EXPECT_EQ(test, req.units[511], (world->first + 512) | PSC_UNIT_LARGE);
	psc_request_free(&req);
}

/* There is no room for its pages where the request was. */
static void block_before_one_that_is_cut_stays(struct kunit *test)
{
	struct psc_request req;

	direct_map_split(test);
	share(test, 600, 1);
	KUNIT_ASSERT_EQ(test, request(test, &req, WORLD_PAGES), 0);
	KUNIT_EXPECT_EQ(test, psc_check(&req, true), 0);
	KUNIT_ASSERT_EQ(test, req.n, 512);
	KUNIT_EXPECT_EQ(test, req.units[0], world->first | PSC_UNIT_LARGE);
	KUNIT_EXPECT_EQ(test, req.units[88], world->first + 599);
	KUNIT_EXPECT_EQ(test, req.units[89], world->first + 601);
	psc_request_free(&req);
}

static void expect_leaves(struct kunit *test, unsigned long leaves, bool uneven)
{
	struct psc_request req;

	KUNIT_ASSERT_EQ(test, request(test, &req, PSC_BLOCK_PAGES + N), 0);
	KUNIT_EXPECT_EQ(test, psc_check(&req, true), 0);
	KUNIT_EXPECT_EQ(test, req.leaves, leaves);
	KUNIT_EXPECT_EQ(test, req.uneven, uneven);
	psc_request_free(&req);
}

static void leaves_are_counted(struct kunit *test)
{
	direct_map_need_block(test);
	expect_leaves(test, 1 + N, true);
	direct_map_split(test);
	expect_leaves(test, PSC_BLOCK_PAGES + N, false);
	share(test, 0, 2);
	expect_leaves(test, PSC_BLOCK_PAGES + N - 2, false);
}

static void block_with_one_leaf_stays_whole(struct kunit *test)
{
	direct_map_need_block(test);
	check_and_expect(test, 513, true, "0L 512");
	direct_map_set(world->first, PSC_BLOCK_PAGES, PSC_LEAF_SHARED);
	enter(test, 0, PSC_BLOCK_PAGES, false);
	check_and_expect(test, 513, true, "512");
}

/* Its owner may have used set_memory_encrypted(). */
static void private_pages_leave_the_books(struct kunit *test)
{
	direct_map_split(test);
	enter(test, 0, N, false);
	KUNIT_ASSERT_TRUE(test, psc_books_shared(world->first, N));
	check_and_expect(test, N, false, "");
	KUNIT_EXPECT_FALSE(test, psc_books_shared(world->first, 1));
	KUNIT_EXPECT_FALSE(test, psc_books_shared(world->first + N - 1, 1));
}

/* ---- a second mapping ---- */

static int check_alias(struct kunit *test, unsigned long va, bool shared)
{
	struct psc_request req;
	int err;

	KUNIT_ASSERT_EQ(test, request(test, &req, 1), 0);
	req.alias = va;
	req.alias_pages = 1;
	err = psc_check(&req, shared);
	psc_request_free(&req);
	return err;
}

static void alias_has_to_agree(struct kunit *test)
{
	struct page *page = world->pages;
	void *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, alias);
	direct_map_split(test);
	KUNIT_EXPECT_EQ(test, check_alias(test, (unsigned long)alias, true), 0);
	share(test, 0, 1);
	KUNIT_EXPECT_EQ(test, check_alias(test, (unsigned long)alias, false), -EINVAL);
	vunmap(alias);
}

/* Nothing that is exported can split a leaf of vmalloc space. */
static void part_of_a_large_alias_is_refused(struct kunit *test)
{
	direct_map_need_block(test);
	KUNIT_EXPECT_EQ(test, check_alias(test, (unsigned long)page_address(world->pages), true),
			-EINVAL);
}

/* ---- the suite ---- */

static struct kunit_case check_cases[] = {
	KUNIT_CASE(large_leaf_of_another_memory_type_is_refused),
	KUNIT_CASE(block_before_one_that_is_cut_stays),
	KUNIT_CASE(leaves_are_counted),
	KUNIT_CASE(block_with_one_leaf_stays_whole),
	KUNIT_CASE(part_of_a_large_alias_is_refused),
	KUNIT_CASE_PARAM(refuse, objection_gen_params),
	KUNIT_CASE(what_is_no_ram_is_refused),
	KUNIT_CASE(pages_as_wanted_are_dropped),
	KUNIT_CASE(nothing_may_be_left),
	KUNIT_CASE(block_is_cut_where_a_page_is_as_wanted),
	KUNIT_CASE(private_pages_leave_the_books),
	KUNIT_CASE(alias_has_to_agree),
	{}
};

static struct kunit_suite check_suite = {
	.name = "check",
	.init = direct_map_init,
	.exit = direct_map_exit,
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);
