/* SPDX-License-Identifier: GPL-2.0 */
/* The pages of one caller, of every kind, and what should be true of them. */
#ifndef RANDOM_SET_H
#define RANDOM_SET_H

#include <linux/mm_types.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include <asm/pgtable_types.h>

enum {
	BLOCK = PTRS_PER_PTE,	/* 4K pages in 2M */
	EXTENTS = 7,		/* as many as there are kinds */
};

/* A page: where it is, how it is mapped, what was written into it last. */
struct owned {
	struct page *page;
	void *addr;		/* in the direct map, or in vmalloc space */
	pteval_t flags;		/* of its direct map leaf; some have lost the global bit long ago */
	u32 pattern;		/* PAGE_PATTERN() of ports.h */
};

/*
 * Pages of one kind. The last ones are bystanders, among or beside those that are
 * converted: private from the first to the last day.
 */
struct extent {
	const struct kind *kind;
	void *addr;		/* contiguous from here on, or NULL */
	u32 first, n;		/* the set's pages from first on */
	u32 usable;		/* so many of them may be converted */
	bool whole_blocks;	/* mapped by 2M leaves that nobody can split */
};

struct counts {
	unsigned long requests;		/* those that had to succeed */
	unsigned long refused;		/* those that had to be refused, with -EINVAL */
	unsigned long failed;		/* those that were allowed to, and were undone */
	unsigned long asked;		/* pages in the former */
	unsigned long shared, private;	/* of them, those that had to be converted */
	unsigned long differences;
	unsigned long overtaken;	/* by so many requests of others at most, in one call */
};

/*
 * @model has a bit for each page, set if it should be shared. @loose are the pages
 * that can be asked for one by one, in an order that each request shuffles on. The
 * request that is being made has its pages in @index, and room for one too many.
 */
struct set {
	unsigned int id;
	struct rnd_state rnd;
	struct extent extents[EXTENTS];
	struct owned *owned;
	u32 n;
	unsigned long *model;
	u32 *loose;
	u32 nr_loose;
	u32 *index;
	struct page **pages;
	struct counts counts;
};

struct set *set_make(unsigned int id, u32 seed);
void set_free(struct set *set);

/* One of 0 to n - 1. */
static inline u32 below(struct set *set, u32 n)
{
	return prandom_u32_state(&set->rnd) % n;
}

#endif /* RANDOM_SET_H */
