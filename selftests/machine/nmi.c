// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs where a test wants them: around the n-th VMGEXIT, after n instructions,
 * or in a storm. An injected NMI sets no mask in TCG, so the mask is the host
 * model's: from the injection to NMI_COMPLETE, as KVM has it for SEV-ES.
 */
#include "machine.h"

#define RFLAGS_TF	(1ull << 8)

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

/* The guest is stepped through the instructions; what an exit emulates counts as one. */
void nmi_after(struct vcpu *v, u32 instructions)
{
	v->nmi_steps = instructions;
}

void nmi_step(struct vcpu *v)
{
	struct vmcb *c = &v->vmcb;

	if (!v->nmi_steps)
		return;
	if (--v->nmi_steps) {
		c->save.rflags |= RFLAGS_TF;
		c->intercept_exceptions |= 1 << VECTOR_DB;
	} else {
		c->save.rflags &= ~RFLAGS_TF;
		c->intercept_exceptions &= ~(1u << VECTOR_DB);
		v->nmi_wanted = true;
	}
}

/* The vCPUs take turns, so most NMIs hit one that is not at an exit. */
void nmi_tick(struct vcpu *self)
{
	struct vcpu *v;

	if (self->vmcb.save.cpl)
		storm.late = false;
	if (!storm.every || storm.late || --storm.left)
		return;
	storm.left = storm.every;
	storm.next = (storm.next + 1) % machine.nr_vcpus;
	v = &vcpus[storm.next];
	if (v->state != VCPU_RUNNING)
		return;
	v->nmi_wanted = true;
	if (v != self)
		kick(self, v);
}
