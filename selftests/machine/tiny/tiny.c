// SPDX-License-Identifier: GPL-2.0
/*
 * A guest of our own, without Linux: the rules that the machine has to enforce,
 * asserted one instruction at a time. Runs with convict=off, because it breaks
 * them on purpose, and with es=0, because it has no #VC handler but for 0x404.
 */
#include "../../host/types.h"
#include "../../host/ghcb.h"
#include "../ports.h"
#include "../io.h"

#define C_BIT		(1ull << 39)
#define PAGE		4096ull
#define BLOCK		(2ull << 20)
#define SHARED_VIEW	(4ull << 30)	/* the first 4 GiB once more, with C=0 */
#define UNMAPPED	(16ull << 30)
#define PORT_OUTPUT	0x2f8		/* the second serial port: the script's output */

#define VC		29
#define PF		14
#define PF_PRESENT_RSVD	9
#define NOT_VALIDATED	0x404

/* Where the tests play: 2M-aligned memory that nothing else uses. */
#define PLAYGROUND	(64ull << 20)
#define GHCB		(PLAYGROUND + 64 * BLOCK)

#define MSR_GHCB	0xc0010130

extern const char trap_stubs[];
u64 trap_vector, trap_error, trap_resume;

void guest_main(void);

/* ---- output: KTAP on the second serial port ---- */

static void say(const char *s)
{
	while (*s)
		outb(PORT_OUTPUT, *s++);
}

static void say_number(u32 n)
{
	if (n > 9)
		say_number(n / 10);
	outb(PORT_OUTPUT, '0' + n % 10);
}

static u32 nr_reports, nr_failed;

static void report(bool ok, const char *claim)
{
	say(ok ? "ok " : "not ok ");
	say_number(++nr_reports);
	say(" ");
	say(claim);
	say("\n");
	nr_failed += !ok;
}

static void finish(void)
{
	say("1..");
	say_number(nr_reports);
	say("\n");
	outl(PORT_SELECT, SEL_EXIT);
	outl(PORT_VALUE, nr_failed || !nr_reports);
}

static u32 host_says(u32 selector, u64 gpa)
{
	outl(PORT_SELECT, SEL_GFN);
	outl(PORT_VALUE, gpa / PAGE);
	outl(PORT_SELECT, selector);
	return inl(PORT_VALUE);
}

static u32 host_does(u32 selector, u64 gpa, u32 seed)
{
	host_says(selector, gpa);
	outl(PORT_VALUE, seed);
	return inl(PORT_VALUE);
}

/* ---- one instruction at a time; true if it went through ---- */

#define TRY(insn, ...) ({						\
	trap_vector = 0;						\
	asm volatile("leaq 1f(%%rip), %%r15\n\tmovq %%r15, trap_resume(%%rip)\n\t" \
		     insn "\n1:" __VA_ARGS__);				\
	!trap_vector; })

static bool try_read(u64 va, u64 *value)
{
	return TRY("movq %1, %0", : "=&r" (*value) : "m" (*(volatile u64 *)va) : "r15", "memory");
}

static bool try_write(u64 va, u64 value)
{
	return TRY("movq %1, %0", : "=m" (*(volatile u64 *)va) : "r" (value) : "r15", "memory");
}

static bool trapped(u64 vector, u64 error)
{
	return trap_vector == vector && trap_error == error;
}

struct result {
	bool through;
	u32 eax;
	bool cf;
};

static struct result pvalidate(u64 va, bool huge, bool validate)
{
	struct result r = {};
	u64 rax = va;

	r.through = TRY(".byte 0xf2, 0x0f, 0x01, 0xff\n\tsetc %1",
			: "+a" (rax), "=m" (r.cf) : "c" (huge), "d" (validate)
			: "r15", "memory", "cc");
	r.eax = rax;
	return r;
}

static bool validated_with(struct result r, u32 eax, bool cf)
{
	return r.through && r.eax == eax && r.cf == cf;
}

static struct result rmpadjust(u64 va, u64 attributes)
{
	struct result r = {};
	u64 rax = va;

	r.through = TRY(".byte 0xf3, 0x0f, 0x01, 0xfe",
			: "+a" (rax) : "c" (0), "d" (attributes) : "r15", "memory", "cc");
	r.eax = rax;
	return r;
}

static u64 vmgexit(u64 msr)
{
	u32 lo, hi;

	asm volatile("wrmsr" : : "c" (MSR_GHCB), "a" ((u32)msr), "d" ((u32)(msr >> 32)) : "memory");
	asm volatile("rep; vmmcall" : : : "memory");
	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (MSR_GHCB) : "memory");
	return (u64)hi << 32 | lo;
}

static bool page_state(u64 gpa, u64 operation)
{
	return vmgexit(operation << 52 | gpa | 0x014) == 0x015;
}

/* ---- the rules ---- */

static void test_access(void)
{
	u64 page = PLAYGROUND, value;

	report(try_write(page, 42) && try_read(page, &value) && value == 42,
	       "a validated page can be written and read with C=1");
	report(validated_with(pvalidate(page, false, true), 0, true),
	       "PVALIDATE of a validated page changes nothing, CF=1");
	report(validated_with(pvalidate(page, false, false), 0, false),
	       "PVALIDATE rescinds a page, CF=0");
	report(!try_read(page, &value) && trapped(VC, NOT_VALIDATED),
	       "a C=1 read of a page that is not validated is #VC 0x404");
	report(!try_write(page, 1) && trapped(VC, NOT_VALIDATED),
	       "a C=1 write of a page that is not validated is #VC 0x404");
	report(validated_with(pvalidate(page, false, false), 0, true),
	       "PVALIDATE rescinds it only once, CF=1");
	report(validated_with(pvalidate(page, false, true), 0, false),
	       "PVALIDATE validates it again, CF=0");
	report(try_read(page, &value) && value == 42,
	       "PVALIDATE alone leaves the contents as they were");
}

static void test_operands(void)
{
	u64 page = PLAYGROUND;

	report(!pvalidate(SHARED_VIEW + page, false, true).through && trapped(PF, PF_PRESENT_RSVD),
	       "PVALIDATE through a C=0 mapping is #PF with P and RSVD");
	report(!pvalidate(UNMAPPED, false, true).through && trapped(PF, 0),
	       "PVALIDATE of an address that is not mapped is #PF");
	report(validated_with(pvalidate(page + PAGE, true, true), 1, false),
	       "PVALIDATE of 2M at an unaligned address is FAIL_INPUT");
	report(rmpadjust(page, 1).eax == 0, "RMPADJUST for VMPL1 works, so this is VMPL0");
	report(rmpadjust(page, 0).eax == 2, "RMPADJUST for one's own VMPL is FAIL_PERMISSION");
	report(!rmpadjust(SHARED_VIEW + page, 1).through && trapped(PF, PF_PRESENT_RSVD),
	       "RMPADJUST through a C=0 mapping is #PF with P and RSVD");
}

static void test_sizes(bool huge_backing)
{
	u64 block = PLAYGROUND + BLOCK;

	if (!huge_backing) {
		report(validated_with(pvalidate(block, true, false), 6, false),
		       "PVALIDATE of 2M on 4K entries of the RMP is FAIL_SIZEMISMATCH");
		return;
	}
	report(host_says(SEL_STATE, block) & PAGE_HUGE, "the RMP has 2M entries");
	report(validated_with(pvalidate(block, true, false), 0, false),
	       "PVALIDATE rescinds 2M at once");
	report(validated_with(pvalidate(block, true, true), 0, false),
	       "PVALIDATE validates 2M at once");
	report(validated_with(pvalidate(block, false, false), 0, false),
	       "PVALIDATE of 4K in a 2M entry works, for the host smashes the entry");
	report(!(host_says(SEL_STATE, block + PAGE) & PAGE_HUGE), "and so the entry is 4K now");
}

static void test_conversion(void)
{
	u64 page = PLAYGROUND + 2 * BLOCK, value, i;

	report(host_says(SEL_STATE, page) & PAGE_PRIVATE, "memory is private to begin with");
	try_write(page, 42);
	report(try_read(SHARED_VIEW + page, &value) && value != 42,
	       "a C=0 read of a private page is not checked, and sees ciphertext");
	pvalidate(page, false, false);
	report(page_state(page, PSC_SHARED), "the MSR protocol makes a page shared");
	report(!(host_says(SEL_STATE, page) & (PAGE_PRIVATE | PAGE_ASSIGNED)),
	       "the host sees a shared page that the guest does not own");
	report(try_write(SHARED_VIEW + page, 43) && try_read(SHARED_VIEW + page, &value) &&
	       value == 43,
	       "a shared page can be written and read with C=0");
	host_does(SEL_FILL, page, 7);
	report(try_read(SHARED_VIEW + page + 8, &value) && value == PAGE_PATTERN(7, 1),
	       "the guest reads what the host wrote");
	report(page_state(page, PSC_PRIVATE), "the MSR protocol makes it private again");
	report(!try_read(page, &value) && trapped(VC, NOT_VALIDATED),
	       "until PVALIDATE it can't be read: #VC 0x404");
	report(validated_with(pvalidate(page, false, true), 0, false), "PVALIDATE validates it");
	report(try_read(page + 8, &value) && value != PAGE_PATTERN(7, 1),
	       "what the host wrote is not there any more");
	for (i = 0; i < PAGE / 8; i++)
		((volatile u64 *)page)[i] = PAGE_PATTERN(8, i);
	report(host_does(SEL_MATCH, page, 8) == 0,
	       "the host can't read what the guest writes there");
}

static void test_msr_protocol(void)
{
	report(vmgexit(0x002) == (2ull << 48 | 1ull << 32 | 39 << 24 | 0x001),
	       "SEV_INFO: versions 1 to 2, C-bit 39");
	report((vmgexit(0x80000000ull << 32 | 0x004) >> 32) >= 0x8000001f,
	       "CPUID by the MSR protocol");
	report(vmgexit(0x080) == (3ull << 12 | 0x081), "HV features: SNP and AP_CREATION");
	report(vmgexit(0x010) == (~0xfffull | 0x011), "no preferred GPA for the GHCB");
	report(vmgexit(5ull << 52 | PLAYGROUND | 0x014) == (1ull << 63 | 0x015),
	       "an unknown page state change operation is an error");
	report(vmgexit(0xfff) == 0xfff, "an unknown request comes back as it was");
}

/* ---- NAE events ---- */

static volatile u64 *ghcb_field(u32 offset)
{
	return (volatile u64 *)(SHARED_VIEW + GHCB + offset);
}

static void put(u32 offset, u64 value)
{
	*ghcb_field(offset) = value;
	*ghcb_field(GHCB_VALID_BITMAP + offset / 512 * 8) |= 1ull << offset / 8 % 64;
}

static void request(u64 code, u64 scratch)
{
	*ghcb_field(GHCB_VALID_BITMAP) = 0;
	*ghcb_field(GHCB_VALID_BITMAP + 8) = 0;
	put(GHCB_SW_EXIT_CODE, code);
	put(GHCB_SW_EXIT_INFO_1, 0);
	put(GHCB_SW_EXIT_INFO_2, 0);
	put(GHCB_SW_SCRATCH, scratch);
}

static bool answered(u64 info_1, u64 info_2)
{
	vmgexit(GHCB);
	return *ghcb_field(GHCB_SW_EXIT_INFO_1) == info_1 &&
	       *ghcb_field(GHCB_SW_EXIT_INFO_2) == info_2;
}

static void entries(u16 cur, u16 end, u64 first, u64 second)
{
	*ghcb_field(GHCB_SHARED_BUFFER) = cur | (u32)end << 16;
	*ghcb_field(GHCB_SHARED_BUFFER + 8) = first;
	*ghcb_field(GHCB_SHARED_BUFFER + 16) = second;
}

static void test_nae_events(void)
{
	u64 page = PLAYGROUND + 3 * BLOCK, buffer = GHCB + GHCB_SHARED_BUFFER;
	u64 to_shared = (u64)PSC_SHARED << 52, i;

	pvalidate(GHCB, false, false);
	page_state(GHCB, PSC_SHARED);
	for (i = 0; i < PAGE; i += 8)
		*ghcb_field(i) = 0;
	report(vmgexit(GHCB | 0x012) == (GHCB | 0x013), "a GHCB can be registered");

	request(0x8000ff00, buffer);
	report(answered(2, GHCB_INVALID_EVENT), "an unknown event is 2/6");
	report(!(*ghcb_field(GHCB_VALID_BITMAP + 8) >> 50 & 1), "a VMGEXIT clears the valid bits");
	request(NAE_PSC, 0);
	report(answered(2, GHCB_INVALID_SCRATCH_AREA), "no scratch area is 2/3");
	request(NAE_PSC, buffer);
	*ghcb_field(GHCB_VALID_BITMAP + 8) &= ~(1ull << 51);
	report(answered(2, GHCB_MISSING_INPUT), "a missing valid bit is 2/4");

	entries(0, 253, 0, 0);
	request(NAE_PSC, buffer);
	report(answered(0, 0x100000001), "end_entry beyond the buffer is an invalid header");
	entries(0, 0, to_shared | 1ull << 56 | (page + PAGE), 0);
	request(NAE_PSC, buffer);
	report(answered(0, 0x100000002), "a 2M entry that is not aligned is an invalid entry");

	pvalidate(page, false, false);
	pvalidate(page + PAGE, false, false);
	entries(0, 1, to_shared | page, to_shared | (page + PAGE));
	request(NAE_PSC, buffer);
	report(answered(0, 0), "a page state change of two pages succeeds");
	report((*ghcb_field(GHCB_SHARED_BUFFER) & 0xffff) == 2,
	       "cur_entry stands behind the last one");
	report(!(host_says(SEL_STATE, page) & PAGE_PRIVATE) &&
	       !(host_says(SEL_STATE, page + PAGE) & PAGE_PRIVATE), "both pages are shared");
}

/* ---- instructions, if QEMU counts them (run -d): to the last one ---- */

static u32 instructions(void)
{
	outl(PORT_SELECT, SEL_COUNTER + COUNTER_instructions);
	return inl(PORT_VALUE);
}

/* From one port access to the next are "xorl" and these. */
#define COUNT(insns) ({							\
	u32 value = 1;							\
	counted = instructions();					\
	outl(PORT_SELECT, SEL_ICR);					\
	asm volatile("outl %0, %1\n\t" insns "\n\txorl %0, %0\n\toutl %0, %1" \
		     : "+a" (value) : "d" (PORT_VALUE));		\
	counted = instructions() - counted; })

static void test_instructions(void)
{
	u32 counted;

	COUNT("");
	if (!counted)
		return;
	report(counted == 1, "one instruction is one");
	COUNT(".rept 1000\n\tnop\n\t.endr");
	report(counted == 1001, "1,000 more are 1,001");
	COUNT(".rept 1000\n\tinl %1, %0\n\t.endr");
	report(counted == 1, "what exits is none");
}

/* ---- set-up ---- */

static u64 shared_tables[4][512] __attribute__((aligned(4096)));
static struct { u64 low, high; } idt[32] __attribute__((aligned(16)));

static void shared_view(void)
{
	u64 cr3, *pdpt, i;

	asm volatile("movq %%cr3, %0" : "=r" (cr3));
	pdpt = (u64 *)(*(u64 *)(cr3 & ~C_BIT & ~0xfffull) & ~C_BIT & ~0xfffull);
	for (i = 0; i < 4 * 512; i++)
		shared_tables[i / 512][i % 512] = i << 21 | 0x83;
	for (i = 0; i < 4; i++)
		pdpt[4 + i] = (u64)shared_tables[i] | C_BIT | 3;
	asm volatile("movq %0, %%cr3" : : "r" (cr3) : "memory");
}

static void exceptions(void)
{
	struct { u16 limit; u64 base; } __attribute__((packed)) idtr = {
		sizeof(idt) - 1, (u64)idt,
	};
	u64 i, stub;

	for (i = 0; i < 32; i++) {
		stub = (u64)trap_stubs + 16 * i;
		idt[i].low = (stub & 0xffff) | 0x10 << 16 | 0x8e00ull << 32 |
			     (stub & 0xffff0000) << 32;
		idt[i].high = stub >> 32;
	}
	asm volatile("lidt %0" : : "m" (idtr));
}

void guest_main(void)
{
	shared_view();
	exceptions();
	say("KTAP version 1\n");
	test_access();
	test_operands();
	test_sizes(host_says(SEL_STATE, PLAYGROUND + BLOCK) & PAGE_HUGE);
	test_conversion();
	test_msr_protocol();
	test_nae_events();
	test_instructions();
	finish();
}
