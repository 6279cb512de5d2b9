/* SPDX-License-Identifier: GPL-2.0 */
/* The head of the image, struct efi_image. */
	.section .head, "aw"
	.globl image
	.hidden image
image:
	.quad 0
	.long image_end - image
	.long get_time - image
	.long unsupported - image		/* SetTime */
	.long unsupported - image		/* GetWakeupTime */
	.long unsupported - image		/* SetWakeupTime */
	.long set_virtual_address_map - image
	.long unsupported - image		/* ConvertPointer: as a service to itself */
	.long get_variable - image
	.long get_next_variable_name - image
	.long set_variable - image
	.long unsupported - image		/* GetNextHighMonotonicCount */
	.long reset_system - image
	.long unsupported - image		/* UpdateCapsule */
	.long unsupported - image		/* QueryCapsuleCapabilities */
	.long query_variable_info - image

	.section .note.GNU-stack, "", @progbits
