/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flash chip: where it is, and the commands that it takes, those of Intel's
 * command set (CFI 0001) which QEMU's pflash has and edk2's QemuFlash uses.
 *
 * Writes are commands. Programming only ever clears bits, erasing sets all of a block. The
 * chip's bus is as wide as a request for MMIO can be, so that it takes eight bytes at once.
 */
#ifndef FIRMWARE_FLASH_H
#define FIRMWARE_FLASH_H

#include "../host/types.h"

#define FLASH_GPA		0xffe00000ull	/* below 4 GiB, where no memory is */
#define FLASH_BYTES		0x20000u
#define FLASH_BLOCK		0x1000u
#define FLASH_WIDTH		8u

enum flash_command {
	FLASH_PROGRAM		= 0x10,		/* what is written next goes there */
	FLASH_ERASE		= 0x20,		/* this block, if confirmed */
	FLASH_CLEAR_STATUS	= 0x50,
	FLASH_READ_STATUS	= 0x70,		/* reads give the status from now on */
	FLASH_ERASE_CONFIRM	= 0xd0,
	FLASH_READ_ARRAY	= 0xff,		/* reads give the contents */
};

enum flash_status {
	FLASH_READY		= 0x80,
	FLASH_SEQUENCE_ERROR	= 0x30,
};

#endif /* FIRMWARE_FLASH_H */
