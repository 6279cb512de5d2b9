// SPDX-License-Identifier: GPL-2.0
/* PVALIDATE and RMPADJUST: results, sizes, and what they do to the RMP. */
#include <string.h>

#include "report.h"
#include "world.h"

static u32 eax;
static bool cf;

static enum host_insn pvalidate(struct world *w, u64 gfn, u64 rcx, u64 rdx)
{
	eax = 0xbad;
	cf = true;
	return host_pvalidate(&w->h, &w->v, gfn << 12, true, rcx, rdx, &eax, &cf);
}

static bool done(enum host_insn insn, u32 expected_eax, bool expected_cf)
{
	return insn == HOST_INSN_DONE && eax == expected_eax && cf == expected_cf;
}

static void small_pages(void)
{
	struct world *w = world("kvm-6.12");

	report(done(pvalidate(w, FRESH, 0, 1), 0, false) && !strcmp(state(w, FRESH), "avp"),
	       "PVALIDATE(1) of a page never touched: assigned and validated, CF=0");
	report(w->v.counters[HOST_RMPUPDATE] == 1, "PVALIDATE is a touch: RMPUPDATE");
	report(!w->rmp[FRESH + 1].assigned, "PVALIDATE of 4K is about one page");
	report(done(pvalidate(w, FRESH, 0, 1), 0, true), "PVALIDATE(1) again: success, CF=1");
	report(done(pvalidate(w, FRESH, 0, 0), 0, false) && !strcmp(state(w, FRESH), "a-p"),
	       "PVALIDATE(0) rescinds, CF=0");
	report(done(pvalidate(w, FRESH, 0, 0), 0, true), "PVALIDATE(0) again: success, CF=1");
	pvalidate(w, FRESH, 0, 0);
	report(w->v.counters[HOST_PVALIDATE_4K] == 5 && w->v.counters[HOST_PVALIDATE_2M] == 0 &&
	       w->v.counters[HOST_PVALIDATE_NO_CHANGE] == 3,
	       "PVALIDATEs are counted by size, and those without a change");
	report(!w->changes, "PVALIDATE takes no content away");
}

static void operands(void)
{
	struct world *w = world("kvm-6.12");

	w->h.strict = false;
	report(done(pvalidate(w, PRIVATE + 1, 1, 0), 1, false) && w->rmp[PRIVATE + 1].validated,
	       "PVALIDATE of 2M at an unaligned address: FAIL_INPUT");
	report(done(pvalidate(w, PRIVATE, 0xcafe, 0), 0, false) && !w->rmp[PRIVATE].validated &&
	       w->rmp[PRIVATE + 1].validated,
	       "PVALIDATE takes bit 0 of ECX: Linux leaves garbage above it");
	report(done(pvalidate(w, PRIVATE, 0, 0xbeef), 0, false) && w->rmp[PRIVATE].validated,
	       "PVALIDATE takes bit 0 of EDX");
	eax = 0;
	report(host_pvalidate(&w->h, &w->v, PRIVATE << 12, false, 0, 0, &eax, &cf) ==
	       HOST_INSN_PF_RSVD && w->rmp[PRIVATE].validated,
	       "PVALIDATE through C=0: #PF with RSVD, nothing happens");
	report(pvalidate(w, HOSTS, 0, 1) == HOST_INSN_REFUSED &&
	       !strcmp(state(w, HOSTS), "---"), "PVALIDATE of a shared page: the NPF is refused");
	report(pvalidate(w, PAGES, 0, 1) == HOST_INSN_REFUSED,
	       "PVALIDATE of what is no memory: the NPF is refused");
	w->h.implicit = true;
	report(done(pvalidate(w, HOSTS, 0, 1), 0, false) && !strcmp(state(w, HOSTS), "avp"),
	       "PVALIDATE of a shared page, converting at a touch: converted and validated");
}

/* A block that became private as a whole, on a host with 2M backing. */
static struct world *huge_world(void)
{
	struct world *w = world("kvm-6.12");

	w->h.rmp_2m = true;
	return w;
}

static void sizes(void)
{
	struct world *w = world("kvm-6.12");

	report(done(pvalidate(w, FRESH, 1, 1), 6, false) && !w->rmp[FRESH].validated,
	       "4K backing: PVALIDATE of 2M is FAIL_SIZEMISMATCH");
	report(w->v.counters[HOST_PVALIDATE_2M] == 1 &&
	       w->v.counters[HOST_PVALIDATE_SIZEMISMATCH] == 1, "4K backing: which is counted");
	report(w->rmp[FRESH].assigned && !w->rmp[FRESH + 1].assigned,
	       "4K backing: the touch assigned one page");
	report(done(pvalidate(w, PRIVATE, 1, 0), 6, false),
	       "4K backing: launched pages are 4K entries");

	w = huge_world();
	report(done(pvalidate(w, FRESH, 1, 1), 0, false) && w->rmp[FRESH].huge &&
	       w->rmp[FRESH + 511].huge && !strcmp(state(w, FRESH + 511), "avp"),
	       "2M backing: PVALIDATE of 2M validates the whole block");
	report(!w->rmp[FRESH - 1].validated, "2M backing: and nothing beside it");
	report(w->v.counters[HOST_RMPUPDATE] == 512, "2M backing: assigned as one");
	report(done(pvalidate(w, FRESH, 1, 1), 0, true), "2M backing: again is CF=1");
	report(done(pvalidate(w, FRESH, 1, 0), 0, false) && !w->rmp[FRESH + 511].validated,
	       "2M backing: PVALIDATE(0) of 2M");
}

static void psmash(void)
{
	struct world *w = huge_world();

	pvalidate(w, FRESH, 1, 1);
	report(done(pvalidate(w, FRESH + 7, 0, 0), 0, false) && !w->rmp[FRESH + 7].validated,
	       "4K request, 2M entry: SIZEM, the host smashes, the request succeeds");
	report(!w->rmp[FRESH].huge && !w->rmp[FRESH + 511].huge && w->rmp[FRESH].validated &&
	       w->rmp[FRESH + 511].validated, "PSMASH keeps Validated");
	report(done(pvalidate(w, FRESH, 1, 1), 6, false), "after a PSMASH 2M is a size mismatch");

	w = huge_world();
	pvalidate(w, FRESH, 1, 1);
	pvalidate(w, FRESH + 511, 0, 0);
	report(!w->rmp[FRESH].huge, "a PSMASH covers the block from its start");
	host_launch(&w->h, HOSTS, 1024);
	pvalidate(w, HOSTS, 0, 0);
	report(!w->rmp[HOSTS + 511].huge && w->rmp[FRESH].huge, "a PSMASH ends with its block");

	w = huge_world();
	pvalidate(w, FRESH, 1, 1);
	w->h.strict = false;
	PSC(w, TO_SHARED(FRESH + 3));
	report(!w->rmp[FRESH].huge && w->rmp[FRESH].validated && !w->rmp[FRESH + 3].assigned,
	       "making one page of a 2M entry shared smashes it");
	PSC(w, TO_PRIVATE(FRESH + 3));
	report(done(pvalidate(w, FRESH + 3, 0, 1), 0, false) && !w->rmp[FRESH + 3].huge,
	       "with its neighbours still assigned the page comes back as 4K");
}

static void assigning_2m(void)
{
	struct world *w = huge_world();

	pvalidate(w, FRESH + 100, 0, 1);
	report(w->rmp[FRESH].assigned && !w->rmp[FRESH].huge && w->rmp[FRESH + 100].validated &&
	       !w->rmp[FRESH].validated,
	       "2M backing: a touch by 4K assigns the block, its PVALIDATE smashes it");
	w = huge_world();
	w->rmp[FRESH + 511].private = false;
	pvalidate(w, FRESH, 0, 1);
	report(!w->rmp[FRESH + 1].assigned, "2M backing: a block that is shared in part is 4K");
	w = huge_world();
	w->rmp[FRESH + 9].assigned = true;
	pvalidate(w, FRESH, 0, 1);
	report(!w->rmp[FRESH + 1].assigned, "2M backing: a block that is assigned in part is 4K");
	w = huge_world();
	w->h.nr_pages = FRESH + 511;
	report(done(pvalidate(w, FRESH, 1, 1), 6, false),
	       "2M backing: the last block is 4K if memory ends in it");
	w = huge_world();
	host_access(&w->h, &w->v, FRESH << 12, HOST_READ, true);
	report(w->rmp[FRESH].huge && w->rmp[FRESH + 511].huge && !w->rmp[FRESH].validated,
	       "2M backing: any private touch assigns the block");
}

static enum host_insn rmpadjust(struct world *w, u64 gfn, u64 rcx, u64 rdx)
{
	eax = 0xbad;
	return host_rmpadjust(&w->h, &w->v, gfn << 12, true, rcx, rdx, &eax);
}

static void adjust(void)
{
	struct world *w = world("kvm-6.12");

	w->h.strict = false;
	report(rmpadjust(w, PRIVATE, 0, 1) == HOST_INSN_DONE && eax == 0,
	       "RMPADJUST for VMPL1 succeeds: how Linux finds that it is at VMPL0");
	report(rmpadjust(w, PRIVATE, 0, 0x10001) == HOST_INSN_DONE && eax == 0 &&
	       w->rmp[PRIVATE].vmsa && !w->rmp[PRIVATE + 1].vmsa,
	       "RMPADJUST makes a page a VMSA");
	report(rmpadjust(w, PRIVATE, 0, 1) == HOST_INSN_DONE && !w->rmp[PRIVATE].vmsa,
	       "RMPADJUST takes it back");
	report(!strcmp(state(w, PRIVATE), "avp"), "RMPADJUST changes nothing else");
	report(rmpadjust(w, PRIVATE, 0, 0) == HOST_INSN_DONE && eax == 2,
	       "RMPADJUST of its own VMPL: FAIL_PERMISSION");
	report(rmpadjust(w, PRIVATE, 0, 3) == HOST_INSN_DONE && eax == 0, "RMPADJUST for VMPL3");
	report(rmpadjust(w, PRIVATE, 0, 4) == HOST_INSN_DONE && eax == 1,
	       "RMPADJUST for VMPL4: FAIL_INPUT");
	report(rmpadjust(w, PRIVATE, 0, 0x20001) == HOST_INSN_DONE && eax == 1,
	       "RMPADJUST with reserved bits: FAIL_INPUT");
	report(rmpadjust(w, PRIVATE + 1, 1, 1) == HOST_INSN_DONE && eax == 1,
	       "RMPADJUST of 2M at an unaligned address: FAIL_INPUT");
	report(rmpadjust(w, PRIVATE, 1, 1) == HOST_INSN_DONE && eax == 6,
	       "RMPADJUST of 2M with 4K backing: FAIL_SIZEMISMATCH");
	report(rmpadjust(w, FRESH, 0, 1) == HOST_INSN_NOT_VALIDATED,
	       "RMPADJUST of a page that isn't validated: #VC 0x404");
	report(rmpadjust(w, HOSTS, 0, 1) == HOST_INSN_REFUSED,
	       "RMPADJUST of a shared page: the NPF is refused");
	report(host_rmpadjust(&w->h, &w->v, PRIVATE << 12, false, 0, 1, &eax) ==
	       HOST_INSN_PF_RSVD, "RMPADJUST through C=0: #PF with RSVD");
	report(w->v.counters[HOST_RMPADJUST] == 12 && !w->v.counters[HOST_PVALIDATE_4K],
	       "RMPADJUSTs are counted");

	w = huge_world();
	pvalidate(w, FRESH, 1, 1);
	report(rmpadjust(w, FRESH, 1, 0x10001) == HOST_INSN_DONE && w->rmp[FRESH + 511].vmsa &&
	       w->rmp[FRESH].huge,
	       "RMPADJUST of 2M is about the whole block");
	rmpadjust(w, FRESH, 1, 1);
	report(rmpadjust(w, FRESH + 1, 0, 0x10001) == HOST_INSN_DONE && !w->rmp[FRESH].huge &&
	       w->rmp[FRESH + 1].vmsa && !w->rmp[FRESH].vmsa,
	       "RMPADJUST of 4K smashes a 2M entry");
}

static void launch(void)
{
	struct world *w = world("kvm-6.12");

	host_launch(&w->h, PAGES - 1, 5);
	report(!strcmp(state(w, PAGES - 1), "avp"), "what is launched is private and validated");
	report(!strcmp(state(w, HOSTS), "---") && !w->rmp[HOSTS].huge && !w->rmp[HOSTS].vmsa,
	       "all else is shared at first");

	w = huge_world();
	host_launch(&w->h, HOSTS - 1, 1024);
	report(!w->rmp[HOSTS - 1].huge && w->rmp[HOSTS].huge && w->rmp[HOSTS + 511].huge &&
	       !w->rmp[FRESH].huge && w->rmp[FRESH + 510].validated &&
	       !w->rmp[FRESH + 511].validated,
	       "2M backing: whole blocks are launched as 2M entries");
	report(done(pvalidate(w, HOSTS, 1, 0), 0, false), "2M backing: and validated by 2M");
	w = huge_world();
	host_launch(&w->h, HOSTS, 512);
	report(w->rmp[HOSTS].huge && w->rmp[HOSTS + 511].huge && !w->rmp[FRESH].huge,
	       "2M backing: a block alone, too");
	rmpadjust(w, HOSTS, 1, 0x10001);
	report(w->rmp[HOSTS + 511].vmsa && !w->rmp[FRESH].vmsa,
	       "RMPADJUST of 2M ends with its block");
	memset(w->rmp, 0xff, sizeof(w->rmp));
	host_init(&w->h, w->rmp, 10);
	report(!w->rmp[9].private && w->rmp[10].private, "no page beyond memory is written to");
	w = huge_world();
	w->h.nr_pages = FRESH + 511;
	host_launch(&w->h, FRESH, 512);
	report(!w->rmp[FRESH].huge, "2M backing: the last block is not, if memory ends in it");
}

void insn_test(void)
{
	small_pages();
	operands();
	sizes();
	psmash();
	assigning_2m();
	adjust();
	launch();
}
