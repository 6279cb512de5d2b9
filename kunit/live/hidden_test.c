// SPDX-License-Identifier: GPL-2.0
/* Leaves that are not present for a while: nobody reads a page of theirs, or misses its end. */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/word-at-a-time.h>

#include "../../src/hidden.h"
#include "../../src/request.h"

#ifndef KUNIT_CASE_SLOW		/* a kernel without attributes */
#define KUNIT_CASE_SLOW(test) KUNIT_CASE(test)
#endif

enum {
	ORDER = 10,			/* two 2M blocks, one of which may be whole */
	PAGES = 1 << ORDER,
	TRIES = 24,			/* blocks of memory looked at for a 2M leaf */
	PATTERN = 0x5a,
};

/* The pages of a test, and some of them that are hidden: units[] of them. */
static struct {
	struct page *pages;
	char *va;
	unsigned long units[3];
	struct psc_request req;
	struct psc_hidden hidden;
} mem;

/* ---- who can read what ---- */

static bool readable(const void *address)
{
	u8 byte;

	__get_kernel_nofault(&byte, address, u8, fault);
	return byte == PATTERN;
fault:
	return false;
}

static void count_readers(void *info)
{
	atomic_t *readers = info;
	unsigned long i;

	for (i = 0; i < mem.req.n; i++)
		if (readable(__va(PFN_PHYS(psc_unit_pfn(mem.req.units[i])))))
			atomic_inc(readers);
}

/* How many of the units are readable, on all CPUs together. */
static unsigned long readers(void)
{
	atomic_t n = ATOMIC_INIT(0);

	on_each_cpu(count_readers, &n, 1);
	return atomic_read(&n);
}

static unsigned long all_readers(void)
{
	return mem.req.n * num_online_cpus();
}

/* ---- hide, show ---- */

static pteval_t value_of(unsigned long unit)
{
	struct psc_leaf leaf = {};

	psc_leaf_find(&leaf, psc_unit_pfn(unit));
	return leaf.value;
}

/* Pages here and there, or a 2M block that has one leaf. */
static void choose(struct kunit *test, bool large)
{
	unsigned long first = page_to_pfn(mem.pages);
	struct psc_leaf leaf = {};

	psc_leaf_find(&leaf, first);
	if (large && leaf.level != PG_LEVEL_2M)
		kunit_skip(test, "no 2M leaf in this direct map");
	mem.req = (struct psc_request){ .units = mem.units, .n = large ? 1 : 3 };
	mem.units[0] = large ? first | PSC_UNIT_LARGE : first + 1;
	mem.units[1] = first + 2;
	mem.units[2] = first + 700;
	mem.req.leaves = mem.req.n;
	mem.req.in_image = true;
	KUNIT_ASSERT_EQ(test, psc_split(&mem.req), 0);
	KUNIT_ASSERT_EQ(test, psc_hidden_init(&mem.hidden, &mem.req), 0);
}

static void hide(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, psc_hide(&mem.hidden, PSC_LEAF_PRIVATE), 0);
	psc_flush(&mem.hidden);
}

static void show(void)
{
	unsigned long i, pfn, end;

	for (i = 0; i < mem.req.n; i++) {
		pfn = psc_unit_pfn(mem.units[i]);
		end = pfn + psc_unit_pages(mem.units[i]);
		for (; pfn < end; pfn += psc_hidden_pages(&mem.hidden, pfn)) {
			psc_hidden_pages(&mem.hidden, pfn);
			psc_show(&mem.hidden, PSC_LEAF_PRIVATE);
		}
	}
	psc_show_alias(&mem.hidden);
}

/* ---- the tests, each for 4K leaves and for a 2M leaf ---- */

static const bool sizes[] = { false, true };

static void describe_size(const bool *large, char *name)
{
	strscpy(name, *large ? "a 2M leaf" : "4K leaves", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(size, sizes, describe_size);

static bool is_large(struct kunit *test)
{
	return *(const bool *)test->param_value;
}

static void hidden_is_hidden_from_all_cpus(struct kunit *test)
{
	choose(test, is_large(test));
	KUNIT_ASSERT_EQ(test, readers(), all_readers());
	hide(test);
	KUNIT_EXPECT_EQ(test, readers(), 0);
	show();
	KUNIT_EXPECT_EQ(test, readers(), all_readers());
	psc_hidden_free(&mem.hidden);
}

/* C=0 and not present is what 7.2's kexec stumbles over. */
static void hidden_is_private_and_not_global(struct kunit *test)
{
	unsigned long i;
	pteval_t value;

	choose(test, is_large(test));
	hide(test);
	for (i = 0; i < mem.req.n; i++) {
		value = value_of(mem.units[i]);
		KUNIT_EXPECT_EQ(test, value & (_PAGE_PRESENT | _PAGE_GLOBAL), 0);
		KUNIT_EXPECT_EQ(test, value & sme_me_mask, sme_me_mask);
	}
	show();
	psc_hidden_free(&mem.hidden);
}

static void entries_come_back_bit_by_bit(struct kunit *test)
{
	pteval_t before[3];
	unsigned long i;

	choose(test, is_large(test));
	for (i = 0; i < mem.req.n; i++)
		before[i] = value_of(mem.units[i]) & ~(pteval_t)_PAGE_ACCESSED;
	hide(test);
	show();
	for (i = 0; i < mem.req.n; i++)
		KUNIT_EXPECT_EQ(test, value_of(mem.units[i]) & ~(pteval_t)_PAGE_ACCESSED,
				before[i]);
	psc_hidden_free(&mem.hidden);
}

static void changed_leaf_undoes_all(struct kunit *test)
{
	struct psc_leaf leaf = {};
	pte_t last;

	choose(test, false);
	psc_leaf_find(&leaf, mem.units[2]);
	last = *leaf.entry;
	set_pte(leaf.entry, __pte(pte_val(last) & ~(pteval_t)_PAGE_PRESENT));
	KUNIT_EXPECT_EQ(test, psc_hide(&mem.hidden, PSC_LEAF_PRIVATE), -EINVAL);
	set_pte(leaf.entry, last);
	KUNIT_EXPECT_EQ(test, readers(), all_readers());
	psc_hidden_free(&mem.hidden);
}

static void alias_goes_along(struct kunit *test)
{
	struct page *page = mem.pages + 1;
	char *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, alias);
	choose(test, false);
	psc_hidden_free(&mem.hidden);
	mem.req.n = 1;
	mem.req.alias = (unsigned long)alias;
	mem.req.alias_pages = 1;
	KUNIT_ASSERT_EQ(test, psc_hidden_init(&mem.hidden, &mem.req), 0);
	KUNIT_EXPECT_TRUE(test, readable(alias));
	hide(test);
	KUNIT_EXPECT_FALSE(test, readable(alias));
	KUNIT_EXPECT_EQ(test, readers(), 0);
	show();
	KUNIT_EXPECT_TRUE(test, readable(alias));
	KUNIT_EXPECT_EQ(test, readers(), all_readers());
	psc_hidden_free(&mem.hidden);
	vunmap(alias);
}

static void split_leaves_the_rest(struct kunit *test)
{
	pteval_t whole, flags = _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_PSE;
	unsigned long first = page_to_pfn(mem.pages), i;
	struct psc_leaf leaf = {};

	psc_leaf_find(&leaf, first);
	if (leaf.level != PG_LEVEL_2M)
		kunit_skip(test, "no 2M leaf in this direct map");
	whole = pmd_flags(__pmd(leaf.value)) & ~flags;
	choose(test, false);
	psc_hidden_free(&mem.hidden);
	for (i = 0; i < PSC_BLOCK_PAGES; i++) {
		leaf = (struct psc_leaf){};
		psc_leaf_find(&leaf, first + i);
		KUNIT_ASSERT_EQ(test, leaf.level, PG_LEVEL_4K);
		KUNIT_ASSERT_EQ(test, psc_leaf_pfn(&leaf), first + i);
		KUNIT_ASSERT_EQ(test, pte_flags(*leaf.entry) & ~flags, whole);
		KUNIT_ASSERT_TRUE(test, readable(mem.va + i * PAGE_SIZE));
	}
}

/* ---- a neighbour that reads a word across the end of its page ---- */

/* The @n bytes of it that are in the neighbour's page, and zeros if the others are hidden. */
static unsigned long padded(unsigned int n)
{
	return REPEAT_BYTE(PATTERN) & ((1ul << 8 * n) - 1);
}

/* The last page before the one that is hidden. */
static const char *boundary(void)
{
	return __va(PFN_PHYS(psc_unit_pfn(mem.units[0])));
}

/* The cursor holds a pointer to what was a leaf when it was looked up. */
static void split_is_noticed(struct kunit *test)
{
	unsigned long other = (unsigned long)mem.va + 511 * PAGE_SIZE;
	unsigned long first = page_to_pfn(mem.pages);
	struct psc_leaf leaf = {};

	psc_leaf_find(&leaf, first);
	if (leaf.level != PG_LEVEL_2M)
		kunit_skip(test, "no 2M leaf in this direct map");
	KUNIT_ASSERT_EQ(test, set_memory_wc(other, 1), 0);
	KUNIT_ASSERT_EQ(test, set_memory_wb(other, 1), 0);
	psc_leaf_find(&leaf, first + 1);
	KUNIT_EXPECT_EQ(test, leaf.level, (unsigned int)PG_LEVEL_4K);
	KUNIT_EXPECT_EQ(test, psc_leaf_pfn(&leaf), first + 1);
}

static void neighbours_word_ends_in_zeros(struct kunit *test)
{
	unsigned int n;

	choose(test, false);
	hide(test);
	for (n = 1; n < sizeof(long); n++)
		KUNIT_EXPECT_EQ(test, load_unaligned_zeropad(boundary() - n), padded(n));
	show();
	for (n = 1; n < sizeof(long); n++)
		KUNIT_EXPECT_EQ(test, load_unaligned_zeropad(boundary() - n),
				REPEAT_BYTE(PATTERN));
	psc_hidden_free(&mem.hidden);
}

struct neighbour {
	unsigned long reads, cut, wrong;
};

static int read_on(void *data)
{
	struct neighbour *nb = data;
	unsigned int n = 1;
	unsigned long word;

	while (!kthread_should_stop()) {
		word = load_unaligned_zeropad(boundary() - n);
		nb->reads++;
		nb->cut += word == padded(n);
		nb->wrong += word != padded(n) && word != REPEAT_BYTE(PATTERN);
		n = n % 7 + 1;
		if (nb->reads % 64 == 0)
			cond_resched();
	}
	return 0;
}

static void neighbours_words_are_right_all_the_time(struct kunit *test)
{
	struct neighbour nb = {};
	struct task_struct *reader;
	int round;

	choose(test, false);
	reader = kthread_create(read_on, &nb, "neighbour");
	KUNIT_ASSERT_FALSE(test, IS_ERR(reader));
	kthread_bind(reader, num_online_cpus() - 1);
	wake_up_process(reader);
	for (round = 0; round < 1000; round++) {
		hide(test);
		cpu_relax();
		show();
		mem.hidden.n = 0;
		mem.hidden.shown = 0;
		mem.hidden.leaf = (struct psc_leaf){};
		cond_resched();
	}
	kthread_stop(reader);
	kunit_info(test, "%lu reads, %lu of them cut short\n", nb.reads, nb.cut);
	KUNIT_EXPECT_GT(test, nb.reads, 0);
	KUNIT_EXPECT_EQ(test, nb.wrong, 0);
	psc_hidden_free(&mem.hidden);
}

/* ---- the suite ---- */

/* With a 2M leaf, if there is one: what has been split for an earlier test stays so. */
static int hidden_init(struct kunit *test)
{
	struct page *tried[TRIES] = {};
	struct psc_leaf leaf = {};
	int i, n = 0;

	while (n < TRIES && leaf.level != PG_LEVEL_2M) {
		tried[n] = alloc_pages(GFP_KERNEL, ORDER);
		if (!tried[n])
			break;
		leaf = (struct psc_leaf){};
		psc_leaf_find(&leaf, page_to_pfn(tried[n++]));
	}
	for (i = 0; i < n - 1; i++)
		__free_pages(tried[i], ORDER);
	if (!n)
		return -ENOMEM;
	mem.pages = tried[n - 1];
	mem.va = page_address(mem.pages);
	memset(mem.va, PATTERN, PAGES * PAGE_SIZE);
	return 0;
}

static void hidden_exit(struct kunit *test)
{
	if (mem.pages)
		__free_pages(mem.pages, ORDER);
	mem.pages = NULL;
}

static struct kunit_case hidden_cases[] = {
	KUNIT_CASE_PARAM(hidden_is_hidden_from_all_cpus, size_gen_params),
	KUNIT_CASE_PARAM(hidden_is_private_and_not_global, size_gen_params),
	KUNIT_CASE_PARAM(entries_come_back_bit_by_bit, size_gen_params),
	KUNIT_CASE(changed_leaf_undoes_all),
	KUNIT_CASE(alias_goes_along),
	KUNIT_CASE(split_leaves_the_rest),
	KUNIT_CASE(split_is_noticed),
	KUNIT_CASE(neighbours_word_ends_in_zeros),
	KUNIT_CASE_SLOW(neighbours_words_are_right_all_the_time),
	{}
};

static struct kunit_suite hidden_suite = {
	.name = "hidden",
	.init = hidden_init,
	.exit = hidden_exit,
	.test_cases = hidden_cases,
};

kunit_test_suite(hidden_suite);
