/* SPDX-License-Identifier: GPL-2.0 */
/* Exception stubs of the tiny guest. */
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
	.section .note.GNU-stack, "", @progbits
