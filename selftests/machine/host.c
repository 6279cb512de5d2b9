// SPDX-License-Identifier: GPL-2.0
/* The host model of ../host, put on this machine's memory and vCPUs. */
#include "machine.h"

#define VMGEXIT_LENGTH	4
#define VMMCALL_LENGTH	3
#define SCRAMBLE	0x9e3779b97f4a7c15ull

static void *shared_page(void *ctx, u64 gpa)
{
	u64 gfn = gpa >> PAGE_SHIFT;

	if (gfn >= machine.host.nr_pages || machine.host.rmp[gfn].private)
		return NULL;
	return guest_memory(gpa & PAGE_MASK, PAGE_SIZE);
}

static void scramble(u64 gfn)
{
	u64 *p = guest_memory(gfn << PAGE_SHIFT, PAGE_SIZE);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / 8; i++)
		p[i] = (p[i] ^ gfn) * SCRAMBLE + i;
}

/*
 * What stands in a page at the moment at which the host gets it: nothing comes in between,
 * for the guest has no mapping of it. Hardware would show ciphertext at best; a guest
 * that leaves nothing in there need not rely on that.
 */
static void count_disclosed(u64 gfn)
{
	const u64 *p = guest_memory(gfn << PAGE_SHIFT, PAGE_SIZE);
	unsigned int i = 0;

	while (i < PAGE_SIZE / 8 && !p[i])
		i++;
	machine.current->counters[COUNTER_disclosed] += i < PAGE_SIZE / 8;
}

static void changed(void *ctx, u64 gfn, u64 n, bool private)
{
	step_changed(gfn, n, private);
	for (; n; n--, gfn++) {
		if (!private)
			count_disclosed(gfn);
		scramble(gfn);
		npt_sync(gfn);
	}
	if (machine.kick)
		kick_others(machine.current);
}

static void violation(void *ctx, const struct host_violation *broken)
{
	machine.current->counters[COUNTER_violations]++;
	if (machine.convict)
		finish(VIOLATION, machine.current, "GPA 0x%lx: %s: expected %s, found %s",
		       broken->gpa, broken->rule, broken->expected, broken->found);
	print("machine: violation by vCPU %d at RIP 0x%lx: GPA 0x%lx: %s: expected %s, found %s\n",
	      machine.current->id, machine.current->vmcb.save.rip, broken->gpa, broken->rule,
	      broken->expected, broken->found);
}

static const struct host_flavour *flavour(void)
{
	const char *name = option("host", host_flavours[0].name);
	const struct host_flavour *f;

	for (f = host_flavours; f->name; f++)
		if (strlen(f->name) == strlen(name) && !memcmp(f->name, name, strlen(name)))
			return f;
	finish(MACHINE_BUG, NULL, "option host=%s: no such host", name);
}

void host_model_init(void)
{
	static const struct host_ops ops = {
		.shared_page = shared_page, .changed = changed, .violation = violation,
	};
	u64 nr_pages = machine.ram >> PAGE_SHIFT, gfn;
	struct host *h = &machine.host;

	host_init(h, h->rmp ?: alloc_pages(nr_pages * sizeof(struct rmp_entry)), nr_pages);
	h->ops = &ops;
	steps_init();
	h->nr_vcpus = machine.nr_vcpus;
	h->c_bit = C_BIT_POS;
	h->flavour = flavour();
	h->rmp_2m = option_is("rmp", "2m");
	h->implicit = option_on("implicit", false);
	if (!host_fault_arm(h, option("fault", "")))
		finish(MACHINE_BUG, NULL, "option fault=%s: no such plan", option("fault", ""));
	host_launch(h, 0, nr_pages);
	for (gfn = 0; gfn < nr_pages; gfn++)
		npt_sync(gfn);
}

/* Was it a page walk or a fetch through the shared view of a private page? */
static bool is_lent(enum host_access_kind kind, bool c_bit, u64 gfn)
{
	return !c_bit && (kind == HOST_WALK || kind == HOST_FETCH) && machine.host.rmp[gfn].private;
}

/* No kernel survives a #VC 0x404; a guest of our own may. An exit gives no address but the GPA. */
void not_validated(struct vcpu *v, u64 gpa)
{
	static const char rule[] = "#VC 0x404, PAGE_NOT_VALIDATED";

	violation(NULL, &(struct host_violation){ rule, "a validated page",
						  step_name(gpa >> PAGE_SHIFT), gpa });
	v->vmcb.save.cr2 = gpa;
	vc_inject(v, VC_NOT_VALIDATED);
}

void host_npf(struct vcpu *v)
{
	u64 info = v->vmcb.exit_info_1, gpa = v->vmcb.exit_info_2 & ~C_BIT;
	bool c_bit = v->vmcb.exit_info_2 & C_BIT || !(v->vmcb.save.cr0 & CR0_PG);
	enum host_access_kind kind = info & NPF_WALK ? HOST_WALK : info & NPF_FETCH ? HOST_FETCH :
				     info & NPF_WRITE ? HOST_WRITE : HOST_READ;

	v->counters[COUNTER_npf]++;
	if (!c_bit && !guest_memory(gpa, 1)) {
		if (info & NPF_PRESENT)
			apic_write(v, gpa);
		else if (machine.es)
			vc_inject(v, EXIT_NPF);
		else
			npt_map_nothing(gpa);
		return;
	}
	if (!c_bit && watch_access(v, gpa, kind == HOST_WRITE))
		return;
	switch (host_access(&machine.host, &v->host, gpa, kind, c_bit)) {
	case HOST_ACCESS_OK:
		npt_sync(gpa >> PAGE_SHIFT);
		if (is_lent(kind, c_bit, gpa >> PAGE_SHIFT))
			npt_lend_to_walk(v, gpa);
		break;
	case HOST_ACCESS_NOT_VALIDATED:
		return not_validated(v, gpa);
	case HOST_ACCESS_CIPHERTEXT:
		return npt_show_ciphertext(v, gpa);
	case HOST_ACCESS_REFUSED:
		finish(HOST_STOPPED, v, "GPA 0x%lx (C=%d): nested page fault 0x%lx not resolved",
		       gpa, c_bit, info);
	}
}

static void vmgexit(struct vcpu *v)
{
	struct host_exit e = {};

	if (nmi_before_vmgexit(v))
		return;
	canary_at_vmgexit(v);
	host_vmgexit(&machine.host, &v->host, &e);
	nmi_after_vmgexit(v);
	v->vmcb.save.rip += VMGEXIT_LENGTH;
	switch (e.action) {
	case HOST_RESUME:
		return watch_ghcb(v);
	case HOST_AP_CREATE:
		vcpu_create(&vcpus[e.apic_id], guest_memory(e.gpa, PAGE_SIZE));
		break;
	case HOST_AP_DESTROY:
		vcpu_destroy(&vcpus[e.apic_id]);
		break;
	case HOST_AP_HALT:
		v->state = VCPU_PARKED;
		return;
	case HOST_STOP:
		finish(e.guest_request ? GUEST_DIED : HOST_STOPPED, v, "%s, 0x%lx 0x%lx", e.why,
		       e.info_1, e.info_2);
	case HOST_EMULATE:
		emulate(v, &e);
	}
	host_complete(&machine.host, &v->host);
	watch_ghcb(v);
}

/* VMGEXIT is REP VMMCALL, and TCG sees no difference. */
void host_vmmcall(struct vcpu *v)
{
	u8 prefix;

	if (insn_bytes(v, &prefix, 1) && prefix == 0xf3)
		return vmgexit(v);
	if (machine.es)
		return vc_inject(v, EXIT_VMMCALL);
	v->regs[RAX] = hypercall(v, (u64[]){ v->regs[RAX], v->regs[RBX], v->regs[RCX],
					     v->regs[RDX] });
	v->vmcb.save.rip += VMMCALL_LENGTH;
}
