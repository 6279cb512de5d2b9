// SPDX-License-Identifier: GPL-2.0
/* A guest made of nothing but books: the hardware, and the host behind it. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../src/hw.h"
#include "world.h"

struct world *world;

/* ---- what happened ---- */

/**
 * world_note() - write down that something happens
 * @what:	what, a literal
 * @n:		to so many; it adds up while it is the same that happens
 */
void world_note(const char *what, unsigned long n)
{
	struct world_event *next = world->event + world->events;

	if (world->events && !strcmp(next[-1].what, what)) {
		next[-1].n += n;
		return;
	}
	if (world->events == WORLD_EVENTS)
		return;
	*next = (struct world_event){ what, n };
	world->events++;
}

/** world_forget() - begin a new trace */
void world_forget(void)
{
	world->events = 0;
}

/**
 * world_expect() - compare what happened with what should have
 * @test:	of whom
 * @trace:	"what, what n"
 */
void world_expect(struct kunit *test, const char *trace)
{
	char *found = kunit_kzalloc(test, WORLD_EVENTS * 32, GFP_KERNEL), *end = found;
	const struct world_event *e = world->event;

	KUNIT_ASSERT_NOT_NULL(test, found);
	for (; e < world->event + world->events; e++) {
		end += sprintf(end, "%s%s", end == found ? "" : ", ", e->what);
		if (e->n > 1)
			end += sprintf(end, " %lu", e->n);
	}
	KUNIT_EXPECT_STREQ(test, found, trace);
}

/* ---- the host ---- */

static void *shared_page(void *ctx, u64 gpa)
{
	return __va(gpa);
}

static void violation(void *ctx, const struct host_violation *v)
{
	KUNIT_FAIL(world->test, "GPA %#llx: %s: expected %s, found %s", v->gpa, v->rule,
		   v->expected, v->found);
}

static const struct host_ops ops = {
	.shared_page = shared_page,
	.violation = violation,
};

/* Between two steps of the code under test. */
static void gap(void)
{
	if (world->interrupt && world->gaps == world->interrupt_in)
		world->interrupt(world);
	world->gaps++;
}

/* ---- the seam ---- */

static u64 msr_read(u32 msr)
{
	KUNIT_EXPECT_EQ(world->test, msr, PSC_MSR_GHCB);
	return world->vcpu.ghcb_msr;
}

static void msr_write(u32 msr, u64 value)
{
	KUNIT_EXPECT_EQ(world->test, msr, PSC_MSR_GHCB);
	gap();
	world->vcpu.ghcb_msr = value;
}

/* The entry of an address in the page tables of this kernel, NULL if nothing is mapped there. */
static pte_t *present(unsigned long va, unsigned int *level)
{
	pte_t *entry = lookup_address(va, level);

	return entry && pte_flags(*entry) & _PAGE_PRESENT ? entry : NULL;
}

/** world_window_touched() - has the page been touched since PVALIDATE? */
bool world_window_touched(void)
{
	unsigned int level;
	pte_t *entry = present(world->window, &level);

	return entry && pte_young(*entry);
}

/** world_window_empty() - is nothing shown where PVALIDATE was last? */
bool world_window_empty(void)
{
	unsigned int level;

	return !present(world->window, &level);
}

/* What is asked for, as far as it is a page state change through the GHCB. */
static void note_request(void)
{
	const struct psc_descriptor *desc = &world->data->ghcb.shared_buffer;
	bool shared = desc->entries[0] >> PSC_ENTRY_OP_SHIFT & 2;

	if (world->vcpu.ghcb_msr & PSC_MSR_INFO ||
	    world->data->ghcb.sw_exit_code != PSC_NAE_STATE_CHANGE)
		return;
	if (shared && world->window && !world_window_empty())
		KUNIT_FAIL(world->test, "a page is in the window while it becomes shared");
	world_note(shared ? "shared" : "private",
		   desc->hdr.end_entry + 1 - desc->hdr.cur_entry);
}

static void vmgexit(void)
{
	struct host_exit out = {};

	gap();
	note_request();
	if (!world->stopped)
		host_vmgexit(&world->host, &world->vcpu, &out);
	world->stopped |= out.action == HOST_STOP;
	gap();
}

static void forget_page(unsigned long va)
{
	asm volatile("invlpg (%0)" : : "r" (va) : "memory");
}

/* The page in the window. It has not been touched, as far as this entry knows. */
static unsigned long shown_pfn(unsigned long va, bool large)
{
	unsigned int level;
	pte_t *entry = present(va, &level);

	world->window = va;
	if (!entry || (large && level != PG_LEVEL_2M)) {
		KUNIT_FAIL(world->test, "PVALIDATE where nothing of its size is mapped");
		return 0;
	}
	set_pte(entry, pte_mkold(*entry));
	forget_page(va);
	return level == PG_LEVEL_4K ? pte_pfn(*entry) :
		pmd_pfn(*(pmd_t *)entry) + PHYS_PFN(va & ~PMD_MASK);
}

/* None but hidden pages of the tests' own. */
static void expect_hidden(unsigned long pfn, unsigned long n)
{
	unsigned long end = pfn + n;

	for (; pfn < end; pfn++)
		if (pfn < world->first || pfn >= world->first + WORLD_PAGES ||
		    world->leaf[pfn - world->first] != PSC_LEAF_NONE)
			break;
	if (pfn < end)
		KUNIT_FAIL(world->test, "PVALIDATE of %#lx, which is not hidden", pfn);
}

static enum psc_pvalidate pvalidate_one(unsigned long va, bool large, bool validate)
{
	unsigned long pfn = shown_pfn(va, large);
	u32 eax = PSC_PVALIDATE_FAIL_INPUT;
	bool cf = false;

	expect_hidden(pfn, large ? PSC_BLOCK_PAGES : 1);
	world_note(validate ? (large ? "validate 2M" : "validate") :
			      (large ? "rescind 2M" : "rescind"), 1);
	if (world->fail_input)
		return eax;
	if (host_pvalidate(&world->host, &world->vcpu, PFN_PHYS(pfn), true, large, validate,
			   &eax, &cf) != HOST_INSN_DONE)
		world->stopped = true;
	return eax ?: cf ? PSC_PVALIDATE_UNCHANGED : PSC_PVALIDATE_CHANGED;
}

static struct psc_pvalidates pvalidate(unsigned long va, unsigned long n, bool large,
				       bool validate)
{
	unsigned long size = large ? PMD_SIZE : PAGE_SIZE;
	struct psc_pvalidates p = {};

	for (; p.changed < n; p.changed++) {
		p.result = pvalidate_one(va + p.changed * size, large, validate);
		if (p.result != PSC_PVALIDATE_CHANGED)
			break;
	}
	return p;
}

/* Whoever wants this here has never had a translation of what has changed. */
static void flush_local(void)
{
}

static void clflush_page(void *va)
{
	world_note("clean", 1);
}

/* A CPU that wants everything: a touch after PVALIDATE, and its caches written back. */
static void read_cpuid(u32 leaf, u32 *eax, u32 *ebx)
{
	*eax = 0;
	*ebx = 0;
}

static const struct snp_psc_hw fake = {
	.msr_read	= msr_read,
	.msr_write	= msr_write,
	.vmgexit	= vmgexit,
	.pvalidate	= pvalidate,
	.invlpg		= forget_page,
	.flush_local	= flush_local,
	.clflush	= clflush_page,
	.cpuid		= read_cpuid,
};

const struct snp_psc_hw *snp_psc_hw = &fake;

/* ---- beginning and end ---- */

/** world_ghcb_gpa() - where the GHCB is */
u64 world_ghcb_gpa(void)
{
	return __pa(world->data);
}

static unsigned long nr_pages(void)
{
	return PHYS_PFN(__pa(high_memory - 1)) + 1;
}

/* What psc_poison() did to the pages was in play only. */
static void heal(struct world *w)
{
	unsigned long i;

	for (i = 0; i < WORLD_PAGES; i++)
		ClearPageHWPoison(w->pages + i);
	set_page_count(w->pages, 1);
}

/** world_reset() - everything as the launch leaves it, but for a GHCB that the host knows */
void world_reset(void)
{
	struct world *w = world;

	heal(w);
	w->host.rmp_2m = false;
	host_launch(&w->host, w->first, WORLD_PAGES);
	w->rmp[PHYS_PFN(__pa(w->data))] = (struct rmp_entry){};
	memset(w->data, 0, sizeof(*w->data));
	host_vcpu_init(&w->vcpu);
	w->vcpu.ghcb_msr = __pa(w->data);
	w->vcpu.registered_gpa = __pa(w->data);
	memset(w->leaf, PSC_LEAF_PRIVATE, sizeof(w->leaf));
	w->large_leaves = false;
	w->usable = true;
	w->stopped = false;
	w->window = 0;
	w->events = 0;
	w->gaps = 0;
}

/**
 * world_init() - for a suite's init
 * @test:	which is told of what must not happen
 */
int world_init(struct kunit *test)
{
	struct world *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	world = w;
	w->test = test;
	w->rmp = vmalloc(nr_pages() * sizeof(*w->rmp));
	w->pages = alloc_pages(GFP_KERNEL, WORLD_ORDER);
	w->data = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 2);
	if (!w->rmp || !w->pages || !w->data)
		return -ENOMEM;
	w->first = page_to_pfn(w->pages);
	host_init(&w->host, w->rmp, nr_pages());
	w->host.ops = &ops;
	world_reset();
	return 0;
}

/**
 * world_exit() - for a suite's exit
 * @test:	as for world_init()
 */
void world_exit(struct kunit *test)
{
	if (world->pages) {
		heal(world);
		__free_pages(world->pages, WORLD_ORDER);
	}
	free_pages((unsigned long)world->data, 2);
	vfree(world->rmp);
	kfree(world);
	world = NULL;
}
