// SPDX-License-Identifier: GPL-2.0
/* L1's memory, the guest's memory as L1 sees it, and what the compiler expects to find. */
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

void *memset(void *p, int c, size_t n)
{
	void *to = p;

	asm volatile("rep stosb" : "+D" (to), "+c" (n) : "a" (c) : "memory");
	return p;
}

void *memcpy(void *p, const void *from, size_t n)
{
	void *to = p;

	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (n) : : "memory");
	return p;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}
