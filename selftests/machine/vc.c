// SPDX-License-Identifier: GPL-2.0
/*
 * #VC, the exception by which an SEV-ES guest learns of an exit it has to ask
 * the host about. TCG knows no error code for vector 29, so an injected event
 * will not do: deliver it by hand, as the APM (volume 2, 8.9 and 8.9.4) says.
 */
#include "machine.h"

#define VECTOR_VC	29
#define GATE_BYTES	16
#define GATE_PRESENT	0x8000
#define TSS_RSP0	0x04
#define TSS_IST1	0x24
#define RFLAGS_TF_IF	0x300
#define RFLAGS_NT_RF	0x14000
#define CODE_64		0xa9b

static u64 *word(struct vcpu *v, u64 va)
{
	struct mapping m;
	u64 *p = walk(v, va, &m) && m.c_bit ? guest_memory(m.gpa, 8) : NULL;

	if (!p)
		finish(GUEST_DIED, v, "#VC can't be delivered: nothing private at 0x%lx", va);
	return p;
}

/* The IDT's gate names a stack of the TSS; none means the current one, or RSP0 from user mode. */
static u64 stack(struct vcpu *v, unsigned int ist)
{
	const struct vmcb_save *s = &v->vmcb.save;
	u64 rsp = v->regs[RSP];

	if (ist)
		rsp = *word(v, s->tr.base + TSS_IST1 + 8 * (ist - 1));
	else if (s->cpl)
		rsp = *word(v, s->tr.base + TSS_RSP0);
	return rsp & ~15ull;
}

void vc_inject(struct vcpu *v, u64 exit_code)
{
	struct vmcb_save *s = &v->vmcb.save;
	u64 gate = s->idtr.base + VECTOR_VC * GATE_BYTES;
	u64 low = *word(v, gate), high = *word(v, gate + 8), rsp, i;
	const u64 frame[] = {
		s->ss.selector, v->regs[RSP], s->rflags, s->cs.selector, s->rip, exit_code,
	};

	if (s->idtr.limit < (VECTOR_VC + 1) * GATE_BYTES - 1 || !(low >> 32 & GATE_PRESENT))
		finish(GUEST_DIED, v, "#VC 0x%lx, and no handler for it", exit_code);
	rsp = stack(v, low >> 32 & 7);
	for (i = 0; i < ARRAY_SIZE(frame); i++)
		*word(v, rsp -= 8) = frame[i];
	v->regs[RSP] = rsp;
	s->rip = (low & 0xffff) | (low >> 32 & 0xffff0000) | high << 32;
	s->cs = (struct vmcb_seg){ .selector = low >> 16, .attrib = CODE_64, .limit = ~0u };
	if (s->cpl)
		s->ss = (struct vmcb_seg){};
	s->cpl = 0;
	s->rflags &= ~(u64)(RFLAGS_TF_IF | RFLAGS_NT_RF);
	v->counters[COUNTER_vc]++;
}
