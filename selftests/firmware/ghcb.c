// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO of a guest whose host can't see its registers: by way of the GHCB that the
 * MSR names, whoever has put it there, as edk2 does it (QemuFlashPtrWrite(),
 * CcExitLib): the MSR's value is used as a pointer, for the operating system maps its
 * GHCBs 1:1 for us, and interrupts are off from then on for as long as the page is ours.
 *
 * An NMI knows nothing of that. Its handler uses the same page, so that the host refuses
 * what it finds there instead of our request (sw_exit_info_1 is not 0), or that the
 * answer is gone (nothing in the page is valid). edk2 does not look. Here the former is asked
 * again, the latter for reads only; who writes looks afterwards.
 *
 * What firmware relies on without a word, this one says: the machine hears of it.
 */
#include "../host/ghcb.h"
#include "firmware.h"

#define MSR_GHCB	0xc0010130
#define RFLAGS_IF	(1ull << 9)
#define GHCB_VERSION	0xffa		/* u16 */
#define VALID_REQUEST	(0x3cull << 48)	/* exit code, both infos, scratch; in the second half */
#define VALID_ANSWER	(0x08ull << 48)	/* sw_exit_info_1 */

enum { TRIES = 1000, POINTERS = 16 };

struct request {
	u64 code, gpa;
	void *data;
	u32 size;
};

static u64 known[POINTERS];	/* that the machine has found to be mapped as they should */

static u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return (u64)hi << 32 | lo;
}

static void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

static void vmgexit(void)
{
	asm volatile("rep; vmmcall" : : : "memory");
}

static u64 interrupts_off(void)
{
	u64 flags;

	asm volatile("pushfq; popq %0; cli" : "=r" (flags) : : "memory");
	return flags;
}

static void interrupts_restore(u64 flags)
{
	if (flags & RFLAGS_IF)
		asm volatile("sti" : : : "memory");
}

void say(enum firmware_word word)
{
	asm volatile("outl %0, %w1" : : "a" (word), "d" (PORT_FIRMWARE));
}

/* Is what the MSR holds a pointer to a page that we and the host can write? */
static bool pointer_is_good(void)
{
	u32 good;

	asm volatile("inl %w1, %0" : "=a" (good) : "d" (PORT_FIRMWARE));
	return good;
}

static bool is_known(u64 pointer)
{
	u32 i;

	for (i = 0; i < POINTERS && known[i]; i++)
		if (known[i] == pointer)
			return true;
	if (!pointer_is_good())
		return false;
	if (i < POINTERS)
		known[i] = pointer;
	return true;
}

/*
 * On a CPU that has asked nobody yet the MSR still has the host's answer to the
 * kernel's registration. edk2 would fault; that is between it and the kernel.
 */
static u64 pointer(void)
{
	u64 msr = rdmsr(MSR_GHCB);

	if ((msr & MSR_INFO_MASK) != MSR_REG_GPA_RESP)
		return msr;
	say(FIRMWARE_FRESH);
	wrmsr(MSR_GHCB, msr & MSR_DATA_MASK);
	return msr & MSR_DATA_MASK;
}

/* Nobody else is in the middle of something, for interrupts are off. */
static bool is_free(const void *ghcb)
{
	if (SHARED(u32, ghcb, GHCB_USAGE))
		say(FIRMWARE_USAGE);
	else if (SHARED(u64, ghcb, GHCB_SW_EXIT_CODE) == NAE_PSC)
		say(FIRMWARE_REQUEST);
	else
		return true;
	return false;
}

static void put_request(void *ghcb, const struct request *r)
{
	SHARED(u64, ghcb, GHCB_VALID_BITMAP) = 0;
	SHARED(u64, ghcb, GHCB_VALID_BITMAP + 8) = 0;
	if (r->code == NAE_MMIO_WRITE)
		memcpy((u8 *)ghcb + GHCB_SHARED_BUFFER, r->data, r->size);
	SHARED(u64, ghcb, GHCB_SW_SCRATCH) = (u64)ghcb + GHCB_SHARED_BUFFER;
	SHARED(u16, ghcb, GHCB_VERSION) = GHCB_VERSION_MAX;
	SHARED(u32, ghcb, GHCB_USAGE) = 0;
	SHARED(u64, ghcb, GHCB_SW_EXIT_CODE) = r->code;
	SHARED(u64, ghcb, GHCB_SW_EXIT_INFO_1) = r->gpa;
	SHARED(u64, ghcb, GHCB_SW_EXIT_INFO_2) = r->size;
	SHARED(u64, ghcb, GHCB_VALID_BITMAP + 8) = VALID_REQUEST;
}

/* True: it has been carried out. The data first, then whether they are the answer. */
static bool take_answer(const void *ghcb, const struct request *r)
{
	u32 result = SHARED(u64, ghcb, GHCB_SW_EXIT_INFO_1);

	if (r->code == NAE_MMIO_WRITE)
		return !result;
	memcpy(r->data, (const u8 *)ghcb + GHCB_SHARED_BUFFER, r->size);
	return !result && SHARED(u64, ghcb, GHCB_VALID_BITMAP + 8) & VALID_ANSWER;
}

static bool exchange(void *ghcb, const struct request *r)
{
	u32 tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (tries)
			say(FIRMWARE_AGAIN);
		if (!is_known((u64)ghcb) || !is_free(ghcb))
			return false;
		put_request(ghcb, r);
		vmgexit();
		if (take_answer(ghcb, r))
			return true;
	}
	return false;
}

static bool mmio(const struct request *r)
{
	void *ghcb = (void *)pointer();
	u64 flags = interrupts_off();
	bool done = exchange(ghcb, r);

	interrupts_restore(flags);
	return done;
}

bool mmio_read(u64 gpa, void *data, u32 size)
{
	return mmio(&(struct request){ NAE_MMIO_READ, gpa, data, size });
}

bool mmio_write(u64 gpa, const void *data, u32 size)
{
	return mmio(&(struct request){ NAE_MMIO_WRITE, gpa, (void *)data, size });
}
