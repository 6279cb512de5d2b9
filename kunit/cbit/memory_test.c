// SPDX-License-Identifier: GPL-2.0
/* A conversion from end to end, all page tables included; and out of memory at each step of it. */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "../../src/convert.h"
#include "../../src/fault.h"
#include "../../src/ghcb_msr.h"
#include "../../src/inventory.h"
#include "../../src/pgtable.h"
#include "../../src/pvalidate.h"
#include "../../src/request.h"
#include "direct_map.h"

enum {
	MOST_ALLOCATIONS = 100,
	TRIES = 10,		/* the kernel does not ask for more as often as that in a row */
};

/* Some of the world's pages. */
struct part {
	unsigned long first;
	unsigned long end;
};

static const struct part large = { 511, 1024 };		/* a page and a block */
static const struct part small = { 500, 524 };		/* no allocation has a fallback */

/* The GHCB's own rules are tested elsewhere. */
static const struct psc_transport transport = {
	.name = "kunit",
	.convert = psc_convert,
	.send = psc_msr_send,
};

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
/* In the place of fault.c, whose occasions would count among the allocations. */
int psc_fault(enum psc_fault what)
{
	return 0;
}
#endif

/* Let the @nth allocation from here on fail; 0 is none. Returns how many the last one was short. */
static unsigned int fail_allocation(unsigned int nth)
{
	unsigned int left = 0;

#ifdef CONFIG_FAULT_INJECTION
	left = current->fail_nth;
	current->fail_nth = nth;
#endif
	return left;
}

static unsigned int convert(struct kunit *test, const struct part *part, bool shared,
			    unsigned int nth, int *err)
{
	struct psc_request req;
	unsigned int left;

	KUNIT_ASSERT_EQ(test, psc_request_range(&req, world->first + part->first,
						part->end - part->first), 0);
	fail_allocation(nth);
	*err = psc_convert(&req, shared);
	left = fail_allocation(0);
	psc_request_free(&req);
	return left;
}

static const char *wrong_with(unsigned long page, bool shared)
{
	const struct rmp_entry *rmp = &world->rmp[world->first + page];

	if (direct_map_state(world->first + page) != (shared ? PSC_LEAF_SHARED : PSC_LEAF_PRIVATE))
		return "its leaf";
	if (psc_books_shared(world->first + page, 1) != shared)
		return "the books";
	if (rmp->private == shared || rmp->validated == shared)
		return "the RMP";
	return NULL;
}

/* Of these pages, and of the neighbour. */
static void expect_state(struct kunit *test, const struct part *part, bool shared)
{
	const char *wrong = wrong_with(part->first - 1, false);
	unsigned long page = part->first;

	for (; page < part->end && !wrong; page++)
		wrong = wrong_with(page, shared);
	if (wrong)
		KUNIT_FAIL(test, "page %lu: %s", page - 1, wrong);
}

static void convert_all(struct kunit *test, const struct part *part, bool shared)
{
	int err;

	convert(test, part, shared, 0, &err);
	KUNIT_ASSERT_EQ(test, err, 0);
	expect_state(test, part, shared);
}

static void forth_and_back(struct kunit *test)
{
	unsigned long before = psc_books_total();

	convert_all(test, &large, true);
	KUNIT_EXPECT_EQ(test, psc_books_total(), before + 513);
	convert_all(test, &large, false);
	KUNIT_EXPECT_EQ(test, psc_books_total(), before);
}

/* 7.2's kexec takes each leaf with C=0 for a shared page, and touches it. */
static void look_at_hidden_leaves(struct world *w)
{
	struct psc_leaf leaf = {};
	unsigned long page;

	for (page = large.first; page < large.end; page++) {
		psc_leaf_find(&leaf, w->first + page);
		KUNIT_EXPECT_EQ(w->test, leaf.value & _PAGE_PRESENT, 0);
		KUNIT_EXPECT_EQ(w->test, leaf.value & sme_me_mask, sme_me_mask);
	}
}

static void hidden_leaves_have_the_c_bit(struct kunit *test)
{
	world->interrupt = look_at_hidden_leaves;
	world->interrupt_in = 1;
	convert_all(test, &large, true);
	world->gaps = 0;
	convert_all(test, &large, false);
}

/* Returns whether it was refused. */
static bool strike(struct kunit *test, unsigned int nth, unsigned int *left)
{
	int err;

	*left = convert(test, &small, true, nth, &err);
	KUNIT_EXPECT_TRUE_MSG(test, !err || err == -ENOMEM, "%d", err);
	expect_state(test, &small, !err);
	if (!err)
		convert_all(test, &small, false);
	psc_books_free();	/* they allocate, too */
	return err;
}

static void need_failing_allocations(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_FAILSLAB) || !IS_ENABLED(CONFIG_FAIL_PAGE_ALLOC))
		kunit_skip(test, "this kernel can't fail allocations");
}

/*
 * What the kernel allocates for itself on such an occasion (a slab's pages, kmemleak's notes)
 * it can do without, and not every time does it ask: the next one in the row is ours then.
 * Ours are the same each time, for there is nothing to split.
 */
static void enomem_changes_nothing(struct kunit *test)
{
	unsigned int n, again, left = 0, refused = 0;

	need_failing_allocations(test);
	direct_map_split(test);
	for (n = 1; !left && n < MOST_ALLOCATIONS; n++) {
		for (again = 0; !left && again < TRIES; again++) {
			if (!strike(test, n, &left))
				continue;
			refused++;
			break;
		}
	}
	kunit_info(test, "%u allocations, ENOMEM %u times\n", n - 2, refused);
	KUNIT_EXPECT_GE(test, refused, 2);
	KUNIT_EXPECT_GT(test, left, 0);
}

static void expect_write_back(struct kunit *test)
{
	struct psc_leaf leaf = {};
	unsigned long page;

	for (page = 0; page < WORLD_PAGES; page++) {
		psc_leaf_find(&leaf, world->first + page);
		KUNIT_EXPECT_EQ(test, psc_leaf_state(&leaf), PSC_LEAF_PRIVATE);
		KUNIT_EXPECT_EQ(test, leaf.value & (_PAGE_PWT | _PAGE_PCD), 0);
	}
}

/* The list of what to split, and a page table for each of two blocks. */
static void enomem_while_splitting(struct kunit *test)
{
	unsigned long units[2];
	struct psc_request req = { .units = units, .n = ARRAY_SIZE(units) };
	unsigned int n, left = 0, refused = 0;
	int err;

	need_failing_allocations(test);
	direct_map_need_block(test);
	for (n = 1; !left && n < MOST_ALLOCATIONS; n++) {
		KUNIT_ASSERT_TRUE(test, direct_map_find_block());
		units[0] = world->first + small.first;
		units[1] = world->first + small.end - 1;
		fail_allocation(n);
		err = psc_split(&req);
		left = fail_allocation(0);
		KUNIT_EXPECT_TRUE_MSG(test, !err || err == -ENOMEM, "%d", err);
		expect_write_back(test);
		refused += !!err;
	}
	kunit_info(test, "%u allocations, ENOMEM %u times\n", n - 2, refused);
	KUNIT_EXPECT_GE(test, refused, 2);
	KUNIT_EXPECT_GT(test, left, 0);
}

/* ---- the suite ---- */

static int memory_init(struct kunit *test)
{
	psc_transport = &transport;
	return direct_map_init(test) ?: psc_window_init();
}

static void memory_exit(struct kunit *test)
{
	psc_window_exit();
	direct_map_exit(test);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(enomem_changes_nothing),
	KUNIT_CASE(enomem_while_splitting),
	KUNIT_CASE(forth_and_back),
	KUNIT_CASE(hidden_leaves_have_the_c_bit),
	{}
};

static struct kunit_suite memory_suite = {
	.name = "memory",
	.init = memory_init,
	.exit = memory_exit,
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);
