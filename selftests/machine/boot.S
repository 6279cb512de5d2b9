/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From multiboot to 64-bit C, on the boot CPU and on all others.
 *
 * The multiboot loader leaves 32-bit protected mode, %eax its magic and %ebx
 * its information. The other CPUs start at trampoline, copied to 0x8000, in
 * real mode. All of them share one identity map of 4 GiB.
 */
#define CR0_PE		0x1
#define CR0_WP		0x10000
#define CR0_PG		0x80000000
#define CR4_PAE		0x20
#define CR4_OSFXSR	0x200
#define MSR_EFER	0xc0000080
#define EFER_BITS	0x1900		/* LME, NXE, SVME */
#define STACK_SIZE	16384
#define TRAMPOLINE	0x8000

#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_FLAGS	0x3		/* modules on page boundaries, memory size wanted */

	.section .multiboot, "a"
	.balign 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.code32
	.text
	.globl boot
boot:
	cli
	movl %ebx, %ebp
	movl $page_tables, %edi		/* PML4, PDPT, four PDs */
	leal 0x1003(%edi), %eax
	movl %eax, (%edi)
	leal 0x2003(%edi), %eax
	movl $4, %ecx
	leal 0x1000(%edi), %esi
1:	movl %eax, (%esi)
	addl $0x1000, %eax
	addl $8, %esi
	loop 1b
	leal 0x2000(%edi), %esi
	movl $0x83, %eax		/* present, writable, 2M */
	movl $2048, %ecx
1:	movl %eax, (%esi)
	addl $0x200000, %eax
	addl $8, %esi
	loop 1b
	movl %ebp, %ebx

long_mode:				/* %ebx: the multiboot information, 0 on the other CPUs */
	movl $page_tables, %eax
	movl %eax, %cr3
	movl $(CR4_PAE | CR4_OSFXSR), %eax
	movl %eax, %cr4
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_BITS, %eax
	wrmsr
	movl $(CR0_PE | CR0_WP | CR0_PG), %eax
	movl %eax, %cr0
	lgdt gdt_pointer
	ljmp $0x08, $1f

	.code64
1:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	lidt idt_pointer
	testl %ebx, %ebx
	jz 2f
	leaq stacks + STACK_SIZE, %rsp
	movl %ebx, %edi
	call machine_main		/* does not return */
2:	movl $1, %eax		/* CPUID 1, EBX[31:24]: the APIC ID picks the stack */
	cpuid
	shrl $24, %ebx
	movl %ebx, %edi
	incl %ebx
	imull $STACK_SIZE, %ebx
	leaq stacks(%rbx), %rsp
	call smp_main

/* The others' first instructions: real mode, CS = 0x800, all relative to TRAMPOLINE. */
	.code16
	.globl trampoline, trampoline_end
trampoline:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl TRAMPOLINE + (trampoline_gdt_pointer - trampoline)
	movl $CR0_PE, %eax
	movl %eax, %cr0
	ljmpl $0x18, $TRAMPOLINE + (1f - trampoline)
	.code32
1:	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %ss
	xorl %ebx, %ebx
	movl $long_mode, %eax
	jmp *%eax
	.balign 8
trampoline_gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
trampoline_end:

/* An exception in L1 is a bug of the machine. An NMI is somebody's kick, and dropped. */
	.code64
	.balign 16
exception_stubs:
	.set vector, 0
	.rept 32
	.balign 16
	.if vector == 2
	jmp nmi
	.else
	.if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 29))
	pushq $0
	.endif
	pushq $vector
	jmp exception
	.endif
	.set vector, vector + 1
	.endr
nmi:
	cmpq $park_window, (%rsp)	/* before the HLT: do not sleep through the wake-up */
	jne 1f
	movq $park_end, (%rsp)
1:	iretq
exception:
	popq %rdi
	popq %rsi
	popq %rdx
	movq %cr2, %rcx
	andq $-16, %rsp
	call machine_trapped

	.globl idt_init
idt_init:
	leaq exception_stubs(%rip), %rax
	leaq idt(%rip), %rdi
	movl $32, %ecx
1:	movw %ax, (%rdi)
	movw $0x08, 2(%rdi)
	movw $0x8e00, 4(%rdi)
	movq %rax, %rdx
	shrq $16, %rdx
	movw %dx, 6(%rdi)
	movq $0, 8(%rdi)
	addq $16, %rax
	addq $16, %rdi
	loop 1b
	ret

	.data
	.balign 16
gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x10: data */
	.quad 0x00cf9b000000ffff	/* 0x18: 32-bit code */
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt
idt_pointer:
	.word 32 * 16 - 1
	.quad idt

	.bss
	.balign 4096
page_tables:
	.skip 6 * 4096
idt:
	.skip 32 * 16
	.balign 16
stacks:
	.skip 8 * STACK_SIZE		/* by APIC ID */
	.section .note.GNU-stack, "", @progbits
