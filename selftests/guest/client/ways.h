/* SPDX-License-Identifier: GPL-2.0 */
/* The two ways to convert pages, the kernel's and the module's. */
#ifndef WAYS_H
#define WAYS_H

#include <linux/types.h>

struct page;
struct page_set;

struct way {
	const char *name;
	int (*range)(unsigned long addr, int n, bool shared);
	int (*pages)(struct page **pages, unsigned long n, bool shared);
};

const struct way *way_find(const char *name);
int way_convert(const struct way *way, const struct page_set *set, bool shared);

#endif /* WAYS_H */
