// SPDX-License-Identifier: GPL-2.0
/*
 * A client of snp_psc for tests: what a driver would do, on command.
 *
 * /sys/kernel/debug/snp_psc_client/run takes a command; the errno of the write
 * is the result of the call that the command stands for, and reading the file
 * gives what else the last command found out. Addresses are not checked, for
 * that is what is being tested: only a test should load this.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "../../machine/ports.h"
#include "buffers.h"
#include "crowd.h"
#include "heap.h"
#include "price.h"
#include "set.h"
#include "tries.h"
#include "ways.h"

enum {
	ARGS_MAX = 5,
	COMMAND_MAX = 128,
	LINE_MAX = 24,		/* about a page */
};

static DEFINE_MUTEX(lock);

static struct page_set set;	/* of "alloc" */

/* What reading the file shows. */
static struct {
	struct price price;
	u64 matched;
	void (*show)(struct seq_file *m);	/* something else */
} result;

/* ---- arguments ---- */

static int parse_way(const char *word, const struct way **way)
{
	*way = way_find(word);
	return *way ? 0 : -EINVAL;
}

static int parse_op(const char *word, bool *shared)
{
	*shared = !strcmp(word, "shared");
	return *shared || !strcmp(word, "private") ? 0 : -EINVAL;
}

static int parse_numbers(char **args, int n, unsigned long *numbers)
{
	int i, err = 0;

	for (i = 0; i < n && !err; i++)
		err = kstrtoul(args[i], 0, &numbers[i]);
	return err;
}

/* ---- ranges of the direct map ---- */

static int run_range(char **args, const void __user *here)
{
	unsigned long numbers[2];
	const struct way *way;
	bool shared;
	int err;

	if (parse_way(args[0], &way) || parse_op(args[1], &shared))
		return -EINVAL;
	err = parse_numbers(args + 2, 2, numbers);
	if (err)
		return err;
	price_begin(&result.price);
	err = way->range((unsigned long)__va(PFN_PHYS(numbers[0])), numbers[1], shared);
	price_end(&result.price);
	return err;
}

/* ---- the pages of "alloc" ---- */

static int run_alloc(char **args, const void __user *here)
{
	unsigned long n;
	int err = kstrtoul(args[1], 0, &n);

	if (err)
		return err;
	return set.n ? -EEXIST : set_alloc(&set, args[0], n);
}

static int run_alloc_random(char **args, const void __user *here)
{
	char *all[2] = { "random", args[0] };

	return run_alloc(all, here);
}

/* Never what is shared; and after -ENOTRECOVERABLE nothing, as the contract says. */
static int run_free(char **args, const void __user *here)
{
	if (set.shared)
		return -EBUSY;
	set_free(&set);
	return 0;
}

/* What is shared in part is taken for shared until all of it has become private. */
static void note(int err, bool shared, unsigned long n)
{
	if (!err && (shared || n == set.n))
		set.shared = shared;
	if (err == -ENOTRECOVERABLE) {
		set.shared = false;
		set.lost = true;
	}
}

static int parse_of_set(char **args, const struct way **way, bool *shared)
{
	if (parse_way(args[0], way) || parse_op(args[1], shared))
		return -EINVAL;
	return set.n ? 0 : -ENOENT;
}

/* As an array of pages. */
static int run_pages(char **args, const void __user *here)
{
	const struct way *way;
	bool shared;
	int err = parse_of_set(args, &way, &shared);

	if (err)
		return err;
	price_begin(&result.price);
	err = way->pages(set.pages, set.n, shared);
	price_end(&result.price);
	note(err, shared, set.n);
	return err;
}

/* As a range. */
static int run_part(char **args, const void __user *here)
{
	unsigned long numbers[2];
	const struct way *way;
	bool shared;
	int err = parse_of_set(args, &way, &shared) ?: parse_numbers(args + 2, 2, numbers);

	if (err)
		return err;
	if (!set.addr || numbers[0] >= set.n || numbers[1] > set.n - numbers[0])
		return -ERANGE;
	price_begin(&result.price);
	err = way->range(set.addr + numbers[0] * PAGE_SIZE, numbers[1], shared);
	price_end(&result.price);
	note(err, shared, numbers[1]);
	return err;
}

/* In the way that fits their layout. */
static int run_convert(char **args, const void __user *here)
{
	char n[24], *all[] = { args[0], args[1], "0", n };

	if (!set.addr)
		return run_pages(args, here);
	snprintf(n, sizeof(n), "%lu", set.n);
	return run_part(all, here);
}

static void show_pfns(struct seq_file *m)
{
	unsigned long i;

	for (i = 0; i < set.n; i++)
		seq_printf(m, "%lu\n", page_to_pfn(set.pages[i]));
}

static int run_pfns(char **args, const void __user *here)
{
	result.show = show_pfns;
	return 0;
}

/* How many pages a present leaf has, 0 if there is none. */
static unsigned long leaf_pages(unsigned long addr)
{
	unsigned int level;
	pte_t *leaf = lookup_address(addr, &level);

	return leaf && pte_val(*leaf) & _PAGE_PRESENT ? page_level_size(level) / PAGE_SIZE : 0;
}

/* The kernel image mapping still has the memory that was given back after boot. */
static unsigned long image_pages(unsigned long pfn)
{
	unsigned long offset = PFN_PHYS(pfn) - phys_base;

	return offset < KERNEL_IMAGE_SIZE ? leaf_pages(__START_KERNEL_map + offset) : 0;
}

static unsigned int rmp_pages(unsigned long pfn)
{
	machine_write(SEL_GFN, pfn);
	return machine_read(SEL_STATE) & PAGE_HUGE ? PTRS_PER_PMD : 1;
}

/*
 * A line for each page: PFN, pages of its leaf in the direct map, of that in the
 * kernel image mapping, and of its RMP entry as the machine has it. The latter of the
 * first page of a block only, else 0: asking takes time, and 2M are converted as
 * such from there on.
 */
static void show_leaves(struct seq_file *m)
{
	unsigned long i, pfn;

	for (i = 0; i < set.n; i++) {
		pfn = page_to_pfn(set.pages[i]);
		seq_printf(m, "%lu %lu %lu %u\n", pfn,
			   leaf_pages((unsigned long)page_address(set.pages[i])),
			   image_pages(pfn), pfn % PTRS_PER_PMD ? 0 : rmp_pages(pfn));
	}
}

static int run_leaves(char **args, const void __user *here)
{
	result.show = show_leaves;
	return 0;
}

/* ---- contents, through the direct map ---- */

static void fill(struct page *page, u32 seed)
{
	u64 *word = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		word[i] = PAGE_PATTERN(seed, i);
}

static void match(struct page *page, u32 seed)
{
	const u64 *word = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		result.matched += READ_ONCE(word[i]) == PAGE_PATTERN(seed, i);
}

static int each_of_range(char **args, void (*what)(struct page *page, u32 seed))
{
	unsigned long numbers[3], i;
	int err = parse_numbers(args, 3, numbers);

	for (i = 0; !err && i < numbers[1]; i++)
		what(pfn_to_page(numbers[0] + i), numbers[2]);
	return err;
}

static int each_of_set(char **args, void (*what)(struct page *page, u32 seed))
{
	unsigned long seed, i;
	int err = kstrtoul(args[0], 0, &seed);

	for (i = 0; !err && i < set.n; i++)
		what(set.pages[i], seed);
	return err;
}

static int run_fill(char **args, const void __user *here)
{
	return each_of_range(args, fill);
}

static int run_match(char **args, const void __user *here)
{
	return each_of_range(args, match);
}

static int run_fillpages(char **args, const void __user *here)
{
	return each_of_set(args, fill);
}

static int run_matchpages(char **args, const void __user *here)
{
	return each_of_set(args, match);
}

/* ---- commands ---- */

static int run_try(char **args, const void __user *here)
{
	return try(args[0], here);
}

static int run_buffers(char **args, const void __user *here)
{
	unsigned long numbers[2];

	return parse_numbers(args + 1, 2, numbers) ?:
	       buffers_run(args[0], numbers[0], numbers[1], &result.price);
}

static int run_crowd(char **args, const void __user *here)
{
	unsigned long numbers[3];
	int err = parse_numbers(args + 1, 3, numbers);

	result.show = crowd_show;
	return err ?: crowd_run(args[0], numbers[0], numbers[1], numbers[2]);
}

static int run_pieces(char **args, const void __user *here)
{
	result.show = heap_show;
	return 0;
}

static const struct command {
	const char *name;
	int args;
	int (*run)(char **args, const void __user *here);
} commands[] = {
	{ "range",	4, run_range },		/* WAY OP PFN COUNT */
	{ "alloc",	1, run_alloc_random },	/* N */
	{ "alloc",	2, run_alloc },		/* LAYOUT N */
	{ "free",	0, run_free },
	{ "pages",	2, run_pages },		/* WAY OP */
	{ "convert",	2, run_convert },	/* WAY OP */
	{ "convert",	4, run_part },		/* WAY OP FIRST COUNT */
	{ "pfns",	0, run_pfns },
	{ "leaves",	0, run_leaves },
	{ "fill",	3, run_fill },		/* PFN COUNT SEED */
	{ "match",	3, run_match },		/* PFN COUNT SEED */
	{ "fillpages",	1, run_fillpages },	/* SEED */
	{ "matchpages",	1, run_matchpages },	/* SEED */
	{ "buffers",	3, run_buffers },	/* WAY|pool COUNT PAGES */
	{ "crowd",	4, run_crowd },		/* WAY THREADS MS PAGES */
	{ "try",	1, run_try },		/* WHAT */
	{ "heap",	4, heap_run },		/* alloc COUNT SIZE HOW | free ORDER COUNT HOW */
	{ "heap",	3, heap_stress },	/* stress THREADS ROUNDS */
	{ "heap",	2, heap_free_wrong },	/* free wrong */
	{ "heap",	1, run_pieces },	/* pieces */
};

static int run(char *text, const void __user *here)
{
	char *args[ARGS_MAX], *word;
	size_t i;
	int n = 0;

	while ((word = strsep(&text, "\n "))) {
		if (!*word)
			continue;
		if (n == ARGS_MAX)
			return -EINVAL;
		args[n++] = word;
	}
	memset(&result, 0, sizeof(result));
	for (i = 0; n && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(args[0], commands[i].name) && n == commands[i].args + 1)
			return commands[i].run(args + 1, here);
	return -EINVAL;
}

static ssize_t run_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	char text[COMMAND_MAX] = "";
	int err;

	if (len >= sizeof(text))
		return -E2BIG;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	mutex_lock(&lock);
	err = run(text, buf);
	mutex_unlock(&lock);
	return err ?: len;
}

static int run_show(struct seq_file *m, void *unused)
{
	mutex_lock(&lock);
	if (result.show)
		result.show(m);
	else
		seq_printf(m, "ns %llu\ncycles %llu\nmatched %llu\n", result.price.ns,
			   result.price.cycles, result.matched);
	mutex_unlock(&lock);
	return 0;
}

/* A buffer that is too small is shown again from the start, with a larger one. */
static int run_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, run_show, NULL, PAGE_SIZE + (set.n + heap_pieces) * LINE_MAX);
}

static const struct file_operations run_fops = {
	.owner		= THIS_MODULE,
	.open		= run_open,
	.read		= seq_read,
	.write		= run_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static struct dentry *dir;

static int __init client_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
	return 0;
}

static void __exit client_exit(void)
{
	debugfs_remove_recursive(dir);
	if (run_free(NULL, NULL))
		pr_warn("%s: %lu shared pages leaked\n", KBUILD_MODNAME, set.n);
}

module_init(client_init);
module_exit(client_exit);

MODULE_DESCRIPTION("Client of snp_psc for tests");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
