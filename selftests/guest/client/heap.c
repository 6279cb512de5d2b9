// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces of snp_psc's heap: allocate, free, look at them, all at once.
 *
 * What is not freed when the client goes stays: as with a careless driver.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/snp_psc.h>
#include <linux/string.h>

#include "heap.h"

enum {
	MOST_PIECES = 4096,
	THREAD_PIECES = 16,
	THREAD_PAGES = 24,	/* a piece of a thread's has up to so many */
	RARELY = 64,		/* one in so many is larger than a chunk */
};

struct piece {
	void *addr;
	unsigned long size;
};

static struct piece pieces[MOST_PIECES];
unsigned long heap_pieces;

/* ---- one by one, on command ---- */

/* Atomic is with interrupts off. */
static void *alloc(unsigned long size, bool atomic)
{
	unsigned long flags;
	void *addr;

	if (!atomic)
		return snp_psc_alloc_shared(size, GFP_KERNEL);
	local_irq_save(flags);
	addr = snp_psc_alloc_shared(size, GFP_ATOMIC);
	local_irq_restore(flags);
	return addr;
}

static void release(struct piece p, bool atomic)
{
	unsigned long flags;

	if (!atomic)
		return snp_psc_free_shared(p.addr, p.size);
	local_irq_save(flags);
	snp_psc_free_shared(p.addr, p.size);
	local_irq_restore(flags);
}

static int heap_alloc(unsigned long n, unsigned long size, bool atomic)
{
	struct piece p = { .size = size };

	for (; n; n--) {
		if (heap_pieces == MOST_PIECES)
			return -ENOSPC;
		p.addr = alloc(size, atomic);
		if (!p.addr)
			return -ENOMEM;
		pieces[heap_pieces++] = p;
		if (memchr_inv(p.addr, 0, PAGE_ALIGN(size)))
			return -EUCLEAN;
	}
	return 0;
}

static unsigned long choose(const char *order)
{
	if (!strcmp(order, "first"))
		return 0;
	return !strcmp(order, "last") ? heap_pieces - 1 : get_random_u32() % heap_pieces;
}

static int heap_free(const char *order, unsigned long n, bool atomic)
{
	unsigned long i;

	if (n > heap_pieces)
		return -ERANGE;
	for (; n; n--) {
		i = choose(order);
		release(pieces[i], atomic);
		memmove(&pieces[i], &pieces[i + 1], (--heap_pieces - i) * sizeof(*pieces));
	}
	return 0;
}

/**
 * heap_run() - allocate or free pieces
 * @args:	"alloc", how many, of what size; or "free", "first", "last" or "random", how many;
 *		"sleeping" or "atomic"
 * @here:	unused
 *
 * Return: 0; -ENOMEM; -EUCLEAN if one was not zero
 */
int heap_run(char **args, const void __user *here)
{
	bool atomic = !strcmp(args[3], "atomic"), allocate = !strcmp(args[0], "alloc");
	unsigned long n, size;
	int err = kstrtoul(args[allocate ? 1 : 2], 0, &n);

	if (err)
		return err;
	if (!allocate)
		return heap_free(args[1], n, atomic);
	return kstrtoul(args[2], 0, &size) ?: heap_alloc(n, size, atomic);
}

/* Seven mistakes, with pieces that are all in use. What is freed is zeroed. */
static int free_what_is_no_piece(void *addr, void *neighbour, void *two, void *foreign)
{
	memset(addr, 1, PAGE_SIZE);
	memset(neighbour, 1, PAGE_SIZE);
	memset(two, 1, 2 * PAGE_SIZE);
	snp_psc_free_shared(addr, 2 * PAGE_SIZE);	/* the neighbour's, too */
	snp_psc_free_shared(addr + 8, PAGE_SIZE);
	snp_psc_free_shared(addr, 0);
	snp_psc_free_shared(two, PAGE_SIZE);
	snp_psc_free_shared(two + PAGE_SIZE, PAGE_SIZE);
	snp_psc_free_shared(two, 3 * PAGE_SIZE);
	snp_psc_free_shared(foreign, PAGE_SIZE);
	return memchr_inv(addr, 1, PAGE_SIZE) || memchr_inv(neighbour, 1, PAGE_SIZE) ||
	       memchr_inv(two, 1, 2 * PAGE_SIZE) ? -EUCLEAN : 0;
}

/**
 * heap_free_wrong() - free what can't be, in eight ways, and what is no mistake
 * @args:	unused
 * @here:	unused
 *
 * Return: 0, -ENOMEM, or -EUCLEAN if a mistake did something
 */
int heap_free_wrong(char **args, const void __user *here)
{
	void *addr = snp_psc_alloc_shared(PAGE_SIZE, GFP_KERNEL);
	void *neighbour = snp_psc_alloc_shared(PAGE_SIZE, GFP_KERNEL);
	void *two = snp_psc_alloc_shared(2 * PAGE_SIZE, GFP_KERNEL);
	void *foreign = (void *)__get_free_page(GFP_KERNEL);
	int err = -ENOMEM;

	if (addr && neighbour && two && foreign)
		err = free_what_is_no_piece(addr, neighbour, two, foreign);
	snp_psc_free_shared(two, 2 * PAGE_SIZE);
	snp_psc_free_shared(neighbour, PAGE_SIZE);
	snp_psc_free_shared(addr, PAGE_SIZE);
	if (addr)
		snp_psc_free_shared(addr, PAGE_SIZE);
	snp_psc_free_shared(NULL, PAGE_SIZE);
	free_page((unsigned long)foreign);
	return err;
}

/**
 * heap_show() - print the pieces: first PFN, number of pages
 * @m:	where to
 */
void heap_show(struct seq_file *m)
{
	unsigned long i;

	for (i = 0; i < heap_pieces; i++)
		seq_printf(m, "%lu %lu\n", PHYS_PFN(__pa(pieces[i].addr)), PFN_UP(pieces[i].size));
}

/* ---- many at once ---- */

static struct {
	unsigned long rounds;
	atomic_t wrong;
	struct completion done;
} stress;

static u32 *last_word(struct piece p)
{
	return p.addr + p.size - sizeof(u32);
}

/* Its first and its last word say whose it is. */
static void take(struct piece *p, u32 mark)
{
	u32 r = get_random_u32();

	p->size = (r % RARELY ? 1 + r % THREAD_PAGES : 513) * PAGE_SIZE;
	p->addr = alloc(p->size, r & BIT(31));
	if (!p->addr)
		return;
	if (memchr_inv(p->addr, 0, p->size))
		atomic_inc(&stress.wrong);
	*(u32 *)p->addr = mark;
	*last_word(*p) = mark;
}

static void give(struct piece *p, u32 mark)
{
	if (*(u32 *)p->addr != mark || *last_word(*p) != mark)
		atomic_inc(&stress.wrong);
	release(*p, mark & 1);
	p->addr = NULL;
}

static int stress_thread(void *id)
{
	struct piece mine[THREAD_PIECES] = {};
	u32 base = (unsigned long)id * THREAD_PIECES, i;
	unsigned long round;

	for (round = 0; round < stress.rounds; round++) {
		i = get_random_u32() % THREAD_PIECES;
		if (mine[i].addr)
			give(&mine[i], base + i);
		else
			take(&mine[i], base + i);
		cond_resched();
	}
	for (i = 0; i < THREAD_PIECES; i++)
		if (mine[i].addr)
			give(&mine[i], base + i);
	kthread_complete_and_exit(&stress.done, 0);
}

/**
 * heap_stress() - allocate and free pieces of all sizes, in any order, many threads at a time
 * @args:	"stress", how many threads, how often each
 * @here:	unused
 *
 * Return: 0; -EUCLEAN if a piece was not zero, or somebody else's, too
 */
int heap_stress(char **args, const void __user *here)
{
	unsigned long threads, id;
	int err = kstrtoul(args[1], 0, &threads) ?: kstrtoul(args[2], 0, &stress.rounds);

	if (err || !threads)
		return err ?: -EINVAL;
	init_completion(&stress.done);
	atomic_set(&stress.wrong, 0);
	for (id = 1; id <= threads; id++)
		if (IS_ERR(kthread_run(stress_thread, (void *)id, "heap/%lu", id)))
			complete(&stress.done);
	while (threads--)
		wait_for_completion(&stress.done);
	return atomic_read(&stress.wrong) ? -EUCLEAN : 0;
}
