// SPDX-License-Identifier: GPL-2.0
/*
 * Conversions under fire: what becomes of load_unaligned_zeropad() when the page behind
 * the end of its own changes hands?
 *
 * Loading takes as long as it takes to convert so many pages, by the kernel's functions
 * or by snp_psc's, in requests of 1 to 253 of them, while all other CPUs read across the
 * boundaries in front of these pages. What came of it stands in the module's parameters.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/snp_psc.h>

#include "callers.h"
#include "hammer.h"
#include "nmi.h"
#include "pairs.h"

enum {
	REQUEST_MAX = 253,
	PRIMING = 64,		/* PAUSEs, in which the others' TLBs get to know the pages */
};

static char *way = "snp_psc";
module_param(way, charp, 0400);
MODULE_PARM_DESC(way, "who converts: kernel or snp_psc");

static unsigned long pages = 10000;
module_param(pages, ulong, 0400);
MODULE_PARM_DESC(pages, "how many, each direction counts");

static unsigned int seed = 1;
module_param(seed, uint, 0400);

static unsigned int pause = 4;
module_param(pause, uint, 0400);
MODULE_PARM_DESC(pause, "so many reads from one PAUSE to the next");

static unsigned int nmi_every;
module_param(nmi_every, uint, 0400);
MODULE_PARM_DESC(nmi_every, "so many requests from one with an NMI to the next, 0: no NMIs");

static char *names;
module_param(names, charp, 0400);
MODULE_PARM_DESC(names, "a directory with an entry for each end of \"" TAIL "\"");

static unsigned long conversions, requests;
module_param(conversions, ulong, 0400);
MODULE_PARM_DESC(conversions, "pages converted");
module_param(requests, ulong, 0400);
module_param(nmis, ulong, 0400);

static int print_counts(char *buffer, const struct kernel_param *kp)
{
	struct counts c = hammers_counts();
	int i, n;

	n = sysfs_emit(buffer, "reads %lu\nhidden %lu\nstale %lu\nwrong %lu\nunflushed %lu\n",
		       c.reads, c.hidden, c.stale, c.wrong, c.unflushed);
	for (i = 0; i < CALLERS; i++)
		n += sysfs_emit_at(buffer, n, "%s %lu\n%s_hidden %lu\n", callers[i].name,
				   c.calls[i], callers[i].name, c.calls_hidden[i]);
	return n;
}

static const struct kernel_param_ops counts_ops = { .get = print_counts };
module_param_cb(counts, &counts_ops, NULL, 0400);
MODULE_PARM_DESC(counts, "what the readers met");

/* ---- the two ways, for the first @n pages of the target ---- */

static int convert_kernel(u32 n, bool shared)
{
	unsigned long va;
	int err = 0;
	u32 i;

	for (i = 0; !err && i < n; i++) {
		va = (unsigned long)pairs[target.pair[i]].boundary;
		err = shared ? set_memory_decrypted(va, 1) : set_memory_encrypted(va, 1);
	}
	return err;
}

static int (*set_pages[2])(struct page **pages, unsigned long npages);

static int convert_snp_psc(u32 n, bool shared)
{
	static struct page *request[PAIRS];
	u32 i;

	for (i = 0; i < n; i++)
		request[i] = virt_to_page(pairs[target.pair[i]].boundary);
	return set_pages[shared](request, n);
}

static int (*convert)(u32 n, bool shared);

/* Without snp_psc the kernel's way is the kernel's alone. */
static int choose_way(void)
{
	if (!strcmp(way, "kernel")) {
		convert = convert_kernel;
		return 0;
	}
	convert = convert_snp_psc;
	set_pages[0] = symbol_get(snp_psc_set_pages_private);
	set_pages[1] = symbol_get(snp_psc_set_pages_shared);
	return !strcmp(way, "snp_psc") && set_pages[0] && set_pages[1] ? 0 : -EINVAL;
}

static void leave_way(void)
{
	if (set_pages[0])
		symbol_put(snp_psc_set_pages_private);
	if (set_pages[1])
		symbol_put(snp_psc_set_pages_shared);
}

/* ---- requests ---- */

static struct rnd_state rnd;

/* No byte of it is 0, and another one comes next. */
static u64 next_word(void)
{
	u64 word = (u64)prandom_u32_state(&rnd) << 32 | prandom_u32_state(&rnd);

	return word | 0x8080808080808080ull;
}

static int convert_and_write(u32 n, bool shared)
{
	bool strike = nmi_every && requests % nmi_every == 0;
	u32 i;
	int err;

	for (i = 0; i < n; i++)
		pair_forget(&pairs[target.pair[i]], shared);
	for (i = 0; i < PRIMING; i++)
		cpu_relax();
	if (strike)
		nmi_arm(&rnd);
	err = convert(n, shared);
	if (strike)
		nmi_disarm();
	if (err) {
		pr_err("zeropad: %u pages to %s: %d\n", n, shared ? "shared" : "private", err);
		return err;
	}
	for (i = 0; i < n; i++)
		pair_write(&pairs[target.pair[i]], shared, next_word());
	conversions += n;
	requests++;
	return 0;
}

/* The first @n of the target become any @n pairs. */
static void aim(u32 n)
{
	u32 i, other;

	for (i = 0; i < n; i++) {
		other = i + prandom_u32_state(&rnd) % (PAIRS - i);
		swap(target.pair[i], target.pair[other]);
	}
	WRITE_ONCE(target.n, n);
}

static int shared_and_back(u32 n)
{
	aim(n);
	return convert_and_write(n, true) ?: convert_and_write(n, false);
}

/* Before anybody looks: the first conversion splits the block, the others write all pages. */
static int prepare(void)
{
	u32 i;
	int err;

	for (i = 0; i < PAIRS; i++)
		target.pair[i] = i;
	prandom_seed_state(&rnd, seed);
	err = shared_and_back(1) ?: pairs_find_leaves();
	for (i = 0; i < PAIRS; i++)
		pair_write(&pairs[i], false, next_word());
	conversions = 0;
	requests = 0;
	return err;
}

static int run(void)
{
	int err = prepare() ?: hammers_start(seed, pause);

	while (!err && conversions < pages) {
		err = shared_and_back(1 + prandom_u32_state(&rnd) % REQUEST_MAX);
		cond_resched();
	}
	hammers_stop();
	return err;
}

/* Pages of which something went wrong are lost on purpose. */
static int __init zeropad_init(void)
{
	int err = names ? callers_init(names) : -EINVAL;

	err = err ?: choose_way() ?: pairs_alloc() ?: nmi_init();
	if (!err) {
		err = run();
		nmi_exit();
		if (!err)
			pairs_free();
	}
	leave_way();
	callers_exit();
	return err;
}

static void __exit zeropad_exit(void)
{
}

module_init(zeropad_init);
module_exit(zeropad_exit);

MODULE_DESCRIPTION("Conversions under the fire of load_unaligned_zeropad()");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
