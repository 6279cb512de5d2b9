// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables: what the guest can reach without an exit.
 *
 * The C-bit is GPA bit 39, so it selects an entry of the top level table: the
 * first leads to the shared view of guest memory, the second to the private
 * one. Which of them maps a page is a function of its RMP entry and nothing
 * else, see npt_sync(). With paging off all accesses are private: such a guest
 * runs on another root.
 *
 * VMRUN and #VMEXIT flush the TLB of their CPU completely in TCG, hence no
 * flush here; smp.c makes the other CPUs exit.
 */
#include "machine.h"

#define NPT_PRESENT	7ull	/* present, writable, user: as hardware wants nested entries */
#define NPT_READ_ONLY	5ull
#define ENTRIES		512

enum view { SHARED, PRIVATE, NR_VIEWS };

static struct {
	u64 *root[2];			/* [paging] */
	u64 *leaves[NR_VIEWS];		/* one for each page of RAM */
	u64 *shared;			/* its gibibytes */
	u64 *apic;
} npt;

static u64 *table(u64 *parent, unsigned int index)
{
	if (!(parent[index] & 1))
		parent[index] = (u64)alloc_pages(PAGE_SIZE) | NPT_PRESENT;
	return (u64 *)(parent[index] & PAGE_MASK);
}

static u64 *leaf(u64 *pdpt, u64 gpa)
{
	u64 *pd = table(pdpt, gpa >> 30 & 511);

	return &table(pd, gpa >> 21 & 511)[gpa >> 12 & 511];
}

static u64 *view_init(enum view view)
{
	u64 *pdpt = alloc_pages(PAGE_SIZE);
	u64 *leaves = alloc_pages(machine.ram / ENTRIES);
	u64 block;

	for (block = 0; block < machine.ram >> 21; block++)
		table(pdpt, block >> 9)[block & 511] =
			(u64)(leaves + block * ENTRIES) | NPT_PRESENT;
	npt.leaves[view] = leaves;
	return pdpt;
}

void npt_init(void)
{
	u64 *shared = view_init(SHARED);
	u64 *private = view_init(PRIVATE);

	npt.shared = shared;
	npt.root[true] = alloc_pages(PAGE_SIZE);
	npt.root[true][0] = (u64)shared | NPT_PRESENT;
	npt.root[true][C_BIT >> 39] = (u64)private | NPT_PRESENT;
	npt.root[false] = alloc_pages(PAGE_SIZE);
	npt.root[false][0] = (u64)private | NPT_PRESENT;

	/* The interrupt controllers are the guest's: one vCPU, one CPU. */
	if (!machine.es)
		*leaf(shared, IOAPIC_BASE) = IOAPIC_BASE | NPT_PRESENT;
	npt.apic = leaf(shared, APIC_BASE);
	npt_trap_apic(false);
}

u64 npt_root(bool paging)
{
	return (u64)npt.root[paging];
}

/* Both views of a page are backed by the same memory, but never at the same time. */
void npt_sync(u64 gfn)
{
	struct rmp_entry e = machine.host.rmp[gfn];
	u64 pte = (GUEST_BASE + (gfn << PAGE_SHIFT)) | NPT_PRESENT;

	npt.leaves[SHARED][gfn] = e.private ? 0 : pte;
	npt.leaves[PRIVATE][gfn] = e.private && e.assigned && e.validated ? pte : 0;
}

/* Map a page in the shared view until the vCPU exits for another reason. */
static void lend(struct vcpu *v, u64 gpa, u64 pte)
{
	BUG_ON(v->nr_lent == ARRAY_SIZE(v->lent));
	v->lent[v->nr_lent++] = gpa >> PAGE_SHIFT;
	npt.leaves[SHARED][gpa >> PAGE_SHIFT] = pte;
}

/*
 * Hardware takes page walks and instruction fetches as private whatever the
 * C-bit says, and kernels rely on it: the decompressor's CR3 has none.
 */
void npt_lend_to_walk(struct vcpu *v, u64 gpa)
{
	lend(v, gpa, (GUEST_BASE + (gpa & PAGE_MASK)) | NPT_PRESENT);
}

/* What a C=0 read of a private page sees; only where that is not convicted. */
void npt_show_ciphertext(struct vcpu *v, u64 gpa)
{
	static u64 ciphertext[PAGE_SIZE / 8] __page_aligned;
	const u64 *plaintext = guest_memory(gpa & PAGE_MASK, PAGE_SIZE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ciphertext); i++)
		ciphertext[i] = (plaintext[i] ^ gpa >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull + i;
	lend(v, gpa, (u64)ciphertext | NPT_READ_ONLY);
}

void npt_take_back(struct vcpu *v)
{
	while (v->nr_lent)
		npt_sync(v->lent[--v->nr_lent]);
}

/* Out of reach until npt_sync(). */
void npt_hide(u64 gfn)
{
	npt.leaves[SHARED][gfn] = 0;
	npt.leaves[PRIVATE][gfn] = 0;
}

/* Where no device answers, reads give all ones and writes are lost. */
void npt_map_nothing(u64 gpa)
{
	static u8 nothing[PAGE_SIZE] __page_aligned;

	memset(nothing, 0xff, sizeof(nothing));
	*leaf(npt.shared, gpa) = (u64)nothing | NPT_PRESENT;
}

void npt_trap_apic(bool on)
{
	*npt.apic = machine.apic_vc ? 0 : APIC_BASE | (on ? NPT_READ_ONLY : NPT_PRESENT);
}
