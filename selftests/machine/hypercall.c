// SPDX-License-Identifier: GPL-2.0
/*
 * kvmhc=1: as much of KVM as makes a guest report each change of a page's
 * state for live migration: the signature with MIGRATION_CONTROL alone, its MSR
 * and KVM_HC_MAP_GPA_RANGE (Linux, Documentation/virt/kvm/x86/hypercalls.rst).
 */
#include "machine.h"

#define LEAF_SIGNATURE		0x40000000
#define LEAF_FEATURES		0x40000001
#define FEATURE_MIGRATION	(1 << 17)
#define MSR_MIGRATION_CONTROL	0x4b564d08
#define HC_MAP_GPA_RANGE	12
#define ENCRYPTED		(1 << 4)
#define ATTRIBUTES		0x1f
#define ENOSYS			1000	/* KVM_ENOSYS */
#define EINVAL			22

void hypercall_cpuid(u32 leaf, u32 out[4])
{
	static const char signature[13] = "KVMKVMKVM\0\0\0";

	if (!machine.kvmhc || (leaf != LEAF_SIGNATURE && leaf != LEAF_FEATURES))
		return;
	memset(out, 0, 4 * sizeof(out[0]));
	if (leaf == LEAF_FEATURES) {
		out[0] = FEATURE_MIGRATION;
	} else {
		out[0] = LEAF_FEATURES;
		memcpy(out + 1, signature, 12);
	}
}

bool hypercall_msr(u32 msr)
{
	return machine.kvmhc && msr == MSR_MIGRATION_CONTROL;
}

/* @args: number, first GPA, pages, attributes: RAX, RBX, RCX, RDX */
u64 hypercall(struct vcpu *v, const u64 args[4])
{
	u64 gpa = args[1], n = args[2];

	if (!machine.kvmhc || args[0] != HC_MAP_GPA_RANGE)
		return -ENOSYS;
	if (gpa & ~PAGE_MASK || !n || gpa + n * PAGE_SIZE <= gpa || args[3] & ~(u64)ATTRIBUTES)
		return -EINVAL;
	v->counters[COUNTER_hypercalls]++;
	v->counters[args[3] & ENCRYPTED ? COUNTER_notified_private : COUNTER_notified_shared] += n;
	v->counters[COUNTER_notified_sum] += n * (gpa / PAGE_SIZE) + n * (n - 1) / 2;
	return 0;
}
