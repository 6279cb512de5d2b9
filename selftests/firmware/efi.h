/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the firmware and those who hand it over agree on: the tables of the UEFI
 * specification (4.2 to 4.6, 7.2, 8), and the head of the image.
 */
#ifndef FIRMWARE_EFI_H
#define FIRMWARE_EFI_H

#include "../host/types.h"

#define EFIAPI			__attribute__((ms_abi))

typedef u64 efi_status;

#define EFI_ERROR(code)		(1ull << 63 | (code))
#define EFI_SUCCESS		0ull
#define EFI_INVALID_PARAMETER	EFI_ERROR(2)
#define EFI_UNSUPPORTED		EFI_ERROR(3)
#define EFI_BUFFER_TOO_SMALL	EFI_ERROR(5)
#define EFI_DEVICE_ERROR	EFI_ERROR(7)
#define EFI_OUT_OF_RESOURCES	EFI_ERROR(9)
#define EFI_NOT_FOUND		EFI_ERROR(14)

#define EFI_SYSTEM_TABLE_SIGNATURE	0x5453595320494249ull
#define EFI_RUNTIME_SERVICES_SIGNATURE	0x56524553544e5552ull
#define EFI_REVISION			(2 << 16 | 70)

struct efi_guid {
	u64 low, high;
};

struct efi_table_header {
	u64 signature;
	u32 revision, size, crc32, reserved;
};

/* The runtime services, in the order of their table. */
enum efi_service {
	EFI_GET_TIME, EFI_SET_TIME, EFI_GET_WAKEUP_TIME, EFI_SET_WAKEUP_TIME,
	EFI_SET_VIRTUAL_ADDRESS_MAP, EFI_CONVERT_POINTER,
	EFI_GET_VARIABLE, EFI_GET_NEXT_VARIABLE_NAME, EFI_SET_VARIABLE,
	EFI_GET_NEXT_HIGH_MONO_COUNT, EFI_RESET_SYSTEM,
	EFI_UPDATE_CAPSULE, EFI_QUERY_CAPSULE, EFI_QUERY_VARIABLE_INFO,
	NR_EFI_SERVICES,
};

struct efi_runtime_services {
	struct efi_table_header header;
	u64 services[NR_EFI_SERVICES];
};

struct efi_configuration_table {
	struct efi_guid vendor;
	u64 table;
};

struct efi_system_table {
	struct efi_table_header header;
	u64 vendor;
	u32 firmware_revision, pad;
	u64 consoles[6];		/* none */
	u64 runtime, boot_services;
	u64 nr_tables, tables;
};

enum efi_memory_type {
	EFI_RUNTIME_SERVICES_CODE = 5,
	EFI_RUNTIME_SERVICES_DATA = 6,
	EFI_CONVENTIONAL_MEMORY = 7,
	EFI_ACPI_RECLAIM_MEMORY = 9,
	EFI_MEMORY_MAPPED_IO = 11,
};

#define EFI_MEMORY_UC		(1ull << 0)
#define EFI_MEMORY_WB		(1ull << 3)
#define EFI_MEMORY_RUNTIME	(1ull << 63)

struct efi_memory_descriptor {
	u32 type, pad;
	u64 physical, virtual, pages, attributes;
};

struct efi_time {
	u16 year;
	u8 month, day, hour, minute, second, pad1;
	u32 nanosecond;
	u16 time_zone;
	u8 daylight, pad2;
};

#define EFI_UNSPECIFIED_TIMEZONE 0x7ff

/* Non-volatile, for boot services, for the runtime. */
#define EFI_VARIABLE_ATTRIBUTES	7

/*
 * The image, code and data, begins with this. Whoever loads it clears what is behind
 * the file's end up to @bytes, and fills in @system_table.
 */
struct efi_image {
	u64 system_table;
	u32 bytes;
	u32 services[NR_EFI_SERVICES];	/* offsets into the image */
};

#endif /* FIRMWARE_EFI_H */
