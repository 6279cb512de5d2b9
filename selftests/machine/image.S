/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's firmware, ../firmware. */
	.section .rodata, "a"
	.globl firmware_image, firmware_image_end
	.balign 16
firmware_image:
	.incbin "firmware.bin"
firmware_image_end:

	.section .note.GNU-stack, "", @progbits
