// SPDX-License-Identifier: GPL-2.0
/* What other modules call: the exported functions, and the gate before all of them. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/snp_psc.h>
#include <linux/vmalloc.h>
#include <trace/events/snp_psc.h>

#include "api.h"
#include "convert.h"
#include "pgtable.h"
#include "request.h"
#include "stats.h"

static DEFINE_MUTEX(lock);	/* held for a whole conversion */
static unsigned int gate = PSC_GATE_OPEN;

static int convert(struct psc_request *req, bool shared, bool past_gate)
{
	u64 start = ktime_get_ns();
	unsigned long pages;
	int err = -EBUSY;

	trace_snp_psc_convert_begin(shared, req);
	if (past_gate || gate == PSC_GATE_OPEN)
		err = psc_transport->convert(req, shared);
	trace_snp_psc_convert_end(shared, req, err);
	pages = err ? 0 : psc_request_pages(req);
	if (pages)
		psc_record(PSC_PAGE_NS, (ktime_get_ns() - start) / pages);
	return err;
}

/* ---- what is asked for ---- */

static int refuse(const char *why)
{
	pr_notice_ratelimited("refused: %s\n", why);
	return -EINVAL;
}

static int request_pfns(struct psc_request *req, unsigned long *pfns, unsigned long n)
{
	int err = psc_request_pfns(req, pfns, n);

	return err == -EINVAL ? refuse("a page is there twice") : err;
}

static int request_pages(struct psc_request *req, struct page **pages, unsigned long n)
{
	unsigned long *pfns, i;

	if (!n || n > totalram_pages())
		return refuse("no pages, or more than there are");
	pfns = psc_request_alloc(n);
	if (!pfns)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		pfns[i] = page_to_pfn(pages[i]);
	return request_pfns(req, pfns, n);
}

static int request_vmalloc(struct psc_request *req, unsigned long addr, unsigned long n)
{
	unsigned long *pfns = psc_request_alloc(n), i;
	struct psc_leaf leaf = {};
	int err;

	if (!pfns)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		psc_leaf_find_va(&leaf, addr + i * PAGE_SIZE);
		if (psc_leaf_state(&leaf) == PSC_LEAF_NONE || leaf.level > PG_LEVEL_2M) {
			kvfree(pfns);
			return refuse("a hole in vmalloc space");
		}
		pfns[i] = psc_leaf_pfn(&leaf);
	}
	err = request_pfns(req, pfns, n);
	req->alias = addr;
	req->alias_pages = n;
	return err;
}

static int request_range(struct psc_request *req, unsigned long addr, int numpages)
{
	void *first = (void *)addr, *last = (void *)(addr + numpages * PAGE_SIZE - 1);

	if (numpages <= 0 || numpages > totalram_pages())
		return refuse("no pages, or more than there are");
	if (!PAGE_ALIGNED(addr))
		return refuse("an address within a page");
	if (is_vmalloc_addr(first) && is_vmalloc_addr(last))
		return request_vmalloc(req, addr, numpages);
	if (addr < PAGE_OFFSET)
		return refuse("an address neither in the direct map nor in vmalloc space");
	return psc_request_range(req, PHYS_PFN(addr - PAGE_OFFSET), numpages);
}

/* ---- the exported functions ---- */

/**
 * psc_convert_pages() - convert any pages
 * @pages:	the pages
 * @n:		how many
 * @shared:	what they are to become
 * @past_gate:	even if the gate is closed; for who closed it
 * @counts:	what it took, or NULL
 *
 * Return: as snp_psc_set_pages_shared()
 */
int psc_convert_pages(struct page **pages, unsigned long n, bool shared, bool past_gate,
		      struct psc_counts *counts)
{
	struct psc_request req = {};
	struct psc_counts before;
	unsigned int noio;
	int err;

	if (!psc_transport->convert)
		return 0;
	noio = psc_enter(&lock);
	before = psc_counts;
	err = request_pages(&req, pages, n) ?: convert(&req, shared, past_gate);
	if (counts)
		*counts = psc_counts_since(&before);
	psc_leave(&lock, noio);
	psc_request_free(&req);
	return err;
}

/* What an address stands for, too, is found out under the mutex: not in mid-conversion. */
static int convert_range(unsigned long addr, int numpages, bool shared)
{
	struct psc_request req = {};
	unsigned int noio;
	int err;

	if (!psc_transport->convert)
		return 0;
	noio = psc_enter(&lock);
	err = request_range(&req, addr, numpages) ?: convert(&req, shared, false);
	psc_leave(&lock, noio);
	psc_request_free(&req);
	return err;
}

int snp_psc_set_memory_shared(unsigned long addr, int numpages)
{
	return convert_range(addr, numpages, true);
}
EXPORT_SYMBOL_GPL(snp_psc_set_memory_shared);

int snp_psc_set_memory_private(unsigned long addr, int numpages)
{
	return convert_range(addr, numpages, false);
}
EXPORT_SYMBOL_GPL(snp_psc_set_memory_private);

int snp_psc_set_pages_shared(struct page **pages, unsigned long npages)
{
	return psc_convert_pages(pages, npages, true, false, NULL);
}
EXPORT_SYMBOL_GPL(snp_psc_set_pages_shared);

int snp_psc_set_pages_private(struct page **pages, unsigned long npages)
{
	return psc_convert_pages(pages, npages, false, false, NULL);
}
EXPORT_SYMBOL_GPL(snp_psc_set_pages_private);

/* ---- who else needs the mutex ---- */

/**
 * psc_gate_close() - convert nothing from now on, and wait for what is under way
 * @reason:	why; several may hold at once
 */
void psc_gate_close(enum psc_gate reason)
{
	mutex_lock(&lock);
	gate |= reason;
	mutex_unlock(&lock);
}

/**
 * psc_gate_open() - take one reason back
 * @reason:	why it was closed
 */
void psc_gate_open(enum psc_gate reason)
{
	mutex_lock(&lock);
	gate &= ~reason;
	mutex_unlock(&lock);
}

/** psc_gate() - the reasons for which the gate is closed */
unsigned int psc_gate(void)
{
	return READ_ONCE(gate);
}

/** psc_pause() - convert nothing until psc_resume(), and wait for what is under way */
void psc_pause(void)
{
	mutex_lock(&lock);
}

/** psc_resume() - let others convert again */
void psc_resume(void)
{
	mutex_unlock(&lock);
}
