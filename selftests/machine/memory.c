// SPDX-License-Identifier: GPL-2.0
/* L1's memory, and the guest's as L1 sees it. */
#include "machine.h"

void *alloc_pages(u64 bytes)
{
	u64 p = machine.next_free;

	machine.next_free = (p + bytes + PAGE_SIZE - 1) & PAGE_MASK;
	BUG_ON(machine.next_free > GUEST_BASE);
	return memset((void *)p, 0, bytes);
}

void *guest_memory(u64 gpa, u64 bytes)
{
	if (bytes > machine.ram || gpa > machine.ram - bytes)
		return NULL;
	return (void *)(GUEST_BASE + gpa);
}
