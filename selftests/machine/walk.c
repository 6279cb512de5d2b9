// SPDX-License-Identifier: GPL-2.0
/* The guest's page tables, read as hardware reads them: always as private memory. */
#include "machine.h"

#define PTE_PRESENT	(1ull << 0)
#define PTE_WRITABLE	(1ull << 1)
#define PTE_LARGE	(1ull << 7)
#define PTE_ADDRESS	0x000ffffffffff000ull
#define LEVELS		4
#define KERNEL_HALF	256		/* first entry of the top level that is the kernel's */

static bool entry(u64 table, u64 va, int level, u64 *pte)
{
	unsigned int index = va >> (12 + 9 * level) & 511;
	const u64 *p = guest_memory((table & PTE_ADDRESS & ~C_BIT) + 8 * index, 8);

	*pte = p ? *p : 0;
	return *pte & PTE_PRESENT;
}

bool walk(const struct vcpu *v, u64 va, struct mapping *m)
{
	const struct vmcb_save *s = &v->vmcb.save;
	u64 pte = s->cr3;
	int level;

	if (!(s->cr0 & CR0_PG)) {
		*m = (struct mapping){ .gpa = va, .c_bit = true, .writable = true };
		return true;
	}
	if (!(s->efer & EFER_LMA))
		return false;
	m->writable = true;
	for (level = LEVELS - 1; level >= 0; level--) {
		if (!entry(pte, va, level, &pte))
			return false;
		m->writable &= !!(pte & PTE_WRITABLE);
		if (!level || pte & PTE_LARGE)
			break;
	}

	u64 offset = (1ull << (12 + 9 * level)) - 1;

	m->gpa = (pte & PTE_ADDRESS & ~C_BIT & ~offset) | (va & offset);
	m->c_bit = pte & C_BIT;
	m->large = level > 0;
	return true;
}

static bool maps(const struct vcpu *v, u64 va, u64 gpa)
{
	struct mapping m;

	return walk(v, va, &m) && m.gpa == gpa;
}

/*
 * Where the guest's kernel maps all of its memory. KASLR moves it by whole
 * gibibytes, so look for the one in which the top level page table stands at its
 * own offset: a page that no kernel takes out of there. Not in the last entry,
 * which maps the kernel's image. 0 as long as there is none.
 */
static u64 direct_map(const struct vcpu *v)
{
	static u64 base;
	u64 root = v->vmcb.save.cr3 & PTE_ADDRESS & ~C_BIT, i, j, pte;

	if (base && maps(v, base + root, root))
		return base;
	for (i = KERNEL_HALF; i < 511; i++) {
		u64 slot = i << 39 | 0xffffull << 48;

		if (!entry(v->vmcb.save.cr3, slot, LEVELS - 1, &pte))
			continue;
		for (j = 0; j < 512; j++) {
			base = slot + (j << 30);
			if (maps(v, base + root, root))
				return base;
		}
	}
	return base = 0;
}

bool in_direct_map(const struct vcpu *v, u64 va, u64 *gpa)
{
	u64 base = direct_map(v);

	*gpa = va - base;
	return base && va >= base && *gpa < machine.ram;
}

bool present_in_direct_map(const struct vcpu *v, u64 gpa, u64 bytes)
{
	u64 base = direct_map(v), end = gpa + bytes;
	struct mapping m;

	for (; base && gpa < end; gpa += PAGE_SIZE)
		if (walk(v, base + gpa, &m))
			return true;
	return false;
}
