// SPDX-License-Identifier: GPL-2.0
/* The page state change engine: runs, in-place edits, error codes, capacity. */
#include "report.h"
#include "world.h"

static u64 runs(struct world *w)
{
	return w->v.counters[HOST_PSC_RUNS];
}

static void states(const char *flavour)
{
	struct world *w = world(flavour);

	report(PSC(w, TO_PRIVATE(HOSTS)) == 0 && w->rmp[HOSTS].private,
	       "%s: to private changes the host's attribute", flavour);
	report(!w->rmp[HOSTS].assigned, "%s: to private assigns at the first touch only", flavour);
	report(psc_cur(w) == 1, "%s: done, cur_entry is one past the last", flavour);
	report(w->changes == 1 && w->change[0].gfn == HOSTS && w->change[0].n == 1 &&
	       w->change[0].private, "%s: the page changed hands", flavour);
	report(PSC(w, TO_PRIVATE(HOSTS)) == 0 && w->changes == 1,
	       "%s: to private once more does nothing", flavour);
	report(w->v.counters[HOST_PSC_PAGES_PRIVATE] == 1, "%s: nor does it count", flavour);

	w->rmp[PRIVATE].validated = false;
	report(PSC(w, TO_SHARED(PRIVATE)) == 0 && !w->rmp[PRIVATE].private &&
	       !w->rmp[PRIVATE].assigned, "%s: to shared takes the page back", flavour);
	report(PSC(w, TO_SHARED(PRIVATE)) == 0 && w->changes == 2,
	       "%s: to shared once more does nothing", flavour);
	report(w->v.counters[HOST_PSC_PAGES_SHARED] == 1 &&
	       w->v.counters[HOST_PSC_ENTRIES] == 4, "%s: entries count, changed or not", flavour);
	report(w->v.counters[HOST_VMGEXIT_PSC] == 4 && !w->v.counters[HOST_VMGEXIT_OTHER],
	       "%s: and four VMGEXITs", flavour);
	PSC(w, TO_PRIVATE(PRIVATE));
	report(!w->rmp[PRIVATE].validated, "%s: back to private it is not validated", flavour);
}

static void merging(const char *flavour)
{
	struct world *w = world(flavour);
	u64 last;

	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1), TO_PRIVATE(HOSTS + 2));
	report(runs(w) == 1 && w->changes == 1 && w->change[0].n == 3,
	       "%s: ascending neighbours are one run", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS + 2), TO_PRIVATE(HOSTS + 1), TO_PRIVATE(HOSTS));
	report(runs(w) == 3, "%s: descending neighbours are not", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 2), TO_PRIVATE(HOSTS + 1));
	report(runs(w) == 3, "%s: nothing is looked for further on", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS), TO_SHARED(HOSTS + 1), TO_PRIVATE(HOSTS + 2));
	report(runs(w) == 3, "%s: two operations are two runs", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS) | HUGE, TO_PRIVATE(HOSTS + 512) | HUGE);
	report(runs(w) == 1 && w->v.counters[HOST_PSC_PAGES_PRIVATE] == 512,
	       "%s: 2M blocks merge, and pages that are private already are left alone", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS) | HUGE, TO_PRIVATE(HOSTS + 512));
	report(runs(w) == 2, "%s: 4K does not merge with 2M before it", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS - 1), TO_PRIVATE(HOSTS) | HUGE);
	report(runs(w) == 2, "%s: nor 2M with 4K before it", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS), (TO_PRIVATE(HOSTS + 1)) | 1, TO_PRIVATE(HOSTS + 2));
	report(runs(w) == 2, "%s: an entry that is done interrupts a run", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1));
	last = w->v.counters[HOST_PSC_RUNS];
	PSC(w, TO_PRIVATE(HOSTS + 2));
	report(last == 1 && runs(w) == 2, "%s: runs end with the VMGEXIT", flavour);
}

static void edits(const char *flavour)
{
	static const u64 entries[] = {
		TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 5), TO_PRIVATE(HOSTS + 6),
	};
	struct world *w = world(flavour);

	PSC(w, TO_PRIVATE(HOSTS) | HUGE, TO_SHARED(FRESH + 3), TO_SHARED(FRESH + 9));
	report(psc_entry(w, 0) == (TO_PRIVATE(HOSTS) | HUGE | 512) &&
	       psc_entry(w, 1) == (TO_SHARED(FRESH + 3) | 1) &&
	       psc_entry(w, 2) == (TO_SHARED(FRESH + 9) | 1) && psc_cur(w) == 3,
	       "%s: each cur_page says done, the rest of the entry stays", flavour);
	report((get(w, O_BUFFER) >> 16 & 0xffff) == 2 && get(w, O_BUFFER) >> 32 == 0,
	       "%s: end_entry and reserved stay", flavour);

	w = world(flavour);
	psc_fill(w, O_BUFFER, 1, 2, entries, 3);
	report(psc_again(w) == 0 && !w->rmp[HOSTS].private && w->rmp[HOSTS + 5].private &&
	       w->rmp[HOSTS + 6].private, "%s: work starts at cur_entry", flavour);
	report(psc_entry(w, 0) == TO_PRIVATE(HOSTS), "%s: what is before stays", flavour);

	w = world(flavour);
	report(PSC(w, TO_PRIVATE(HOSTS) | 1, TO_PRIVATE(HOSTS + 1) | 1) == 0 &&
	       !w->rmp[HOSTS].private && psc_cur(w) == 2 && runs(w) == 0,
	       "%s: entries that are done are skipped, cur_entry follows", flavour);

	w = world(flavour);
	report(PSC(w, TO_PRIVATE(HOSTS) | HUGE | 510) == 0 && !w->rmp[HOSTS + 509].private &&
	       w->rmp[HOSTS + 510].private && w->rmp[HOSTS + 511].private,
	       "%s: a 2M entry goes on at its cur_page", flavour);
	report(psc_entry(w, 0) == (TO_PRIVATE(HOSTS) | HUGE | 512), "%s: up to its end", flavour);
	w = world(flavour);
	report(PSC(w, TO_PRIVATE(HOSTS) | HUGE | 512) == 0 && !w->rmp[HOSTS].private,
	       "%s: a 2M entry that is done is skipped", flavour);
}

static void partial_merge(const char *flavour)
{
	struct world *w = world(flavour);

	w->h.strict = false;
	PSC(w, TO_PRIVATE(HOSTS) | HUGE | 500, TO_PRIVATE(HOSTS + 12));
	report(runs(w) == 1 && w->change[0].gfn == HOSTS + 500 && !w->rmp[HOSTS + 12].private,
	       "%s: behind a partly done 2M entry the wrong 4K entry merges", flavour);
	report(psc_entry(w, 1) == (TO_PRIVATE(HOSTS + 12) | 1),
	       "%s: which is called done, though another page was converted", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS) | HUGE | 500, TO_SHARED(FRESH));
	report(runs(w) == 2 && !w->violations,
	       "%s: other entries behind it do not merge", flavour);
	w = world(flavour);
	PSC(w, TO_PRIVATE(HOSTS) | HUGE | 500, TO_PRIVATE(HOSTS + 512) | HUGE);
	report(runs(w) == 2, "%s: nor does a 2M entry", flavour);
}

static void other_operations(const char *flavour)
{
	struct world *w;
	u64 op;

	for (op = 0; op < 16; op++) {
		u64 entry = op << 52 | (u64)HOSTS << 12;

		if (op == 1 || op == 2)
			continue;
		w = world(flavour);
		report(PSC(w, entry, TO_PRIVATE(HOSTS + 1)) == 0 && w->rmp[HOSTS + 1].private &&
		       !w->rmp[HOSTS].private && psc_entry(w, 0) == (entry | 1),
		       "%s: operation %llu is called done, and nothing happens", flavour,
		       (unsigned long long)op);
		report(runs(w) == 1 && w->v.counters[HOST_PSC_ENTRIES] == 1,
		       "%s: operation %llu is no exit to the VMM", flavour,
		       (unsigned long long)op);
	}
	w = world(flavour);
	report(PSC(w, 0, 0, 0) == 0 && psc_cur(w) == 3, "%s: zeroes are done silently", flavour);
}

static void errors(const char *flavour)
{
	struct world *w = world(flavour);

	report(PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 3) | 2, TO_PRIVATE(HOSTS + 4)) ==
	       BAD_ENTRY && get(w, O_INFO_1) == 0, "%s: cur_page above 1: invalid entry", flavour);
	report(w->rmp[HOSTS].private && !w->rmp[HOSTS + 3].private && !w->rmp[HOSTS + 4].private &&
	       psc_cur(w) == 1, "%s: what was before it is done, cur_entry is there", flavour);
	report(PSC(w, TO_PRIVATE(HOSTS) | HUGE | 513) == BAD_ENTRY,
	       "%s: cur_page above 512: invalid entry", flavour);
	report(PSC(w, TO_PRIVATE(HOSTS + 1) | HUGE) == BAD_ENTRY,
	       "%s: a 2M entry that isn't aligned: invalid entry", flavour);
	report(PSC(w, (9ULL << 52) | (HOSTS + 1) << 12 | HUGE) == BAD_ENTRY,
	       "%s: so even for an operation that does not exist", flavour);

	w = world(flavour);
	report(PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(PAGES), TO_PRIVATE(HOSTS + 1)) == GENERIC &&
	       psc_cur(w) == 1, "%s: the VMM refuses: generic error at that run", flavour);
	report(w->rmp[HOSTS].private && !w->rmp[HOSTS + 1].private &&
	       psc_entry(w, 1) == TO_PRIVATE(PAGES), "%s: that run and what follows stay", flavour);
	w = world(flavour);
	report(PSC(w, TO_PRIVATE(FRESH) | HUGE, TO_PRIVATE(PAGES) | HUGE) == GENERIC &&
	       psc_cur(w) == 0, "%s: a run is refused as a whole", flavour);
	report(PSC(w, TO_SHARED(PAGES) | HUGE, TO_SHARED(0xffffffffffULL)) == 0,
	       "%s: to shared of what is no memory is done already", flavour);
	w = world(flavour);
	report(PSC(w, TO_SHARED(PAGES - 1), TO_SHARED(PAGES)) == 0 && !w->rmp[PAGES - 1].private,
	       "%s: so is the rest of a run that leaves memory", flavour);
}

static void limits(const char *flavour)
{
	static u64 entries[253];
	struct world *w = world(flavour);
	u32 i;

	w->h.strict = false;
	for (i = 0; i < 253; i++)
		entries[i] = TO_PRIVATE(HOSTS + i);
	report(psc(w, entries, 253) == 0 && runs(w) == 1 && psc_cur(w) == 253 &&
	       w->rmp[HOSTS + 252].private, "%s: 253 entries are the most", flavour);
	w = world(flavour);
	psc_fill(w, O_BUFFER, 0, 253, entries, 253);
	report(psc_again(w) == BAD_HEADER && !w->rmp[HOSTS].private,
	       "%s: end_entry 253: invalid header, nothing is done", flavour);

	psc_fill(w, 0xfd8, 0, 1, entries, 2);
	nae(w, NAE_PSC_CODE, 0, 0);
	report(get(w, O_INFO_2) == 0 && w->rmp[HOSTS + 1].private,
	       "%s: a descriptor at the end of the buffer, as far as it fits", flavour);
	psc_fill(w, 0xfd8, 0, 2, entries, 2);
	nae(w, NAE_PSC_CODE, 0, 0);
	report(get(w, O_INFO_2) == BAD_HEADER, "%s: one more entry: invalid header", flavour);
	psc_fill(w, 0xfe8, 0, 0, entries, 0);
	nae(w, NAE_PSC_CODE, 0, 0);
	report(get(w, O_INFO_1) == 0 && get(w, O_INFO_2) == BAD_HEADER,
	       "%s: a header alone has room for no entry", flavour);
	put(w, O_SCRATCH, (GHCB << 12) + 0xfe9);
	nae(w, NAE_PSC_CODE, 0, 0);
	report(refused(w, 3), "%s: no room for a header is 2/3", flavour);

	w = world(flavour);
	psc_fill(w, 0x80b, 0, 0, entries, 1);
	nae(w, NAE_PSC_CODE, 0, 0);
	report(get(w, O_INFO_2) == 0 && w->rmp[HOSTS].private, "%s: at any address", flavour);

	w = world(flavour);
	w->h.strict = false;
	psc_fill(w, O_BUFFER, 2, 1, entries, 2);
	report(psc_again(w) == 0 && !w->rmp[HOSTS].private && psc_cur(w) == 2,
	       "%s: cur_entry above end_entry: success, nothing is done", flavour);
	psc_fill(w, O_BUFFER, 0xffff, 1, entries, 2);
	report(psc_again(w) == 0 && psc_cur(w) == 0xffff, "%s: however far above", flavour);
	poke(w, O_BUFFER, 0xdead000000000000ULL);
	report(psc_again(w) == 0 && get(w, O_BUFFER) == 0xdead000000000001ULL,
	       "%s: reserved is not looked at", flavour);
}

/* Another vCPU of the guest edits the descriptor while the VMM is at the first run. */
static void lower_end(struct world *w)
{
	ghcb(w)[O_BUFFER + 2] = 0;
}

static void raise_end(struct world *w)
{
	ghcb(w)[O_BUFFER + 2] = 253;
}

static void rewrite_entry(struct world *w)
{
	poke(w, O_BUFFER + 8, TO_SHARED(PRIVATE) | HUGE | 7);
	poke(w, O_BUFFER + 16, TO_PRIVATE(HOSTS + 9));
	w->on_change = NULL;
}

static u64 racing(const char *flavour, void (*edit)(struct world *), struct world **w)
{
	*w = world(flavour);
	(*w)->on_change = edit;
	return PSC(*w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 4), TO_PRIVATE(HOSTS + 8));
}

static void races(void)
{
	struct world *w;

	report(racing("kvm-6.12", lower_end, &w) == 0 && !w->rmp[HOSTS + 4].private,
	       "kvm-6.12: end_entry is read for every run, lowering it ends the work");
	report(racing("kvm-6.12", raise_end, &w) == BAD_HEADER && psc_cur(w) == 1,
	       "kvm-6.12: and raising it is an invalid header");
	report(racing("kvm-7.2", lower_end, &w) == 0 && w->rmp[HOSTS + 8].private,
	       "kvm-7.2: end_entry is read once, lowering it changes nothing");
	report(racing("kvm-7.2", raise_end, &w) == 0 && psc_cur(w) == 3,
	       "kvm-7.2: nor does raising it");
	racing("kvm-7.2", rewrite_entry, &w);
	report(w->rmp[PRIVATE].private && psc_entry(w, 0) == (TO_SHARED(PRIVATE) | HUGE | 512),
	       "an entry that changes under the VMM: only its size is read again");
	report(w->rmp[HOSTS + 9].private && !w->rmp[HOSTS + 4].private,
	       "the next run is found in what stands there then");
}

static void all(const char *flavour)
{
	states(flavour);
	merging(flavour);
	edits(flavour);
	partial_merge(flavour);
	other_operations(flavour);
	errors(flavour);
	limits(flavour);
}

void psc_test(void)
{
	all("kvm-6.12");
	all("kvm-7.2");
	races();
}
