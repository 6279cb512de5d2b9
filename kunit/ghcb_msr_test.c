// SPDX-License-Identifier: GPL-2.0
/* The GHCB MSR protocol: whatever the host makes of a request, the MSR is as it was. */
#include <linux/irqflags.h>

#include "../src/ghcb_msr.h"
#include "../src/request.h"
#include "world.h"

enum {
	GAPS = 4,
	ATTEMPTS = 1 + PSC_MAX_STALLS,
};

#define ALL_ONES	0xfffffffffffff000ull

/* ---- the answer ---- */

static const struct judgement {
	const char *name;
	enum psc_msr_request what;
	u64 data;
	u64 answer;
	enum psc_verdict verdict;
} judgements[] = {
	{ "page state: done", PSC_MSR_CHANGE, 0x0010000012345000, 0x015, PSC_DONE },
	{ "page state: KVM's error", PSC_MSR_CHANGE, 0x0010000012345000, 0x8000000000000015,
	  PSC_REFUSED },
	{ "page state: an error in the lowest bit", PSC_MSR_CHANGE, 0, 0x100000015, PSC_REFUSED },
	{ "page state: a reserved bit", PSC_MSR_CHANGE, 0, 0x1015, PSC_REFUSED },
	{ "page state: the request itself", PSC_MSR_CHANGE, 0x0010000012345000,
	  0x0010000012345014, PSC_AGAIN },
	{ "page state: the GHCB's address", PSC_MSR_CHANGE, 0, 0x12345000, PSC_AGAIN },
	{ "page state: another request's answer", PSC_MSR_CHANGE, 0, 0x013, PSC_AGAIN },
	{ "page state: nothing", PSC_MSR_CHANGE, 0, 0, PSC_AGAIN },
	{ "registration: confirmed", PSC_MSR_REGISTER, 0x12345000, 0x12345013, PSC_DONE },
	{ "registration: refused", PSC_MSR_REGISTER, 0x12345000, ALL_ONES | 0x013, PSC_REFUSED },
	{ "registration: another page", PSC_MSR_REGISTER, 0x12345000, 0x12346013, PSC_REFUSED },
	{ "registration: the request itself", PSC_MSR_REGISTER, 0x12345000, 0x12345012,
	  PSC_AGAIN },
	{ "preference: none", PSC_MSR_PREFERRED, 0, ALL_ONES | 0x011, PSC_DONE },
	{ "preference: a page", PSC_MSR_PREFERRED, 0, 0x7011, PSC_DONE },
	{ "preference: not known", PSC_MSR_PREFERRED, 0, 0x010, PSC_AGAIN },
	{ "features: some", PSC_MSR_FEATURES, 0, 0x3081, PSC_DONE },
	{ "features: none", PSC_MSR_FEATURES, 0, 0x081, PSC_DONE },
	{ "features: not known", PSC_MSR_FEATURES, 0, 0x080, PSC_AGAIN },
};

static void describe_judgement(const struct judgement *j, char *name)
{
	strscpy(name, j->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(judgement, judgements, describe_judgement);

static void judge(struct kunit *test)
{
	const struct judgement *j = test->param_value;

	KUNIT_EXPECT_EQ(test, psc_msr_judge(j->what, j->data, j->answer), j->verdict);
}

/* ---- the MSR ---- */

static const struct ask {
	const char *name;
	const char *plan;
	enum psc_msr_request what;
	enum psc_verdict verdict;
	u16 exits;
} asks[] = {
	{ "page state", "", PSC_MSR_CHANGE, PSC_DONE, 1 },
	{ "page state: error", "msr-psc-error", PSC_MSR_CHANGE, PSC_REFUSED, 1 },
	{ "page state: garbage once", "msr-garbage", PSC_MSR_CHANGE, PSC_DONE, 2 },
	{ "page state: garbage for ever", "msr-garbagex0", PSC_MSR_CHANGE, PSC_AGAIN, ATTEMPTS },
	{ "page state: the last attempt counts", "msr-unansweredx8", PSC_MSR_CHANGE, PSC_DONE,
	  ATTEMPTS },
	{ "page state: never answered", "msr-unansweredx0", PSC_MSR_CHANGE, PSC_AGAIN, ATTEMPTS },
	{ "registration", "", PSC_MSR_REGISTER, PSC_DONE, 1 },
	{ "registration: refused", "register-refused", PSC_MSR_REGISTER, PSC_REFUSED, 1 },
	{ "registration: another page", "register-other", PSC_MSR_REGISTER, PSC_REFUSED, 1 },
	{ "registration: never answered", "msr-unansweredx0", PSC_MSR_REGISTER, PSC_AGAIN,
	  ATTEMPTS },
	{ "preference", "", PSC_MSR_PREFERRED, PSC_DONE, 1 },
	{ "preference: a page", "preferred-gpa", PSC_MSR_PREFERRED, PSC_DONE, 1 },
	{ "features", "", PSC_MSR_FEATURES, PSC_DONE, 1 },
	{ "features: never answered", "msr-unansweredx0", PSC_MSR_FEATURES, PSC_AGAIN, ATTEMPTS },
};

static void describe_ask(const struct ask *a, char *name)
{
	strscpy(name, a->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ask, asks, describe_ask);

/* What a request is about: the first page of the world, to private, or the GHCB. */
static u64 data_of(enum psc_msr_request what)
{
	switch (what) {
	case PSC_MSR_CHANGE:
		world->rmp[world->first] = (struct rmp_entry){};
		return 1ull << 52 | (u64)world->first << 12;
	case PSC_MSR_REGISTER:
		return world_ghcb_gpa();
	default:
		return 0;
	}
}

/* The values that it has at rest: a GHCB's address, and what boot leaves on a CPU. */
static void msr_is_put_back(struct kunit *test)
{
	const struct ask *a = test->param_value;
	const u64 rest[] = { world_ghcb_gpa(), world_ghcb_gpa() | 0x013, 0x001 };
	struct psc_msr_answer answer;
	int i;

	for (i = 0; i < ARRAY_SIZE(rest); i++) {
		world->vcpu.ghcb_msr = rest[i];
		KUNIT_ASSERT_TRUE(test, host_fault_arm(&world->host, a->plan));
		KUNIT_EXPECT_EQ(test, psc_msr_ask(a->what, data_of(a->what), &answer),
				a->verdict);
		KUNIT_EXPECT_EQ(test, answer.exits, a->exits);
		KUNIT_EXPECT_EQ(test, world->vcpu.ghcb_msr, rest[i]);
		KUNIT_EXPECT_FALSE(test, irqs_disabled());
	}
}

/* ---- NMIs ---- */

static const unsigned int gaps[GAPS] = { 0, 1, 2, 3 };

static void describe_gap(const unsigned int *gap, char *name)
{
	static const char * const names[GAPS] = {
		"before the request", "before the VMGEXIT", "behind the VMGEXIT",
		"before the MSR is put back",
	};

	strscpy(name, names[*gap], KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(gap, gaps, describe_gap);

static void nmi_costs_one_attempt_at_most(struct kunit *test)
{
	unsigned int gap = *(const unsigned int *)test->param_value;
	bool lost = gap == 1 || gap == 2;
	struct psc_msr_answer answer;

	world->vcpu.ghcb_msr = world_ghcb_gpa() | 0x013;
	world->interrupt = world_nmi;
	world->interrupt_in = gap;
	KUNIT_EXPECT_EQ(test, psc_msr_ask(PSC_MSR_CHANGE, data_of(PSC_MSR_CHANGE), &answer),
			PSC_DONE);
	KUNIT_EXPECT_EQ(test, answer.exits, lost ? 2 : 1);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_NMI_COMPLETE], 1);
	KUNIT_EXPECT_TRUE(test, !!world->rmp[world->first].private);
	KUNIT_EXPECT_EQ(test, world->vcpu.ghcb_msr, world_ghcb_gpa() | 0x013);
}

/* ---- a batch ---- */

static int send(struct kunit *test, unsigned long unit, unsigned int n)
{
	struct psc_batch *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	psc_batch_init(b, PSC_OP_PRIVATE);
	while (n--)
		psc_batch_add(b, unit++);
	memset(world->rmp + world->first, 0, WORLD_PAGES * sizeof(*world->rmp));
	return psc_msr_send(b);
}

static void block_goes_page_by_page(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, send(test, world->first | PSC_UNIT_LARGE, 1), 0);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_MSR_PSC], 512);
	for (i = 0; i < 512; i++)
		if (!world->rmp[world->first + i].private)
			KUNIT_FAIL(test, "page %u is still shared", i);
	KUNIT_EXPECT_FALSE(test, !!world->rmp[world->first + i].private);
}

static void refusal_ends_a_batch(struct kunit *test)
{
	host_fault_arm(&world->host, "msr-psc-error@2x0");
	KUNIT_EXPECT_EQ(test, send(test, world->first, 5), -EIO);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_MSR], 3);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_MSR_PSC], 2);
}

static struct kunit_case ghcb_msr_cases[] = {
	KUNIT_CASE_PARAM(judge, judgement_gen_params),
	KUNIT_CASE_PARAM(msr_is_put_back, ask_gen_params),
	KUNIT_CASE_PARAM(nmi_costs_one_attempt_at_most, gap_gen_params),
	KUNIT_CASE(block_goes_page_by_page),
	KUNIT_CASE(refusal_ends_a_batch),
	{}
};

static struct kunit_suite ghcb_msr_suite = {
	.name = "ghcb_msr",
	.init = world_init,
	.exit = world_exit,
	.test_cases = ghcb_msr_cases,
};

kunit_test_suite(ghcb_msr_suite);
