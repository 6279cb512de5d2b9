// SPDX-License-Identifier: GPL-2.0
/* The order of operations, and what is left behind when one of them fails. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../src/convert.h"
#include "../src/ghcb_check.h"
#include "../src/inventory.h"
#include "../src/pvalidate.h"
#include "../src/request.h"
#include "world.h"

static const struct psc_transport transport = {
	.name = "kunit",
	.convert = psc_convert,
	.prepare = psc_ghcb_prepare,
	.send = psc_ghcb_send,
};

/* Which of the world's pages. */
struct extent {
	unsigned int first;
	unsigned int n;
};

enum { EXTENTS = 4 };

static const struct extent scattered[EXTENTS] = { { 3, 1 }, { 7, 2 }, { 600, 1 }, { 1023, 1 } };
static const struct extent block[EXTENTS] = { { 0, 513 } };

static bool asked_for(const struct extent *e, unsigned int page)
{
	int i;

	for (i = 0; i < EXTENTS; i++)
		if (page >= e[i].first && page < e[i].first + e[i].n)
			return true;
	return false;
}

static unsigned long pages_of(const struct extent *e)
{
	return e[0].n + e[1].n + e[2].n + e[3].n;
}

static int convert(struct kunit *test, const struct extent *e, bool shared)
{
	unsigned long *pfns = psc_request_alloc(pages_of(e)), n = 0, page;
	struct psc_request req;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, pfns);
	for (page = 0; page < WORLD_PAGES; page++)
		if (asked_for(e, page))
			pfns[n++] = world->first + page;
	KUNIT_ASSERT_EQ(test, psc_request_pfns(&req, pfns, n), 0);
	err = psc_convert(&req, shared);
	psc_request_free(&req);
	return err;
}

/* ---- what is left behind, page by page ---- */

static const char *wrong_with(unsigned int page, bool shared)
{
	const struct rmp_entry *rmp = &world->rmp[world->first + page];

	if (world->leaf[page] != (shared ? PSC_LEAF_SHARED : PSC_LEAF_PRIVATE))
		return "its leaf";
	if (psc_books_shared(world->first + page, 1) != shared)
		return "the books";
	if (PageHWPoison(world->pages + page))
		return "its mark";
	if (!rmp->lied && (rmp->private == shared || rmp->validated == shared))
		return "the RMP";
	return NULL;
}

static const char *wrong_with_lost(unsigned int page)
{
	if (world->leaf[page] != PSC_LEAF_NONE)
		return "the leaf of a lost one";
	if (psc_books_shared(world->first + page, 1))
		return "the books on a lost one";
	if (!PageHWPoison(world->pages + page))
		return "the mark on a lost one";
	return NULL;
}

static const char *wrong_with_either(const struct extent *e, unsigned int page, bool shared)
{
	if (!psc_books_any_poisoned(world->first + page, 1))
		return wrong_with(page, shared && asked_for(e, page));
	return asked_for(e, page) ? wrong_with_lost(page) : "it is lost";
}

/* The contract of include/linux/snp_psc.h: all of it, nothing of it, or some pages lost. */
static void expect_contract(struct kunit *test, const struct extent *e, bool to_shared, int err)
{
	unsigned int i, page, lost = 0;
	const char *wrong = NULL;

	KUNIT_EXPECT_TRUE(test, !err || err == -EIO || err == -ENOTRECOVERABLE);
	for (i = 0; i < EXTENTS && e[i].n && !wrong; i++) {
		/* and the neighbours */
		page = max(e[i].first, 1u) - 1;
		for (; page <= e[i].first + e[i].n && page < WORLD_PAGES && !wrong; page++) {
			wrong = wrong_with_either(e, page, to_shared == !err);
			lost += psc_books_any_poisoned(world->first + page, 1);
		}
	}
	if (wrong)
		KUNIT_FAIL(test, "page %u: %s", page - 1, wrong);
	else
		KUNIT_EXPECT_EQ(test, lost > 0, err == -ENOTRECOVERABLE);
}

/* ---- the order ---- */

static const struct order {
	const char *name;
	const struct extent *extents;
	bool shared;
	unsigned int batch_max;
	bool rmp_2m;
	const char *trace;
} orders[] = {
	{ "to shared", scattered, true, 253, false,
	  "hide 5, flush, clean 5, rescind 5, shared 5, show 5" },
	{ "to private", scattered, false, 253, false,
	  "hide 5, flush, clean 5, private 5, validate 5, show 5" },
	{ "to shared in two descriptors", scattered, true, 3, false,
	  "hide 5, flush, clean 5, rescind 3, shared 3, rescind 2, shared 2, show 5" },
	{ "to private in two descriptors", scattered, false, 3, false,
	  "hide 5, flush, clean 5, private 3, validate 3, private 2, validate 2, show 5" },
	{ "a 2M block to shared", block, true, 253, true,
	  "hide 513, flush, clean 513, rescind 2M, rescind, shared 2, show 513" },
	{ "a 2M block to private", block, false, 253, true,
	  "hide 513, flush, clean 513, private 2, validate 2M, validate, show 513" },
	{ "a 2M block to shared, 4K in the RMP", block, true, 253, false,
	  "hide 513, flush, clean 513, rescind 2M, rescind 513, shared 2, show 513" },
	{ "a 2M block to private, 4K in the RMP", block, false, 253, false,
	  "hide 513, flush, clean 513, private 2, validate 2M, validate 513, show 513" },
};

static void describe_order(const struct order *o, char *name)
{
	strscpy(name, o->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(order, orders, describe_order);

static void use_2m(void)
{
	world->large_leaves = true;
	world->host.rmp_2m = true;
	host_launch(&world->host, world->first, WORLD_PAGES);
}

static void order(struct kunit *test)
{
	const struct order *o = test->param_value;

	psc_batch_max = o->batch_max;
	if (o->rmp_2m)
		use_2m();
	if (!o->shared)
		KUNIT_ASSERT_EQ(test, convert(test, o->extents, true), 0);
	world_forget();
	KUNIT_EXPECT_EQ(test, convert(test, o->extents, o->shared), 0);
	world_expect(test, o->trace);
	expect_contract(test, o->extents, o->shared, 0);
}

/* ---- what is returned ---- */

static const struct outcome {
	const char *name;
	const char *plan;
	bool shared;
	int err;
} outcomes[] = {
	{ "0: a host that needs two attempts", "psc-partial", true, 0 },
	{ "EIO: a host that refuses, and has all back", "psc-2-5", true, -EIO },
	{ "ENOTRECOVERABLE: a host that refuses to have it back", "psc-2-5x0", true,
	  -ENOTRECOVERABLE },
	{ "ENOTRECOVERABLE: another page in its place", "remap", true, -ENOTRECOVERABLE },
	{ "ENOTRECOVERABLE: an old page in its place", "replay", false, -ENOTRECOVERABLE },
};

static void describe_outcome(const struct outcome *o, char *name)
{
	strscpy(name, o->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(outcome, outcomes, describe_outcome);

static void outcome(struct kunit *test)
{
	const struct outcome *o = test->param_value;

	if (!o->shared)
		KUNIT_ASSERT_EQ(test, convert(test, scattered, true), 0);
	KUNIT_ASSERT_TRUE(test, host_fault_arm(&world->host, o->plan));
	KUNIT_EXPECT_EQ(test, convert(test, scattered, o->shared), o->err);
	expect_contract(test, scattered, o->shared, o->err);
}

/* ---- nothing has happened ---- */

static void changed_mappings_touch_nothing(struct kunit *test)
{
	world->changed = true;
	KUNIT_EXPECT_EQ(test, convert(test, scattered, true), -EINVAL);
	world_expect(test, "");
	expect_contract(test, scattered, true, -EIO);
}

/* ---- hosts that misbehave ---- */

static const char * const plans[] = {
	"psc-partial", "psc-partial-2m", "psc-stuck", "psc-generic", "psc-bad-header",
	"psc-bad-entry", "psc-firmware-error", "psc-exception", "psc-2-1", "psc-2-2", "psc-2-3",
	"psc-2-4", "psc-2-5", "psc-2-6", "psc-unregister", "psc-cur-back", "psc-cur-beyond",
	"psc-end-lowered", "psc-reserved", "psc-double-fetch", "psc-skip", "psc-lie",
	"msr-psc-error", "msr-psc-lie", "msr-garbage", "msr-unanswered", "register-refused",
	"register-other", "preferred-gpa", "remap", "replay", "pvalidate-size", "take-back",
};

static void describe_plan(const char * const *plan, char *name)
{
	strscpy(name, *plan, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(plan, plans, describe_plan);

static void every_plan_is_here(struct kunit *test)
{
	u32 i;

	for (i = 0; host_fault_name(i); i++)
		KUNIT_EXPECT_GE_MSG(test, match_string(plans, ARRAY_SIZE(plans),
						       host_fault_name(i)), 0,
				    "%s", host_fault_name(i));
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(plans));
}

enum {
	MOST_OCCASIONS = 12,	/* one for each page there and back, where there are five */
	/* Where each access to memory is looked at, more of the same shows nothing new. */
	BRIEF = IS_ENABLED(CONFIG_KASAN),
};

struct strike {
	const char *plan;
	const struct host_flavour *flavour;
	bool large;		/* a 2M block, else scattered pages */
	bool shared;
	bool usable;		/* the GHCB, else the MSR protocol */
	unsigned int skip;
	unsigned int times;
};

/* Returns whether there was an occasion. A host that stops the guest is in its rights. */
static bool strike(struct kunit *test, const struct strike *s)
{
	const struct extent *extents = s->large ? block : scattered;
	char text[64];
	bool struck;
	int err;

	world_reset();
	if (s->large)
		use_2m();
	psc_books_free();
	world->host.flavour = s->flavour;
	world->usable = s->usable;
	if (!s->shared)
		KUNIT_ASSERT_EQ(test, convert(test, extents, true), 0);
	scnprintf(text, sizeof(text), "%s@%ux%u", s->plan, s->skip, s->times);
	KUNIT_ASSERT_TRUE(test, host_fault_arm(&world->host, text));
	err = convert(test, extents, s->shared);
	struck = world->host.fault.struck;
	host_fault_arm(&world->host, NULL);
	if (!world->stopped)
		expect_contract(test, extents, s->shared, err);
	return struck;
}

/* At the first occasion, at the second and so on; once, twice in a row and from there on. */
static unsigned int strike_everywhere(struct kunit *test, struct strike s)
{
	unsigned int struck = 0;

	for (s.times = 0; s.times <= (BRIEF ? 1 : 2); s.times++)
		for (s.skip = 0; s.skip < MOST_OCCASIONS && strike(test, &s); s.skip++)
			struck++;
	return struck;
}

static unsigned int strike_both_ways(struct kunit *test, struct strike s)
{
	unsigned int struck;

	s.shared = false;
	struck = strike_everywhere(test, s);
	s.shared = true;
	return struck + strike_everywhere(test, s);
}

static unsigned int strike_both_flavours(struct kunit *test, struct strike s)
{
	unsigned int struck = 0;

	s.usable = true;
	for (s.flavour = host_flavours; s.flavour->name && !(BRIEF && struck); s.flavour++)
		struck += strike_both_ways(test, s);
	return struck;
}

/* In the MSR protocol the flavours do not differ. */
static void contract(struct kunit *test)
{
	struct strike s = { .flavour = host_flavours };
	unsigned int struck;

	psc_batch_max = 2;
	s.plan = *(const char * const *)test->param_value;
	struck = strike_both_ways(test, s) + strike_both_flavours(test, s);
	kunit_info(test, "struck %u times", struck);
}

static void contract_for_2m(struct kunit *test)
{
	struct strike s = { .large = true };

	psc_batch_max = 1;
	s.plan = *(const char * const *)test->param_value;
	kunit_info(test, "struck %u times", strike_both_flavours(test, s));
}

/* ---- the suite ---- */

static int convert_init(struct kunit *test)
{
	psc_transport = &transport;
	psc_batch_max = PSC_MAX_ENTRIES;
	return world_init(test) ?: psc_window_init();
}

static void convert_exit(struct kunit *test)
{
	psc_window_exit();
	psc_books_free();
	world_exit(test);
}

static struct kunit_case convert_cases[] = {
	KUNIT_CASE_PARAM(order, order_gen_params),
	KUNIT_CASE_PARAM(outcome, outcome_gen_params),
	KUNIT_CASE(changed_mappings_touch_nothing),
	KUNIT_CASE(every_plan_is_here),
	KUNIT_CASE_PARAM_ATTR(contract, plan_gen_params, { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM_ATTR(contract_for_2m, plan_gen_params, { .speed = KUNIT_SPEED_SLOW }),
	{}
};

static struct kunit_suite convert_suite = {
	.name = "convert",
	.init = convert_init,
	.exit = convert_exit,
	.test_cases = convert_cases,
};

kunit_test_suite(convert_suite);
