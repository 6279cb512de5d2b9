/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Header and entry of the guests without Linux. The loader of the machine and kexec
 * take them for a bzImage that may lie anywhere.
 */
	.section .header, "a"
	.org 0x1f1
	.byte 1				/* setup_sects */
	.org 0x1fe
	.word 0xaa55
	.byte 0xeb, 0x66		/* a jump whose length says where the header ends */
	.ascii "HdrS"
	.word 0x020f
	.org 0x211
	.byte 1				/* loadflags: loaded high */
	.org 0x230
	.long 0x200000			/* kernel_alignment */
	.byte 1				/* relocatable_kernel */
	.org 0x236
	.word 3				/* xloadflags: has a 64-bit entry, may be above 4G */
	.long 2047			/* cmdline_size */
	.org 0x258
	.quad 0x1000000			/* pref_address */
	.long image_bytes		/* init_size */
	.org 0x400

	.section .entry, "ax"
	.globl entry
entry:
	cli
	movq %rsi, %rdi			/* boot_params */
	leaq stack_end(%rip), %rsp
	call guest_main
1:	hlt
	jmp 1b

	.bss
	.balign 16
	.skip 16384
stack_end:
	.section .note.GNU-stack, "", @progbits
