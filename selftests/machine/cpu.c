// SPDX-License-Identifier: GPL-2.0
/* The CPU that the guest sees: TCG's, with SEV-SNP and without SVM. */
#include "machine.h"

#define MSR_INSN_LENGTH		2
#define CPUID_INSN_LENGTH	2

#define SEV_ACTIVE		(1 << 0)
#define SEV_ES_ACTIVE		(1 << 1)
#define SEV_SNP_ACTIVE		(1 << 2)

#define VM_CR_SVMDIS		(1 << 4)

/* CPUID: what is forced on and off in what TCG says. */
static const struct {
	u32 leaf;
	u32 set[4], clear[4];	/* EAX, EBX, ECX, EDX */
} cpuid_masks[] = {
	{ 0x00000001, .clear = { 0, 0, 1 << 21, 0 } },	/* x2APIC: apic.c knows the xAPIC */
	{ 0x80000000, .set = { 0x8000001f }, .clear = { ~0u } },
	{ 0x80000001, .clear = { 0, 0, 1 << 2, 0 } },		/* SVM */
	{ 0x8000000a, .clear = { ~0u, ~0u, ~0u, ~0u } },	/* SVM's features */
	{ 0x8000001f,						/* memory encryption */
	  .set = { 1 << 1 | 1 << 3 | 1 << 4 | 1 << 10,		/* SEV, ES, SNP, coherent caches */
		   C_BIT_POS | 1 << 6, 1, 1 },
	  .clear = { ~0u, ~0u, ~0u, ~0u } },
};

void cpuid(const struct vcpu *v, u32 leaf, u32 subleaf, u32 out[4])
{
	unsigned int i, r;

	asm volatile("cpuid" : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]), "=d" (out[3])
		     : "a" (leaf), "c" (subleaf));
	for (i = 0; i < ARRAY_SIZE(cpuid_masks); i++)
		for (r = 0; r < 4 && cpuid_masks[i].leaf == leaf; r++)
			out[r] = (out[r] & ~cpuid_masks[i].clear[r]) | cpuid_masks[i].set[r];
	hypercall_cpuid(leaf, out);
	/* OSXSAVE shows L1's CR4, not the guest's. */
	if (leaf == 1)
		out[2] = (out[2] & ~(1u << 27)) | (v->vmcb.save.cr4 >> 18 & 1) << 27;
}

void cpu_cpuid(struct vcpu *v)
{
	u32 out[4];

	if (machine.es)
		return vc_inject(v, EXIT_CPUID);
	cpuid(v, v->regs[RAX], v->regs[RCX], out);
	v->regs[RAX] = out[0];
	v->regs[RBX] = out[1];
	v->regs[RCX] = out[2];
	v->regs[RDX] = out[3];
	v->vmcb.save.rip += CPUID_INSN_LENGTH;
}

/* MSRs that hardware answers without an exit that the guest could see. */
static bool is_hardware(u32 msr)
{
	return msr == MSR_GHCB || msr == MSR_SEV_STATUS || msr == MSR_EFER;
}

static bool read(struct vcpu *v, u32 msr, u64 *value)
{
	switch (msr) {
	case MSR_GHCB:
		*value = v->host.ghcb_msr;
		return true;
	case MSR_SEV_STATUS:
		*value = SEV_ACTIVE | SEV_ES_ACTIVE | SEV_SNP_ACTIVE;
		return true;
	case MSR_EFER:
		*value = v->vmcb.save.efer & ~(u64)EFER_SVME;
		return true;
	case MSR_VM_CR:
		*value = VM_CR_SVMDIS;
		return true;
	case MSR_VM_HSAVE_PA:
		return false;
	}
	if (hypercall_msr(msr)) {
		*value = 0;
		return true;
	}
	*value = rdmsr(msr);
	return true;
}

static bool write(struct vcpu *v, u32 msr, u64 value)
{
	u64 efer = v->vmcb.save.efer;

	switch (msr) {
	case MSR_GHCB:
		v->host.ghcb_msr = value;
		return true;
	case MSR_EFER:
		v->vmcb.save.efer = (value & ~(u64)EFER_LMA) | (efer & EFER_LMA) | EFER_SVME;
		return true;
	case MSR_SEV_STATUS:
	case MSR_VM_CR:
	case MSR_VM_HSAVE_PA:
		return false;
	}
	if (!hypercall_msr(msr))
		wrmsr(msr, value);
	return true;
}

bool msr_access(struct vcpu *v, u32 msr, bool is_write, u64 *value)
{
	return is_write ? write(v, msr, *value) : read(v, msr, value);
}

void cpu_msr(struct vcpu *v)
{
	u64 value = v->regs[RDX] << 32 | (u32)v->regs[RAX];
	bool is_write = v->vmcb.exit_info_1;
	u32 msr = v->regs[RCX];

	if (machine.es && !is_hardware(msr))
		return vc_inject(v, EXIT_MSR);
	if (!msr_access(v, msr, is_write, &value))
		return vcpu_inject(v, EVENT_EXCEPTION(VECTOR_GP) | EVENT_HAS_ERROR);
	if (!is_write) {
		v->regs[RAX] = (u32)value;
		v->regs[RDX] = value >> 32;
	}
	v->vmcb.save.rip += MSR_INSN_LENGTH;
}
