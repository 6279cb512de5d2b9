// SPDX-License-Identifier: GPL-2.0
/*
 * UEFI runtime services, handed over as a boot loader does after ExitBootServices():
 * boot_params.efi_info names a system table and a memory map. The kernel is entered as
 * without them, and does the rest: it gives each region that the runtime needs an
 * address, and tells the firmware by SetVirtualAddressMap().
 */
#include "../firmware/efi.h"
#include "../firmware/flash.h"
#include "machine.h"

/* struct efi_info in struct boot_params, by offset */
#define BP_EFI_SIGNATURE	0x1c0
#define BP_EFI_SYSTEM_TABLE	0x1c4
#define BP_EFI_DESCRIPTOR_SIZE	0x1c8
#define BP_EFI_VERSION		0x1cc
#define BP_EFI_MAP		0x1d0
#define BP_EFI_MAP_SIZE		0x1d4
#define EFI_64_SIGNATURE	0x34364c45	/* "EL64" */

#define GPA_MAP			0x13000ull	/* in RAM, as a boot loader has it */
#define GPA_LOW_END		0x9f000ull
#define GPA_HIGH_START		0x100000ull
#define IMAGE_BYTES		0x10000ull
#define DATA_BYTES		PAGE_SIZE

/* Real firmware's are larger than the structure, too. */
#define DESCRIPTOR_SIZE		48

extern const u8 firmware_image[], firmware_image_end[];

/* What the kernel reads, in a region of runtime data. */
struct tables {
	struct efi_system_table system;
	struct efi_runtime_services runtime;
	struct efi_configuration_table configuration[1];
	u16 vendor[8];
};

#define OFFSET(member)	__builtin_offsetof(struct tables, member)

static const struct efi_guid acpi_20 = { 0x11d3e4f18868e871, 0x81883cc7800022bc };

u64 efi_bytes(void)
{
	return option_on("efi", false) ? IMAGE_BYTES + DATA_BYTES : 0;
}

static struct efi_table_header header(u64 signature, u32 size)
{
	return (struct efi_table_header){ signature, EFI_REVISION, size };
}

static struct efi_image *load_image(u64 gpa)
{
	struct efi_image *image = guest_memory(gpa, IMAGE_BYTES);

	BUG_ON(!image);
	memset(image, 0, IMAGE_BYTES);
	memcpy(image, firmware_image, firmware_image_end - firmware_image);
	BUG_ON(image->bytes > IMAGE_BYTES);
	return image;
}

static void build_tables(u64 gpa, u64 image_gpa, u64 acpi)
{
	struct efi_image *image = load_image(image_gpa);
	struct tables *t = guest_memory(gpa, sizeof(*t));
	unsigned int i;

	BUG_ON(!t);
	*t = (struct tables){
		.system = {
			.header = header(EFI_SYSTEM_TABLE_SIGNATURE, sizeof(t->system)),
			.vendor = gpa + OFFSET(vendor),
			.runtime = gpa + OFFSET(runtime),
			.nr_tables = ARRAY_SIZE(t->configuration),
			.tables = gpa + OFFSET(configuration),
		},
		.runtime.header = header(EFI_RUNTIME_SERVICES_SIGNATURE, sizeof(t->runtime)),
		.configuration = { { acpi_20, acpi } },
		.vendor = { 'S', 'N', 'P', ' ', 'P', 'S', 'C' },
	};
	for (i = 0; i < NR_EFI_SERVICES; i++)
		t->runtime.services[i] = image_gpa + image->services[i];
	image->system_table = gpa + OFFSET(system);
}

/* Only what is MMIO is mapped without the C-bit; and only RAM is where KASLR may put a kernel. */
static u32 build_map(u8 *map, u64 image)
{
	const struct {
		u64 start, end;
		enum efi_memory_type type;
		u64 attributes;
	} regions[] = {
		{ 0, GPA_LOW_END, EFI_CONVENTIONAL_MEMORY, EFI_MEMORY_WB },
		{ GPA_HIGH_START, image, EFI_CONVENTIONAL_MEMORY, EFI_MEMORY_WB },
		{ image, image + IMAGE_BYTES, EFI_RUNTIME_SERVICES_CODE,
		  EFI_MEMORY_WB | EFI_MEMORY_RUNTIME },
		{ image + IMAGE_BYTES, image + efi_bytes(), EFI_RUNTIME_SERVICES_DATA,
		  EFI_MEMORY_WB | EFI_MEMORY_RUNTIME },
		{ image + efi_bytes(), machine.ram, EFI_ACPI_RECLAIM_MEMORY, EFI_MEMORY_WB },
		{ FLASH_GPA, FLASH_GPA + FLASH_BYTES, EFI_MEMORY_MAPPED_IO,
		  EFI_MEMORY_UC | EFI_MEMORY_RUNTIME },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		struct efi_memory_descriptor d = {
			.type = regions[i].type,
			.physical = regions[i].start,
			.pages = (regions[i].end - regions[i].start) >> PAGE_SHIFT,
			.attributes = regions[i].attributes,
		};

		memcpy(map + i * DESCRIPTOR_SIZE, &d, sizeof(d));
	}
	return i * DESCRIPTOR_SIZE;
}

static void put32(u8 *p, u32 value)
{
	memcpy(p, &value, sizeof(value));
}

/* Image and tables at @gpa, of efi_bytes(); all of it below 4 GiB. */
void efi_build(u8 *bp, u64 gpa, u64 acpi)
{
	u8 *map = guest_memory(GPA_MAP, PAGE_SIZE);

	if (!efi_bytes())
		return;
	flash_init();
	build_tables(gpa + IMAGE_BYTES, gpa, acpi);
	put32(bp + BP_EFI_SIGNATURE, EFI_64_SIGNATURE);
	put32(bp + BP_EFI_SYSTEM_TABLE, gpa + IMAGE_BYTES);
	put32(bp + BP_EFI_DESCRIPTOR_SIZE, DESCRIPTOR_SIZE);
	put32(bp + BP_EFI_VERSION, 1);
	put32(bp + BP_EFI_MAP, GPA_MAP);
	put32(bp + BP_EFI_MAP_SIZE, build_map(memset(map, 0, PAGE_SIZE), gpa));
}
