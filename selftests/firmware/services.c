// SPDX-License-Identifier: GPL-2.0
/*
 * The runtime services that are not about variables. Their ports are #VCs, which the
 * kernel handles; not so while SetVirtualAddressMap() runs, at addresses that the
 * kernel does not know: no CPUID, MSR or port there.
 */
#include "firmware.h"

#define PORT_CMOS_INDEX		0x70
#define PORT_CMOS_DATA		0x71
#define PORT_RESET		0xcf9
#define RESET_FULL		0x0e

enum cmos {
	SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10,
	CENTURY = 0x32,
};

#define UPDATE_IN_PROGRESS	0x80

static u8 cmos(enum cmos which)
{
	outb(PORT_CMOS_INDEX, which);
	return inb(PORT_CMOS_DATA);
}

/* As QEMU's has it: in BCD, with 24 hours. */
static u8 number(enum cmos which)
{
	u8 bcd = cmos(which);

	return (bcd >> 4) * 10 + (bcd & 15);
}

static void read_clock(struct efi_time *time)
{
	while (cmos(STATUS_A) & UPDATE_IN_PROGRESS)
		;
	*time = (struct efi_time){
		.year = number(CENTURY) * 100 + number(YEAR), .month = number(MONTH),
		.day = number(DAY), .hour = number(HOUR), .minute = number(MINUTE),
		.second = number(SECOND), .time_zone = EFI_UNSPECIFIED_TIMEZONE,
	};
}

/* Until it is the same twice: others use these ports as well. */
efi_status EFIAPI get_time(struct efi_time *time, void *capabilities)
{
	struct efi_time before;

	(void)capabilities;
	read_clock(time);
	do {
		before = *time;
		read_clock(time);
	} while (memcmp(&before, time, sizeof(before)));
	return EFI_SUCCESS;
}

void EFIAPI reset_system(u32 type, efi_status status, u64 bytes, void *data)
{
	(void)type;
	(void)status;
	(void)bytes;
	(void)data;
	for (;;)
		asm volatile("outb %0, %w1" : : "a" ((u8)RESET_FULL), "d" (PORT_RESET));
}

efi_status EFIAPI unsupported(void)
{
	return EFI_UNSUPPORTED;
}

/* The memory map, while it counts. */
struct map {
	const u8 *start, *end;
	u64 step;
};

static u64 virtual(const struct map *map, u64 physical)
{
	const u8 *p = map->start;

	for (; p < map->end; p += map->step) {
		const struct efi_memory_descriptor *d = (const void *)p;

		if (d->attributes & EFI_MEMORY_RUNTIME && physical >= d->physical &&
		    physical - d->physical < d->pages << 12)
			return d->virtual + (physical - d->physical);
	}
	return 0;
}

/* True if it has become an address of the kernel's. */
static bool move(const struct map *map, u64 *address)
{
	*address = virtual(map, *address);
	return *address;
}

efi_status EFIAPI set_virtual_address_map(u64 map_bytes, u64 descriptor_bytes, u32 version,
					  const u8 *map_start)
{
	const struct map map = { map_start, map_start + map_bytes, descriptor_bytes };
	struct efi_system_table *system = (void *)image.system_table;
	struct efi_runtime_services *runtime = (void *)system->runtime;
	u32 i;

	if (version != 1 || descriptor_bytes < sizeof(struct efi_memory_descriptor))
		return EFI_INVALID_PARAMETER;
	for (i = 0; i < NR_EFI_SERVICES; i++)
		if (!move(&map, &runtime->services[i]))
			return EFI_NOT_FOUND;
	if (!move(&map, &system->vendor) || !move(&map, &system->runtime) ||
	    !move(&map, &system->tables) || !move(&map, &image.system_table))
		return EFI_NOT_FOUND;
	return EFI_SUCCESS;
}
