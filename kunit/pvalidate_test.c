// SPDX-License-Identifier: GPL-2.0
/* PVALIDATE through the window: what is tried, how far it gets, what stays to be seen. */
#include <linux/string.h>

#include "../src/pvalidate.h"
#include "../src/request.h"
#include "world.h"

static const struct attempt {
	const char *name;
	bool large;
	bool rmp_2m;
	unsigned int first, end;
	bool validate;
	const char *plan;
	bool fail_input;
	struct psc_pvalidated expected;
	const char *trace;
} attempts[] = {
	{ "a page is rescinded", false, false, 0, 1, false, "", false,
	  { 1, PSC_PVALIDATE_CHANGED, 1 }, "rescind" },
	{ "a page is validated", false, false, 0, 1, true, "", false,
	  { 1, PSC_PVALIDATE_CHANGED, 1 }, "validate" },
	{ "a page that was not validated", false, false, 0, 1, false, "remap", false,
	  { 0, PSC_PVALIDATE_UNCHANGED, 1 }, "rescind" },
	{ "a page that has been validated", false, false, 0, 1, true, "replay", false,
	  { 0, PSC_PVALIDATE_UNCHANGED, 1 }, "validate" },
	{ "a page that PVALIDATE does not take", false, false, 0, 1, true, "", true,
	  { 0, PSC_PVALIDATE_FAIL_INPUT, 1 }, "validate" },
	{ "a block", true, true, 0, 512, false, "", false,
	  { 512, PSC_PVALIDATE_CHANGED, 512 }, "rescind 2M" },
	{ "a block is validated", true, true, 0, 512, true, "", false,
	  { 512, PSC_PVALIDATE_CHANGED, 512 }, "validate 2M" },
	{ "a block that PVALIDATE does not take", true, true, 0, 512, true, "", true,
	  { 0, PSC_PVALIDATE_FAIL_INPUT, 512 }, "validate 2M" },
	{ "a block of 4K entries", true, false, 0, 512, false, "", false,
	  { 512, PSC_PVALIDATE_CHANGED, 1 }, "rescind 2M, rescind 512" },
	{ "a block that loses its 2M entry", true, true, 0, 512, false, "pvalidate-size", false,
	  { 512, PSC_PVALIDATE_CHANGED, 1 }, "rescind 2M, rescind 512" },
	{ "a block with another page in it", true, false, 0, 512, false, "remap@101", false,
	  { 100, PSC_PVALIDATE_UNCHANGED, 1 }, "rescind 2M, rescind 101" },
	{ "the beginning of a block", true, false, 0, 100, false, "", false,
	  { 100, PSC_PVALIDATE_CHANGED, 1 }, "rescind 100" },
	{ "the rest of a block", true, false, 100, 512, false, "", false,
	  { 512, PSC_PVALIDATE_CHANGED, 1 }, "rescind 412" },
	{ "nothing of a block", true, false, 512, 512, false, "", false,
	  { 512, PSC_PVALIDATE_CHANGED, 0 }, "" },
};

static void describe_attempt(const struct attempt *a, char *name)
{
	strscpy(name, a->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(attempt, attempts, describe_attempt);

static unsigned long unit_of(const struct attempt *a)
{
	return world->first | (a->large ? PSC_UNIT_LARGE : 0);
}

/* Hidden, and in the state that is to change. */
static void prepare(const struct attempt *a)
{
	unsigned int i;

	world->host.rmp_2m = a->rmp_2m;
	host_launch(&world->host, world->first, WORLD_PAGES);
	for (i = 0; i < WORLD_PAGES; i++) {
		world->rmp[world->first + i].validated = !a->validate;
		world->leaf[i] = PSC_LEAF_NONE;
	}
	host_fault_arm(&world->host, a->plan);
	world->fail_input = a->fail_input;
}

static void pvalidate(struct kunit *test)
{
	const struct attempt *a = test->param_value;
	struct psc_pvalidated p;
	unsigned int i;

	prepare(a);
	p = psc_pvalidate(unit_of(a), a->first, a->end, a->validate);
	KUNIT_EXPECT_EQ(test, p.pages, a->expected.pages);
	KUNIT_EXPECT_EQ(test, p.result, a->expected.result);
	KUNIT_EXPECT_EQ(test, p.tried, a->expected.tried);
	world_expect(test, a->trace);
	for (i = a->first; i < p.pages; i++)
		if (world->rmp[world->first + i].validated != a->validate)
			KUNIT_FAIL(test, "page %u has not changed", i);
	psc_window_empty();
	KUNIT_EXPECT_TRUE(test, world_window_empty());
}

/* Caches want a touch of what has been validated, and of nothing else. */
static void validated_pages_are_touched(struct kunit *test)
{
	const struct attempt *a = test->param_value;
	struct psc_pvalidated p;

	prepare(a);
	p = psc_pvalidate(unit_of(a), a->first, a->end, a->validate);
	if (p.tried)
		KUNIT_EXPECT_EQ(test, world_window_touched(), a->validate && p.pages);
	psc_window_empty();
}

static void caches_are_cleaned_page_by_page(struct kunit *test)
{
	unsigned long units[] = { world->first | PSC_UNIT_LARGE, world->first + 512 };
	struct psc_request req = { .units = units, .n = 2 };

	psc_clean_caches(&req, true);
	world_expect(test, "clean 513");
}

static int pvalidate_init(struct kunit *test)
{
	return world_init(test) ?: psc_window_init();
}

static void pvalidate_exit(struct kunit *test)
{
	psc_window_exit();
	world_exit(test);
}

static struct kunit_case pvalidate_cases[] = {
	KUNIT_CASE_PARAM(pvalidate, attempt_gen_params),
	KUNIT_CASE_PARAM(validated_pages_are_touched, attempt_gen_params),
	KUNIT_CASE(caches_are_cleaned_page_by_page),
	{}
};

static struct kunit_suite pvalidate_suite = {
	.name = "pvalidate",
	.init = pvalidate_init,
	.exit = pvalidate_exit,
	.test_cases = pvalidate_cases,
};

kunit_test_suite(pvalidate_suite);
