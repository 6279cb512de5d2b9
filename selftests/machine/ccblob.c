// SPDX-License-Identifier: GPL-2.0
/*
 * What firmware and the PSP leave for an SNP guest: the confidential computing
 * blob, which setup_data points to, the secrets page and the CPUID page (SNP
 * firmware ABI, sections 7.1 and 8.17; Linux, struct cc_blob_sev_info).
 */
#include "machine.h"

#define SETUP_CC_BLOB		7
#define CC_BLOB_MAGIC		0x45444d41	/* "AMDE" */
#define SECRETS_VERSION		3
#define CPUID_ENTRIES		64
#define LEAF_CACHE		0x4
#define LEAF_FEATURES		0x7
#define LEAF_TOPOLOGY		0xb
#define LEAF_XSTATE		0xd
#define XSTATE_XSAVEC		(1 << 1)

struct setup_data {
	u64 next;
	u32 type, length, cc_blob;
} __packed;

struct cc_blob {
	u32 magic;
	u16 version, reserved_6;
	u64 secrets;
	u32 secrets_bytes, reserved_14;
	u64 cpuid;
	u32 cpuid_bytes, reserved_24;
} __packed;

struct cpuid_page {
	u32 count, reserved_4;
	u64 reserved_8;
	struct cpuid_entry {
		u32 leaf, subleaf;
		u64 xcr0, xss;
		u32 out[4];
		u64 reserved_28;
	} entries[CPUID_ENTRIES];
};

/* The state components that CPUID 0xd describes beyond the first two: AVX and PKRU. */
static const u32 subleaves[][2] = {
	{ LEAF_CACHE, 0 }, { LEAF_CACHE, 1 }, { LEAF_CACHE, 2 }, { LEAF_CACHE, 3 },
	{ LEAF_FEATURES, 0 }, { LEAF_TOPOLOGY, 0 }, { LEAF_TOPOLOGY, 1 },
	{ LEAF_XSTATE, 0 }, { LEAF_XSTATE, 1 }, { LEAF_XSTATE, 2 }, { LEAF_XSTATE, 9 },
};

static void add(struct cpuid_page *page, u32 leaf, u32 subleaf)
{
	struct cpuid_entry *e = &page->entries[page->count++];

	BUG_ON(page->count > CPUID_ENTRIES);
	e->leaf = leaf;
	e->subleaf = subleaf;
	cpuid(&vcpus[0], leaf, subleaf, e->out);
	if (leaf == LEAF_XSTATE && subleaf <= 1)
		e->xcr0 = 1;
	/* Linux refuses a table without it. TCG has none: boot with clearcpuid=xsavec. */
	if (leaf == LEAF_XSTATE && subleaf == 1)
		e->out[0] |= XSTATE_XSAVEC;
}

static bool has_subleaves(u32 leaf)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(subleaves); i++)
		if (subleaves[i][0] == leaf)
			return true;
	return false;
}

static void cpuid_page(struct cpuid_page *page)
{
	static const u32 bases[] = { 0, 0x40000000, 0x80000000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		u32 out[4], leaf;

		cpuid(&vcpus[0], bases[i], 0, out);
		for (leaf = bases[i]; leaf <= out[0]; leaf++)
			if (!has_subleaves(leaf))
				add(page, leaf, 0);
	}
	for (i = 0; i < ARRAY_SIZE(subleaves); i++)
		add(page, subleaves[i][0], subleaves[i][1]);
}

u64 ccblob_build(u64 gpa)
{
	u8 *p = memset(guest_memory(gpa, CCBLOB_BYTES), 0, CCBLOB_BYTES);
	struct setup_data *data = (void *)p;
	struct cc_blob *blob = (void *)(data + 1);

	data->type = SETUP_CC_BLOB;
	data->length = sizeof(data->cc_blob);
	data->cc_blob = gpa + sizeof(*data);
	blob->magic = CC_BLOB_MAGIC;
	blob->version = 1;
	blob->secrets = gpa + PAGE_SIZE;
	blob->secrets_bytes = PAGE_SIZE;
	blob->cpuid = gpa + 2 * PAGE_SIZE;
	blob->cpuid_bytes = PAGE_SIZE;
	*(u32 *)(p + PAGE_SIZE) = SECRETS_VERSION;
	cpuid_page((void *)(p + 2 * PAGE_SIZE));
	return gpa;
}
