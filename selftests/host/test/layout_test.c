// SPDX-License-Identifier: GPL-2.0
/* Worked constants: what a guest writes is what the host reads. */
#include <string.h>

#include "report.h"
#include "world.h"

static void bitmap(void)
{
	struct world *w = world("kvm-7.2");
	static const u8 zero[16];
	u8 *map = ghcb(w) + 0x3f0;

	memcpy(ghcb(w) + 0x808, &(u64) { 0x0010000000400000 }, 8);
	memcpy(ghcb(w) + 0x390, &(u64) { 0x80000010 }, 8);
	memcpy(ghcb(w) + 0x3a8, &(u64) { 0x9800 }, 8);
	ghcb(w)[0x3fe] = 0x3c;
	w->v.ghcb_msr = 0x9000;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(w->rmp[0x400].private && get(w, 0x398) == 0 && get(w, 0x3a0) == 0,
	       "a PSC needs the bits 0x3c in byte 0x3fe and nothing else");

	report(map[7] == 0x80, "after an exit byte 0x3f7 is 0x80: rax is valid");
	report(map[12] == 0x0e, "after an exit byte 0x3fc is 0x0e: rcx, rdx, rbx are valid");
	report(map[14] == 0x18, "after an exit byte 0x3fe is 0x18: info_1 and info_2 are valid");
	map[7] = 0;
	map[12] = 0;
	map[14] = 0;
	report(!memcmp(map, zero, 16), "after an exit nothing else is valid");
}

static void entries(void)
{
	struct world *w = world("kvm-7.2");

	report(TO_SHARED(0x12345) == 0x0020000012345000ULL, "a 4K entry to shared");
	report((TO_PRIVATE(0x12200) | HUGE) == 0x0110000012200000ULL, "a 2M entry to private");
	report(PSC(w, 0x0110000000400000ULL) == 0 && w->v.counters[HOST_PSC_PAGES_PRIVATE] == 512,
	       "a 2M entry is 512 pages");
	report(psc_entry(w, 0) == 0x0110000000400200ULL, "its cur_page is 512 when it is done");
	report(PSC(w, 0x0020000000400000ULL) == 0 && psc_entry(w, 0) == 0x0020000000400001ULL,
	       "a 4K entry's cur_page is 1 when it is done");
}

void layout_test(void)
{
	bitmap();
	entries();
}
