// SPDX-License-Identifier: GPL-2.0
/*
 * The page state change engine: KVM's snp_begin_psc() and what follows it.
 *
 * A descriptor is worked off in runs: entries that follow each other in the
 * array and in memory, of one operation and one size. A run is one exit to the
 * VMM. The descriptor is edited in place, and the guest may edit it too: every
 * word that is checked is read once, and only that copy is used.
 */
#include "model.h"

struct psc {
	struct host *h;
	struct host_vcpu *v;
	void *buffer;
	u32 capacity;		/* entries that fit between sw_scratch and the buffer's end */
	u32 cur, end;
	struct psc_limits left;
};

struct psc_run {
	u32 first, entries;	/* no entries: nothing is left to do */
	u32 operation;
	u32 merged_pages;	/* the size of all entries but the first */
	u64 gfn, pages;		/* what the VMM is told */
};

static u64 read_entry(struct psc *psc, u32 i)
{
	return SHARED(u64, psc->buffer, PSC_ENTRIES + i * PSC_ENTRY_SIZE);
}

static void set_entry(struct psc *psc, u32 i, u64 entry)
{
	SHARED(u64, psc->buffer, PSC_ENTRIES + i * PSC_ENTRY_SIZE) = entry;
}

static u32 entry_pages(u64 entry)
{
	return PSC_HUGE(entry) ? PAGES_PER_2M : 1;
}

static u64 read_header(struct psc *psc)
{
	psc->cur = SHARED(u16, psc->buffer, PSC_CUR_ENTRY);
	psc->end = SHARED(u16, psc->buffer, PSC_END_ENTRY);
	return psc->end < psc->capacity ? 0 : PSC_INVALID_HEADER;
}

static void check_header(struct psc *psc)
{
	u64 gpa = psc->v->ghcb_msr;

	if (SHARED(u32, psc->buffer, PSC_RESERVED))
		host_violate(psc->h, RULE_PSC_HEADER_RESERVED, gpa);
	if (psc->cur > psc->end)
		host_violate(psc->h, RULE_PSC_NOTHING_TO_DO, gpa);
	if (!psc->cur)	/* a new request: what a fault plan left in the last one is gone */
		host_rmp(psc->h, gpa >> HOST_PAGE_SHIFT)->lied = false;
}

static void check_entry(struct psc *psc, u64 entry)
{
	u64 gpa = PSC_GFN(entry) << HOST_PAGE_SHIFT;
	u32 operation = PSC_OPERATION(entry);

	if (PSC_ENTRY_RESERVED(entry))
		host_violate(psc->h, RULE_PSC_ENTRY_RESERVED, gpa);
	if (operation < PSC_PRIVATE || operation > PSC_UNSMASH)
		host_violate(psc->h, RULE_PSC_OPERATION, gpa);
}

/*
 * Does @next continue @run? KVM compares with the start entry's own gfn plus
 * the pages so far, of which a partly done 2M entry has fewer than 512: behind
 * such an entry the wrong neighbour merges, and the range covers other pages
 * than were asked for. So does this.
 */
static bool continues(const struct psc_run *run, u64 start, u64 next)
{
	return PSC_OPERATION(next) == run->operation &&
	       PSC_GFN(next) == PSC_GFN(start) + run->pages &&
	       !PSC_CUR_PAGE(next) && entry_pages(next) == run->merged_pages;
}

static void merge(struct psc *psc, struct psc_run *run, u64 start)
{
	u32 i;

	for (i = run->first + 1; i <= psc->end; i++) {
		u64 next = read_entry(psc, i);

		if (!continues(run, start, next))
			return;
		check_entry(psc, next);
		if (PSC_HUGE(start) && !PSC_HUGE(next))
			host_violate(psc->h, RULE_PSC_BEHIND_PARTIAL,
				     PSC_GFN(next) << HOST_PAGE_SHIFT);
		run->entries++;
		run->pages += run->merged_pages;
	}
}

/* The next run from cur on; entries that are done already are skipped. */
static u64 find_run(struct psc *psc, struct psc_run *run)
{
	u32 i;

	*run = (struct psc_run) { .entries = 0 };
	for (i = psc->cur; i <= psc->end; i++) {
		u64 entry = read_entry(psc, i);
		u32 pages = entry_pages(entry), done = PSC_CUR_PAGE(entry);

		if (done > pages || PSC_GFN(entry) & (pages - 1))
			return PSC_INVALID_ENTRY;
		if (done < pages) {
			check_entry(psc, entry);
			*run = (struct psc_run) {
				.first = i, .entries = 1,
				.operation = PSC_OPERATION(entry),
				.merged_pages = done ? 1 : pages,
				.gfn = PSC_GFN(entry) + done, .pages = pages - done,
			};
			merge(psc, run, entry);
			return 0;
		}
		SHARED(u16, psc->buffer, PSC_CUR_ENTRY)++;
	}
	return 0;
}

/* A host that has had enough ends the work before it is done, within a run if need be. */
static void limit_run(struct psc *psc, struct psc_run *run)
{
	u32 most = psc->left.runs ? psc->left.entries : 0;

	if (run->entries > most) {
		run->pages -= (run->entries - most) * run->merged_pages;
		run->entries = most;
	}
	psc->left.entries -= run->entries;
	psc->left.runs--;
}

/* KVM_HC_MAP_GPA_RANGE: one exit to the VMM, if it is for the VMM at all. */
static u64 map_run(struct psc *psc, const struct psc_run *run)
{
	u64 *counters = psc->v->counters, ghcb = psc->v->ghcb_msr >> HOST_PAGE_SHIFT;
	bool done;

	if (run->operation != PSC_PRIVATE && run->operation != PSC_SHARED)
		return 0;	/* KVM takes everything else as done, hints and nonsense alike */

	counters[HOST_PSC_RUNS]++;
	if (run->operation == PSC_PRIVATE && ghcb - run->gfn < run->pages)
		host_violate(psc->h, RULE_PSC_OF_OWN_GHCB, psc->v->ghcb_msr);
	if (run->operation == PSC_PRIVATE)
		done = host_make_private(psc->h, psc->v, run->gfn, run->pages);
	else
		done = host_make_shared(psc->h, psc->v, run->gfn, run->pages);
	if (!done)
		return PSC_GENERIC_ERROR;
	counters[HOST_PSC_ENTRIES] += run->entries;
	return 0;
}

/* __snp_complete_one_psc(): only the size is taken from what stands there by now. */
static void complete_run(struct psc *psc, const struct psc_run *run)
{
	u32 i;

	for (i = run->first; i < run->first + run->entries; i++) {
		u64 entry = read_entry(psc, i);

		set_entry(psc, i, (entry - PSC_CUR_PAGE(entry)) | entry_pages(entry));
	}
	psc->cur = i;
	SHARED(u16, psc->buffer, PSC_CUR_ENTRY) = i;
}

u64 host_psc(struct host *h, struct host_vcpu *v, void *buffer, u64 len,
	     const struct psc_limits *limits)
{
	struct psc psc = {
		.h = h, .v = v, .buffer = buffer,
		.capacity = (len - PSC_ENTRIES) / PSC_ENTRY_SIZE, .left = *limits,
	};
	struct psc_run run;
	u64 error = read_header(&psc);

	if (!error)
		check_header(&psc);
	while (!error) {
		error = find_run(&psc, &run);
		limit_run(&psc, &run);
		if (error || !run.entries)
			break;
		if (!limits->pretend)
			error = map_run(&psc, &run);
		if (error)
			break;
		complete_run(&psc, &run);
		if (!h->flavour->psc_snapshots_header)
			error = read_header(&psc);
	}
	return error;
}
