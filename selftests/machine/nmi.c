// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs where a test wants them: around the n-th VMGEXIT, after n instructions,
 * or in a storm. An injected NMI sets no mask in TCG, so the mask is the host
 * model's: from the injection to NMI_COMPLETE, as KVM has it for SEV-ES.
 */
#include "machine.h"

#define APIC_TPR	(*(volatile u32 *)(APIC_BASE + 0x80))
#define RFLAGS_IF	(1ull << 9)
#define SPREAD		64	/* instructions */

static struct {
	u32 every;	/* that many exits, 0: no storm */
	u32 left;
	int next;	/* vCPU */
	bool late;	/* not before there is user space: a kernel may have no handler yet */
} storm;

void nmi_init(void)
{
	nmi_storm(option_number("nmi", 0));
	storm.late = true;
}

void nmi_storm(u32 every)
{
	storm.every = every;
	storm.left = every;
	storm.late = false;
}

/* Around the n-th VMGEXIT of this vCPU from now on: before it, or after it, the answer unread. */
void nmi_at_vmgexit(struct vcpu *v, u32 n, bool after)
{
	v->nmi_vmgexit = n;
	v->nmi_behind = after;
}

/* True: the NMI goes first, and the VMGEXIT is executed again when its handler is done. */
bool nmi_before_vmgexit(struct vcpu *v)
{
	if (v->nmi_vmgexit != 1 || v->nmi_behind)
		return false;
	v->nmi_vmgexit = 0;
	v->nmi_wanted = true;
	return true;
}

void nmi_after_vmgexit(struct vcpu *v)
{
	if (v->nmi_vmgexit && !--v->nmi_vmgexit)
		v->nmi_wanted = true;
}

/* Else a timer that ticks faster than the guest steps would get all of them. */
void hold_interrupts(struct vcpu *v, bool hold)
{
	if (hold == v->held)
		return;
	if (hold)
		v->tpr = APIC_TPR;
	APIC_TPR = hold ? 0xff : v->tpr;
	v->held = hold;
}

/* The guest is stepped through the instructions; what an exit emulates counts as one. 0: not. */
void nmi_after(struct vcpu *v, u32 instructions)
{
	v->nmi_steps = instructions;
	hold_interrupts(v, instructions);
}

/* ... from the next exit of that kind on. */
void nmi_from(struct vcpu *v, enum nmi_from from)
{
	v->nmi_from = from;
}

static bool is_exit(const struct vcpu *v, enum nmi_from from)
{
	switch (from) {
	case NMI_FROM_GHCB_MSR:
		return v->vmcb.exit_code == EXIT_MSR && (u32)v->regs[RCX] == MSR_GHCB;
	case NMI_FROM_PVALIDATE:
		return v->vmcb.exit_code == EXIT_EXCEPTION(VECTOR_UD);
	case NMI_FROM_VMGEXIT:
		return v->vmcb.exit_code == EXIT_VMMCALL;
	default:
		return true;
	}
}

void nmi_step(struct vcpu *v)
{
	if (!v->nmi_steps || !is_exit(v, v->nmi_from))
		return;
	v->nmi_from = NMI_FROM_HERE;
	if (--v->nmi_steps)
		return step(v);
	hold_interrupts(v, false);
	v->nmi_wanted = true;
}

/*
 * Firmware reads the GHCB MSR and then fills its request, without an exit that a storm could
 * strike at. So strike somewhere in what it does next.
 */
static bool strike_later(struct vcpu *v)
{
	static u32 n;

	if (!machine.host.flash_bytes || !is_exit(v, NMI_FROM_GHCB_MSR) || v->vmcb.exit_info_1)
		return false;
	nmi_after(v, 1 + n++ % SPREAD);
	step(v);
	return true;
}

/*
 * The vCPUs take turns, so most NMIs hit one that is not at an exit. One that is being
 * started has no handler yet, and nothing that would send it NMIs.
 */
void nmi_tick(struct vcpu *self)
{
	struct vcpu *v;

	if (self->vmcb.save.cpl)
		storm.late = false;
	if (self->vmcb.save.rflags & RFLAGS_IF)
		self->settled = self->epoch;
	if (!storm.every || storm.late || --storm.left)
		return;
	storm.left = storm.every;
	storm.next = (storm.next + 1) % machine.nr_vcpus;
	v = &vcpus[storm.next];
	if (v->state != VCPU_RUNNING || v->settled != v->epoch)
		return;
	if (v == self && strike_later(v))
		return;
	v->nmi_wanted = true;
	if (v != self)
		kick(self, v);
}
