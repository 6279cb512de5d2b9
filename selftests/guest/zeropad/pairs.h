/* SPDX-License-Identifier: GPL-2.0 */
/* Pairs of pages: one that is converted, and its neighbour, which stays what it is. */
#ifndef ZEROPAD_PAIRS_H
#define ZEROPAD_PAIRS_H

#include <linux/compiler.h>
#include <linux/mem_encrypt.h>
#include <linux/types.h>

#include <asm/pgtable.h>

enum { PAIRS = 256 };	/* a 2M block */

/* The neighbour's last bytes: a name, and names again from its second letter on, and so on. */
#define TAIL	"zeropad"

/*
 * The neighbour ends where the page begins. @known has the page's first word while it
 * is shared [0] or private [1], no byte of it 0 and no word there twice; 0 from before
 * a conversion until after its owner has written it again, for then nobody knows what
 * is in it.
 */
struct pair {
	char *boundary;
	pte_t *leaf;
	u64 known[2];
};

extern struct pair pairs[PAIRS];

int pairs_alloc(void);
void pairs_free(void);
int pairs_find_leaves(void);
void pair_write(struct pair *p, bool shared, u64 word);

/* What of the leaf tells the page's state. A hidden one has neither bit, or the C-bit alone. */
static inline pteval_t pair_leaf(const struct pair *p)
{
	return READ_ONCE(p->leaf->pte) & (_PAGE_PRESENT | sme_me_mask);
}

/* The first word of the page, if the leaf says what it is, and 0 if nobody knows. */
static inline u64 pair_known(const struct pair *p, pteval_t leaf)
{
	return READ_ONCE(p->known[(leaf & sme_me_mask) != 0]);
}

static inline void pair_forget(struct pair *p, bool shared)
{
	WRITE_ONCE(p->known[!shared], 0);
}

#endif /* ZEROPAD_PAIRS_H */
