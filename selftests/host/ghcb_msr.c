// SPDX-License-Identifier: GPL-2.0
/*
 * The GHCB MSR protocol: KVM's sev_handle_vmgexit_msr_protocol() as a table.
 * The request is in the MSR, and so is the answer.
 */
#include "fault.h"
#include "model.h"

struct msr_call {
	struct host *h;
	struct host_vcpu *v;
	struct host_exit *out;
	u64 request;
};

/* Each returns bits 63:12 of the answer, at their place; other bits are ignored. */
struct msr_code {
	u16 request, response;
	u64 (*answer)(struct msr_call *call);
};

static u64 sev_info(struct msr_call *call)
{
	return host_sev_info(call->h->c_bit);
}

/* The VMM or the hypervisor emulates CPUID, with ECX 0, then host_msr_complete(). */
static u64 cpuid(struct msr_call *call)
{
	call->v->regs.rax = call->request >> 32;
	call->v->regs.rcx = 0;
	call->out->action = HOST_EMULATE;
	call->out->exit_code = NAE_CPUID;
	return call->request;
}

/* All zero: nothing woke it up. A SIPI would put something else there. */
static u64 ap_reset_hold(struct msr_call *call)
{
	call->out->action = HOST_AP_HALT;
	return 0;
}

/* All ones: the host has no preference. KVM never has. */
static u64 preferred_gpa(struct msr_call *call)
{
	(void)call;
	return MSR_DATA_MASK;
}

/* KVM takes any address, any number of times; the last one counts. */
static u64 register_gpa(struct msr_call *call)
{
	u64 gpa = call->request & MSR_DATA_MASK;
	const struct rmp_entry *page = host_rmp(call->h, gpa >> HOST_PAGE_SHIFT);

	if (!gpa || !page)
		host_violate(call->h, RULE_REGISTERED_BEYOND_MEMORY, gpa);
	else if (page->private)
		host_violate(call->h, RULE_REGISTERED_PRIVATE, gpa);
	call->v->registered_gpa = gpa;
	return gpa;
}

/* One 4K page and one exit to the VMM. */
static u64 page_state_change(struct msr_call *call)
{
	u64 gfn = call->request >> 12 & 0xffffffffffULL;
	u32 operation = call->request >> 52 & 0xf;
	bool done = false;

	call->v->counters[HOST_VMGEXIT_MSR_PSC]++;
	if (call->request >> 56)
		host_violate(call->h, RULE_MSR_PSC_RESERVED, gfn << HOST_PAGE_SHIFT);

	if (operation == PSC_PRIVATE)
		done = host_make_private(call->h, call->v, gfn, 1);
	else if (operation == PSC_SHARED)
		done = host_make_shared(call->h, call->v, gfn, 1);
	return done ? 0 : MSR_PSC_ERROR << 32;
}

static u64 hv_features(struct msr_call *call)
{
	(void)call;
	return HV_FEATURES << 12;
}

/* KVM_SYSTEM_EVENT_SEV_TERM: reason set in 15:12, reason in 23:16; the MSR stays as it is. */
static u64 terminate(struct msr_call *call)
{
	call->out->action = HOST_STOP;
	call->out->guest_request = true;
	call->out->why = "the guest asked for its termination (MSR protocol)";
	call->out->info_1 = call->request >> 12 & 0xf;
	call->out->info_2 = call->request >> 16 & 0xff;
	return call->request;
}

static const struct msr_code msr_codes[] = {
	{ MSR_SEV_INFO_REQ,	 MSR_SEV_INFO_RESP,	 sev_info },
	{ MSR_CPUID_REQ,	 MSR_CPUID_REQ,		 cpuid },
	{ MSR_AP_RESET_HOLD_REQ, MSR_AP_RESET_HOLD_RESP, ap_reset_hold },
	{ MSR_PREF_GPA_REQ,	 MSR_PREF_GPA_RESP,	 preferred_gpa },
	{ MSR_REG_GPA_REQ,	 MSR_REG_GPA_RESP,	 register_gpa },
	{ MSR_PSC_REQ,		 MSR_PSC_RESP,		 page_state_change },
	{ MSR_HV_FT_REQ,	 MSR_HV_FT_RESP,	 hv_features },
	{ MSR_TERM_REQ,		 MSR_TERM_REQ,		 terminate },
};

u64 host_sev_info(u8 c_bit)
{
	return GHCB_VERSION_MAX << 48 | GHCB_VERSION_MIN << 32 | (u64)c_bit << 24 |
	       MSR_SEV_INFO_RESP;
}

void host_msr_protocol(struct host *h, struct host_vcpu *v, struct host_exit *out)
{
	struct msr_call call = { .h = h, .v = v, .out = out, .request = v->ghcb_msr };
	const struct msr_code *code = msr_codes;
	const struct fault *fault;

	v->counters[HOST_VMGEXIT_MSR]++;
	for (; code < msr_codes + ARRAY_SIZE(msr_codes); code++) {
		if (code->request != (call.request & MSR_INFO_MASK))
			continue;
		fault = host_fault_strikes(h, ON_MSR, call.request);
		if (!fault || fault->answered)
			v->ghcb_msr = (code->answer(&call) & MSR_DATA_MASK) | code->response;
		if (fault)
			v->ghcb_msr = host_fault_msr(h, fault, call.request, v->ghcb_msr);
		return;
	}
	/* KVM leaves the MSR alone: the guest reads its own request back. */
	host_violate(h, RULE_MSR_UNKNOWN_REQUEST, call.request & MSR_DATA_MASK);
}

/* Bits 31:30 of the request say which register was asked for; the rest stays. */
void host_msr_complete(struct host_vcpu *v)
{
	const u64 value[] = { v->regs.rax, v->regs.rbx, v->regs.rcx, v->regs.rdx };

	if ((v->ghcb_msr & MSR_INFO_MASK) != MSR_CPUID_REQ)
		return;
	v->ghcb_msr = value[v->ghcb_msr >> 30 & 3] << 32 |
		      (v->ghcb_msr & 0xfffff000) | MSR_CPUID_RESP;
}
