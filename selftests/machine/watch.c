// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's reads of its GHCB, one by one, for the fault plans in which the
 * host changes a field between two of them: the page is out of reach but for
 * the one instruction at a time that is stepped through.
 */
#include "machine.h"

void watch_ghcb(struct vcpu *v)
{
	u64 gfn = v->host.ghcb_msr >> PAGE_SHIFT;

	if (!host_fault_watches(&machine.host) || v->host.ghcb_msr & ~PAGE_MASK || v->watched)
		return;
	v->watched = gfn;
	npt_hide(gfn);
}

/* True: it was the watched page, and the guest may go on for one instruction. */
bool watch_access(struct vcpu *v, u64 gpa, bool write)
{
	if (!v->watched || gpa >> PAGE_SHIFT != v->watched)
		return false;
	if (!write)
		host_fault_read(&machine.host, &v->host, gpa & ~PAGE_MASK, 1);
	npt_sync(v->watched);
	v->watch_steps = true;
	step(v);
	return true;
}

void watch_stepped(struct vcpu *v)
{
	if (!v->watch_steps)
		return;
	v->watch_steps = false;
	if (host_fault_watches(&machine.host))
		npt_hide(v->watched);
	else
		v->watched = 0;
}
