// SPDX-License-Identifier: GPL-2.0
/* Calls that snp_psc has to refuse, each of its own kind. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/snp_psc.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "tries.h"

static int try_twice(const void __user *here)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct page *pages[] = { page, page };
	int err;

	if (!page)
		return -ENOMEM;
	err = snp_psc_set_pages_shared(pages, ARRAY_SIZE(pages));
	__free_page(page);
	return err;
}

/* A page of vmalloc space, and the hole behind it. */
static int try_hole(const void __user *here)
{
	void *p = vmalloc(PAGE_SIZE);
	int err;

	if (!p)
		return -ENOMEM;
	err = snp_psc_set_memory_shared((unsigned long)p, 2);
	vfree(p);
	return err;
}

/* This module's own text has no place in the direct map. */
static int try_text(const void __user *here)
{
	return snp_psc_set_memory_shared((unsigned long)try_text & PAGE_MASK, 1);
}

static int try_image(const void __user *here)
{
	struct page *page = ZERO_PAGE(0);

	return snp_psc_set_pages_shared(&page, 1);
}

/* The page in which the writer's command stands. */
static int try_user(const void __user *here)
{
	struct page *page;
	int err;

	if (get_user_pages_fast((unsigned long)here & PAGE_MASK, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	err = snp_psc_set_pages_shared(&page, 1);
	put_page(page);
	return err;
}

static int try_beyond(const void __user *here)
{
	return snp_psc_set_memory_shared(PAGE_OFFSET + (1ul << 45), 1);
}

static int try_none(const void __user *here)
{
	return snp_psc_set_pages_shared(NULL, 0);
}

static int try_range(unsigned long offset, int n)
{
	unsigned long addr = __get_free_page(GFP_KERNEL);
	int err;

	if (!addr)
		return -ENOMEM;
	err = snp_psc_set_memory_shared(addr + offset, n);
	free_page(addr);
	return err;
}

static int try_unaligned(const void __user *here)
{
	return try_range(PAGE_SIZE / 2, 1);
}

static int try_nothing(const void __user *here)
{
	return try_range(0, 0);
}

static int try_negative(const void __user *here)
{
	return try_range(0, -1);
}

static const struct {
	const char *name;
	int (*try)(const void __user *here);
} tries[] = {
	{ "twice",	try_twice },
	{ "hole",	try_hole },
	{ "text",	try_text },
	{ "image",	try_image },
	{ "user",	try_user },
	{ "beyond",	try_beyond },
	{ "none",	try_none },
	{ "unaligned",	try_unaligned },
	{ "nothing",	try_nothing },
	{ "negative",	try_negative },
};

/**
 * try() - make a call that should be refused
 * @name:	which
 * @here:	an address that user space has mapped
 *
 * Return: what the call returned, -ENOENT if there is no such try
 */
int try(const char *name, const void __user *here)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tries); i++)
		if (!strcmp(name, tries[i].name))
			return tries[i].try(here);
	return -ENOENT;
}
