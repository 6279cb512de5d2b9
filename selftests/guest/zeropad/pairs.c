// SPDX-License-Identifier: GPL-2.0
/* The memory: every second page of a block is converted, the others are neighbours. */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "pairs.h"

enum { ORDER = 9 };	/* of the block */

struct pair pairs[PAIRS];

static unsigned long block;

/**
 * pair_write() - write the first word of a page, and let everybody know
 * @p:		whose page, which nobody converts meanwhile
 * @shared:	what it is
 * @word:	has no byte that is 0
 */
void pair_write(struct pair *p, bool shared, u64 word)
{
	WRITE_ONCE(*(u64 *)p->boundary, word);
	smp_store_release(&p->known[!shared], word);	/* not before the page has it */
}

/**
 * pairs_alloc() - allocate the block
 *
 * Return: 0 or -ENOMEM
 */
int pairs_alloc(void)
{
	char *neighbour;
	u32 i;

	block = __get_free_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO, ORDER);
	if (!block)
		return -ENOMEM;
	for (i = 0; i < PAIRS; i++) {
		neighbour = (char *)block + 2 * i * PAGE_SIZE;
		pairs[i].boundary = neighbour + PAGE_SIZE;
		memcpy(pairs[i].boundary - sizeof(TAIL), TAIL, sizeof(TAIL));
	}
	return 0;
}

/**
 * pairs_find_leaves() - find the leaves of the pages in the direct map
 *
 * To be called when the block has been split, which the first conversion of a part does.
 *
 * Return: 0, or -EINVAL if there is a leaf that is not of 4K
 */
int pairs_find_leaves(void)
{
	unsigned int level;
	u32 i;

	for (i = 0; i < PAIRS; i++) {
		pairs[i].leaf = lookup_address((unsigned long)pairs[i].boundary, &level);
		if (!pairs[i].leaf || level != PG_LEVEL_4K)
			return -EINVAL;
	}
	return 0;
}

/**
 * pairs_free() - give the block back, all of which is private
 */
void pairs_free(void)
{
	free_pages(block, ORDER);
}
