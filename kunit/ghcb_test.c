// SPDX-License-Identifier: GPL-2.0
/* The kernel's GHCB, borrowed: what the host finds in it, and what the kernel does afterwards. */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "../src/psc.h"
#include "../src/stats.h"
#include "world.h"

enum { GAPS = 3 };	/* before the MSR is written, before the VMGEXIT, behind it */

/* The first @n pages of the world, which are shared, to private. */
static struct psc_batch *batch_of(struct kunit *test, unsigned int n)
{
	struct psc_batch *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, b);
	psc_batch_init(b, PSC_OP_PRIVATE);
	for (i = 0; i < n; i++) {
		world->rmp[world->first + i] = (struct rmp_entry){};
		psc_batch_add(b, world->first + i);
	}
	return b;
}

static void expect_private(struct kunit *test, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!world->rmp[world->first + i].private)
			KUNIT_FAIL(test, "page %u is still shared", i);
}

/* Nothing in it that would make sense to a host, and nothing of ours. */
static void expect_clean(struct kunit *test)
{
	const struct psc_ghcb *ghcb = &world->data->ghcb;

	KUNIT_EXPECT_NULL(test, memchr_inv(ghcb->valid_bitmap, 0, sizeof(ghcb->valid_bitmap)));
	KUNIT_EXPECT_NULL(test, memchr_inv(&ghcb->shared_buffer, 0, sizeof(ghcb->shared_buffer)));
	KUNIT_EXPECT_EQ(test, ghcb->sw_exit_code, 0);
	KUNIT_EXPECT_EQ(test, world->data->ghcb_active, 0);
	KUNIT_EXPECT_EQ(test, world->data->backup_ghcb_active, 0);
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
}

/* ---- the request ---- */

static const struct psc_batch *sent;

static void look_at_request(struct world *w)
{
	const struct psc_ghcb *ghcb = &w->data->ghcb;

	KUNIT_EXPECT_EQ(w->test, w->vcpu.ghcb_msr, world_ghcb_gpa());
	KUNIT_EXPECT_TRUE(w->test, irqs_disabled());
	KUNIT_EXPECT_EQ(w->test, w->data->ghcb_active, 1);
	KUNIT_EXPECT_EQ(w->test, ghcb->protocol_version, 2);
	KUNIT_EXPECT_EQ(w->test, ghcb->ghcb_usage, 0);
	KUNIT_EXPECT_EQ(w->test, ghcb->sw_exit_code, 0x80000010);
	KUNIT_EXPECT_EQ(w->test, ghcb->sw_exit_info_1, 0);
	KUNIT_EXPECT_EQ(w->test, ghcb->sw_exit_info_2, 0);
	KUNIT_EXPECT_EQ(w->test, ghcb->sw_scratch, world_ghcb_gpa() + 0x800);
	KUNIT_EXPECT_EQ(w->test, ghcb->valid_bitmap[0], 0);
	KUNIT_EXPECT_EQ(w->test, ghcb->valid_bitmap[1], 0x003c000000000000);
	KUNIT_EXPECT_EQ(w->test, memcmp((const u8 *)ghcb + 0x800, &sent->desc, 2032), 0);
}

static void request_is_complete_whatever_was_there(struct kunit *test)
{
	sent = batch_of(test, 3);
	memset(&world->data->ghcb, 0xa5, sizeof(world->data->ghcb));
	world->vcpu.ghcb_msr = world_ghcb_gpa() | 0x013;	/* as a CPU has it after its boot */
	world->interrupt = look_at_request;
	world->interrupt_in = 1;
	KUNIT_EXPECT_EQ(test, psc_ghcb_send(sent), 0);
	KUNIT_EXPECT_EQ(test, world->gaps, GAPS);
	expect_private(test, 3);
	expect_clean(test);
	KUNIT_EXPECT_EQ(test, world->vcpu.ghcb_msr, world_ghcb_gpa());
}

static void one_exit_is_enough(struct kunit *test)
{
	struct psc_counts before = psc_counts, now;

	KUNIT_EXPECT_EQ(test, psc_ghcb_send(batch_of(test, PSC_MAX_ENTRIES)), 0);
	expect_private(test, PSC_MAX_ENTRIES);
	now = psc_counts_since(&before);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT], 1);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_PSC_RUNS], 1);
	KUNIT_EXPECT_EQ(test, now.c[PSC_VMGEXITS], 1);
	KUNIT_EXPECT_EQ(test, now.c[PSC_ENTRIES], PSC_MAX_ENTRIES);
	KUNIT_EXPECT_EQ(test, now.c[PSC_RETRIES], 0);
}

static void one_entry_an_exit_gets_there(struct kunit *test)
{
	host_fault_arm(&world->host, "psc-partialx0");
	KUNIT_EXPECT_EQ(test, psc_ghcb_send(batch_of(test, PSC_MAX_ENTRIES)), 0);
	expect_private(test, PSC_MAX_ENTRIES);
	expect_clean(test);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_PSC], PSC_MAX_ENTRIES);
}

static void refusal_leaves_the_page_clean(struct kunit *test)
{
	struct psc_counts before = psc_counts, now;

	host_fault_arm(&world->host, "psc-2-5x0");
	KUNIT_EXPECT_EQ(test, psc_ghcb_send(batch_of(test, 3)), -EIO);
	expect_clean(test);
	now = psc_counts_since(&before);
	KUNIT_EXPECT_EQ(test, now.c[PSC_REFUSALS], 1);
	KUNIT_EXPECT_EQ(test, now.c[PSC_VMGEXITS], 1);
}

static void stale_flag_stays(struct kunit *test)
{
	world->data->ghcb_active = 1;
	KUNIT_EXPECT_EQ(test, psc_ghcb_send(batch_of(test, 3)), 0);
	KUNIT_EXPECT_EQ(test, world->data->ghcb_active, 1);
	world->data->ghcb_active = 0;
	expect_clean(test);
}

static void unusable_is_left_alone(struct kunit *test)
{
	memset(&world->data->ghcb, 0xa5, sizeof(world->data->ghcb));
	world->usable = false;
	KUNIT_EXPECT_EQ(test, psc_ghcb_send(batch_of(test, 3)), 0);
	expect_private(test, 3);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_MSR_PSC], 3);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_PSC], 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(&world->data->ghcb, 0xa5, sizeof(world->data->ghcb)));
}

/* ---- NMIs ---- */

static const unsigned int gaps[GAPS] = { 0, 1, 2 };

static void describe_gap(const unsigned int *gap, char *name)
{
	static const char * const names[GAPS] = {
		"before the MSR is written", "before the VMGEXIT", "behind the VMGEXIT",
	};

	strscpy(name, names[*gap], KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(gap, gaps, describe_gap);

/* How many VMGEXITs asked for a page state change, of two pages. */
static u64 exits_with(struct kunit *test, void (*interrupt)(struct world *w))
{
	world->interrupt = interrupt;
	world->interrupt_in = *(const unsigned int *)test->param_value;
	KUNIT_EXPECT_EQ(test, psc_ghcb_send(batch_of(test, 2)), 0);
	expect_private(test, 2);
	KUNIT_EXPECT_EQ(test, world->vcpu.counters[HOST_VMGEXIT_NMI_COMPLETE], 1);
	return world->vcpu.counters[HOST_VMGEXIT_PSC];
}

static void nmi_goes_unnoticed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, exits_with(test, world_nmi), 1);
	expect_clean(test);
}

static void nmi_finds_a_stale_flag(struct kunit *test)
{
	world->data->ghcb_active = 1;
	KUNIT_EXPECT_EQ(test, exits_with(test, world_nmi), 1);
	KUNIT_EXPECT_EQ(test, world->data->ghcb_active, 1);
}

/* What the flag is good for: without it the request or the answer is lost, and repeated. */
static void nmi_that_does_not_see_the_flag(struct world *w)
{
	w->data->ghcb_active = 0;
	world_nmi(w);
}

static void lost_request_is_repeated(struct kunit *test)
{
	struct psc_counts before = psc_counts, now;

	exits_with(test, nmi_that_does_not_see_the_flag);
	now = psc_counts_since(&before);
	KUNIT_EXPECT_EQ(test, now.c[PSC_RETRIES], 1);
	expect_clean(test);
}

/* ---- the suite ---- */

static struct kunit_case ghcb_cases[] = {
	KUNIT_CASE(request_is_complete_whatever_was_there),
	KUNIT_CASE(one_exit_is_enough),
	KUNIT_CASE(one_entry_an_exit_gets_there),
	KUNIT_CASE(refusal_leaves_the_page_clean),
	KUNIT_CASE(stale_flag_stays),
	KUNIT_CASE(unusable_is_left_alone),
	KUNIT_CASE_PARAM(nmi_goes_unnoticed, gap_gen_params),
	KUNIT_CASE_PARAM(nmi_finds_a_stale_flag, gap_gen_params),
	KUNIT_CASE_PARAM(lost_request_is_repeated, gap_gen_params),
	{}
};

static struct kunit_suite ghcb_suite = {
	.name = "ghcb",
	.init = world_init,
	.exit = world_exit,
	.test_cases = ghcb_cases,
};

kunit_test_suite(ghcb_suite);
