// SPDX-License-Identifier: GPL-2.0
/* The variable services, UEFI specification 8.2. Callers take turns: the kernel sees to it. */
#include "firmware.h"

/* With the 0 at its end; more than fits if there is none. */
static u32 name_bytes(const u16 *name)
{
	u32 n = 0;

	while (n < NAME_BYTES_MAX / sizeof(*name) && name[n])
		n++;
	return (n + 1) * sizeof(*name);
}

static efi_status find(const u16 *name, const struct efi_guid *vendor, int *which)
{
	u32 bytes = name_bytes(name);

	if (bytes == sizeof(*name) || bytes > NAME_BYTES_MAX)
		return EFI_INVALID_PARAMETER;
	if (!store_open())
		return EFI_DEVICE_ERROR;
	*which = store_find(name, bytes, vendor);
	return *which < 0 ? EFI_NOT_FOUND : EFI_SUCCESS;
}

efi_status EFIAPI get_variable(const u16 *name, const struct efi_guid *vendor, u32 *attributes,
			       u64 *bytes, void *data)
{
	struct variable v;
	u64 room = *bytes;
	int which;
	efi_status status = find(name, vendor, &which);

	if (status)
		return status;
	if (!store_get(which, &v))
		return EFI_DEVICE_ERROR;
	if (attributes)
		*attributes = v.attributes;
	*bytes = v.data_bytes;
	if (room < v.data_bytes)
		return EFI_BUFFER_TOO_SMALL;
	return store_data(which, data, v.data_bytes) ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

efi_status EFIAPI get_next_variable_name(u64 *bytes, u16 *name, struct efi_guid *vendor)
{
	efi_status status = EFI_SUCCESS;
	u64 room = *bytes;
	struct variable v;
	int which = -1;

	if (name[0])
		status = find(name, vendor, &which);
	else if (!store_open())
		status = EFI_DEVICE_ERROR;
	if (status)
		return status == EFI_NOT_FOUND ? EFI_INVALID_PARAMETER : status;
	if (++which == (int)store_count())
		return EFI_NOT_FOUND;
	if (!store_get(which, &v))
		return EFI_DEVICE_ERROR;
	*bytes = v.name_bytes;
	if (room < v.name_bytes)
		return EFI_BUFFER_TOO_SMALL;
	*vendor = v.vendor;
	return store_name(which, name, v.name_bytes) ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

efi_status EFIAPI set_variable(const u16 *name, const struct efi_guid *vendor, u32 attributes,
			       u64 bytes, const void *data)
{
	struct variable v = {
		.attributes = attributes, .name_bytes = name_bytes(name), .data_bytes = bytes,
		.vendor = *vendor,
	};
	int which;
	efi_status status = find(name, vendor, &which);

	if (status && status != EFI_NOT_FOUND)
		return status;
	if (!bytes || !attributes)
		return status ?: store_remove(which);
	if (attributes != EFI_VARIABLE_ATTRIBUTES)
		return EFI_UNSUPPORTED;
	if (bytes > DATA_BYTES_MAX)
		return EFI_OUT_OF_RESOURCES;
	return store_add(&v, name, data);
}

efi_status EFIAPI query_variable_info(u32 attributes, u64 *storage, u64 *remaining, u64 *largest)
{
	if (attributes != EFI_VARIABLE_ATTRIBUTES)
		return EFI_UNSUPPORTED;
	if (!store_open())
		return EFI_DEVICE_ERROR;
	*storage = store_size();
	*remaining = store_size() - store_used();
	*largest = DATA_BYTES_MAX;
	return EFI_SUCCESS;
}
