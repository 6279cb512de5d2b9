// SPDX-License-Identifier: GPL-2.0
/*
 * Conversions while the host follows a fault plan, one for each line that is written:
 *
 *	KIND OP FIRST COUNT STRIDE SEED CARELESS PLAN
 *
 * What it came to, and what is wrong afterwards, is in "result":
 *
 *	lost	a page is lost and the call has not said so, or the other way round, or it
 *		is to the host what it was
 *	leaves	a page table does not say what the call says
 *	use	a page can't be used in the state that it is said to have, or somebody
 *		has written to one that was none of the request
 *	exits	it took more VMGEXITs than there is sense in
 *	ghcb	what was asked is still in the GHCB
 *	canary	the host has seen what it must not see
 *	restore	the pages can't be made private again
 *	guest	some page of the guest is to the host what it is not to us
 *	aliases	a shared or lost page is mapped in vmalloc space as a private one
 *	reused	the page allocator had a page that was lost
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/seq_buf.h>
#include <linux/string.h>

#include "../../machine/ports.h"
#include "arena.h"
#include "canary.h"
#include "guest.h"
#include "truth.h"

enum {
	PLAN_MAX = 64,
	TRIES = 9,		/* of what does not get any further: PSC_MAX_STALLS + 1 */
};

struct line {
	char kind[16], op[16], plan[PLAN_MAX];
	unsigned long first, count, stride;
	unsigned int seed, careless;
};

static char text[256];
static struct seq_buf result;

static void arm(const char *plan)
{
	do
		machine_write(SEL_FAULT, *plan);
	while (*plan++);
}

static u32 counter(enum machine_counter which)
{
	return machine_read(SEL_COUNTER + which);
}

static u32 exits(void)
{
	return counter(COUNTER_psc) + counter(COUNTER_vmgexit_msr);
}

/*
 * Each page once, or as often as makes no progress: with its descriptor, with that
 * when it is undone, and then on its own.
 */
static u32 exits_max(const struct arena *a)
{
	return 3 * (TRIES + 1) * a->count;
}

static const struct kind *find_kind(const char *name)
{
	const struct kind *k;

	for (k = kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

static bool has_lost_pages(const struct arena *a)
{
	unsigned long i;

	for (i = 0; i < a->n; i++)
		if (guest_has_lost(a->spots[i].page))
			return true;
	return false;
}

static const char *outcome(int err, char *number, size_t size)
{
	if (!err)
		return "done";
	if (err == -EIO)
		return "undone";
	if (err == -ENOTRECOVERABLE)
		return "poisoned";
	snprintf(number, size, "errno%d", err);
	return number;
}

/* The call, by one CPU, whose GHCB is clean afterwards if it was used. */
static int convert(struct arena *a)
{
	u32 before, by_ghcb, ms;
	char number[16];
	bool clean;
	u64 start;
	int err;

	migrate_disable();
	canary_plant();
	by_ghcb = counter(COUNTER_psc);
	before = exits();
	start = ktime_get_ns();
	err = arena_convert(a);
	ms = (ktime_get_ns() - start) / NSEC_PER_MSEC;
	before = exits() - before;
	clean = canary_take_back() || counter(COUNTER_psc) == by_ghcb;
	migrate_enable();
	seq_buf_printf(&result, "%s struck %u exits %u ms %u%s%s",
		       outcome(err, number, sizeof(number)), machine_read(SEL_STRUCK), before, ms,
		       before > exits_max(a) ? " exits" : "", clean ? "" : " ghcb");
	return err;
}

/* The plan is armed until everything was touched: a host that stops the guest says then why. */
static void strike(struct arena *a, const char *plan)
{
	u32 struck;
	int err;

	truth_fill(a);
	machine_write(SEL_CANARY, 1);
	arm(plan);
	err = convert(a);
	struck = machine_read(SEL_STRUCK) + !!strchr(plan, '+');	/* the first one, once */
	truth_look(a, err, struck, &result);
	arm("");
}

static void run(struct arena *a, const struct line *line)
{
	int err = arena_make(a);

	if (err) {
		seq_buf_printf(&result, "unprepared %d", err);
	} else if (has_lost_pages(a)) {
		seq_buf_printf(&result, "unprepared reused");
	} else {
		strike(a, line->plan);
		if (machine_read(SEL_CANARY))
			seq_buf_printf(&result, " canary");
		if (!guest_agrees())
			seq_buf_printf(&result, " guest");
		if (!guest_aliases_agree())
			seq_buf_printf(&result, " aliases");
		if (arena_restore(a))
			seq_buf_printf(&result, " restore");
	}
	arena_free(a, line->careless);
}

static int set_run(const char *value, const struct kernel_param *kp)
{
	struct arena a = {};
	struct line line;

	if (sscanf(value, "%15s %15s %lu %lu %lu %u %u %63s", line.kind, line.op, &line.first,
		   &line.count, &line.stride, &line.seed, &line.careless, line.plan) != 8)
		return -EINVAL;
	a = (struct arena){
		.kind = find_kind(line.kind), .shared = !strcmp(line.op, "shared"),
		.first = line.first, .count = line.count, .stride = line.stride,
		.seed = line.seed,
	};
	if (!a.kind || !a.count || !a.stride)
		return -EINVAL;
	seq_buf_init(&result, text, sizeof(text));
	run(&a, &line);
	return 0;
}

static int set_balloon(const char *value, const struct kernel_param *kp)
{
	unsigned long reused, n;

	seq_buf_init(&result, text, sizeof(text));
	machine_write(SEL_CANARY, 1);
	n = guest_balloon(&reused);
	seq_buf_printf(&result, "pages %lu", n);
	if (reused)
		seq_buf_printf(&result, " reused");
	if (machine_read(SEL_CANARY))
		seq_buf_printf(&result, " canary");
	return 0;
}

static int get_result(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%.*s\n", (int)result.len, text);
}

static const struct kernel_param_ops run_ops = { .set = set_run };
module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "KIND OP FIRST COUNT STRIDE SEED CARELESS PLAN");

static const struct kernel_param_ops balloon_ops = { .set = set_balloon };
module_param_cb(balloon, &balloon_ops, NULL, 0200);
MODULE_PARM_DESC(balloon, "write anything to have all free memory allocated once");

static const struct kernel_param_ops result_ops = { .get = get_result };
module_param_cb(result, &result_ops, NULL, 0400);
MODULE_PARM_DESC(result, "what the last run came to");

static int __init snp_psc_hostile_init(void)
{
	if (machine_read(SEL_MAGIC) != MACHINE_MAGIC)
		return -ENODEV;
	return guest_init();
}

static void __exit snp_psc_hostile_exit(void)
{
	guest_exit();
}

module_init(snp_psc_hostile_init);
module_exit(snp_psc_hostile_exit);

MODULE_DESCRIPTION("Conversions by snp_psc while the host misbehaves");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
