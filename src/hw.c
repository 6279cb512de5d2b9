// SPDX-License-Identifier: GPL-2.0
/* The seam to the hardware: the real instructions. */
#include <linux/mm.h>
#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/invpcid.h>
#include <asm/special_insns.h>

#include "hw.h"

/*
 * RDMSR and WRMSR by hand: the kernel's own may end in a tracepoint, and this
 * is between taking and giving back a GHCB. The GHCB MSR is never intercepted.
 */
static u64 msr_read(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (msr));
	return (u64)high << 32 | low;
}

static void msr_write(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

static void vmgexit(void)
{
	asm volatile("rep; vmmcall" : : : "memory");
}

/*
 * 32-bit operands, so that nothing stands in the reserved bits of RCX and RDX. Of a failure
 * EAX is believed, whatever the carry flag is then.
 */
static enum psc_pvalidate pvalidate_one(unsigned long va, bool large, bool validate)
{
	bool unchanged;
	u32 eax;

	asm volatile(".byte 0xf2, 0x0f, 0x01, 0xff"	/* binutils know PVALIDATE since 2.36 */
		     : "=@ccc" (unchanged), "=a" (eax)
		     : "a" (va), "c" ((u32)large), "d" ((u32)validate)
		     : "memory");
	if (unlikely(unchanged))
		return eax ?: PSC_PVALIDATE_UNCHANGED;
	return eax;
}

static struct psc_pvalidates pvalidate(unsigned long va, unsigned long n, bool large,
				       bool validate)
{
	unsigned long size = large ? PMD_SIZE : PAGE_SIZE;
	struct psc_pvalidates p = {};

	for (; p.changed < n; p.changed++, va += size) {
		p.result = pvalidate_one(va, large, validate);
		if (p.result != PSC_PVALIDATE_CHANGED)
			break;
	}
	return p;
}

static void flush_page(unsigned long va)
{
	asm volatile("invlpg (%0)" : : "r" (va) : "memory");
}

/* Any change of CR4.PGE drops the whole TLB, global entries and all PCIDs included. */
static void flush_by_cr4(void)
{
	unsigned long flags, cr4;

	raw_local_irq_save(flags);
	cr4 = native_read_cr4();
	asm volatile("mov %0, %%cr4" : : "r" (cr4 ^ X86_CR4_PGE) : "memory");
	asm volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
	raw_local_irq_restore(flags);
}

static void flush_local(void)
{
	if (boot_cpu_has(X86_FEATURE_INVPCID))
		invpcid_flush_all();
	else
		flush_by_cr4();
}

const char *snp_psc_hw_flush_name(void)
{
	return boot_cpu_has(X86_FEATURE_INVPCID) ? "invpcid" : "cr4";
}

static void clflush_page(void *va)
{
	clflush_cache_range(va, PAGE_SIZE);
}

static void read_cpuid(u32 leaf, u32 *eax, u32 *ebx)
{
	u32 ecx = 0, edx;

	asm volatile("cpuid" : "=a" (*eax), "=b" (*ebx), "+c" (ecx), "=d" (edx) : "0" (leaf));
}

static const struct snp_psc_hw real = {
	.msr_read	= msr_read,
	.msr_write	= msr_write,
	.vmgexit	= vmgexit,
	.pvalidate	= pvalidate,
	.invlpg		= flush_page,
	.flush_local	= flush_local,
	.clflush	= clflush_page,
	.cpuid		= read_cpuid,
};

const struct snp_psc_hw *snp_psc_hw = &real;
