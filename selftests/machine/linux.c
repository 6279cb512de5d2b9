// SPDX-License-Identifier: GPL-2.0
/*
 * The Linux boot protocol, 64-bit entry (Documentation/arch/x86/boot.rst): what
 * a boot loader leaves for an SEV-SNP guest, all of it in private memory.
 */
#include "machine.h"

/* struct boot_params and the setup header inside it, by offset */
#define BP_ACPI_RSDP		0x070
#define BP_E820_ENTRIES		0x1e8
#define BP_HEADER		0x1f1
#define BP_SETUP_SECTS		0x1f1
#define BP_JUMP			0x200	/* the second byte is the rest of the header's length */
#define BP_SIGNATURE		0x202
#define BP_LOADER_TYPE		0x210
#define BP_RAMDISK		0x218
#define BP_RAMDISK_SIZE		0x21c
#define BP_CMDLINE		0x228
#define BP_XLOADFLAGS		0x236
#define BP_SETUP_DATA		0x250
#define BP_PREF_ADDRESS		0x258
#define BP_E820			0x2d0
#define SIGNATURE		0x53726448	/* "HdrS" */
#define XLF_KERNEL_64		1
#define LOADER_UNDEFINED	0xff
#define ENTRY_64		0x200
#define SECTOR			512

#define E820_RAM		1
#define E820_RESERVED		2
#define E820_ACPI		3

/* Where things are in the guest's memory. */
#define GPA_CMDLINE		0x11000
#define GPA_GDT			0x12000
#define GPA_PAGE_TABLES		0x20000	/* PML4, PDPT, four PDs */
#define GPA_STACK		0x30000
#define GPA_LOW_END		0x9f000
#define GPA_HIGH_START		0x100000
#define FIRMWARE_BYTES		0x10000	/* at the end of RAM: CC blob and its pages, ACPI */
#define CMDLINE_MAX		2048

#define LEAF			0x83	/* present, writable, 2M */
#define TABLE			0x03
#define CODE_64			0xa9b
#define DATA			0xc93
#define CR0_BITS		0x80050033	/* PG, AM, WP, NE, ET, MP, PE */

static u8 *at(u64 gpa, u64 bytes)
{
	u8 *p = guest_memory(gpa, bytes);

	BUG_ON(!p);
	return p;
}

static void put32(u8 *p, u32 value)
{
	memcpy(p, &value, sizeof(value));
}

static void put64(u8 *p, u64 value)
{
	memcpy(p, &value, sizeof(value));
}

static u32 get32(const u8 *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static void e820(u8 *bp, u64 start, u64 end, u32 type)
{
	u8 *entry = bp + BP_E820 + 20 * bp[BP_E820_ENTRIES]++;

	put64(entry, start);
	put64(entry + 8, end - start);
	put32(entry + 16, type);
}

/* The first 4 GiB, identical and private. */
static void page_tables(void)
{
	u64 *pml4 = (u64 *)at(GPA_PAGE_TABLES, 6 * PAGE_SIZE);
	u64 *pdpt = pml4 + 512, *pd = pdpt + 512, i;

	pml4[0] = (GPA_PAGE_TABLES + PAGE_SIZE) | C_BIT | TABLE;
	for (i = 0; i < 4; i++)
		pdpt[i] = (GPA_PAGE_TABLES + (2 + i) * PAGE_SIZE) | C_BIT | TABLE;
	for (i = 0; i < 4 * 512; i++)
		pd[i] = i << 21 | C_BIT | LEAF;
}

static u64 load_kernel(u8 *bp)
{
	const u8 *image = (const u8 *)machine.kernel.start;
	u64 size = machine.kernel.end - machine.kernel.start, skip, to;

	if (size < 2 * SECTOR || get32(image + BP_SIGNATURE) != SIGNATURE ||
	    !(image[BP_XLOADFLAGS] & XLF_KERNEL_64))
		finish(MACHINE_BUG, NULL, "the first module is no 64-bit bzImage");
	memcpy(bp + BP_HEADER, image + BP_HEADER, BP_SIGNATURE + image[BP_JUMP + 1] - BP_HEADER);
	skip = (image[BP_SETUP_SECTS] + 1) * SECTOR;
	to = get32(image + BP_PREF_ADDRESS);
	memcpy(at(to, size - skip), image + skip, size - skip);
	return to;
}

static void load_initrd(u8 *bp, u64 end)
{
	u64 size = machine.initrd.end - machine.initrd.start;
	u64 gpa = (end - size) & PAGE_MASK;

	if (!size)
		return;
	memcpy(at(gpa, size), (void *)machine.initrd.start, size);
	put32(bp + BP_RAMDISK, gpa);
	put32(bp + BP_RAMDISK_SIZE, size);
}

static struct vmcb_seg segment(u16 selector, u16 attrib)
{
	return (struct vmcb_seg){ .selector = selector, .attrib = attrib, .limit = ~0u };
}

static void registers(struct vcpu *v, u64 rip)
{
	struct vmcb_save *s = &v->vmcb.save;
	u64 *gdt = (u64 *)at(GPA_GDT, PAGE_SIZE);

	gdt[2] = 0x00af9b000000ffff;
	gdt[3] = 0x00cf93000000ffff;
	s->gdtr = (struct vmcb_seg){ .limit = 4 * 8 - 1, .base = GPA_GDT };
	s->cs = segment(0x10, CODE_64);
	s->ds = segment(0x18, DATA);
	s->es = s->ds;
	s->ss = s->ds;
	s->fs = s->ds;
	s->gs = s->ds;
	s->tr = (struct vmcb_seg){ .attrib = 0x8b, .limit = 0xffff };
	s->ldtr = (struct vmcb_seg){ .attrib = 0x82, .limit = 0xffff };
	s->efer = EFER_SVME | EFER_LME | EFER_LMA;
	s->cr0 = CR0_BITS;
	s->cr3 = GPA_PAGE_TABLES | C_BIT;
	s->cr4 = CR4_PAE;
	s->dr6 = 0xffff0ff0;
	s->dr7 = 0x400;
	s->rflags = 2;
	s->rip = rip;
	s->rsp = GPA_STACK;
}

void linux_load(struct vcpu *v)
{
	u8 *bp = memset(at(GPA_BOOT_PARAMS, PAGE_SIZE), 0, PAGE_SIZE);
	u64 firmware = machine.ram - FIRMWARE_BYTES, end = firmware - efi_bytes(), acpi, entry;

	BUG_ON(strlen(machine.cmdline) >= CMDLINE_MAX);
	memcpy(at(GPA_CMDLINE, CMDLINE_MAX), machine.cmdline, strlen(machine.cmdline) + 1);
	entry = load_kernel(bp) + ENTRY_64;
	load_initrd(bp, end);
	bp[BP_LOADER_TYPE] = LOADER_UNDEFINED;
	put32(bp + BP_CMDLINE, GPA_CMDLINE);
	put64(bp + BP_SETUP_DATA, ccblob_build(firmware));
	acpi = acpi_build(firmware + CCBLOB_BYTES, FIRMWARE_BYTES - CCBLOB_BYTES);
	put64(bp + BP_ACPI_RSDP, acpi);
	e820(bp, 0, GPA_LOW_END, E820_RAM);
	e820(bp, GPA_LOW_END, GPA_HIGH_START, E820_RESERVED);
	e820(bp, GPA_HIGH_START, end, E820_RAM);
	if (end < firmware)
		e820(bp, end, firmware, E820_RESERVED);
	e820(bp, firmware, machine.ram, E820_ACPI);
	efi_build(bp, end, acpi);
	page_tables();
	registers(v, entry);
}
