// SPDX-License-Identifier: GPL-2.0
/*
 * Page states: the RMP and the host's memory attribute, what an access meets,
 * and the two instructions that a guest has for them.
 *
 * A page state change alters the attribute only. A page that became private is
 * assigned (RMPUPDATE) at the first private touch, as KVM does it: nested page
 * fault, guest_memfd page, sev_gmem_prepare(). A page that became shared goes
 * back to the hypervisor at once, as when the VMM punches the hole.
 *
 * In a 2M entry all 512 pages are private, assigned and validated alike.
 */
#include "fault.h"
#include "model.h"

/* RMPUPDATE clears Validated, PSMASH keeps it (APM volume 2, 15.36.6 and 15.36.11). */
void host_psmash(struct host *h, u64 gfn)
{
	struct rmp_entry *e = &h->rmp[host_block_start(gfn)];
	u64 i;

	for (i = 0; i < PAGES_PER_2M; i++)
		e[i].huge = false;
}

/* sev_gmem_prepare(): one 2M entry where the whole block can be, else 4K. */
static bool can_assign_2m(struct host *h, u64 gfn)
{
	u64 start = host_block_start(gfn), i;

	if (!h->rmp_2m || start + PAGES_PER_2M > h->nr_pages)
		return false;
	for (i = start; i < start + PAGES_PER_2M; i++)
		if (!h->rmp[i].private || h->rmp[i].assigned)
			return false;
	return true;
}

static void assign(struct host *h, struct host_vcpu *v, u64 gfn)
{
	bool huge = can_assign_2m(h, gfn);
	u64 start = huge ? host_block_start(gfn) : gfn, n = huge ? PAGES_PER_2M : 1, i;

	for (i = start; i < start + n; i++) {
		h->rmp[i].assigned = true;	/* and not validated, as before */
		h->rmp[i].huge = huge;
	}
	v->counters[HOST_RMPUPDATE] += n;
}

static void release(struct host *h, struct host_vcpu *v, u64 gfn)
{
	struct rmp_entry *e = &h->rmp[gfn];

	if (e->huge)
		host_psmash(h, gfn);
	*e = (struct rmp_entry) { .private = false };
	v->counters[HOST_PSC_PAGES_SHARED]++;
}

static void claim(struct host *h, struct host_vcpu *v, u64 gfn)
{
	h->rmp[gfn].private = true;
	v->counters[HOST_PSC_PAGES_PRIVATE]++;
}

/* Pages that are as wanted already are left alone: kvm_vm_set_mem_attributes() returns early. */
void host_convert(struct host *h, struct host_vcpu *v, u64 gfn, u64 n, bool private)
{
	u64 end = gfn + n, first;

	while (gfn < end) {
		if (h->rmp[gfn].private == private) {
			gfn++;
			continue;
		}
		for (first = gfn; gfn < end && h->rmp[gfn].private != private; gfn++)
			(private ? claim : release)(h, v, gfn);
		if (h->ops && h->ops->changed)
			h->ops->changed(h->ctx, first, gfn - first, private);
	}
}

/* What the guest was told before is forgotten: this is what it asks for now. */
static void convert_on_request(struct host *h, struct host_vcpu *v, u64 gfn, u64 n, bool private)
{
	u64 i;

	for (i = gfn; i < gfn + n; i++)
		h->rmp[i].lied = false;
	host_convert(h, v, gfn, n, private);
}

/* How much of [gfn, gfn + n) is memory. */
static u64 memory_part(struct host *h, u64 gfn, u64 n)
{
	u64 left = gfn < h->nr_pages ? h->nr_pages - gfn : 0;

	return n < left ? n : left;
}

bool host_make_private(struct host *h, struct host_vcpu *v, u64 gfn, u64 n)
{
	if (memory_part(h, gfn, n) != n) {
		host_violate(h, RULE_PSC_BEYOND_MEMORY, gfn << HOST_PAGE_SHIFT);
		return false;
	}
	convert_on_request(h, v, gfn, n, true);
	return true;
}

/* What is no memory is shared anyhow: QEMU says yes, firmware does it with MMIO ranges. */
bool host_make_shared(struct host *h, struct host_vcpu *v, u64 gfn, u64 n)
{
	u64 memory = memory_part(h, gfn, n), i;

	for (i = gfn; i < gfn + memory; i++) {
		if (h->rmp[i].vmsa)
			host_violate(h, RULE_PSC_OF_VMSA, i << HOST_PAGE_SHIFT);
		else if (h->rmp[i].validated)
			host_violate(h, RULE_PSC_OF_VALIDATED, i << HOST_PAGE_SHIFT);
	}
	convert_on_request(h, v, gfn, memory, false);
	return true;
}

void host_launch(struct host *h, u64 gfn, u64 n)
{
	u64 end = gfn + memory_part(h, gfn, n), i;

	for (i = gfn; i < end; i++) {
		u64 block = host_block_start(i);

		h->rmp[i] = (struct rmp_entry) {
			.private = true, .assigned = true, .validated = true,
			.huge = h->rmp_2m && block >= gfn && block + PAGES_PER_2M <= end,
		};
	}
}

/*
 * A private touch of @gfn. If the host holds the page as shared this is KVM's
 * KVM_EXIT_MEMORY_FAULT: QEMU converts the page, a VMM that cares does not.
 */
static bool touch_private(struct host *h, struct host_vcpu *v, u64 gfn, enum host_rule rule)
{
	struct rmp_entry *e = host_rmp(h, gfn);

	if (!e) {
		host_violate(h, RULE_PRIVATE_ACCESS_BEYOND_MEMORY, gfn << HOST_PAGE_SHIFT);
		return false;
	}
	if (!e->private) {
		if (!h->implicit) {
			host_violate(h, rule, gfn << HOST_PAGE_SHIFT);
			return false;
		}
		host_convert(h, v, gfn, 1, true);
	}
	if (!e->assigned)
		assign(h, v, gfn);
	return true;
}

static enum host_access private_access(struct host *h, struct host_vcpu *v, u64 gfn)
{
	if (!touch_private(h, v, gfn, RULE_PRIVATE_ACCESS_OF_SHARED))
		return HOST_ACCESS_REFUSED;
	return h->rmp[gfn].validated ? HOST_ACCESS_OK : HOST_ACCESS_NOT_VALIDATED;
}

/*
 * C=0: hardware checks writes only, for a page that the hypervisor owns. A
 * page that is not assigned is not mapped either, so that a read of it gets to
 * the host, which finds the attribute to differ.
 */
static enum host_access shared_access(struct host *h, struct host_vcpu *v, u64 gfn, bool write)
{
	struct rmp_entry *e = host_rmp(h, gfn);

	if (!e)
		return HOST_ACCESS_REFUSED;	/* MMIO: not the model's business */
	if (!e->private)
		return HOST_ACCESS_OK;

	if (h->implicit && (write || !e->assigned)) {
		host_convert(h, v, gfn, 1, false);
		return HOST_ACCESS_OK;
	}
	host_violate(h, write ? RULE_SHARED_WRITE_OF_PRIVATE : RULE_SHARED_READ_OF_PRIVATE,
		     gfn << HOST_PAGE_SHIFT);
	return !write && e->assigned ? HOST_ACCESS_CIPHERTEXT : HOST_ACCESS_REFUSED;
}

enum host_access host_access(struct host *h, struct host_vcpu *v, u64 gpa,
			     enum host_access_kind kind, bool c_bit)
{
	u64 gfn = gpa >> HOST_PAGE_SHIFT;

	/* APM volume 2, table 15-39: fetches and page walks are private whatever the C-bit is. */
	if (c_bit || kind == HOST_FETCH || kind == HOST_WALK)
		return private_access(h, v, gfn);
	return shared_access(h, v, gfn, kind == HOST_WRITE);
}

/*
 * What PVALIDATE and RMPADJUST have in common: operands, the page, and the two
 * sizes. A 4K request for a 2M entry faults with SIZEM and the host smashes the
 * entry (sev_handle_rmp_fault()); a 2M request for a 4K entry is the guest's to
 * sort out (APM volume 2, table 15-40). Of the size bit 0 counts: Linux passes
 * a bool and leaves garbage above it.
 */
static enum host_insn rmp_insn(struct host *h, struct host_vcpu *v, u64 gpa, bool c_bit,
			       u64 rcx, enum host_rule rule, u32 *eax)
{
	u64 gfn = gpa >> HOST_PAGE_SHIFT;
	bool huge = rcx & 1;

	*eax = RMP_SUCCESS;
	if (huge && gfn != host_block_start(gfn)) {
		*eax = RMP_FAIL_INPUT;
		return HOST_INSN_DONE;
	}
	if (!c_bit)
		return HOST_INSN_PF_RSVD;
	if (!touch_private(h, v, gfn, rule))
		return HOST_INSN_REFUSED;

	if (huge && !h->rmp[gfn].huge)
		*eax = RMP_FAIL_SIZEMISMATCH;
	else if (!huge && h->rmp[gfn].huge)
		host_psmash(h, gfn);
	return HOST_INSN_DONE;
}

enum host_insn host_pvalidate(struct host *h, struct host_vcpu *v, u64 gpa, bool c_bit,
			      u64 rcx, u64 rdx, u32 *eax, bool *cf)
{
	u64 gfn = gpa >> HOST_PAGE_SHIFT, n = rcx & 1 ? PAGES_PER_2M : 1, i;
	bool validate = rdx & 1;
	const struct fault *fault;
	enum host_insn insn;

	fault = host_fault_strikes(h, validate ? ON_VALIDATE : ON_RESCIND, 0);
	if (fault && host_rmp(h, gfn))
		fault->tamper(h, v, gfn);

	v->counters[rcx & 1 ? HOST_PVALIDATE_2M : HOST_PVALIDATE_4K]++;
	*cf = false;
	insn = rmp_insn(h, v, gpa, c_bit, rcx, RULE_PVALIDATE_OF_SHARED, eax);
	if (*eax == RMP_FAIL_SIZEMISMATCH)
		v->counters[HOST_PVALIDATE_SIZEMISMATCH]++;
	if (insn != HOST_INSN_DONE || *eax)
		return insn;

	if (h->rmp[gfn].vmsa && !validate)
		host_violate(h, RULE_PVALIDATE_OF_VMSA, gpa);
	*cf = h->rmp[gfn].validated == validate;
	if (*cf)
		v->counters[HOST_PVALIDATE_NO_CHANGE]++;
	for (i = 0; i < n; i++)
		h->rmp[gfn + i].validated = validate;
	return HOST_INSN_DONE;
}

/* RDX: target VMPL in 7:0, permissions in 15:8, VMSA in 16. The guest is at VMPL0. */
enum host_insn host_rmpadjust(struct host *h, struct host_vcpu *v, u64 gpa, bool c_bit,
			      u64 rcx, u64 rdx, u32 *eax)
{
	u64 gfn = gpa >> HOST_PAGE_SHIFT, n = rcx & 1 ? PAGES_PER_2M : 1, i;
	u32 vmpl = rdx & 0xff;
	enum host_insn insn;

	v->counters[HOST_RMPADJUST]++;
	if (vmpl > 3 || rdx >> 17) {
		*eax = RMP_FAIL_INPUT;
		return HOST_INSN_DONE;
	}
	if (!vmpl) {	/* only of a VMPL with fewer rights than one's own */
		*eax = RMP_FAIL_PERMISSION;
		return HOST_INSN_DONE;
	}

	insn = rmp_insn(h, v, gpa, c_bit, rcx, RULE_RMPADJUST_OF_SHARED, eax);
	if (insn != HOST_INSN_DONE || *eax)
		return insn;
	if (!h->rmp[gfn].validated)
		return HOST_INSN_NOT_VALIDATED;
	for (i = 0; i < n; i++)
		h->rmp[gfn + i].vmsa = rdx >> 16 & 1;
	return HOST_INSN_DONE;
}
