// SPDX-License-Identifier: GPL-2.0
/*
 * The flash chip behind the firmware's variables. It keeps what it has over resets of
 * the guest. Commands and data come by MMIO; there is no mapping of it.
 */
#include "../firmware/flash.h"
#include "machine.h"

static struct {
	u8 bytes[FLASH_BYTES];
	enum flash_command mode;	/* what reads give, or what the next write is for */
	u8 status;
} flash;

static void erase(u32 offset)
{
	memset(flash.bytes + (offset & ~(FLASH_BLOCK - 1)), 0xff, FLASH_BLOCK);
}

static void command(enum flash_command code)
{
	switch (code) {
	case FLASH_PROGRAM:
	case FLASH_ERASE:
	case FLASH_READ_STATUS:
	case FLASH_READ_ARRAY:
		flash.mode = code;
		break;
	case FLASH_CLEAR_STATUS:
		flash.status = FLASH_READY;
		break;
	default:
		break;
	}
}

static void program(u32 offset, const u8 *data, u64 bytes)
{
	u64 i;

	for (i = 0; i < bytes; i++)
		flash.bytes[offset + i] &= data[i];
}

static void write(u32 offset, const u8 *data, u64 bytes)
{
	enum flash_command mode = flash.mode;

	if (mode != FLASH_PROGRAM && mode != FLASH_ERASE)
		return command(*data);
	flash.mode = FLASH_READ_STATUS;
	if (mode == FLASH_PROGRAM)
		program(offset, data, bytes);
	else if (*data == FLASH_ERASE_CONFIRM)
		erase(offset);
	else
		flash.status |= FLASH_SEQUENCE_ERROR;
}

static void read(u32 offset, u8 *data, u64 bytes)
{
	u64 i;

	for (i = 0; i < bytes; i++)
		data[i] = flash.mode == FLASH_READ_ARRAY ? flash.bytes[offset + i] : flash.status;
}

/* At the guest's first start; later ones find what is there. */
void flash_init(void)
{
	static bool used;

	flash.mode = FLASH_READ_ARRAY;
	flash.status = FLASH_READY;
	if (!used)
		memset(flash.bytes, 0xff, sizeof(flash.bytes));
	used = true;
	machine.host.flash = FLASH_GPA;
	machine.host.flash_bytes = FLASH_BYTES;
}

/* False: that is not the flash, or nobody has turned it on. */
bool flash_access(struct vcpu *v, u64 gpa, u64 size, bool is_write, u8 *data)
{
	u64 offset = gpa - machine.host.flash;

	if (offset >= machine.host.flash_bytes || size > machine.host.flash_bytes - offset)
		return false;
	v->counters[is_write ? COUNTER_flash_writes : COUNTER_flash_reads]++;
	v->counters[COUNTER_flash_in_transition] += steps_any_in_transition();
	if (is_write)
		write(offset, data, size);
	else
		read(offset, data, size);
	return true;
}
