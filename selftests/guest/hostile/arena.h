/* SPDX-License-Identifier: GPL-2.0 */
/* The pages of one run: those that are converted, and others among and beside them. */
#ifndef HOSTILE_ARENA_H
#define HOSTILE_ARENA_H

#include <linux/mm_types.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include <asm/pgtable_types.h>

struct arena;

/* How pages are come by, and how they are asked for. */
struct kind {
	const char *name;
	int (*alloc)(struct arena *a);
	void (*free)(struct arena *a);
	bool by_pages;		/* set_pages_*(), in any order; else set_memory_*() of a range */
	bool gaps;		/* what is between those asked for is as wanted before */
	bool aliased;		/* mapped in vmalloc space as well */
};

struct spot {
	struct page *page;
	void *addr;		/* in the direct map, or in vmalloc space */
	pteval_t flags;		/* of its direct map leaf */
	bool asked;		/* is to be converted */
	bool shared;		/* should be now */
	bool lost;		/* is poisoned */
};

/* Of @n pages, @count are asked for, every @stride-th from @first on. */
struct arena {
	const struct kind *kind;
	unsigned long first, count, stride;
	bool shared;		/* what they are to become */
	u32 seed;		/* what contents and order follow from */
	struct rnd_state rnd;
	struct spot *spots;
	unsigned long n;
	void *addr;		/* of the first, if they are contiguous */
	struct page **pages;	/* room for a request */
};

extern const struct kind kinds[];

/* The page after the last that is asked for. */
static inline unsigned long arena_end(const struct arena *a)
{
	return a->first + (a->count - 1) * a->stride + 1;
}

int arena_make(struct arena *a);
int arena_convert(struct arena *a);
int arena_restore(struct arena *a);
void arena_free(struct arena *a, bool careless);

#endif /* HOSTILE_ARENA_H */
