// SPDX-License-Identifier: GPL-2.0
/*
 * NAE events about CPUs and devices: what the guest's #VC handler asks for in
 * the GHCB. The host model has checked the request; here it is carried out.
 */
#include "machine.h"

#define NAE_MMIO_READ	0x80000001
#define NAE_MMIO_WRITE	0x80000002
#define EVENT_GP	(0x80000300 | VECTOR_GP)	/* #GP, as EVENTINJ encodes it */

static void refuse(struct vcpu *v)
{
	host_answer(&machine.host, &v->host, 1, EVENT_GP);
}

static void nae_cpuid(struct vcpu *v, struct host_exit *e)
{
	struct host_regs *r = &v->host.regs;
	u32 out[4];

	cpuid(v, r->rax, r->rcx, out);
	r->rax = out[0];
	r->rbx = out[1];
	r->rcx = out[2];
	r->rdx = out[3];
}

static void nae_msr(struct vcpu *v, struct host_exit *e)
{
	struct host_regs *r = &v->host.regs;
	u64 value = r->rdx << 32 | (u32)r->rax;

	if (!msr_access(v, r->rcx, e->info_1, &value))
		return refuse(v);
	if (!e->info_1) {
		r->rax = (u32)value;
		r->rdx = value >> 32;
	}
}

/* info_1 is that of the intercepted access; strings come in the buffer, their count in info_2. */
static void nae_ioio(struct vcpu *v, struct host_exit *e)
{
	unsigned int size = IOIO_SIZE(e->info_1);
	u16 port = IOIO_PORT(e->info_1);
	bool in = e->info_1 & IOIO_IN;
	u8 *data = e->scratch;
	u64 n;

	if (!(e->info_1 & IOIO_STRING)) {
		u32 value = v->host.regs.rax;

		port_access(v, port, size, in, &value);
		v->host.regs.rax = value;
		return;
	}
	if (!size || e->info_2 > e->scratch_len / size)
		return refuse(v);
	for (n = e->info_2; n; n--, data += size) {
		u32 value = 0;

		memcpy(&value, data, in ? 0 : size);
		port_access(v, port, size, in, &value);
		memcpy(data, &value, in ? size : 0);
	}
}

static void nae_mmio(struct vcpu *v, struct host_exit *e)
{
	bool store = e->exit_code == NAE_MMIO_WRITE;
	u64 gpa = e->info_1, size = e->info_2;

	if (size > e->scratch_len || !mmio_access(v, gpa, size, store, e->scratch))
		return refuse(v);
}

static void nae_vmmcall(struct vcpu *v, struct host_exit *e)
{
	struct host_regs *r = &v->host.regs;

	r->rax = hypercall(v, (u64[]){ r->rax, r->rbx, r->rcx, r->rdx });
}

static void nae_nothing(struct vcpu *v, struct host_exit *e)
{
}

static void nae_rdtsc(struct vcpu *v, struct host_exit *e)
{
	u64 tsc = rdtsc();

	v->host.regs.rax = (u32)tsc;
	v->host.regs.rdx = tsc >> 32;
}

static const struct {
	u64 code;
	void (*emulate)(struct vcpu *v, struct host_exit *e);
} events[] = {
	{ EXIT_CPUID,		nae_cpuid },
	{ EXIT_MSR,		nae_msr },
	{ EXIT_IOIO,		nae_ioio },
	{ EXIT_RDTSC,		nae_rdtsc },
	{ EXIT_DR7_READ,	nae_nothing },
	{ EXIT_DR7_WRITE,	nae_nothing },
	{ EXIT_VMMCALL,		nae_vmmcall },
	{ EXIT_WBINVD,		nae_nothing },
	{ NAE_MMIO_READ,	nae_mmio },
	{ NAE_MMIO_WRITE,	nae_mmio },
};

void emulate(struct vcpu *v, struct host_exit *e)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].code == e->exit_code) {
			events[i].emulate(v, e);
			return;
		}
	finish(MACHINE_BUG, v, "NAE event 0x%lx is not emulated", e->exit_code);
}
