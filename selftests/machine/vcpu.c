// SPDX-License-Identifier: GPL-2.0
/* A vCPU: its VMCB, the loop around the world switch, and who handles which exit. */
#include "machine.h"

_Static_assert(offsetof(struct vcpu, regs) == 0x2000, "REGS of switch.S");

#define IOPM_BYTES	(3 * PAGE_SIZE)
#define MSRPM_BYTES	(2 * PAGE_SIZE)
#define INT_SHADOW	1
#define RFLAGS_TF	(1ull << 8)
#define RFLAGS_IF	(1ull << 9)
#define DR6_BS		(1ull << 14)
#define OPCODE_STI	0xfb
#define DEFAULT_PAT	0x0007040600070406ull

static u8 iopm[IOPM_BYTES] __page_aligned;
static u8 msrpm[MSRPM_BYTES] __page_aligned;

/* Two bits an MSR, read and write; 2 KiB each for those from 0, 0xc0000000 and 0xc0010000 on. */
static void msr_bits(u32 msr, bool intercept)
{
	unsigned int bit = (msr & 0x1fff) * 2;
	unsigned int base = msr >= 0xc0010000 ? 0x1000 : msr >= 0xc0000000 ? 0x800 : 0;

	msrpm[base + bit / 8] &= ~(3 << bit % 8);
	msrpm[base + bit / 8] |= (intercept ? 3 : 0) << bit % 8;
}

/* SEV-ES leaves a guest these MSRs (KVM's direct_access_msrs); all others are a #VC. */
static void reflect_init(void)
{
	static const u32 passed[] = {
		0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,	/* STAR, LSTAR, CSTAR, SFMASK */
		0xc0000100, 0xc0000101, 0xc0000102,		/* FS, GS, kernel GS base */
		0xc0000103,					/* TSC_AUX */
		0x174, 0x175, 0x176,				/* SYSENTER_CS, _ESP, _EIP */
		MSR_PAT,
	};
	unsigned int i;

	memset(iopm, 0xff, sizeof(iopm));
	memset(msrpm, 0xff, 0x1800);
	for (i = 0; i < ARRAY_SIZE(passed); i++)
		msr_bits(passed[i], false);
}

static void intercepts_init(void)
{
	static const u32 msrs[] = {
		MSR_EFER, MSR_VM_CR, MSR_VM_HSAVE_PA, MSR_GHCB, MSR_SEV_STATUS,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		msr_bits(msrs[i], true);
	ports_init(iopm);
	if (machine.es)
		reflect_init();
}

void vcpu_init(struct vcpu *v, int id)
{
	struct vmcb *c = &v->vmcb;

	if (!id)
		intercepts_init();
	v->id = id;
	v->state = VCPU_PARKED;
	c->intercept_cr_write = 1 << 0;
	c->intercept_exceptions = 1 << VECTOR_UD;
	c->intercept_misc1 = INTERCEPT_NMI | INTERCEPT_CPUID | INTERCEPT_IOIO | INTERCEPT_MSR |
			     INTERCEPT_SHUTDOWN;
	c->intercept_misc2 = INTERCEPT_VMRUN | INTERCEPT_VMMCALL | INTERCEPT_VMLOAD |
			     INTERCEPT_VMSAVE | INTERCEPT_STGI | INTERCEPT_CLGI | INTERCEPT_SKINIT;
	if (machine.es) {
		c->intercept_dr_read = INTERCEPT_DR7;
		c->intercept_dr_write = INTERCEPT_DR7;
		c->intercept_misc2 |= INTERCEPT_WBINVD;
		if (option_on("rdtsc", false))
			c->intercept_misc1 |= INTERCEPT_RDTSC;
	}
	c->iopm_base = (u64)iopm;
	c->msrpm_base = (u64)msrpm;
	c->asid = 1;
	c->nested_ctl = NESTED_CTL_NP;
	c->save.g_pat = DEFAULT_PAT;
	wrmsr(MSR_VM_HSAVE_PA, (u64)v->host_save);
}

void vcpu_inject(struct vcpu *v, u64 event)
{
	v->pending_event = event | EVENT_VALID;
}

static void exit_nmi(struct vcpu *v)
{
	/*
	 * Resumed behind an STI its shadow would be lost, and with it the
	 * wake-up that an STI; HLT waits for: let the guest execute it again.
	 */
	if (v->vmcb.int_shadow & INT_SHADOW) {
		u8 before;

		v->vmcb.save.rip--;
		if (insn_bytes(v, &before, 1) && before == OPCODE_STI)
			v->vmcb.save.rflags &= ~RFLAGS_IF;
		else
			v->vmcb.save.rip++;
	}
	vcpu_take_nmi();
	if (v->kicked)
		v->kicked = false;
	else
		v->nmi_wanted = true;
}

/* One instruction, and then an exit. */
void step(struct vcpu *v)
{
	v->vmcb.save.rflags |= RFLAGS_TF;
	v->vmcb.intercept_exceptions |= 1 << VECTOR_DB;
}

/*
 * #DB is intercepted from the first step on, for ever: an interrupt that came
 * between two steps has saved the flag, and brings it back when nobody wants it.
 */
static void exit_step(struct vcpu *v)
{
	v->vmcb.save.rflags &= ~RFLAGS_TF;
	v->vmcb.save.dr6 &= ~DR6_BS;
	watch_stepped(v);
}

static void exit_shutdown(struct vcpu *v)
{
	print("machine: triple fault: RIP 0x%lx, CR2 0x%lx\n", v->vmcb.save.rip, v->vmcb.save.cr2);
	guest_reset(v, "triple fault");
}

static void reflect(struct vcpu *v)
{
	vc_inject(v, v->vmcb.exit_code);
}

static const struct {
	u64 code;
	void (*handle)(struct vcpu *v);
} exits[] = {
	{ EXIT_NPF,			host_npf },
	{ EXIT_VMMCALL,			host_vmmcall },
	{ EXIT_EXCEPTION(VECTOR_UD),	insn_undefined },
	{ EXIT_CR0_WRITE,		insn_write_cr0 },
	{ EXIT_CPUID,			cpu_cpuid },
	{ EXIT_MSR,			cpu_msr },
	{ EXIT_IOIO,			ports_access },
	{ EXIT_NMI,			exit_nmi },
	{ EXIT_EXCEPTION(VECTOR_DB),	exit_step },
	{ EXIT_EXCEPTION(VECTOR_PF),	step_page_fault },
	{ EXIT_SHUTDOWN,		exit_shutdown },
	{ EXIT_RDTSC,			reflect },
	{ EXIT_WBINVD,			reflect },
	{ EXIT_DR7_READ,		reflect },
	{ EXIT_DR7_WRITE,		reflect },
};

static void handle_exit(struct vcpu *v)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(exits); i++)
		if (exits[i].code == v->vmcb.exit_code) {
			exits[i].handle(v);
			return;
		}
	finish(MACHINE_BUG, v, "exit 0x%lx not handled, info 0x%lx 0x%lx", v->vmcb.exit_code,
	       v->vmcb.exit_info_1, v->vmcb.exit_info_2);
}

/* An event that the exit cut off goes first; a guest NMI waits for NMI_COMPLETE. */
static u64 next_event(struct vcpu *v)
{
	u64 event = v->pending_event;

	v->pending_event = 0;
	if (!event && v->nmi_wanted && !v->host.nmi_masked) {
		v->nmi_wanted = false;
		v->host.nmi_masked = true;
		v->counters[COUNTER_nmis]++;
		event = EVENT_NMI | EVENT_VALID;
	}
	return event;
}

/* What test harnesses want at an exit: see nmi.c, and switch=on. */
static void after_exit(struct vcpu *v)
{
	nmi_step(v);
	nmi_tick(v);
	insns_stepped(v);
	if (machine.switch_cpus && (v->vmcb.exit_code == EXIT_VMMCALL ||
				    v->vmcb.exit_code == EXIT_EXCEPTION(VECTOR_UD)))
		v->yields = true;
}

static void exit_from(struct vcpu *v, u32 epoch)
{
	machine_lock();
	machine.current = v;
	if (epoch == v->epoch) {
		v->counters[COUNTER_exits]++;
		log_exit(v);
		if (v->vmcb.exit_code != EXIT_NPF)
			npt_take_back(v);
		handle_exit(v);
		after_exit(v);
	}
	machine_unlock();
	if (v->yields)
		relax();
	v->yields = false;
}

void vcpu_loop(struct vcpu *v)
{
	asm volatile("clgi");
	for (;;) {
		u32 epoch = v->epoch;

		vcpu_wait_until_created(v);
		v->vmcb.event_inj = next_event(v);
		v->vmcb.int_shadow = 0;
		v->vmcb.nested_cr3 = npt_root(v->vmcb.save.cr0 & CR0_PG);
		v->vmcb.save.rax = v->regs[RAX];
		v->vmcb.save.rsp = v->regs[RSP];

		insns_enter(v);
		vcpu_switch(v);
		insns_leave(v);

		v->regs[RAX] = v->vmcb.save.rax;
		v->regs[RSP] = v->vmcb.save.rsp;
		if (v->vmcb.exit_int_info & EVENT_VALID)
			v->pending_event = v->vmcb.exit_int_info;
		exit_from(v, epoch);
	}
}
