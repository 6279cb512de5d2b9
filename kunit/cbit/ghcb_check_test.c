// SPDX-License-Identifier: GPL-2.0
/* Which GHCB may be borrowed: what is looked at, what the host is asked, what the kernel proves. */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "../../src/ghcb_check.h"
#include "../../src/hw.h"
#include "../../src/psc.h"
#include "../../src/request.h"
#include "direct_map.h"

/*
 * The GHCB is in the same place for all tests: it is remembered, and never moves. There
 * is one GHCB MSR for all CPUs, so only the CPU that was asked first may borrow it.
 */
enum {
	DATA_PAGES = 3,
	DATA_ORDER = 2,
	FIRST_CPU = 0,
};

static struct page *pages;
static unsigned long first;		/* the PFN of the first of them */
static struct psc_runtime_data *own;	/* what the world has */
static const struct snp_psc_hw *real;
static struct snp_psc_hw hw;

/* ---- what is found ---- */

static const char *why_not(struct kunit *test, int cpu)
{
	struct psc_ghcb_report report;

	KUNIT_ASSERT_EQ(test, psc_ghcb_report(cpu, &report), 0);
	return report.why_not ?: "";
}

static void good_one_is_usable_on_one_cpu(struct kunit *test)
{
	struct psc_ghcb_report r;
	int cpu;

	KUNIT_ASSERT_EQ(test, psc_ghcb_report(FIRST_CPU, &r), 0);
	KUNIT_EXPECT_NULL(test, r.why_not);
	KUNIT_EXPECT_EQ(test, r.msr, world_ghcb_gpa());
	KUNIT_EXPECT_TRUE(test, r.registered);
	KUNIT_EXPECT_EQ(test, r.claimed, 0);
	KUNIT_EXPECT_EQ(test, r.backup, 0);
	for_each_online_cpu(cpu)
		if (cpu != FIRST_CPU)
			KUNIT_EXPECT_STREQ(test, why_not(test, cpu), "the GHCB is another CPU's");
}

static void no_cpu_no_report(struct kunit *test)
{
	struct psc_ghcb_report r;

	KUNIT_EXPECT_EQ(test, psc_ghcb_report(nr_cpu_ids, &r), -ENXIO);
	psc_ghcb_check_stop();
	KUNIT_EXPECT_EQ(test, psc_ghcb_report(FIRST_CPU, &r), -ENODEV);
	KUNIT_EXPECT_EQ(test, psc_ghcb_recheck(FIRST_CPU), -ENODEV);
}

/* ---- what is wrong with it ---- */

static void msr_zero(void)
{
	world->vcpu.ghcb_msr = 0;
}

static void msr_request(void)
{
	world->vcpu.ghcb_msr |= PSC_MSR_PSC_REQ;
}

static void msr_another_page(void)
{
	world->vcpu.ghcb_msr += PAGE_SIZE;
}

static void page_not_reserved(void)
{
	__ClearPageReserved(pages);
}

static void page_not_shared(void)
{
	direct_map_set(first, 1, PSC_LEAF_PRIVATE);
}

static void backup_shared(void)
{
	direct_map_set(first + 1, 1, PSC_LEAF_SHARED);
}

static void flags_hidden(void)
{
	direct_map_set(first + 2, 1, PSC_LEAF_NONE);
}

static void flag_two(void)
{
	world->data->ghcb_active = 2;
}

static void padding_used(void)
{
	world->data->padding[0] = 1;
}

static void usage_unknown(void)
{
	world->data->ghcb.ghcb_usage = 1;
}

static void version_unknown(void)
{
	world->data->ghcb.protocol_version = PSC_GHCB_VERSION + 1;
}

static void both_claimed(void)
{
	world->data->ghcb_active = 1;
	world->data->backup_ghcb_active = 1;
}

static const struct defect {
	const char *name;
	void (*make)(void);
	const char *why_not;
} defects[] = {
	{ "MSR: nothing", msr_zero, "the GHCB MSR holds no address" },
	{ "MSR: a request", msr_request, "the GHCB MSR holds no address" },
	{ "MSR: another page", msr_another_page, "the GHCB has moved" },
	{ "page: not reserved", page_not_reserved,
	  "the GHCB MSR does not name a shared page of the kernel's" },
	{ "page: private", page_not_shared,
	  "the GHCB MSR does not name a shared page of the kernel's" },
	{ "backup: shared", backup_shared, "no private backup behind the GHCB" },
	{ "flags: not present", flags_hidden, "no private backup behind the GHCB" },
	{ "flags: more than 1", flag_two, "no flags behind the GHCB" },
	{ "flags: something behind them", padding_used, "no flags behind the GHCB" },
	{ "use: unknown", usage_unknown, "the GHCB is used for something else" },
	{ "use: a later version", version_unknown, "unknown version of the GHCB protocol" },
	{ "use: both claimed", both_claimed, "GHCB and backup are both marked as in use" },
};

static void describe_defect(const struct defect *d, char *name)
{
	strscpy(name, d->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(defect, defects, describe_defect);

static void defect(struct kunit *test)
{
	const struct defect *d = test->param_value;

	d->make();
	KUNIT_EXPECT_STREQ(test, why_not(test, FIRST_CPU), d->why_not);
}

/* As a CPU has it after its boot, and with a stale flag. */
static void used_but_not_broken(struct kunit *test)
{
	struct psc_ghcb_report r;

	world->vcpu.ghcb_msr |= PSC_MSR_REGISTER_RESP;
	world->data->ghcb_active = 1;
	KUNIT_ASSERT_EQ(test, psc_ghcb_report(FIRST_CPU, &r), 0);
	KUNIT_EXPECT_NULL(test, r.why_not);
	KUNIT_EXPECT_EQ(test, r.claimed, 1);
}

/* ---- what the host says ---- */

static const struct word {
	const char *name;
	const char *plan;
	const char *why_not;
} words[] = {
	{ "a page is preferred", "preferred-gpa", "" },
	{ "registration refused", "register-refused", "the host refuses to register the GHCB" },
	{ "another page registered", "register-other",
	  "the host registers another page than the GHCB" },
	{ "no answer", "msr-unansweredx0",
	  "the host does not answer the registration of the GHCB" },
};

static void describe_word(const struct word *w, char *name)
{
	strscpy(name, w->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(word, words, describe_word);

static void word(struct kunit *test)
{
	const struct word *w = test->param_value;
	struct psc_ghcb_report r;

	KUNIT_ASSERT_TRUE(test, host_fault_arm(&world->host, w->plan));
	KUNIT_ASSERT_EQ(test, psc_ghcb_recheck(FIRST_CPU), 0);
	KUNIT_EXPECT_STREQ(test, why_not(test, FIRST_CPU), w->why_not);
	KUNIT_ASSERT_EQ(test, psc_ghcb_report(FIRST_CPU, &r), 0);
	KUNIT_EXPECT_EQ(test, r.registered, !*w->why_not);
	KUNIT_EXPECT_EQ(test, world->vcpu.ghcb_msr, world_ghcb_gpa());
}

/* ---- before a conversion ---- */

static void prepared_cpu_borrows_or_not(struct kunit *test)
{
	bool good;

	migrate_disable();
	good = smp_processor_id() == FIRST_CPU;
	psc_ghcb_prepare();
	KUNIT_EXPECT_EQ(test, psc_ghcb_usable(), good);
	if (good)
		KUNIT_EXPECT_EQ(test, psc_ghcb_gpa(), world_ghcb_gpa());
	msr_zero();
	KUNIT_EXPECT_EQ(test, psc_ghcb_usable(), good);
	psc_ghcb_prepare();
	KUNIT_EXPECT_FALSE(test, psc_ghcb_usable());
	migrate_enable();
}

/* Whatever has been looked at before: what can change is looked at again. */
static void prepared_cpu_is_looked_at_again(struct kunit *test)
{
	static void (* const changes[])(void) = {
		msr_zero, msr_request, msr_another_page, flag_two, padding_used, usage_unknown,
		version_unknown, both_claimed,
	};
	struct psc_runtime_data *good = kunit_kmalloc(test, sizeof(*good), GFP_KERNEL);
	u64 msr = world->vcpu.ghcb_msr;
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, good);
	*good = *world->data;
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(FIRST_CPU)), 0);
	migrate_disable();
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		psc_ghcb_prepare();
		KUNIT_EXPECT_TRUE_MSG(test, psc_ghcb_usable(), "before %zu", i);
		changes[i]();
		psc_ghcb_prepare();
		KUNIT_EXPECT_FALSE_MSG(test, psc_ghcb_usable(), "%zu", i);
		*world->data = *good;
		world->vcpu.ghcb_msr = msr;
	}
	migrate_enable();
}

static void expect_usable(struct kunit *test, bool usable)
{
	KUNIT_ASSERT_EQ(test, psc_ghcb_recheck(FIRST_CPU), 0);
	psc_ghcb_prepare();
	KUNIT_EXPECT_EQ(test, psc_ghcb_usable(), usable);
}

static void prepared_cpu_obeys_the_host(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(FIRST_CPU)), 0);
	migrate_disable();
	expect_usable(test, true);
	KUNIT_ASSERT_TRUE(test, host_fault_arm(&world->host, "register-refused"));
	expect_usable(test, false);
	expect_usable(test, true);
	migrate_enable();
}

/* ---- the layout ---- */

/* CPUIDs in a guest whose kernel keeps its backup where 6.1 to 7.2 do, and where none does. */
static void vc_with_backup(u32 leaf, u32 *eax, u32 *ebx)
{
	struct psc_runtime_data *data = world->data;

	KUNIT_EXPECT_EQ(world->test, data->ghcb_active, 1);
	data->backup_ghcb = data->ghcb;
	memset(&data->ghcb, 0, sizeof(data->ghcb));
	data->ghcb = data->backup_ghcb;
}

static void vc_without_backup(u32 leaf, u32 *eax, u32 *ebx)
{
	memset(&world->data->ghcb, 0, sizeof(world->data->ghcb));
}

static void no_vc(u32 leaf, u32 *eax, u32 *ebx)
{
}

static const struct proof {
	const char *name;
	void (*cpuid)(u32 leaf, u32 *eax, u32 *ebx);
	enum psc_layout layout;
} proofs[] = {
	{ "proven", vc_with_backup, PSC_LAYOUT_PROVEN },
	{ "another layout", vc_without_backup, PSC_LAYOUT_OTHER },
	{ "nothing to be seen", no_vc, PSC_LAYOUT_UNSEEN },
};

static void describe_proof(const struct proof *p, char *name)
{
	strscpy(name, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(proof, proofs, describe_proof);

static void prove(struct kunit *test)
{
	const struct proof *p = test->param_value;
	enum psc_layout layout;

	hw.cpuid = p->cpuid;
	KUNIT_EXPECT_NULL(test, psc_ghcb_prove(&layout));
	KUNIT_EXPECT_EQ(test, layout, p->layout);
	KUNIT_EXPECT_EQ(test, world->data->ghcb_active, 0);
}

static void claimed_ghcb_proves_nothing(struct kunit *test)
{
	enum psc_layout layout;

	world->data->ghcb_active = 1;
	KUNIT_EXPECT_NULL(test, psc_ghcb_prove(&layout));
	KUNIT_EXPECT_EQ(test, layout, PSC_LAYOUT_UNKNOWN);
}

static void without_a_ghcb_there_is_a_reason(struct kunit *test)
{
	enum psc_layout layout;

	msr_zero();
	KUNIT_EXPECT_STREQ(test, psc_ghcb_prove(&layout), "the GHCB MSR holds no address");
	KUNIT_EXPECT_EQ(test, layout, PSC_LAYOUT_UNKNOWN);
}

/* ---- the suite ---- */

static int ghcb_check_suite_init(struct kunit_suite *suite)
{
	pages = alloc_pages(GFP_KERNEL, DATA_ORDER);
	return pages ? 0 : -ENOMEM;
}

static void ghcb_check_suite_exit(struct kunit_suite *suite)
{
	if (pages)
		__free_pages(pages, DATA_ORDER);
}

/* A GHCB at rest, as the kernel has it. */
static int ghcb_check_init(struct kunit *test)
{
	unsigned long units[DATA_PAGES];
	struct psc_request req = { .units = units, .n = DATA_PAGES };
	int i, err = direct_map_init(test);

	if (err)
		return err;
	first = page_to_pfn(pages);
	for (i = 0; i < DATA_PAGES; i++) {
		units[i] = first + i;
		__SetPageReserved(pages + i);
	}
	err = psc_split(&req);
	if (err)
		return err;
	direct_map_set(first, 1, PSC_LEAF_SHARED);
	direct_map_set(first + 1, 2, PSC_LEAF_PRIVATE);
	own = world->data;
	world->data = page_address(pages);
	world_reset();
	real = snp_psc_hw;
	hw = *real;
	snp_psc_hw = &hw;
	return psc_ghcb_check_start();
}

static void ghcb_check_exit(struct kunit *test)
{
	int i;

	psc_ghcb_check_stop();
	snp_psc_hw = real;
	world->data = own;
	direct_map_set(first, DATA_PAGES, PSC_LEAF_SHARED);
	for (i = 0; i < DATA_PAGES; i++)
		__ClearPageReserved(pages + i);
	direct_map_exit(test);
}

static struct kunit_case ghcb_check_cases[] = {
	KUNIT_CASE(good_one_is_usable_on_one_cpu),
	KUNIT_CASE(no_cpu_no_report),
	KUNIT_CASE_PARAM(defect, defect_gen_params),
	KUNIT_CASE(used_but_not_broken),
	KUNIT_CASE_PARAM(word, word_gen_params),
	KUNIT_CASE(prepared_cpu_borrows_or_not),
	KUNIT_CASE(prepared_cpu_is_looked_at_again),
	KUNIT_CASE(prepared_cpu_obeys_the_host),
	KUNIT_CASE_PARAM(prove, proof_gen_params),
	KUNIT_CASE(claimed_ghcb_proves_nothing),
	KUNIT_CASE(without_a_ghcb_there_is_a_reason),
	{}
};

static struct kunit_suite ghcb_check_suite = {
	.name = "ghcb_check",
	.suite_init = ghcb_check_suite_init,
	.suite_exit = ghcb_check_suite_exit,
	.init = ghcb_check_init,
	.exit = ghcb_check_exit,
	.test_cases = ghcb_check_cases,
};

kunit_test_suite(ghcb_check_suite);
