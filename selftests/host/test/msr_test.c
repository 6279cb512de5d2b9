// SPDX-License-Identifier: GPL-2.0
/* The GHCB MSR protocol, code by code. */
#include "report.h"
#include "world.h"

static void info(void)
{
	struct world *w = world("kvm-6.12");
	struct host_vcpu v;

	report(msr(w, 0x002) == 0x0002000133000001ULL,
	       "0x002 SEV_INFO: versions 1 to 2, C-bit 51");
	w->h.c_bit = 39;
	report(msr(w, 0xabcdef0000000002ULL) == 0x0002000127000001ULL,
	       "0x002 SEV_INFO: the host's C-bit, whatever else was in the request");
	host_vcpu_init(&v);
	report(v.ghcb_msr == 0x0002000133000001ULL,
	       "0x001 SEV_INFO is what the MSR holds at reset");
	report(v.registered_gpa == ~0ULL, "no GHCB is registered at reset");
	report(msr(w, 0x080) == 0x3081, "0x080 HV features: SEV-SNP and AP creation");
	report(w->out.action == HOST_RESUME, "0x080 HV features: the guest goes on");
}

static void cpuid(void)
{
	static const u64 value[] = { 0xa0a0a0a0, 0xb0b0b0b0, 0xc0c0c0c0, 0xd0d0d0d0 };
	static const char *const name[] = { "EAX", "EBX", "ECX", "EDX" };
	struct world *w = world("kvm-6.12");
	u64 i;

	for (i = 0; i < 4; i++) {
		w->v.regs.rcx = 7;
		msr(w, 0x8000001fULL << 32 | i << 30 | 0x004);
		report(w->out.action == HOST_EMULATE && w->out.exit_code == 0x72 &&
		       w->v.regs.rax == 0x8000001f && w->v.regs.rcx == 0,
		       "0x004 CPUID, %s: to be emulated, with ECX 0", name[i]);
		w->v.regs = (struct host_regs) { .rax = value[0], .rbx = value[1],
						 .rcx = value[2], .rdx = value[3] };
		host_complete(&w->h, &w->v);
		report(w->v.ghcb_msr == (value[i] << 32 | i << 30 | 0x005),
		       "0x005 CPUID, %s: the register stands in 63:32", name[i]);
	}
	w->v.ghcb_msr = 0x3081;
	host_complete(&w->h, &w->v);
	report(w->v.ghcb_msr == 0x3081, "completing anything else leaves the MSR alone");
}

static void registration(void)
{
	struct world *w = world("kvm-6.12");

	report(msr(w, 0x010) == 0xfffffffffffff011ULL, "0x010 preferred GPA: none, all ones");
	report(msr(w, 0x8012) == 0x8013, "0x012 register: the GPA is echoed");
	report(w->v.registered_gpa == 0x8000, "0x012 register: the GPA is registered");
	report(msr(w, 0xa012) == 0xa013 && w->v.registered_gpa == 0xa000,
	       "0x012 register: another GPA replaces it");
	report(msr(w, 0xa012) == 0xa013 && w->v.registered_gpa == 0xa000,
	       "0x012 register: the same GPA again is fine");
	w->h.strict = false;
	report(msr(w, 0xfffffffffffff012ULL) == 0xfffffffffffff013ULL &&
	       w->v.registered_gpa == 0xfffffffffffff000ULL,
	       "0x012 register: KVM takes all ones too");
	report(msr(w, 0x012) == 0x013 && w->v.registered_gpa == 0, "0x012 register: and page 0");
}

static void page_state_change(void)
{
	struct world *w = world("kvm-6.12");

	report(msr(w, 1ULL << 52 | (u64)HOSTS << 12 | 0x014) == 0x015 &&
	       w->rmp[HOSTS].private, "0x014 PSC: to private, answer 0x015 with error 0");
	report(!w->rmp[HOSTS].assigned, "0x014 PSC: to private assigns nothing yet");
	report(!w->rmp[HOSTS + 1].private && w->v.counters[HOST_PSC_PAGES_PRIVATE] == 1,
	       "0x014 PSC: one page at a time");
	report(msr(w, 2ULL << 52 | (u64)HOSTS << 12 | 0x014) == 0x015 &&
	       !w->rmp[HOSTS].private, "0x014 PSC: to shared");
	report(msr(w, 3ULL << 52 | (u64)HOSTS << 12 | 0x014) == 0x8000000000000015ULL,
	       "0x014 PSC: an unknown operation is error 0x80000000");
	report(msr(w, 0ULL << 52 | (u64)HOSTS << 12 | 0x014) == 0x8000000000000015ULL,
	       "0x014 PSC: so is operation 0");
	report(msr(w, 1ULL << 52 | (u64)PAGES << 12 | 0x014) == 0x8000000000000015ULL,
	       "0x014 PSC: to private of what is no memory is refused");
	report(msr(w, 1ULL << 52 | (1ULL << 39 | HOSTS) << 12 | 0x014) == 0x8000000000000015ULL,
	       "0x014 PSC: the frame number has 40 bits");
	report(msr(w, 2ULL << 52 | (u64)PAGES << 12 | 0x014) == 0x015,
	       "0x014 PSC: to shared of what is no memory is done already");
	report(w->v.counters[HOST_VMGEXIT_MSR_PSC] == 7 && !w->v.counters[HOST_VMGEXIT_PSC] &&
	       w->v.counters[HOST_VMGEXIT_MSR] == 7 && w->v.counters[HOST_VMGEXIT] == 7,
	       "0x014 PSC: counted as VMGEXITs by MSR, not as NAE events");
	report(w->v.counters[HOST_PSC_RUNS] == 0, "0x014 PSC: not counted as a run");
}

static void endings(void)
{
	struct world *w = world("kvm-6.12");

	report(msr(w, 0x006) == 0x007 && w->out.action == HOST_AP_HALT,
	       "0x006 AP reset hold: halts, 0x007 with 0 for no SIPI");
	report(msr(w, 0xabc006) == 0x007, "0x006 AP reset hold: the request's upper bits are gone");
	msr(w, 0x11100);
	report(w->out.action == HOST_STOP && w->out.guest_request && w->out.why,
	       "0x100 terminate: the host stops, the guest asked for it");
	report(w->out.info_1 == 1 && w->out.info_2 == 1,
	       "0x100 terminate: reason set and code are passed on");
	report(w->v.ghcb_msr == 0x11100, "0x100 terminate: the MSR stays as it is");
}

static void unknown(void)
{
	static const u64 codes[] = { 0x1, 0x3, 0x13, 0x15, 0x16, 0x17, 0x81, 0xfff };
	struct world *w = world("kvm-6.12");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		report(msr(w, 0x1234567000 | codes[i]) == (0x1234567000 | codes[i]) &&
		       w->out.action == HOST_RESUME,
		       "0x%03x: no request that KVM knows, the MSR is left alone", (u32)codes[i]);
	report(w->v.registered_gpa == GHCB << 12, "what is no request changes nothing");
}

void msr_test(void)
{
	info();
	cpuid();
	registration();
	page_state_change();
	endings();
	unknown();
}
