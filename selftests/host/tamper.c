// SPDX-License-Identifier: GPL-2.0
/* What fault plans do: to a page state change, to its header, to a page. */
#include "fault.h"
#include "ghcb.h"
#include "model.h"

/* A header as one word: cur_entry in 15:0, end_entry in 31:16, reserved above. */
#define CUR(header)	((header) & 0xffff)
#define END(header)	((header) >> 16 & 0xffff)

u64 fault_cur_back(u64 header)
{
	return header - CUR(header);
}

u64 fault_cur_beyond(u64 header)
{
	return header | 0xffff;
}

u64 fault_cur_done(u64 header)
{
	return header - CUR(header) + END(header) + 1;
}

u64 fault_end_lowered(u64 header)
{
	return header - (END(header) << 16);
}

u64 fault_reserved(u64 header)
{
	return header | 1ULL << 32;
}

static u64 read_entry(void *buffer, u32 i)
{
	return SHARED(u64, buffer, PSC_ENTRIES + i * PSC_ENTRY_SIZE);
}

/* Does the host hold the page otherwise than the guest is made to think? */
static void mark_lies(struct host *h, u64 entry)
{
	u64 n = PSC_HUGE(entry) ? PAGES_PER_2M : 1, i;
	bool private = PSC_OPERATION(entry) == PSC_PRIVATE;

	if (!private && PSC_OPERATION(entry) != PSC_SHARED)
		return;
	for (i = PSC_GFN(entry); i < PSC_GFN(entry) + n && i < h->nr_pages; i++)
		if (h->rmp[i].private != private)
			h->rmp[i].lied = true;
}

u64 host_fault_msr(struct host *h, const struct fault *fault, u64 request, u64 answer)
{
	answer = (answer & ~fault->mask) | (fault->value & fault->mask);
	if ((request & MSR_INFO_MASK) == MSR_PSC_REQ && answer == MSR_PSC_RESP)
		mark_lies(h, request);	/* frame and operation are where an entry has them */
	return answer;
}

/* What this header says is done, or never was asked for: those entries that are not are lies. */
static void check_claim(struct host *h, void *buffer, u64 len, u64 header, u32 end)
{
	u32 i;

	for (i = 0; i <= end && PSC_ENTRIES + (i + 1ULL) * PSC_ENTRY_SIZE <= len; i++)
		if (i < CUR(header) || i > END(header))
			mark_lies(h, read_entry(buffer, i));
}

/* The first @pages of the 2M entry that is next, as no KVM would leave it. */
static void serve_part(struct host *h, struct host_vcpu *v, void *buffer, u64 len, u16 pages)
{
	u32 i = SHARED(u16, buffer, PSC_CUR_ENTRY), end = SHARED(u16, buffer, PSC_END_ENTRY);
	u64 entry;

	if (i > end || PSC_ENTRIES + (i + 1ULL) * PSC_ENTRY_SIZE > len)
		return;
	entry = read_entry(buffer, i);
	if (!PSC_HUGE(entry) || PSC_CUR_PAGE(entry))
		return;
	if (PSC_OPERATION(entry) == PSC_PRIVATE)
		host_make_private(h, v, PSC_GFN(entry), pages);
	else if (PSC_OPERATION(entry) == PSC_SHARED)
		host_make_shared(h, v, PSC_GFN(entry), pages);
	SHARED(u64, buffer, PSC_ENTRIES + i * PSC_ENTRY_SIZE) = entry | pages;
}

static void watch(struct host *h, struct host_vcpu *v, const struct fault *fault, void *buffer)
{
	u8 *ghcb = host_ghcb(h, v);

	if (!ghcb)
		return;
	h->fault.pending = fault;
	h->fault.header = (u8 *)buffer - ghcb;
	h->fault.bytes_read = 0;
}

/* The header as the guest is to find it, at once or when it looks again. */
static u64 tamper_header(struct host *h, struct host_vcpu *v, const struct fault *fault,
			 void *buffer)
{
	u64 header = SHARED(u64, buffer, 0);

	if (!fault->header)
		return header;
	header = fault->header(header);
	host_rmp(h, v->ghcb_msr >> HOST_PAGE_SHIFT)->lied = true;
	if (fault->at_second_read)
		watch(h, v, fault, buffer);
	else
		SHARED(u64, buffer, 0) = header;
	return header;
}

void host_fault_psc(struct host *h, struct host_vcpu *v, const struct fault *fault,
		    void *buffer, u64 len, u64 info[2])
{
	u32 serve = h->fault.has_argument ? h->fault.argument : fault->serve;
	struct psc_limits limits = {
		.entries = fault->by_runs ? ~0U : serve,
		.runs = fault->by_runs ? serve : ~0U,
		.pretend = fault->pretend,
	};
	u32 end = SHARED(u16, buffer, PSC_END_ENTRY);

	info[1] = host_psc(h, v, buffer, len, &limits);
	if (info[1])
		return;		/* the guest's own fault */
	if (fault->part)
		serve_part(h, v, buffer, len, fault->part);

	info[0] = fault->info_1;
	info[1] = fault->info_2;
	check_claim(h, buffer, len, tamper_header(h, v, fault, buffer), end);
}

/* Another page takes this one's place: assigned, but not validated. */
void fault_remap(struct host *h, struct host_vcpu *v, u64 gfn)
{
	struct rmp_entry *e = host_rmp(h, gfn);

	(void)v;
	if (e->huge)
		host_psmash(h, gfn);
	e->validated = false;
	if (h->ops && h->ops->changed)
		h->ops->changed(h->ctx, gfn, 1, e->private);
}

/* A page takes this one's place that the guest validated here once before. */
void fault_replay(struct host *h, struct host_vcpu *v, u64 gfn)
{
	struct rmp_entry *e = host_rmp(h, gfn);

	(void)v;
	if (!e->private || e->huge)
		return;
	e->assigned = true;
	e->validated = true;
	e->lied = true;
}

/* 2M backing is gone. */
void fault_smash(struct host *h, struct host_vcpu *v, u64 gfn)
{
	struct rmp_entry *e = host_rmp(h, gfn);

	(void)v;
	if (e->huge)
		host_psmash(h, gfn);
	else if (e->private)
		e->assigned = true;	/* by 4K, before the touch would do it by 2M */
}

/* Just made private, the page is shared again: the touch is a fault that stays. */
void fault_take_back(struct host *h, struct host_vcpu *v, u64 gfn)
{
	if (!host_rmp(h, gfn)->private)
		return;
	host_convert(h, v, gfn, 1, false);
	host_rmp(h, gfn)->lied = true;
}

bool host_fault_watches(const struct host *h)
{
	return h->fault.pending;
}

/* The header changes when the guest reads a byte of it for the second time. */
void host_fault_read(struct host *h, struct host_vcpu *v, u32 offset, u32 len)
{
	struct host_fault *armed = &h->fault;
	u8 *header = host_ghcb(h, v), again;
	u32 i, bytes = 0;

	if (!armed->pending || !header)
		return;
	for (i = 0; i < 8; i++)
		if (armed->header + i >= offset && armed->header + i < offset + len)
			bytes |= 1 << i;
	again = armed->bytes_read & bytes;
	armed->bytes_read |= bytes;
	if (!again)
		return;
	header += armed->header;
	SHARED(u64, header, 0) = armed->pending->header(SHARED(u64, header, 0));
	armed->pending = NULL;
}
