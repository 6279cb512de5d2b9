// SPDX-License-Identifier: GPL-2.0
/* The host as a whole: its flavours, and one VMGEXIT from end to end. */
#include "model.h"

const struct host_flavour host_flavours[] = {
	{
		.name = "kvm-6.12",
		.unregistered_stops = true,
		.psc_snapshots_header = false,
		.vmsa_features_exact = false,
		.unaligned_request = GHCB_MISSING_INPUT,
	}, {
		.name = "kvm-7.2",
		.unregistered_stops = false,
		.psc_snapshots_header = true,
		.vmsa_features_exact = true,
		.unaligned_request = GHCB_INVALID_INPUT,
	},
	{ .name = NULL }
};

void host_init(struct host *h, struct rmp_entry *rmp, u64 nr_pages)
{
	u64 i;

	for (i = 0; i < nr_pages; i++)
		rmp[i] = (struct rmp_entry) { .private = false };
	*h = (struct host) {
		.flavour = host_flavours,
		.rmp = rmp,
		.nr_pages = nr_pages,
		.strict = true,
		.nr_vcpus = HOST_MAX_VCPUS,
		.c_bit = 51,
	};
}

void host_vcpu_init(struct host_vcpu *v)
{
	*v = (struct host_vcpu) { .ghcb_msr = host_sev_info(51), .registered_gpa = ~0ULL };
}

void *host_ghcb(struct host *h, struct host_vcpu *v)
{
	u64 gpa = v->ghcb_msr;
	const struct rmp_entry *page = host_rmp(h, gpa >> HOST_PAGE_SHIFT);

	if (!gpa || gpa & MSR_INFO_MASK || !page || page->private || !h->ops)
		return NULL;
	return h->ops->shared_page ? h->ops->shared_page(h->ctx, gpa) : NULL;
}

void host_vmgexit(struct host *h, struct host_vcpu *v, struct host_exit *out)
{
	*out = (struct host_exit) { .action = HOST_RESUME };
	v->counters[HOST_VMGEXIT]++;
	if (v->ghcb_msr & MSR_INFO_MASK)
		host_msr_protocol(h, v, out);
	else
		host_nae_event(h, v, out);
}

static void set_valid(void *ghcb, u32 offset, u64 value)
{
	u32 bit = offset / 8, byte = GHCB_VALID_BITMAP + bit / 8;

	SHARED(u64, ghcb, offset) = value;
	SHARED(u8, ghcb, byte) |= 1 << bit % 8;
}

void host_answer(struct host *h, struct host_vcpu *v, u64 info_1, u64 info_2)
{
	void *ghcb = host_ghcb(h, v);

	if (!ghcb)
		return;
	set_valid(ghcb, GHCB_SW_EXIT_INFO_1, info_1);
	set_valid(ghcb, GHCB_SW_EXIT_INFO_2, info_2);
}

/* sev_es_sync_to_ghcb(): these four always, written or not. */
void host_complete(struct host *h, struct host_vcpu *v)
{
	void *ghcb = host_ghcb(h, v);

	host_msr_complete(v);
	if (!ghcb)
		return;
	set_valid(ghcb, GHCB_RAX, v->regs.rax);
	set_valid(ghcb, GHCB_RBX, v->regs.rbx);
	set_valid(ghcb, GHCB_RCX, v->regs.rcx);
	set_valid(ghcb, GHCB_RDX, v->regs.rdx);
}
