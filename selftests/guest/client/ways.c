// SPDX-License-Identifier: GPL-2.0
/* The two ways to convert pages, the kernel's and the module's. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/snp_psc.h>
#include <linux/string.h>

#include "set.h"
#include "ways.h"

static int kernel_range(unsigned long addr, int n, bool shared)
{
	return shared ? set_memory_decrypted(addr, n) : set_memory_encrypted(addr, n);
}

static int kernel_pages(struct page **pages, unsigned long n, bool shared)
{
	unsigned long i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = kernel_range((unsigned long)page_address(pages[i]), 1, shared);
	return err;
}

static int snp_psc_range(unsigned long addr, int n, bool shared)
{
	return shared ? snp_psc_set_memory_shared(addr, n) : snp_psc_set_memory_private(addr, n);
}

static int snp_psc_pages(struct page **pages, unsigned long n, bool shared)
{
	return shared ? snp_psc_set_pages_shared(pages, n) : snp_psc_set_pages_private(pages, n);
}

static const struct way ways[] = {
	{ "kernel", kernel_range, kernel_pages },
	{ "snp_psc", snp_psc_range, snp_psc_pages },
};

/**
 * way_find() - look up a way
 * @name:	the way's
 *
 * Return: NULL if there is no such way
 */
const struct way *way_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(name, ways[i].name))
			return &ways[i];
	return NULL;
}

/**
 * way_convert() - convert a set
 * @way:	in which way
 * @set:	as a range, if it is one
 * @shared:	what its pages are to become
 *
 * Return: what the way's call returned
 */
int way_convert(const struct way *way, const struct page_set *set, bool shared)
{
	return set->addr ? way->range(set->addr, set->n, shared) :
			   way->pages(set->pages, set->n, shared);
}
