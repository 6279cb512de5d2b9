// SPDX-License-Identifier: GPL-2.0
/*
 * Words that the guest has put where nobody else should ever see them: the host looks
 * for them in all that it can read.
 */
#include "../host/ghcb.h"
#include "machine.h"

static bool watching;
static u32 seen;

static void look(u64 gfn, const char *where)
{
	const u64 *p = guest_memory(gfn << PAGE_SHIFT, PAGE_SIZE);
	unsigned int i;

	for (i = 0; p && i < PAGE_SIZE / 8; i++) {
		if (p[i] >> CANARY_SHIFT != CANARY)
			continue;
		if (!seen++)
			print("machine: canary 0x%lx in %s, page 0x%lx, word %u\n", p[i], where,
			      gfn, i);
	}
}

/*
 * From now on in GHCBs, too, at each page state change: what stands there may be gone when
 * it is over. Behind the kernel's own requests is what its last one has left there.
 */
void canary_watch(bool on)
{
	watching = on;
	seen = 0;
}

void canary_at_vmgexit(const struct vcpu *v)
{
	u64 gpa = v->host.ghcb_msr;
	const u8 *ghcb = guest_memory(gpa & PAGE_MASK, PAGE_SIZE);

	if (watching && ghcb && gpa == (gpa & PAGE_MASK) &&
	    *(const u64 *)(ghcb + GHCB_SW_EXIT_CODE) == NAE_PSC)
		look(gpa >> PAGE_SHIFT, "a GHCB");
}

/* So many so far, those that stand in shared pages now included. */
u32 canaries_seen(void)
{
	u64 gfn;

	for (gfn = 0; gfn < machine.host.nr_pages; gfn++)
		if (!machine.host.rmp[gfn].private)
			look(gfn, "a shared page");
	return seen;
}
