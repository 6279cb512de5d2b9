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
 * A loop by hand, for with 4K entries in the RMP it is most of what a page costs. 32-bit
 * operands, so that nothing stands in the reserved bits of RCX and RDX. The loop ends with
 * the carry flag set only if PVALIDATE has set it: TEST clears it, ADD does not wrap here,
 * DEC leaves it alone. Of a failure EAX is believed, whatever the carry flag is then.
 */
static struct psc_pvalidates pvalidate(unsigned long va, unsigned long n, bool large,
				       bool validate)
{
	unsigned long size = large ? PMD_SIZE : PAGE_SIZE, left = n;
	bool unchanged;
	u32 eax;

	asm volatile("1:	mov %[va], %%rax\n"
		     "	.byte 0xf2, 0x0f, 0x01, 0xff\n"	/* binutils know PVALIDATE since 2.36 */
		     "	jc 2f\n"
		     "	test %%eax, %%eax\n"
		     "	jnz 2f\n"
		     "	add %[size], %[va]\n"
		     "	dec %[left]\n"
		     "	jnz 1b\n"
		     "2:"
		     : "=@ccc" (unchanged), "=&a" (eax), [va] "+&r" (va),
		       [left] "+&r" (left)
		     : "c" ((u32)large), "d" ((u32)validate), [size] "r" (size)
		     : "memory");
	if (unchanged && !eax)
		eax = PSC_PVALIDATE_UNCHANGED;
	return (struct psc_pvalidates){ n - left, eax };
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
