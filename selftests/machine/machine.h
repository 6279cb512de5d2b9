/* SPDX-License-Identifier: GPL-2.0 */
/* What the rooms of the machine know of each other. */
#ifndef MACHINE_H
#define MACHINE_H

#include "../host/host.h"
#include "io.h"
#include "ports.h"
#include "svm.h"

#define __packed	__attribute__((packed))
#define __noreturn	__attribute__((noreturn))
#define __page_aligned	__attribute__((aligned(4096)))
#define __printf(a, b)	__attribute__((format(printf, a, b)))

#define MAX_VCPUS	HOST_MAX_VCPUS
#define PAGE_SIZE	HOST_PAGE_SIZE
#define PAGE_SHIFT	HOST_PAGE_SHIFT
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* To QEMU a C-bit is an address bit like any other: the top one of the 40 that TCG has. */
#define C_BIT_POS	39
#define C_BIT		(1ull << C_BIT_POS)

/* L1 keeps the memory below this for itself; the guest's GPA 0 is here. */
#define GUEST_BASE	0x8000000ull

enum vcpu_state {
	VCPU_ABSENT,		/* no physical CPU behind it */
	VCPU_PARKED,		/* waits for AP_CREATION */
	VCPU_RUNNING,
};

/* The general purpose registers as an instruction encodes them; switch.S knows the order. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NR_REGS };

struct vcpu {
	struct vmcb vmcb;
	u8 host_save[PAGE_SIZE];
	u64 regs[NR_REGS];	/* RAX and RSP live in the VMCB while the guest runs */
	int id;			/* also its APIC ID */
	enum vcpu_state state;
	bool kicked;		/* the NMI that arrives is ours */
	bool counts;		/* SEL_ICR */
	u64 entered;		/* the TSC then */
	bool stepped;
	u32 irqs_off;		/* instructions since they are */
	bool nmi_wanted;	/* an NMI for the guest waits for the mask to go */
	u32 nmi_vmgexit, nmi_steps;	/* nmi.c: count down to one, by VMGEXITs or instructions */
	enum nmi_from nmi_from;
	u32 tpr;		/* of the guest, while its interrupts are held */
	bool held;
	bool nmi_behind;
	u64 watched;		/* the GFN of its GHCB, while watch.c is at work */
	bool watch_steps;
	bool yields;		/* lets other CPUs run before it goes on */
	u32 epoch;		/* counts the times that it was started or stopped from outside */
	u32 settled;		/* the epoch in which it had interrupts on, so it has handlers */
	u64 pending_event;	/* cut off by an exit while it was delivered */
	u64 lent[8];		/* private pages that the shared view has until the next exit */
	unsigned int nr_lent;
	u64 counters[NR_MACHINE_COUNTERS];	/* those that the host model does not keep */
	struct host_vcpu host;
} __page_aligned;

struct machine {
	struct host host;
	u64 ram;		/* bytes of guest memory */
	int nr_vcpus;
	struct vcpu *current;	/* whose exit is handled, under the lock */
	bool es;		/* reflect exits as #VC, as SEV-ES does */
	bool apic_vc;		/* ... those of the local APIC, too */
	bool kvmhc;		/* KVM's hypercall about page states, see hypercall.c */
	bool convict;		/* end the run at the first violation, else only count it */
	bool kick;		/* other vCPUs flush when a page changes hands */
	bool switch_cpus;	/* ... and get the CPU at each exit inside a conversion */
	u32 resets;		/* that many the guest may still ask for */
	u64 next_free;		/* of L1's own memory, see alloc_pages() */
	char *options;		/* the part of the command line before "--" */
	const char *cmdline;	/* the part behind it, for the guest's kernel */
	struct { u64 start, end; } kernel, initrd;
};

extern struct machine machine;
extern struct vcpu vcpus[MAX_VCPUS];

/* How a run can end: isa-debug-exit makes QEMU's exit status (code << 1) | 1 of it. */
enum verdict {
	PASSED = 0x10, FAILED, GUEST_DIED, VIOLATION, HOST_STOPPED, MACHINE_BUG,
};

/* console.c: the log on QEMU's debug console, and the end */
__printf(1, 2) void print(const char *fmt, ...);
__printf(3, 4) __noreturn
void finish(enum verdict verdict, const struct vcpu *v, const char *fmt, ...);
#define BUG_ON(cond) \
	((cond) ? finish(MACHINE_BUG, NULL, "%s:%d: %s", __FILE__, __LINE__, #cond) : (void)0)

/* log.c: the last exits */
void log_exit(const struct vcpu *v);
void log_dump(void);

/* memory.c: L1's memory and what every freestanding program needs */
void *alloc_pages(u64 bytes);
void *guest_memory(u64 gpa, u64 bytes);	/* NULL outside of the guest's RAM */
void *memset(void *p, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* options.c: machine.options, "name=value" words */
const char *option(const char *name, const char *fallback);
bool option_is(const char *name, const char *value);
bool option_on(const char *name, bool fallback);

long option_number(const char *name, long fallback);
void options_check(void);

/* nmi.c */
void nmi_init(void);
void nmi_storm(u32 every);
void nmi_at_vmgexit(struct vcpu *v, u32 n, bool after);
bool nmi_before_vmgexit(struct vcpu *v);
void nmi_after_vmgexit(struct vcpu *v);
void nmi_after(struct vcpu *v, u32 instructions);
void nmi_from(struct vcpu *v, enum nmi_from from);
void nmi_step(struct vcpu *v);
void nmi_tick(struct vcpu *self);
void hold_interrupts(struct vcpu *v, bool hold);

/* insns.c */
void insns_init(void);
void insns_enter(struct vcpu *v);
void insns_leave(struct vcpu *v);
void insns_count(struct vcpu *v, u32 how);
void insns_stepped(struct vcpu *v);

/* watch.c */
void watch_ghcb(struct vcpu *v);
bool watch_access(struct vcpu *v, u64 gpa, bool write);
void watch_stepped(struct vcpu *v);

/* canary.c */
void canary_watch(bool on);
void canary_at_vmgexit(const struct vcpu *v);
u32 canaries_seen(void);

/* smp.c */
void relax(void);
void smp_start(void);
void machine_lock(void);
void machine_unlock(void);
void vcpu_wait_until_created(struct vcpu *v);
void vcpu_create(struct vcpu *v, const struct vmcb_save *vmsa);
void vcpu_destroy(struct vcpu *v);
void kick(struct vcpu *self, struct vcpu *v);
void kick_others(struct vcpu *self);

/* npt.c: nested page tables, a private and a shared view of guest memory */
void npt_init(void);
u64 npt_root(bool paging);
void npt_sync(u64 gfn);
void npt_lend_to_walk(struct vcpu *v, u64 gpa);
void npt_show_ciphertext(struct vcpu *v, u64 gpa);
void npt_take_back(struct vcpu *v);
void npt_map_nothing(u64 gpa);
void npt_hide(u64 gfn);
void npt_trap_apic(bool on);
#define APIC_BASE	0xfee00000ull
#define IOAPIC_BASE	0xfec00000ull

/* vcpu.c, switch.S */
void vcpu_init(struct vcpu *v, int id);
__noreturn void vcpu_loop(struct vcpu *v);
void vcpu_switch(struct vcpu *v);
void vcpu_take_nmi(void);
void vcpu_park(void);
void vcpu_inject(struct vcpu *v, u64 event);
void step(struct vcpu *v);

/* walk.c: the guest's page tables, read as hardware reads them */
struct mapping {
	u64 gpa;	/* of the byte, without the C-bit */
	bool c_bit;
	bool large;	/* by a 2M or 1G leaf */
	bool writable;
};

bool walk(const struct vcpu *v, u64 va, struct mapping *m);
bool in_direct_map(const struct vcpu *v, u64 va, u64 *gpa);
bool present_in_direct_map(const struct vcpu *v, u64 gpa, u64 bytes);

/* insn.c: instructions that TCG lacks, and those that an exit gives no length for */
void insn_undefined(struct vcpu *v);
void page_fault(struct vcpu *v, u64 va, u32 error);
void insn_write_cr0(struct vcpu *v);
bool insn_store(struct vcpu *v, u32 *value);	/* steps over a 32-bit store to MMIO */
unsigned int insn_bytes(const struct vcpu *v, u8 *bytes, unsigned int max);

/* vc.c, emulate.c: #VC, and what the guest's handler of it then asks for */
void vc_inject(struct vcpu *v, u64 exit_code);
void emulate(struct vcpu *v, struct host_exit *e);

/* cpu.c: CPUID and MSRs */
void cpuid(const struct vcpu *v, u32 leaf, u32 subleaf, u32 out[4]);
bool msr_access(struct vcpu *v, u32 msr, bool write, u64 *value);
void cpu_cpuid(struct vcpu *v);
void cpu_msr(struct vcpu *v);

/* reset.c */
void guest_start(void);
void guest_reset(struct vcpu *self, const char *how);

/* hypercall.c */
void hypercall_cpuid(u32 leaf, u32 out[4]);
bool hypercall_msr(u32 msr);
u64 hypercall(struct vcpu *v, const u64 args[4]);

/* host.c: the host model, on this machine's memory and vCPUs */
void host_model_init(void);
void host_npf(struct vcpu *v);
void not_validated(struct vcpu *v, u64 gpa);
#define VC_NOT_VALIDATED	0x404
void host_vmmcall(struct vcpu *v);

/* steps.c: how far each page's conversion is */
void steps_init(void);
void step_pvalidated(u64 gfn, u64 n, bool validate);
void step_nmi_at(enum step at, u32 n);
void step_changed(u64 gfn, u64 n, bool private);
const char *step_name(u64 gfn);
bool steps_any_in_transition(void);
void steps_count_faults(struct vcpu *self, bool on);
void step_page_fault(struct vcpu *v);

/* ports.c */
void counters_print(void);
void port_access(struct vcpu *v, u16 port, unsigned int size, bool in, u32 *value);
void ports_access(struct vcpu *v);
void ports_init(u8 *iopm);

/* apic.c: MMIO, which is interrupt controllers only; the counting mode */
bool mmio_access(struct vcpu *v, u64 gpa, u64 size, bool write, void *data);
void apic_trap(void);
void apic_write(struct vcpu *v, u64 gpa);

/* efi.c, flash.c, firmware.c: UEFI runtime services, with efi=on */
u64 efi_bytes(void);			/* how much of the guest's memory they want */
void efi_build(u8 *boot_params, u64 gpa, u64 acpi);
void flash_init(void);
bool flash_access(struct vcpu *v, u64 gpa, u64 size, bool write, u8 *data);
bool firmware_pointer_is_good(struct vcpu *v);
void firmware_says(struct vcpu *v, enum firmware_word word);

/* linux.c, acpi.c, ccblob.c: what a boot loader and firmware leave for the kernel */
#define GPA_BOOT_PARAMS	0x10000ull
void linux_load(struct vcpu *v);
u64 acpi_build(u64 gpa, u64 bytes);	/* returns the RSDP's GPA */
u64 ccblob_build(u64 gpa);		/* returns the GPA of the setup_data */
#define CCBLOB_BYTES	(3 * PAGE_SIZE)

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi));
	return (u64)hi << 32 | lo;
}

#endif /* MACHINE_H */
