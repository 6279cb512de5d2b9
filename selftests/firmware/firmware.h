/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the firmware know of each other. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include "../machine/io.h"
#include "../machine/ports.h"
#include "efi.h"
#include "flash.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* ghcb.c: to the machine; and MMIO, by way of the host. False: there is no GHCB, or no answer */
void say(enum firmware_word word);
bool mmio_read(u64 gpa, void *data, u32 size);
bool mmio_write(u64 gpa, const void *data, u32 size);

/* flash.c: false if the chip did not do it */
bool flash_read(u32 offset, void *data, u32 bytes);
bool flash_program(u32 offset, const void *data, u32 bytes);
bool flash_erase(u32 offset);

/* store.c: variables in the flash. A name ends with a 0, @bytes count that */
enum { NAME_BYTES_MAX = 512, DATA_BYTES_MAX = 4096 };

struct variable {
	u16 start;
	u8 state, reserved;
	u32 attributes, name_bytes, data_bytes;
	struct efi_guid vendor;
};

bool store_open(void);
int store_find(const u16 *name, u32 bytes, const struct efi_guid *vendor);
bool store_get(int which, struct variable *v);
bool store_name(int which, u16 *name, u32 bytes);
bool store_data(int which, void *data, u32 bytes);
efi_status store_add(const struct variable *v, const u16 *name, const void *data);
efi_status store_remove(int which);
u32 store_count(void);
u32 store_size(void);
u32 store_used(void);

/* services.c, variables.c: what the operating system calls, in image.S */
efi_status EFIAPI get_time(struct efi_time *time, void *capabilities);
efi_status EFIAPI set_virtual_address_map(u64 map_bytes, u64 descriptor_bytes, u32 version,
					  const u8 *map_start);
efi_status EFIAPI get_variable(const u16 *name, const struct efi_guid *vendor, u32 *attributes,
			       u64 *bytes, void *data);
efi_status EFIAPI get_next_variable_name(u64 *bytes, u16 *name, struct efi_guid *vendor);
efi_status EFIAPI set_variable(const u16 *name, const struct efi_guid *vendor, u32 attributes,
			       u64 bytes, const void *data);
efi_status EFIAPI query_variable_info(u32 attributes, u64 *storage, u64 *remaining, u64 *largest);
void EFIAPI reset_system(u32 type, efi_status status, u64 bytes, void *data);
efi_status EFIAPI unsupported(void);

/* image.S */
extern struct efi_image image;

/* What the compiler expects to find. */
void *memset(void *p, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif /* FIRMWARE_H */
