// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own conversions, for guests that we can't convert memory of ourselves:
 * above VMPL0, vTOM, TDX, SEV and SEV-ES. What they promise is less. Each run of
 * neighbours has its own flushes, nothing is not present in between but where the kernel
 * does it, and what it dies of, it dies of.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/mem_encrypt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/slab.h>

#include "check.h"
#include "convert.h"
#include "fault.h"
#include "inventory.h"
#include "kernel_ops.h"
#include "pgtable.h"
#include "request.h"
#include "stats.h"

/* A page, and the address by which the kernel is asked to convert it. */
struct place {
	unsigned long va;
	unsigned long pfn;
};

/* All pages to be converted, by ascending address. */
struct list {
	struct place *places;
	unsigned long n;
};

/* Neighbours, [from, to) of a list. */
struct run {
	unsigned long from;
	unsigned long to;
};

static void add(struct list *l, unsigned long va, unsigned long pfn)
{
	l->places[l->n++] = (struct place){ va, pfn };
}

static bool is_shared(const struct psc_leaf *leaf, unsigned long pfn)
{
	return psc_books_state(leaf, pfn) == PSC_LEAF_SHARED;
}

/* By way of the direct map. */
static void list_units(struct list *l, const struct psc_request *req, bool shared)
{
	unsigned long i, pfn, end;
	struct psc_leaf leaf = {};

	for (i = 0; i < req->n; i++) {
		pfn = psc_unit_pfn(req->units[i]);
		for (end = pfn + psc_unit_pages(req->units[i]); pfn < end; pfn++) {
			psc_leaf_find(&leaf, pfn);
			if (is_shared(&leaf, pfn) != shared)
				add(l, (unsigned long)pfn_to_kaddr(pfn), pfn);
		}
		cond_resched();
	}
}

/* By way of the second mapping: the kernel knows that there is the direct map besides. */
static void list_alias(struct list *l, const struct psc_request *req, bool shared)
{
	unsigned long va = req->alias, i;
	struct psc_leaf leaf = {};

	for (i = 0; i < req->alias_pages; i++, va += PAGE_SIZE) {
		psc_leaf_find_va(&leaf, va);
		if (is_shared(&leaf, psc_leaf_pfn(&leaf)) != shared)
			add(l, va, psc_leaf_pfn(&leaf));
	}
}

static struct run next_run(const struct list *l, unsigned long from)
{
	struct run run = { from, from + 1 };

	while (run.to < l->n && l->places[run.to].va == l->places[run.to - 1].va + PAGE_SIZE)
		run.to++;
	return run;
}

static int change(const struct list *l, struct run run, bool shared)
{
	unsigned long va = l->places[run.from].va;
	int err, n = run.to - run.from;

	err = psc_fault(PSC_FAULT_BUSY) ?: psc_fault(PSC_FAULT_SET_MEMORY) ?:
	      (shared ? set_memory_decrypted(va, n) : set_memory_encrypted(va, n));
	if (err)
		return err;
	for (; run.from < run.to; run.from++)
		psc_books_set(l->places[run.from].pfn, 1, shared);
	return 0;
}

static void poison(const struct list *l, struct run run)
{
	pr_err_ratelimited("%lu pages lost, the first is %#lx\n", run.to - run.from,
			   l->places[run.from].pfn);
	psc_count(PSC_POISONED, run.to - run.from);
	for (; run.from < run.to; run.from++)
		psc_poison(l->places[run.from].pfn, 1);
}

/* @failed is in no state that anybody knows. Those before it can be turned back, or not. */
static int undo(const struct list *l, struct run failed, bool shared)
{
	struct run run = {};

	psc_count(PSC_UNDONE, 1);
	poison(l, failed);
	while (run.to < failed.from) {
		run = next_run(l, run.to);
		if (change(l, run, !shared))
			poison(l, run);
	}
	return -ENOTRECOVERABLE;
}

static int change_all(const struct list *l, bool shared)
{
	struct run run = {};
	int err = 0;

	psc_count(PSC_CONVERSIONS, 1);
	while (!err && run.to < l->n) {
		run = next_run(l, run.to);
		err = change(l, run, shared);
	}
	if (!err) {
		psc_count(shared ? PSC_PAGES_SHARED : PSC_PAGES_PRIVATE, l->n);
		return 0;
	}
	pr_warn_ratelimited("the kernel failed to convert page %#lx: %d\n",
			    l->places[run.from].pfn, err);
	return err == -EBUSY && !run.from ? err : undo(l, run, shared);
}

/**
 * psc_kernel_convert() - convert pages by set_memory_decrypted() or set_memory_encrypted()
 * @req:	the pages; those that are as wanted already are dropped from it
 * @shared:	what they are to become
 *
 * Context: Process context, may sleep. The conversion's mutex is held.
 * Return: 0; -ENOMEM, -EINVAL, -EOPNOTSUPP for vmalloc space where the kernel takes direct
 * map addresses only, or -EBUSY if it converts nothing any more, and nothing has happened;
 * -ENOTRECOVERABLE if it failed in any other way
 */
int psc_kernel_convert(struct psc_request *req, bool shared)
{
	struct list list = {};
	int err;

	if (req->alias && !sme_me_mask)
		return -EOPNOTSUPP;
	/* Without a C-bit all looks private, and nothing must be dropped for that. */
	err = psc_check(req, shared || !sme_me_mask);
	if (err || !req->n)
		return err;
	err = psc_books_reserve(req);
	if (err)
		return err;
	list.places = kvmalloc_array(psc_request_pages(req), sizeof(*list.places),
				     GFP_KERNEL | __GFP_NOWARN);
	if (!list.places)
		return -ENOMEM;
	if (req->alias)
		list_alias(&list, req, shared);
	else
		list_units(&list, req, shared);
	if (list.n)
		err = change_all(&list, shared);
	kvfree(list.places);
	return err;
}
