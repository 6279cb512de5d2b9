// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions. PVALIDATE and RMPADJUST, which TCG does not know and reports
 * as #UD, and those that an exit leaves to us to read and to step over.
 */
#include "machine.h"

#define MAX_INSN	15
#define RFLAGS_CF	(1ull << 0)
#define PAGES_2M	512

unsigned int insn_bytes(const struct vcpu *v, u8 *bytes, unsigned int max)
{
	const struct vmcb_save *s = &v->vmcb.save;
	u64 va = s->rip + (s->efer & EFER_LMA && s->cs.attrib & 0x200 ? 0 : s->cs.base);
	const u8 *p = NULL;
	struct mapping m;
	unsigned int n;

	for (n = 0; n < max; n++) {
		if (!n || (va + n) % PAGE_SIZE == 0)
			p = walk(v, va + n, &m) ? guest_memory(m.gpa, 1) : NULL;
		if (!p)
			break;
		bytes[n] = *p++;
	}
	return n;
}

void page_fault(struct vcpu *v, u64 va, u32 error)
{
	v->vmcb.save.cr2 = va;
	vcpu_inject(v, EVENT_EXCEPTION(VECTOR_PF) | EVENT_HAS_ERROR | EVENT_ERROR(error));
}

/* What PVALIDATE and RMPADJUST have in common: operands, faults, the step over them. */
static void page_instruction(struct vcpu *v, bool pvalidate)
{
	u64 va = v->regs[RAX], n = v->regs[RCX] & 1 ? PAGES_2M : 1, gfn;
	enum host_insn outcome;
	struct mapping m;
	bool cf = false;
	u32 eax = 0;

	if (v->vmcb.save.cpl)
		return vcpu_inject(v, EVENT_EXCEPTION(VECTOR_GP) | EVENT_HAS_ERROR);
	if (!walk(v, va, &m))
		return page_fault(v, va, 0);
	if (pvalidate) {
		v->counters[COUNTER_present_at_pvalidate] +=
			present_in_direct_map(v, m.gpa, n * PAGE_SIZE);
		outcome = host_pvalidate(&machine.host, &v->host, m.gpa, m.c_bit, v->regs[RCX],
					 v->regs[RDX], &eax, &cf);
	} else {
		outcome = host_rmpadjust(&machine.host, &v->host, m.gpa, m.c_bit, v->regs[RCX],
					 v->regs[RDX], &eax);
	}
	switch (outcome) {
	case HOST_INSN_PF_RSVD:
		return page_fault(v, va, PF_PRESENT | PF_RSVD);
	case HOST_INSN_NOT_VALIDATED:
		return not_validated(v, m.gpa);
	case HOST_INSN_REFUSED:
		finish(HOST_STOPPED, v, "nested page fault of an instruction at GPA 0x%lx", m.gpa);
	case HOST_INSN_DONE:
		break;
	}
	gfn = m.gpa >> PAGE_SHIFT;
	if (pvalidate && !eax && !cf)
		step_pvalidated(gfn, n, v->regs[RDX] & 1);
	for (; n && gfn < machine.host.nr_pages; n--)
		npt_sync(gfn++);
	v->regs[RAX] = eax;
	v->vmcb.save.rflags = (v->vmcb.save.rflags & ~RFLAGS_CF) | (cf ? RFLAGS_CF : 0);
	v->vmcb.save.rip += 4;
}

void insn_undefined(struct vcpu *v)
{
	static const u8 pvalidate[] = { 0xf2, 0x0f, 0x01, 0xff };
	static const u8 rmpadjust[] = { 0xf3, 0x0f, 0x01, 0xfe };
	u8 bytes[4];

	if (insn_bytes(v, bytes, sizeof(bytes)) == sizeof(bytes)) {
		if (!memcmp(bytes, pvalidate, sizeof(bytes)))
			return page_instruction(v, true);
		if (!memcmp(bytes, rmpadjust, sizeof(bytes)))
			return page_instruction(v, false);
	}
	vcpu_inject(v, EVENT_EXCEPTION(VECTOR_UD));
}

/* One instruction, as far as it was decoded. */
struct insn {
	u8 bytes[MAX_INSN];
	unsigned int have, at;	/* bytes read, bytes decoded */
	u8 rex;
	u8 modrm;
};

static u8 next_byte(struct insn *i)
{
	return i->at < i->have ? i->bytes[i->at++] : 0;
}

static u32 next_u32(struct insn *i)
{
	u32 value = 0;
	int n;

	for (n = 0; n < 32; n += 8)
		value |= (u32)next_byte(i) << n;
	return value;
}

/* Prefixes away; returns the first opcode byte. */
static u8 insn_opcode(struct vcpu *v, struct insn *i)
{
	static const u8 prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65 };
	unsigned int n;
	u8 byte;

	*i = (struct insn){};
	i->have = insn_bytes(v, i->bytes, MAX_INSN);
again:
	byte = next_byte(i);
	for (n = 0; n < ARRAY_SIZE(prefixes); n++)
		if (byte == prefixes[n])
			goto again;
	if ((byte & 0xf0) == 0x40 && v->vmcb.save.efer & EFER_LMA) {
		i->rex = byte;
		byte = next_byte(i);
	}
	return byte;
}

static unsigned int modrm_reg(const struct insn *i)
{
	return (i->modrm >> 3 & 7) | (i->rex & 4) << 1;
}

static unsigned int modrm_rm(const struct insn *i)
{
	return (i->modrm & 7) | (i->rex & 1) << 3;
}

/* ModRM with SIB and displacement; where they point to is known from the exit. */
static void insn_modrm(struct insn *i)
{
	unsigned int mod, base;

	i->modrm = next_byte(i);
	mod = i->modrm >> 6;
	base = i->modrm & 7;
	if (mod == 3)
		return;
	if (base == 4)
		base = next_byte(i) & 7;
	if (mod == 1)
		next_byte(i);
	else if (mod == 2 || base == 5)
		next_u32(i);
}

bool insn_store(struct vcpu *v, u32 *value)
{
	struct insn i;

	switch (insn_opcode(v, &i)) {
	case 0x89:	/* MOV r/m, r */
	case 0x87:	/* XCHG r/m, r: who uses it to store does not look at what it read */
		insn_modrm(&i);
		*value = v->regs[modrm_reg(&i)];
		break;
	case 0xc7:	/* MOV r/m, imm32 */
		insn_modrm(&i);
		*value = next_u32(&i);
		break;
	case 0xa3:	/* MOV moffs, eAX */
		next_u32(&i);
		next_u32(&i);
		*value = v->regs[RAX];
		break;
	default:
		return false;
	}
	v->vmcb.save.rip += i.at;
	return true;
}

/* CR0 decides which nested page tables the guest runs on, see npt.c. */
void insn_write_cr0(struct vcpu *v)
{
	struct vmcb_save *s = &v->vmcb.save;
	u64 cr0 = s->cr0;
	struct insn i;
	u8 opcode;

	if (insn_opcode(v, &i) != 0x0f)
		finish(MACHINE_BUG, v, "a write of CR0 that is none");
	opcode = next_byte(&i);
	i.modrm = next_byte(&i);
	switch (opcode) {
	case 0x22:	/* MOV CR0, r */
		cr0 = v->regs[modrm_rm(&i)];
		break;
	case 0x01:	/* LMSW r16: PE can be set but not cleared */
		cr0 = (cr0 & ~0xeull) | (v->regs[modrm_rm(&i)] & 0xf);
		break;
	default:
		finish(MACHINE_BUG, v, "write of CR0 by opcode 0x0f%02x", opcode);
	}
	if (s->efer & EFER_LME)
		s->efer = cr0 & CR0_PG ? s->efer | EFER_LMA : s->efer & ~(u64)EFER_LMA;
	s->cr0 = cr0;
	s->rip += i.at;
}
