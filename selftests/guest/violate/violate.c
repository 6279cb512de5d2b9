// SPDX-License-Identifier: GPL-2.0
/*
 * Breaks the rules on purpose: writes to a private page through a mapping
 * without the C-bit. A machine that lets this pass convicts nobody.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init violate_init(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	int *shared;

	if (!page)
		return -ENOMEM;
	shared = vmap(&page, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
	if (!shared) {
		__free_page(page);
		return -ENOMEM;
	}
	WRITE_ONCE(*shared, 1);
	pr_err("a write through C=0 to the private page %#lx was not noticed\n", page_to_pfn(page));
	vunmap(shared);
	__free_page(page);
	return 0;
}
module_init(violate_init);

static void __exit violate_exit(void)
{
}
module_exit(violate_exit);

MODULE_DESCRIPTION("Breaks the RMP rules, to see it convicted");
MODULE_LICENSE("GPL");
