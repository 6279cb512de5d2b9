// SPDX-License-Identifier: GPL-2.0
/*
 * What is true of the pages of a run, and what should be, after a call that has
 * returned what it has returned: in the page tables and in the contents. A page that is
 * private to us and not validated is not to be survived.
 */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/seq_buf.h>
#include <linux/vmalloc.h>

#include "../../machine/ports.h"
#include "canary.h"
#include "guest.h"
#include "truth.h"

enum {
	WORDS = PAGE_SIZE / sizeof(u64),
	BLOCK = PTRS_PER_PTE,
	RMP_PRIVATE = PAGE_ASSIGNED | PAGE_VALIDATED | PAGE_PRIVATE,
	RMP_SHARED = 0,
};

/* What a conversion has to leave as it was. */
static const pteval_t flags_kept = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_PWT | _PAGE_PCD |
				   _PAGE_GLOBAL | _PAGE_NX;
static const pteval_t flags_vmalloc = _PAGE_PRESENT | _PAGE_RW | _PAGE_GLOBAL | _PAGE_NX;

static pteval_t leaf_of(const void *addr, unsigned int *level)
{
	const pte_t *leaf = lookup_address((unsigned long)addr, level);

	return leaf ? pte_val(READ_ONCE(*leaf)) : 0;
}

/**
 * truth_flags() - what the direct map says of a page, but for its state
 * @page:	the page
 */
pteval_t truth_flags(struct page *page)
{
	unsigned int level;

	return leaf_of(page_address(page), &level) & flags_kept;
}

/* ---- contents ---- */

static u64 word_of(const struct arena *a, unsigned long i, unsigned int w)
{
	if (a->spots[i].shared)
		return PAGE_PATTERN(a->seed + i, w);
	return canary_word(CANARY_PAGE, w);
}

static void fill(const struct arena *a, unsigned long i)
{
	u64 *words = a->spots[i].addr;
	unsigned int w;

	for (w = 0; w < WORDS; w++)
		WRITE_ONCE(words[w], word_of(a, i, w));
}

static bool is_filled(const struct arena *a, unsigned long i)
{
	const u64 *words = a->spots[i].addr;
	unsigned int w;

	for (w = 0; w < WORDS; w++)
		if (READ_ONCE(words[w]) != word_of(a, i, w))
			return false;
	return true;
}

/**
 * truth_fill() - give all pages contents: secrets, if they are private
 * @a:	the arena
 */
void truth_fill(struct arena *a)
{
	unsigned long i;

	for (i = 0; i < a->n; i++)
		fill(a, i);
}

/* ---- one page ---- */

static bool leaf_is_right(const struct spot *s, const void *addr, pteval_t flags)
{
	pteval_t c_bit = s->shared && !s->lost ? 0 : sme_me_mask;
	unsigned int level;
	pteval_t value = leaf_of(addr, &level);

	if ((value & sme_me_mask) != c_bit)
		return false;
	if (s->lost)
		return !(value & _PAGE_PRESENT);
	return (value & flags_kept) == flags &&
	       (level != PG_LEVEL_4K || pte_pfn(__pte(value)) == page_to_pfn(s->page));
}

static bool leaves_are_right(const struct spot *s)
{
	return leaf_is_right(s, page_address(s->page), s->flags) &&
	       (!is_vmalloc_addr(s->addr) || leaf_is_right(s, s->addr, flags_vmalloc));
}

/* By either side, if both may. Nobody else has touched those that were not asked for. */
static bool is_usable(const struct arena *a, unsigned long i)
{
	const struct spot *s = &a->spots[i];

	if (!s->asked && !is_filled(a, i))
		return false;
	fill(a, i);
	if (!is_filled(a, i))
		return false;
	if (!s->shared)
		return true;
	machine_write(SEL_GFN, page_to_pfn(s->page));
	machine_write(SEL_MATCH, a->seed + i);
	return machine_read(SEL_MATCH) == WORDS;
}

/* ---- all of them ---- */

/* As wanted after a success, as before after an error, but for those that are lost. */
static unsigned long settle(struct arena *a, int err)
{
	unsigned long i, lost = 0;
	unsigned int level;

	for (i = 0; i < a->n; i++) {
		struct spot *s = &a->spots[i];

		if (!s->asked)
			continue;
		if (!err)
			s->shared = a->shared;
		s->lost = err == -ENOTRECOVERABLE &&
			  !(leaf_of(page_address(s->page), &level) & _PAGE_PRESENT);
		if (s->lost)
			guest_lose(s->page);
		lost += s->lost;
	}
	return lost;
}

/* To the host it is what it was before. */
static bool is_intact(const struct spot *s)
{
	machine_write(SEL_GFN, page_to_pfn(s->page));
	return (machine_read(SEL_STATE) & ~PAGE_HUGE) == (s->shared ? RMP_SHARED : RMP_PRIVATE);
}

/* A 2M block that is asked for as a whole is lost as a whole. */
static unsigned long unit(const struct arena *a, unsigned long i)
{
	bool block = a->stride == 1 && page_to_pfn(a->spots[i].page) % BLOCK == 0 &&
		     i >= a->first && i + BLOCK <= arena_end(a);

	return block ? BLOCK : 1;
}

/*
 * How many are lost although every page is to the host what it was. Who wants a page back and
 * is refused can't know that, or gets a page that was validated before: once for each
 * time that the host has struck.
 */
static unsigned long needlessly_lost(const struct arena *a)
{
	unsigned long i, n = 0, end;
	bool lost, intact;

	for (i = 0; i < a->n; n += lost && intact) {
		lost = false;
		intact = true;
		for (end = i + unit(a, i); i < end; i++) {
			if (!a->spots[i].lost)
				continue;
			lost = true;
			intact &= is_intact(&a->spots[i]);
		}
	}
	return n;
}

/**
 * truth_look() - is everything as the call says?
 * @a:		the arena
 * @err:	what the call returned
 * @struck:	how often the host has misbehaved meanwhile
 * @problems:	a word is added for each thing that is not
 */
void truth_look(struct arena *a, int err, unsigned int struck, struct seq_buf *problems)
{
	unsigned long i, leaves = 0, use = 0, lost = settle(a, err);

	for (i = 0; i < a->n; i++) {
		if (!leaves_are_right(&a->spots[i]))
			leaves++;
		else if (!a->spots[i].lost && !is_usable(a, i))
			use++;
	}
	if (!lost != (err != -ENOTRECOVERABLE) || needlessly_lost(a) > struck)
		seq_buf_printf(problems, " lost");
	if (leaves)
		seq_buf_printf(problems, " leaves");
	if (use)
		seq_buf_printf(problems, " use");
}
