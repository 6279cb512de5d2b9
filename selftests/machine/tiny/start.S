/* SPDX-License-Identifier: GPL-2.0 */
/* Header, entry and exception stubs of the tiny guest. */
	.section .header, "a"
	.org 0x1f1
	.byte 1				/* setup_sects */
	.org 0x1fe
	.word 0xaa55
	.byte 0xeb, 0x66		/* a jump whose length says where the header ends */
	.ascii "HdrS"
	.word 0x020f
	.org 0x236
	.word 1				/* xloadflags: has a 64-bit entry */
	.org 0x258
	.quad 0x1000000			/* pref_address */
	.org 0x400

	.section .entry, "ax"
	.globl entry
entry:
	cli
	leaq stack_end(%rip), %rsp
	call tiny_main
1:	hlt
	jmp 1b

	.text
/*
 * Every exception ends up behind the instruction that was tried: trap_resume is
 * its address, and the vector and the error code are what the test looks at.
 */
	.globl trap_stubs
	.balign 16
trap_stubs:
	.set vector, 0
	.rept 32
	.balign 16
	.if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 29))
	pushq $0
	.endif
	pushq $vector
	jmp trap
	.set vector, vector + 1
	.endr
trap:
	popq trap_vector(%rip)
	popq trap_error(%rip)
	pushq %rax
	movq trap_resume(%rip), %rax
	movq %rax, 8(%rsp)
	popq %rax
	iretq

	.bss
	.balign 16
	.skip 16384
stack_end:
	.section .note.GNU-stack, "", @progbits
