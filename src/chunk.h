/* SPDX-License-Identifier: GPL-2.0 */
/* A chunk of shared memory, and the pieces that it is cut into. */
#ifndef SNP_PSC_CHUNK_H
#define SNP_PSC_CHUNK_H

#include <linux/list.h>
#include <linux/mm.h>

#include "compat.h"

struct seq_file;

enum { PSC_CHUNK_MAX = 1 << MAX_PAGE_ORDER };	/* pages of a chunk, and so of a piece */

/**
 * struct psc_chunk - a compound page, or a single one
 * @list:	for its owner
 * @page:	the page
 * @npages:	how many 4K pages that are
 * @used:	so many of them belong to pieces
 * @map:	which
 * @length:	of the piece that begins at a page, 0 if none does or if it is being freed
 * @user:	the name of who has a page, NULL while it is free
 */
struct psc_chunk {
	struct list_head list;
	struct page *page;
	unsigned long npages;
	unsigned long used;
	DECLARE_BITMAP(map, PSC_CHUNK_MAX);
	u16 length[PSC_CHUNK_MAX];
	const char *user[];
};

struct psc_chunk *psc_chunk_alloc(struct page *page);
void psc_chunk_free(struct psc_chunk *c);
void *psc_chunk_cut(struct psc_chunk *c, unsigned long n, const char *user);
bool psc_chunk_has(const struct psc_chunk *c, const void *addr);
bool psc_chunk_claim(struct psc_chunk *c, const void *addr, unsigned long n);
void psc_chunk_put(struct psc_chunk *c, const void *addr, unsigned long n);
void psc_chunk_show(struct seq_file *m, const struct psc_chunk *c);

#endif /* SNP_PSC_CHUNK_H */
