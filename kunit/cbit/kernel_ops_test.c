// SPDX-License-Identifier: GPL-2.0
/* The kernel's own functions: which runs they are called for, and what follows when they fail. */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/vmalloc.h>

#include "../../src/inventory.h"
#include "../../src/kernel_ops.h"
#include "../../src/request.h"
#include "direct_map.h"

static struct {
	char text[128];		/* what the kernel was called for: "decrypt 0+1, ..." */
	int len;
	unsigned int n;
	unsigned int failing;	/* a bit for each of them that fails */
	int err;
} calls;

static unsigned long base;	/* the address of the world's first page */

/* In the place of set_memory_decrypted() and set_memory_encrypted(). */
static int change(const char *what, unsigned long va, int n, bool shared)
{
	struct psc_leaf leaf = {};
	int i;

	calls.len += scnprintf(calls.text + calls.len, sizeof(calls.text) - calls.len,
			       "%s%s %lu+%d", calls.len ? ", " : "", what, PHYS_PFN(va - base), n);
	if (calls.failing & 1u << calls.n++)
		return calls.err;
	for (i = 0; i < n; i++) {
		psc_leaf_find_va(&leaf, va + i * PAGE_SIZE);
		direct_map_set(psc_leaf_pfn(&leaf), 1,
			       shared ? PSC_LEAF_SHARED : PSC_LEAF_PRIVATE);
	}
	return 0;
}

int set_memory_decrypted(unsigned long va, int n)
{
	return change("decrypt", va, n, true);
}

int set_memory_encrypted(unsigned long va, int n)
{
	return change("encrypt", va, n, false);
}

/* ---- what is asked for: pages 1, 2 and 3, 7, and 600 ---- */

static const unsigned int asked[] = { 600, 2, 1, 7, 3 };

static int convert(struct kunit *test, bool shared)
{
	unsigned long *pfns = psc_request_alloc(ARRAY_SIZE(asked));
	struct psc_request req;
	int i, err;

	KUNIT_ASSERT_NOT_NULL(test, pfns);
	for (i = 0; i < ARRAY_SIZE(asked); i++)
		pfns[i] = world->first + asked[i];
	KUNIT_ASSERT_EQ(test, psc_request_pfns(&req, pfns, ARRAY_SIZE(asked)), 0);
	err = psc_kernel_convert(&req, shared);
	psc_request_free(&req);
	return err;
}

/* For each of asked[], ascending: S shared, P private, L lost; by the books. */
static void expect_books(struct kunit *test, const char *states)
{
	static const unsigned int pages[] = { 1, 2, 3, 7, 600 };
	char found[ARRAY_SIZE(pages) + 1] = "";
	unsigned long pfn;
	int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pfn = world->first + pages[i];
		found[i] = psc_books_any_poisoned(pfn, 1) ? 'L' :
			   psc_books_shared(pfn, 1) ? 'S' : 'P';
		KUNIT_EXPECT_EQ(test, !!PageHWPoison(pfn_to_page(pfn)), found[i] == 'L');
	}
	KUNIT_EXPECT_STREQ(test, (const char *)found, states);
}

static void forget_calls(void)
{
	memset(&calls, 0, sizeof(calls));
}

/* ---- the tests ---- */

static void neighbours_are_one_call(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, convert(test, true), 0);
	KUNIT_EXPECT_STREQ(test, (const char *)calls.text,
			   "decrypt 1+3, decrypt 7+1, decrypt 600+1");
	expect_books(test, "SSSSS");
	forget_calls();
	KUNIT_EXPECT_EQ(test, convert(test, false), 0);
	KUNIT_EXPECT_STREQ(test, (const char *)calls.text,
			   "encrypt 1+3, encrypt 7+1, encrypt 600+1");
	expect_books(test, "PPPPP");
}

static void what_is_as_wanted_is_not_asked_for(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, convert(test, false), 0);
	KUNIT_EXPECT_EQ(test, convert(test, true), 0);
	KUNIT_EXPECT_EQ(test, convert(test, true), 0);
	KUNIT_EXPECT_EQ(test, calls.n, 3);
}

static const struct failure {
	const char *name;
	unsigned int failing;
	int with;
	int err;
	const char *calls;
	const char *books;
} failures[] = {
	{ "EBUSY: the first call", 1, -EBUSY, -EBUSY, "decrypt 1+3", "PPPPP" },
	{ "ENOTRECOVERABLE: the first call", 1, -EIO, -ENOTRECOVERABLE, "decrypt 1+3", "LLLPP" },
	{ "ENOTRECOVERABLE: the second call", 2, -EIO, -ENOTRECOVERABLE,
	  "decrypt 1+3, decrypt 7+1, encrypt 1+3", "PPPLP" },
	{ "ENOTRECOVERABLE: the second call is busy", 2, -EBUSY, -ENOTRECOVERABLE,
	  "decrypt 1+3, decrypt 7+1, encrypt 1+3", "PPPLP" },
	{ "ENOTRECOVERABLE: the last call", 4, -ENOMEM, -ENOTRECOVERABLE,
	  "decrypt 1+3, decrypt 7+1, decrypt 600+1, encrypt 1+3, encrypt 7+1", "PPPPL" },
	{ "ENOTRECOVERABLE: the undo as well", 4 + 8, -EIO, -ENOTRECOVERABLE,
	  "decrypt 1+3, decrypt 7+1, decrypt 600+1, encrypt 1+3, encrypt 7+1", "LLLPL" },
};

static void describe_failure(const struct failure *f, char *name)
{
	strscpy(name, f->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(failure, failures, describe_failure);

static void fail(struct kunit *test)
{
	const struct failure *f = test->param_value;

	calls.failing = f->failing;
	calls.err = f->with;
	KUNIT_EXPECT_EQ(test, convert(test, true), f->err);
	KUNIT_EXPECT_STREQ(test, (const char *)calls.text, f->calls);
	expect_books(test, f->books);
}

/* Pages 7 and 2, in this order, in vmalloc space. */
static void alias_is_what_the_kernel_is_given(struct kunit *test)
{
	struct page *pages[] = { world->pages + 7, world->pages + 2 };
	void *alias = vmap(pages, 2, VM_MAP, PAGE_KERNEL);
	unsigned long *pfns = psc_request_alloc(2);
	struct psc_request req;

	KUNIT_ASSERT_NOT_NULL(test, alias);
	KUNIT_ASSERT_NOT_NULL(test, pfns);
	pfns[0] = world->first + 7;
	pfns[1] = world->first + 2;
	KUNIT_ASSERT_EQ(test, psc_request_pfns(&req, pfns, 2), 0);
	req.alias = (unsigned long)alias;
	req.alias_pages = 2;
	base = req.alias;
	KUNIT_EXPECT_EQ(test, psc_kernel_convert(&req, true), 0);
	KUNIT_EXPECT_STREQ(test, (const char *)calls.text, "decrypt 0+2");
	KUNIT_EXPECT_TRUE(test, psc_books_shared(world->first + 7, 1));
	psc_request_free(&req);
	vunmap(alias);
}

/* ---- guests without a C-bit: all looks private, and only the books know ---- */

static void books_decide_without_a_c_bit(struct kunit *test)
{
	sme_me_mask = 0;
	KUNIT_EXPECT_EQ(test, convert(test, false), 0);
	KUNIT_EXPECT_EQ(test, calls.n, 0);
	KUNIT_EXPECT_EQ(test, convert(test, true), 0);
	KUNIT_EXPECT_EQ(test, convert(test, true), 0);
	KUNIT_EXPECT_EQ(test, calls.n, 3);
	expect_books(test, "SSSSS");
	KUNIT_EXPECT_EQ(test, convert(test, false), 0);
	KUNIT_EXPECT_EQ(test, calls.n, 6);
	expect_books(test, "PPPPP");
}

/* In vmalloc space, that is. */
static void eopnotsupp_without_a_c_bit(struct kunit *test)
{
	struct psc_request req = { .n = 1, .alias = base, .alias_pages = 1 };

	sme_me_mask = 0;
	KUNIT_EXPECT_EQ(test, psc_kernel_convert(&req, true), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, calls.n, 0);
}

/* ---- the suite ---- */

static int kernel_ops_init(struct kunit *test)
{
	int err = direct_map_init(test);

	if (err)
		return err;
	direct_map_split(test);
	base = (unsigned long)page_address(world->pages);
	forget_calls();
	return 0;
}

static struct kunit_case kernel_ops_cases[] = {
	KUNIT_CASE(neighbours_are_one_call),
	KUNIT_CASE(what_is_as_wanted_is_not_asked_for),
	KUNIT_CASE_PARAM(fail, failure_gen_params),
	KUNIT_CASE(alias_is_what_the_kernel_is_given),
	KUNIT_CASE(books_decide_without_a_c_bit),
	KUNIT_CASE(eopnotsupp_without_a_c_bit),
	{}
};

static struct kunit_suite kernel_ops_suite = {
	.name = "kernel_ops",
	.init = kernel_ops_init,
	.exit = direct_map_exit,
	.test_cases = kernel_ops_cases,
};

kunit_test_suite(kernel_ops_suite);
