// SPDX-License-Identifier: GPL-2.0
/*
 * The next kernel: what kexec starts, or what a crash does, in place of Linux.
 *
 * It takes all memory for private, as every kernel does that starts in an SEV-SNP guest:
 * it counts the pages that are not, and reads each of the others that its memory map says
 * are RAM, so that the machine convicts one that is not validated. "shared=N" on its
 * command line says how many it has to find; the run ends well if it does, and else says
 * how many there were.
 */
#include "../../host/types.h"
#include "../ports.h"
#include "../io.h"

#define PAGE_SHIFT	12
#define E820_RAM	1

/* struct boot_params, by offset */
#define BP_CMDLINE_HIGH		0x0c8
#define BP_E820_ENTRIES		0x1e8
#define BP_CMDLINE		0x228
#define BP_E820			0x2d0

struct e820_entry {
	u64 start, size;
	u32 type;
} __attribute__((packed));

void guest_main(const u8 *bp);

static void machine_write(u32 selector, u32 value)
{
	outl(PORT_SELECT, selector);
	outl(PORT_VALUE, value);
}

static u32 machine_read(u32 selector)
{
	outl(PORT_SELECT, selector);
	return inl(PORT_VALUE);
}

static void touch(u64 gfn, u64 n)
{
	for (; n; n--, gfn++)
		*(const volatile u64 *)(gfn << PAGE_SHIFT);
}

/* How many pages of [gfn, end) are shared; the others are read, if they are RAM. */
static u32 look(u64 gfn, u64 end, bool is_ram)
{
	u32 shared = 0, n;

	for (; gfn < end; gfn += n) {
		machine_write(SEL_GFN, gfn);
		n = machine_read(SEL_EXTENT);
		if (!n)
			break;		/* beyond the host's memory */
		n = n < end - gfn ? n : end - gfn;
		if (!(machine_read(SEL_STATE) & PAGE_PRIVATE))
			shared += n;
		else if (is_ram)
			touch(gfn, n);
	}
	return shared;
}

static u32 field(const u8 *bp, u32 offset)
{
	return *(const u32 *)(bp + offset);
}

static const char *cmdline(const u8 *bp)
{
	return (const char *)((u64)field(bp, BP_CMDLINE_HIGH) << 32 | field(bp, BP_CMDLINE));
}

/* The number behind "shared=", which no other word has in it. */
static u32 expected(const char *p)
{
	static const char name[] = "shared=";
	u32 i = 0, n = 0;

	for (; *p && name[i]; p++)
		i = *p == name[i] ? i + 1 : *p == name[0];
	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + *p - '0';
	return n;
}

void guest_main(const u8 *bp)
{
	const struct e820_entry *map = (const struct e820_entry *)(bp + BP_E820);
	u32 shared = look(0, ~0u, false), i;

	for (i = 0; i < bp[BP_E820_ENTRIES]; i++)
		if (map[i].type == E820_RAM)
			look((map[i].start + 0xfff) >> PAGE_SHIFT,
			     (map[i].start + map[i].size) >> PAGE_SHIFT, true);
	machine_write(SEL_EXIT, shared == expected(cmdline(bp)) ? 0 : shared ?: ~0u);
}
