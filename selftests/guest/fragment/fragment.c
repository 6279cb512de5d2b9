// SPDX-License-Identifier: GPL-2.0
/*
 * Memory in its worst state, for as long as this is loaded: no two free pages are
 * neighbours. Every larger piece that there is has been taken, and every other page
 * of it given back; what is kept can't be moved. But kcompactd moves others' pages, and
 * after a while there is a larger piece again: who minds writes "again" before.
 */
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>

enum { TOP_ORDER = 9 };

static LIST_HEAD(kept);

static void take_apart(struct page *page, unsigned int order)
{
	unsigned long i;

	split_page(page, order);
	for (i = 0; i < 1UL << order; i += 2) {
		list_add(&page[i].lru, &kept);
		__free_page(&page[i + 1]);
	}
}

static void give_back(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &kept, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

static struct page *take(unsigned int order)
{
	return alloc_pages((GFP_KERNEL | __GFP_NOWARN) & ~__GFP_RECLAIM, order);
}

/* What this CPU can get: larger pieces, too, may lie on a list of its own. */
static long take_all(void *unused)
{
	struct page *page;
	int order;

	for (order = TOP_ORDER; order; order--)
		while ((page = take(order)))
			take_apart(page, order);
	return 0;
}

static int take_everywhere(void)
{
	int cpu;

	for_each_online_cpu(cpu)
		work_on_cpu(cpu, take_all, NULL);
	return 0;
}

static int again(const char *unused, const struct kernel_param *param)
{
	return take_everywhere();
}

static const struct kernel_param_ops again_ops = { .set = again };
module_param_cb(again, &again_ops, NULL, 0200);
MODULE_PARM_DESC(again, "take apart what has become larger meanwhile");

static int __init fragment_init(void)
{
	return take_everywhere();
}

static void __exit fragment_exit(void)
{
	give_back();
}

module_init(fragment_init);
module_exit(fragment_exit);

MODULE_DESCRIPTION("Fragments memory, for tests of snp_psc_dma_heap");
MODULE_LICENSE("GPL");
