/* SPDX-License-Identifier: GPL-2.0 */
/* Pages to convert, in the layouts that requests come in. */
#ifndef SET_H
#define SET_H

#include <linux/types.h>

struct layout;
struct page;

/**
 * struct page_set - pages that the client owns
 * @pages:	the pages, in the layout's order
 * @n:		how many, 0 for no set
 * @addr:	where they are a range, 0 if they are none
 * @layout:	what they were allocated as
 * @shared:	some of them are shared
 * @lost:	a conversion was -ENOTRECOVERABLE: never to be freed
 */
struct page_set {
	struct page **pages;
	unsigned long n;
	unsigned long addr;
	const struct layout *layout;
	bool shared;
	bool lost;
};

int set_alloc(struct page_set *set, const char *layout, unsigned long n);
void set_free(struct page_set *set);

#endif /* SET_H */
