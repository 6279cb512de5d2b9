// SPDX-License-Identifier: GPL-2.0
/* NAE events: KVM's checks in KVM's order, and what each event does. */
#include <string.h>

#include "report.h"
#include "world.h"

enum {
	NEEDS_RAX = 1, NEEDS_RBX = 2, NEEDS_RCX = 4, NEEDS_RDX = 8, NEEDS_CPL = 16,
	NEEDS_XCR0 = 32, NEEDS_SCRATCH = 64, NEED_BITS = 7,
};

static const u32 need_offset[NEED_BITS] = {
	O_RAX, O_RBX, O_RCX, O_RDX, O_CPL, O_XCR0, O_SCRATCH
};

static const struct event {
	const char *name;
	u64 code, info_1, info_2;
	u32 needs;
	u64 rax;
	enum host_action action;
} events[] = {
	{ "READ_DR7", 0x27, .action = HOST_EMULATE },
	{ "WRITE_DR7", 0x37, .needs = NEEDS_RAX, .action = HOST_EMULATE },
	{ "RDTSC", 0x6e, .action = HOST_EMULATE },
	{ "RDPMC", 0x6f, .needs = NEEDS_RCX, .action = HOST_EMULATE },
	{ "CPUID", 0x72, .needs = NEEDS_RAX | NEEDS_RCX, .rax = 0xc, .action = HOST_EMULATE },
	{ "CPUID 0xd", 0x72, .needs = NEEDS_RAX | NEEDS_RCX | NEEDS_XCR0, .rax = 0xd,
	  .action = HOST_EMULATE },
	{ "INVD", 0x76, .action = HOST_EMULATE },
	{ "IOIO OUT", 0x7b, 0x3f80010, .needs = NEEDS_RAX, .action = HOST_EMULATE },
	{ "IOIO IN", 0x7b, 0x3f80011, .action = HOST_EMULATE },
	{ "IOIO OUTS", 0x7b, 0x3f80014, 8, NEEDS_SCRATCH, .action = HOST_EMULATE },
	{ "IOIO INS", 0x7b, 0x3f80015, 8, NEEDS_SCRATCH, .action = HOST_EMULATE },
	{ "RDMSR", 0x7c, .needs = NEEDS_RCX, .action = HOST_EMULATE },
	{ "WRMSR", 0x7c, 1, .needs = NEEDS_RCX | NEEDS_RAX | NEEDS_RDX, .action = HOST_EMULATE },
	{ "VMMCALL", 0x81, .needs = NEEDS_RAX | NEEDS_CPL, .action = HOST_EMULATE },
	{ "RDTSCP", 0x87, .action = HOST_EMULATE },
	{ "WBINVD", 0x89, .action = HOST_EMULATE },
	{ "MONITOR", 0x8a, .needs = NEEDS_RAX | NEEDS_RCX | NEEDS_RDX, .action = HOST_EMULATE },
	{ "MWAIT", 0x8b, .needs = NEEDS_RAX | NEEDS_RCX, .action = HOST_EMULATE },
	{ "MMIO_READ", 0x80000001, 0xfee00020, 4, NEEDS_SCRATCH, .action = HOST_EMULATE },
	{ "MMIO_WRITE", 0x80000002, 0xfee00020, 4, NEEDS_SCRATCH, .action = HOST_EMULATE },
	{ "NMI_COMPLETE", 0x80000003, .action = HOST_RESUME },
	{ "AP_HLT_LOOP", 0x80000004, .action = HOST_AP_HALT },
	{ "AP_JUMP_TABLE get", 0x80000005, 1, .action = HOST_RESUME },
	{ "PSC", 0x80000010, .needs = NEEDS_SCRATCH, .action = HOST_RESUME },
	{ "GUEST_REQUEST", 0x80000011, 0x8000, 0x9000, .action = HOST_EMULATE },
	{ "EXT_GUEST_REQUEST", 0x80000012, 0x8000, 0x9000, .action = HOST_EMULATE },
	{ "AP_CREATION create", 0x80000013, 1ULL << 32 | 1, PRIVATE << 12 | 0x1000, NEEDS_RAX, 1,
	  HOST_AP_CREATE },
	{ "AP_CREATION on INIT", 0x80000013, 1ULL << 32, PRIVATE << 12 | 0x1000, NEEDS_RAX, 1,
	  HOST_AP_CREATE },
	{ "AP_CREATION destroy", 0x80000013, 1ULL << 32 | 2, .action = HOST_AP_DESTROY },
	{ "HV_FEATURES", 0x8000fffd, .action = HOST_RESUME },
	{ "TERM_REQUEST", 0x8000fffe, .action = HOST_STOP },
	{ "UNSUPPORTED_EVENT", 0x8000ffff, .action = HOST_STOP },
};

/* Everything that @e needs, but @without. */
static enum host_action ask(struct world *w, const struct event *e, u32 without)
{
	u32 i;

	w->rmp[PRIVATE + 1].vmsa = true;
	poke(w, O_RAX, e->rax);
	for (i = 0; i < NEED_BITS; i++)
		if (e->needs & ~without & 1 << i)
			put(w, need_offset[i], need_offset[i] == O_RAX ? e->rax :
			    need_offset[i] == O_SCRATCH ? (GHCB << 12) + O_BUFFER : 0);
	return nae(w, e->code, e->info_1, e->info_2);
}

static void required_fields(const char *flavour)
{
	const struct event *e = events;
	struct world *w;
	u32 i;

	for (; e < events + ARRAY_SIZE(events); e++) {
		w = world(flavour);
		ask(w, e, 0);
		report(w->out.action == e->action && get(w, O_INFO_1) == 0,
		       "%s: %s with what it needs is accepted", flavour, e->name);
		report(w->out.exit_code == e->code && w->out.info_1 == e->info_1 &&
		       w->out.info_2 == e->info_2, "%s: %s is passed on", flavour, e->name);
		report(w->out.guest_request == (e->action == HOST_STOP),
		       "%s: %s ends the guest by its own wish or not at all", flavour, e->name);
		for (i = 0; i < NEED_BITS; i++) {
			if (!(e->needs & 1 << i))
				continue;
			w = world(flavour);
			ask(w, e, 1 << i);
			report(refused(w, 4), "%s: %s without the field at 0x%x is 2/4",
			       flavour, e->name, need_offset[i]);
		}
	}
}

static void exit_fields(void)
{
	static const u32 offset[] = { O_CODE, O_INFO_1, O_INFO_2 };
	struct world *w;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		w = world("kvm-6.12");
		put(w, O_CODE, 0x27);
		put(w, O_INFO_1, 0);
		put(w, O_INFO_2, 0);
		ghcb(w)[0x3fe] &= ~(1 << (offset[i] / 8 - 112));
		w->v.ghcb_msr = GHCB << 12;
		host_vmgexit(&w->h, &w->v, &w->out);
		report(refused(w, 4), "an exit without the field at 0x%x is 2/4", offset[i]);
	}
	w = world("kvm-6.12");
	w->v.ghcb_msr = GHCB << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(refused(w, 4), "an exit with an empty bitmap is 2/4, as after an NMI");
}

static void order_of_checks(void)
{
	static const u64 unknown[] = { 0, 0x26, 0x7a, 0x8d, 0x400, 0x80000000, 0x80000006,
				       0x80000014, 0x80000018, 0x8000fffc, 0x180000010ULL };
	struct world *w;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		w = world("kvm-7.2");
		nae(w, unknown[i], 0, 0);
		report(refused(w, 6), "event 0x%llx is unknown: 2/6",
		       (unsigned long long)unknown[i]);
	}

	w = world("kvm-7.2");
	poke(w, O_USAGE - 4, 1ULL << 32);
	nae(w, 0x26, 0, 0);
	report(refused(w, 2), "a usage that isn't 0 is 2/2, before the event is looked at");
	w = world("kvm-7.2");
	poke(w, O_USAGE - 4, 1ULL << 32);
	w->v.ghcb_msr = GHCB << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(refused(w, 2), "and before the fields are");
	w = world("kvm-7.2");
	put(w, O_CODE, 0x26);
	w->v.ghcb_msr = GHCB << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(refused(w, 4), "the exit's fields are looked at before the event");
	w = world("kvm-7.2");
	poke(w, O_USAGE - 4, 1ULL << 32);
	w->v.registered_gpa = OTHER_GHCB << 12;
	nae(w, 0x26, 0, 0);
	report(refused(w, 1), "the registration is looked at before the usage");
}

static void registration(void)
{
	struct world *w = world("kvm-6.12");

	w->v.registered_gpa = OTHER_GHCB << 12;
	memset(ghcb(w) + O_BITMAP, 0xff, 16);
	nae(w, 0x80000003, 0, 0);
	report(w->out.action == HOST_STOP && !w->out.guest_request,
	       "kvm-6.12: a GHCB that is not registered stops the guest");
	report(get(w, 0x3f0) == 0 && get(w, 0x3f8) == 0,
	       "kvm-6.12: its bitmap has been cleared by then");

	w = world("kvm-7.2");
	w->v.registered_gpa = ~0ULL;
	w->v.nmi_masked = true;
	nae(w, 0x80000003, 0, 0);
	report(refused(w, 1), "kvm-7.2: a GHCB that is not registered is 2/1");
	report(w->v.nmi_masked, "kvm-7.2: the NMI_COMPLETE in it is lost");
}

static void sync(void)
{
	struct world *w = world("kvm-6.12");

	w->v.regs.xcr0 = 7;
	put(w, O_RAX, 0xa);
	put(w, O_RCX, 0xc);
	put(w, O_RDX, 0xd);
	put(w, O_RSI, 0x51);
	put(w, O_CPL, 3);
	poke(w, O_RBX, 0xb);
	nae(w, 0x81, 0, 0);
	report(w->v.regs.rax == 0xa && w->v.regs.rcx == 0xc && w->v.regs.rdx == 0xd &&
	       w->v.regs.rsi == 0x51 && w->v.regs.cpl == 3, "valid registers are taken over");
	report(w->v.regs.rbx == 0, "a register that isn't valid reads as 0");
	report(w->v.regs.xcr0 == 7, "XCR0 stays as it was if it isn't valid");
	report(get(w, 0x3f0) == 0 && get(w, 0x3f8) == 0x18ULL << 48,
	       "to be emulated: of the bitmap info_1 and info_2 are valid, nothing else");

	w->v.regs = (struct host_regs) { .rax = 1, .rbx = 2, .rcx = 3, .rdx = 4, .rsi = 5 };
	host_complete(&w->h, &w->v);
	report(get(w, O_RAX) == 1 && get(w, O_RBX) == 2 && get(w, O_RCX) == 3 &&
	       get(w, O_RDX) == 4, "completed: rax to rdx are written");
	report(is_valid(w, O_RAX) && is_valid(w, O_RBX) && is_valid(w, O_RCX) &&
	       is_valid(w, O_RDX), "completed: rax to rdx are valid");
	report(get(w, O_RSI) == 0x51 && !is_valid(w, O_RSI) && !is_valid(w, O_CODE) &&
	       !is_valid(w, O_SCRATCH), "completed: nothing else is touched");

	put(w, O_RCX, 0);
	put(w, O_XCR0, 0x207);
	put(w, O_RAX, 0xd);
	nae(w, 0x72, 0, 0);
	report(w->v.regs.xcr0 == 0x207, "XCR0 is taken over if it is valid");
	report(w->v.regs.cpl == 0, "CPL is 0 if it isn't valid");

	host_answer(&w->h, &w->v, 1, 0x80000b0d);
	host_complete(&w->h, &w->v);
	report(get(w, O_INFO_1) == 1 && get(w, O_INFO_2) == 0x80000b0d,
	       "an emulation can answer with an exception");
}

static void no_ghcb(void)
{
	static u8 before[4096];
	struct world *w = world("kvm-7.2");

	w->v.ghcb_msr = 0;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(w->out.action == HOST_RESUME, "GPA 0: the guest goes on, nothing happens");
	host_answer(&w->h, &w->v, 1, 2);
	host_complete(&w->h, &w->v);
	report(w->v.ghcb_msr == 0, "GPA 0: and can't be completed");

	w = world("kvm-7.2");
	w->rmp[GHCB].private = true;
	put(w, O_CODE, 0x27);
	memcpy(before, ghcb(w), 4096);
	w->v.ghcb_msr = GHCB << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(w->out.action == HOST_RESUME && !memcmp(before, ghcb(w), 4096),
	       "a private page as GHCB: the guest goes on, the page isn't touched");
	w->h.flavour = host_flavours;
	w->v.registered_gpa = OTHER_GHCB << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(w->out.action == HOST_STOP, "kvm-6.12: nor is it registered: the guest is stopped");
	w->v.ghcb_msr = (u64)PAGES << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(w->out.action == HOST_RESUME, "a GHCB beyond memory: the guest goes on");
	w->v.ghcb_msr = 0x20000;
	host_vmgexit(&w->h, &w->v, &w->out);
	report(w->out.action == HOST_RESUME, "a GHCB that the host can't map: the guest goes on");
	report(w->v.counters[HOST_VMGEXIT] == 4 && w->v.counters[HOST_VMGEXIT_OTHER] == 4,
	       "all of these are counted");
}

static void small_events(void)
{
	struct world *w = world("kvm-6.12");

	w->v.nmi_masked = true;
	nae(w, 0x80000003, 0, 0);
	report(!w->v.nmi_masked, "NMI_COMPLETE unmasks NMIs");
	report(w->v.counters[HOST_VMGEXIT_NMI_COMPLETE] == 1 &&
	       !w->v.counters[HOST_VMGEXIT_OTHER], "NMI_COMPLETE has a count of its own");
	nae(w, 0x8000fffd, 0, 0);
	report(get(w, O_INFO_1) == 0 && get(w, O_INFO_2) == 3,
	       "HV_FEATURES: SEV-SNP and AP creation in info_2");
	nae(w, 0x80000005, 1, 0);
	report(get(w, O_INFO_2) == 0, "AP_JUMP_TABLE get: 0 at first");
	nae(w, 0x80000005, 0, 0x12345000);
	report(get(w, O_INFO_1) == 0 && get(w, O_INFO_2) == 0, "AP_JUMP_TABLE set");
	nae(w, 0x80000005, 1, 0);
	report(get(w, O_INFO_2) == 0x12345000, "AP_JUMP_TABLE get: what was set");
	nae(w, 0x80000005, 2, 0);
	report(refused(w, 5), "AP_JUMP_TABLE anything else is 2/5");
	nae(w, 0x8000fffe, 1, 3);
	report(w->out.action == HOST_STOP && w->out.guest_request && w->out.info_1 == 1 &&
	       w->out.info_2 == 3, "TERM_REQUEST stops, with its reason set and code");
	nae(w, 0x8000ffff, 0x404, 0);
	report(w->out.action == HOST_STOP && w->out.why, "UNSUPPORTED_EVENT stops");
	report(w->v.counters[HOST_VMGEXIT_OTHER] == 7, "all of these are counted as others");
}

static enum host_action with_scratch(struct world *w, u64 scratch, u64 code, u64 i1, u64 i2)
{
	put(w, O_SCRATCH, scratch);
	put(w, O_RAX, 0);
	return nae(w, code, i1, i2);
}

static void scratch(void)
{
	const u64 page = GHCB << 12, buffer = page + 0x800, read = 0x80000001, outs = 0x3f80014;
	struct world *w = world("kvm-6.12");

	report(with_scratch(w, buffer, read, 0xfee00000, 8) == HOST_EMULATE &&
	       w->out.scratch == ghcb(w) + 0x800 && w->out.scratch_len == 0x7f0,
	       "MMIO: the data is where sw_scratch says");
	report(with_scratch(w, page + 0xfe8, read, 0xfee00000, 8) == HOST_EMULATE &&
	       w->out.scratch_len == 8, "MMIO: up to the end of the shared buffer");
	with_scratch(w, page + 0xfe9, read, 0xfee00000, 8);
	report(refused(w, 3), "MMIO: data beyond the shared buffer is 2/3");
	with_scratch(w, buffer - 1, read, 0xfee00000, 8);
	report(refused(w, 3), "MMIO: data before the shared buffer is 2/3");
	with_scratch(w, (SHARED << 12) + 0x800, read, 0xfee00000, 8);
	report(refused(w, 3), "MMIO: data in the page before is 2/3");
	with_scratch(w, (OTHER_GHCB << 12) + 0x800, read, 0xfee00000, 8);
	report(refused(w, 3), "MMIO: data in another page is 2/3 with GHCB version 2");
	with_scratch(w, 0, read, 0xfee00000, 8);
	report(refused(w, 3), "MMIO: a sw_scratch of 0 is 2/3");
	with_scratch(w, ~0ULL, read, 0xfee00000, 8);
	report(refused(w, 3), "MMIO: a sw_scratch that wraps around is 2/3");
	report(with_scratch(w, 0, read, 0xfee00000, 0) == HOST_RESUME && !get(w, O_INFO_1),
	       "MMIO: no bytes at all is success");
	with_scratch(w, 0, read, 0xfee00000, 9);
	report(refused(w, 5), "MMIO: more than 8 bytes is 2/5, before sw_scratch is looked at");

	report(with_scratch(w, 0, 0x7b, 0x3f80000, 0) == HOST_RESUME && !get(w, O_INFO_1),
	       "IOIO: of size 0 is success");
	report(with_scratch(w, 0, 0x7b, outs, 0) == HOST_RESUME && !get(w, O_INFO_1),
	       "IOIO: a string of none is success");
	report(with_scratch(w, buffer, 0x7b, outs, 0x7f0) == HOST_EMULATE,
	       "IOIO: a string that fills the shared buffer");
	with_scratch(w, buffer, 0x7b, outs, 0x7f1);
	report(refused(w, 3), "IOIO: a longer string is 2/3");
	with_scratch(w, buffer, 0x7b, 0x3f80044, 0x1fd);
	report(refused(w, 3), "IOIO: the element's size counts");
	with_scratch(w, buffer, 0x7b, outs, 0x7fffffffULL);
	report(refused(w, 3), "IOIO: so is one of nearly 2 GiB");
	report(with_scratch(w, buffer, 0x7b, outs, 0x80000000ULL) == HOST_STOP,
	       "IOIO: a string of 2 Gi elements stops the guest");
	report(with_scratch(w, buffer, 0x7b, 0x3f80044, 0x20000000ULL) == HOST_STOP,
	       "IOIO: so does a string of 2 GiB");
	report(with_scratch(w, buffer, 0x7b, 0x3f80044, 1ULL << 62) == HOST_STOP,
	       "IOIO: and one whose length wraps around");
}

static void guest_request(void)
{
	static const struct { u64 request, response; } bad[] = {
		{ 0x8001, 0x9000 }, { 0x8000, 0x9800 }, { 0x8000, 0x8000 } };
	struct world *w;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		w = world("kvm-6.12");
		nae(w, 0x80000011, bad[i].request, bad[i].response);
		report(refused(w, 4), "kvm-6.12: GUEST_REQUEST with bad pages is 2/4 (%u)", i);
		w = world("kvm-7.2");
		nae(w, 0x80000012, bad[i].request, bad[i].response);
		report(refused(w, 5), "kvm-7.2: EXT_GUEST_REQUEST with bad pages is 2/5 (%u)", i);
	}
}

static enum host_action create(struct world *w, u64 request, u64 apic_id, u64 vmsa, u64 rax)
{
	put(w, O_RAX, rax);
	return nae(w, 0x80000013, apic_id << 32 | request, vmsa);
}

static void ap_creation(void)
{
	struct world *w = world("kvm-6.12");
	u64 vmsa = (PRIVATE + 1) << 12;

	w->h.nr_vcpus = 4;
	w->rmp[PRIVATE].vmsa = true;
	w->rmp[PRIVATE + 1].vmsa = true;
	report(create(w, 1, 3, vmsa, 1) == HOST_AP_CREATE && w->out.apic_id == 3 &&
	       w->out.gpa == vmsa, "AP_CREATION: the vCPU and its VMSA are passed on");
	create(w, 1, 4, vmsa, 1);
	report(refused(w, 5), "AP_CREATION: an APIC ID that does not exist is 2/5");
	create(w, 3, 1, vmsa, 1);
	report(refused(w, 5), "AP_CREATION: a request that does not exist is 2/5");
	create(w, 0x10001, 1, vmsa, 1);
	report(refused(w, 5), "AP_CREATION: a VMPL is 2/5, KVM knows VMPL0 only");
	create(w, 1, 1, vmsa + 0x800, 1);
	report(refused(w, 5), "AP_CREATION: a VMSA that isn't page-aligned is 2/5");
	create(w, 1, 1, vmsa + 1, 1);
	report(refused(w, 5), "AP_CREATION: by however little");
	create(w, 1, 1, PRIVATE << 12, 1);
	report(refused(w, 5), "AP_CREATION: a VMSA that is 2M-aligned is 2/5");
	create(w, 1, 1, vmsa, 9);
	report(refused(w, 5), "kvm-6.12: AP_CREATION with restricted injection is 2/5");
	create(w, 1, 1, vmsa, 0x11);
	report(refused(w, 5), "kvm-6.12: AP_CREATION with alternate injection is 2/5");
	report(create(w, 1, 1, vmsa, 0x21) == HOST_AP_CREATE,
	       "kvm-6.12: AP_CREATION does not look at other features");
	report(create(w, 1, 1, vmsa + 0x1000, 1) == HOST_STOP,
	       "AP_CREATION: a page that is no VMSA stops the guest");
	report(create(w, 1, 1, ((u64)PAGES << 12) + 0x1000, 1) == HOST_STOP,
	       "AP_CREATION: so does a page beyond memory");
	report(create(w, 2, 1, 0, 0) == HOST_AP_DESTROY && w->out.apic_id == 1,
	       "AP_CREATION: destroy needs no VMSA");

	w = world("kvm-7.2");
	w->rmp[PRIVATE + 1].vmsa = true;
	create(w, 1, 1, vmsa, 0x21);
	report(refused(w, 5), "kvm-7.2: AP_CREATION with other features than the VM's is 2/5");
}

void nae_test(void)
{
	required_fields("kvm-6.12");
	required_fields("kvm-7.2");
	exit_fields();
	order_of_checks();
	registration();
	sync();
	no_ghcb();
	small_events();
	scratch();
	guest_request();
	ap_creation();
}
