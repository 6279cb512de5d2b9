/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch. A struct vcpu begins with its VMCB, so %rdi is both.
 *
 * L1 uses no segment bases, no floating point and no debug registers: what
 * VMLOAD and VMSAVE carry is the guest's alone and the rest of its state just
 * stays in the CPU. The global interrupt flag is clear whenever L1 runs.
 */
#define REGS	0x2000			/* offsetof(struct vcpu, regs); vcpu.c asserts it */
#define REG(n)	(REGS + 8 * (n))

	.text
	.globl vcpu_switch
vcpu_switch:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi

	movq %rdi, %rax
	movq REG(1)(%rax), %rcx
	movq REG(2)(%rax), %rdx
	movq REG(3)(%rax), %rbx
	movq REG(5)(%rax), %rbp
	movq REG(6)(%rax), %rsi
	movq REG(7)(%rax), %rdi
	movq REG(8)(%rax), %r8
	movq REG(9)(%rax), %r9
	movq REG(10)(%rax), %r10
	movq REG(11)(%rax), %r11
	movq REG(12)(%rax), %r12
	movq REG(13)(%rax), %r13
	movq REG(14)(%rax), %r14
	movq REG(15)(%rax), %r15

	vmload %rax
	vmrun %rax
	vmsave %rax

	movq (%rsp), %rax
	movq %rcx, REG(1)(%rax)
	movq %rdx, REG(2)(%rax)
	movq %rbx, REG(3)(%rax)
	movq %rbp, REG(5)(%rax)
	movq %rsi, REG(6)(%rax)
	movq %rdi, REG(7)(%rax)
	movq %r8, REG(8)(%rax)
	movq %r9, REG(9)(%rax)
	movq %r10, REG(10)(%rax)
	movq %r11, REG(11)(%rax)
	movq %r12, REG(12)(%rax)
	movq %r13, REG(13)(%rax)
	movq %r14, REG(14)(%rax)
	movq %r15, REG(15)(%rax)

	popq %rdi
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

/* An intercepted NMI stays pending in the CPU: let it through to L1's handler, which drops it. */
	.globl vcpu_take_nmi
vcpu_take_nmi:
	stgi
	nop
	clgi
	ret

/* Sleep until an NMI comes. One that comes between STGI and HLT makes boot.S skip the HLT. */
	.globl vcpu_park, park_window, park_end
vcpu_park:
	stgi
park_window:
	hlt
park_end:
	clgi
	ret
	.section .note.GNU-stack, "", @progbits
