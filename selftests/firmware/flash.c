// SPDX-License-Identifier: GPL-2.0
/*
 * The flash chip, used as edk2's QemuFlashWrite() does it, but for the width of the
 * bus. An NMI may have cost us a command without a word, so what was to be written is
 * read back, and written once more if it does not stand there.
 */
#include "firmware.h"

enum { TRIES = 100 };

static bool command(u32 offset, u8 value)
{
	return mmio_write(FLASH_GPA + offset, &value, 1);
}

bool flash_read(u32 offset, void *data, u32 bytes)
{
	u8 *to = data;

	while (bytes) {
		u32 n = bytes < FLASH_WIDTH ? bytes : FLASH_WIDTH;

		if (!mmio_read(FLASH_GPA + offset, to, n))
			return false;
		offset += n;
		to += n;
		bytes -= n;
	}
	return true;
}

/* Up to FLASH_WIDTH bytes, until they stand there. */
static bool program(u32 offset, const u8 *data, u32 bytes)
{
	u8 found[FLASH_WIDTH];
	u32 tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (tries)
			say(FIRMWARE_REWRITES);
		if (!command(offset, FLASH_PROGRAM) ||
		    !mmio_write(FLASH_GPA + offset, data, bytes) ||
		    !command(offset, FLASH_READ_ARRAY) || !flash_read(offset, found, bytes))
			return false;
		if (!memcmp(found, data, bytes))
			return true;
	}
	return false;
}

bool flash_program(u32 offset, const void *data, u32 bytes)
{
	const u8 *from = data;

	while (bytes) {
		u32 n = bytes < FLASH_WIDTH ? bytes : FLASH_WIDTH;

		if (!program(offset, from, n))
			return false;
		offset += n;
		from += n;
		bytes -= n;
	}
	return true;
}

/* Where the first word of a block that is not erased stands; the block's end if none. */
static bool find_written(u32 offset, u32 *at)
{
	u64 word = ~0ull;

	for (*at = offset; *at < offset + FLASH_BLOCK; *at += sizeof(word)) {
		if (!flash_read(*at, &word, sizeof(word)))
			return false;
		if (~word)
			break;
	}
	return true;
}

/* The block at @offset. If one of its words has gone, all have. */
bool flash_erase(u32 offset)
{
	u64 word = 0;
	u32 tries, at;

	if (!find_written(offset, &at))
		return false;
	if (at == offset + FLASH_BLOCK)
		return true;
	for (tries = 0; tries < TRIES && ~word; tries++) {
		if (tries)
			say(FIRMWARE_REWRITES);
		if (!command(offset, FLASH_ERASE) || !command(offset, FLASH_ERASE_CONFIRM) ||
		    !command(offset, FLASH_READ_ARRAY) || !flash_read(at, &word, sizeof(word)))
			return false;
	}
	return !~word;
}
