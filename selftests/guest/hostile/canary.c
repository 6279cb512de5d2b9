// SPDX-License-Identifier: GPL-2.0
/*
 * Words that the host must never see, put where a conversion's own memory will be: what is
 * not initialised has them in it.
 */
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/msr.h>

#include "canary.h"

enum {
	FRAME_WORDS = 64,
	FRAMES = 12,		/* as deep as a conversion goes, and deeper */

	GHCB_EXIT_CODE = 0x390 / 8,
	GHCB_BUFFER = 0x800 / 8,
	GHCB_BUFFER_END = 0xff0 / 8,
};

/* In text there is one as long as there is this function: an aligned word of it. */
static noinline u64 in_text(void)
{
	u64 word;

	asm volatile(".balign 8\n\tnop; nop; nop; nop; nop; nop\n\tmovabs %1, %0"
		     : "=r" (word) : "i" ((u64)CANARY << CANARY_SHIFT | CANARY_TEXT));
	return word;
}

static noinline void on_stack(unsigned int frames)
{
	u64 words[FRAME_WORDS];
	unsigned int i;

	for (i = 0; i < FRAME_WORDS; i++)
		words[i] = in_text() | canary_word(CANARY_STACK, frames);
	barrier_data(words);
	if (frames)
		on_stack(frames - 1);
	barrier_data(words);
}

/* The next one who asks for so many bytes gets what was freed last. */
static void in_slab(size_t bytes)
{
	u64 *words = kmalloc(bytes, GFP_KERNEL);
	unsigned int i;

	for (i = 0; words && i < bytes / sizeof(*words); i++)
		words[i] = canary_word(CANARY_SLAB, i);
	barrier_data(words);
	kfree(words);
}

/* This CPU's, if its MSR names one. */
static u64 *ghcb(void)
{
	u64 low, high;

	rdmsr(MSR_AMD64_SEV_ES_GHCB, low, high);
	return low & ~PAGE_MASK ? NULL : __va(high << 32 | low);
}

/*
 * As if a #VC had left them in the shared buffer. The host has seen these; but it must not find
 * them behind a descriptor.
 */
static void in_ghcb(void)
{
	u64 *words = ghcb();
	unsigned int i;

	for (i = GHCB_BUFFER; words && i < GHCB_BUFFER_END; i++)
		words[i] = canary_word(CANARY_GHCB, i);
}

/**
 * canary_plant() - below the caller's frame, in what the slab has freed, and in the GHCB
 *
 * Context: No migration until canary_take_back().
 */
void canary_plant(void)
{
	size_t bytes;

	in_ghcb();
	for (bytes = 64; bytes <= 2 * PAGE_SIZE; bytes *= 2)
		in_slab(bytes);
	on_stack(FRAMES - 1);
}

/**
 * canary_take_back() - take what is in the GHCB out of it
 *
 * Return: whether all was gone already, and nothing else had come to be there
 */
bool canary_take_back(void)
{
	u64 *words = ghcb();
	bool clean = true;
	unsigned int i;

	if (!words)
		return true;
	clean = !words[GHCB_EXIT_CODE];
	for (i = GHCB_BUFFER; i < GHCB_BUFFER_END; i++) {
		/* The header is the host's to change while we look, see psc-double-fetch. */
		clean &= !words[i] || i == GHCB_BUFFER;
		words[i] = 0;
	}
	return clean;
}
