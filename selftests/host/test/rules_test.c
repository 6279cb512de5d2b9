// SPDX-License-Identifier: GPL-2.0
/* Each rule of rules.c is broken once; and what correct guests do breaks none. */
#include <string.h>

#include "model.h"
#include "report.h"
#include "world.h"

static void pvalidate(struct world *w, u64 gfn, u64 rcx, u64 rdx)
{
	bool cf;
	u32 eax;

	host_pvalidate(&w->h, &w->v, gfn << 12, true, rcx, rdx, &eax, &cf);
}

static void rmpadjust(struct world *w, u64 gfn, u64 rdx)
{
	u32 eax;

	host_rmpadjust(&w->h, &w->v, gfn << 12, true, 0, rdx, &eax);
}

static void private_access_of_shared(struct world *w)
{
	host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, true);
}

static void shared_read_of_private(struct world *w)
{
	host_access(&w->h, &w->v, PRIVATE << 12, HOST_READ, false);
}

static void shared_write_of_private(struct world *w)
{
	host_access(&w->h, &w->v, PRIVATE << 12, HOST_WRITE, false);
}

static void private_access_beyond(struct world *w)
{
	host_access(&w->h, &w->v, (u64)PAGES << 12, HOST_READ, true);
}

static void pvalidate_of_shared(struct world *w)
{
	pvalidate(w, HOSTS, 0, 1);
}

static void pvalidate_of_vmsa(struct world *w)
{
	w->rmp[PRIVATE].vmsa = true;
	pvalidate(w, PRIVATE, 0, 0);
}

static void rmpadjust_of_shared(struct world *w)
{
	rmpadjust(w, HOSTS, 1);
}

static void psc_of_validated(struct world *w)
{
	PSC(w, TO_SHARED(PRIVATE));
}

static void msr_psc_of_validated(struct world *w)
{
	msr(w, 2ULL << 52 | (u64)PRIVATE << 12 | 0x014);
}

static void psc_of_vmsa(struct world *w)
{
	w->rmp[PRIVATE].vmsa = true;
	PSC(w, TO_SHARED(PRIVATE));
}

static void psc_of_own_ghcb(struct world *w)
{
	PSC(w, TO_PRIVATE(GHCB));
}

static void psc_over_own_ghcb(struct world *w)
{
	PSC(w, TO_PRIVATE(GHCB - 2), TO_PRIVATE(GHCB - 1), TO_PRIVATE(GHCB));
}

static void psc_beyond(struct world *w)
{
	PSC(w, TO_PRIVATE(PAGES));
}

static void psc_exit_info_1(struct world *w)
{
	psc_fill(w, O_BUFFER, 0, 0, (const u64[]) { TO_PRIVATE(HOSTS) }, 1);
	nae(w, NAE_PSC_CODE, 1, 0);
}

static void psc_exit_info_2(struct world *w)
{
	psc_fill(w, O_BUFFER, 0, 0, (const u64[]) { TO_PRIVATE(HOSTS) }, 1);
	nae(w, NAE_PSC_CODE, 0, 1);
}

static void psc_header_reserved(struct world *w)
{
	psc_fill(w, O_BUFFER, 0, 0, (const u64[]) { TO_PRIVATE(HOSTS) }, 1);
	poke(w, O_BUFFER, 1ULL << 32);
	psc_again(w);
}

static void psc_nothing(struct world *w)
{
	psc_fill(w, O_BUFFER, 2, 1, (const u64[]) { TO_PRIVATE(HOSTS) }, 1);
	psc_again(w);
}

static void psc_entry_reserved(struct world *w)
{
	PSC(w, TO_PRIVATE(HOSTS) | 1ULL << 57);
}

static void psc_entry_reserved_later(struct world *w)
{
	PSC(w, TO_PRIVATE(HOSTS), TO_PRIVATE(HOSTS + 1) | 1ULL << 63);
}

static void psc_operation_0(struct world *w)
{
	PSC(w, (u64)HOSTS << 12);
}

static void psc_operation_5(struct world *w)
{
	PSC(w, 5ULL << 52 | (u64)HOSTS << 12);
}

static void psc_behind_partial(struct world *w)
{
	PSC(w, TO_PRIVATE(HOSTS) | HUGE | 500, TO_PRIVATE(HOSTS + 12));
}

static void msr_psc_reserved(struct world *w)
{
	msr(w, 1ULL << 56 | 1ULL << 52 | (u64)HOSTS << 12 | 0x014);
}

static void msr_unknown(struct world *w)
{
	msr(w, 0x9013);
}

static void registered_zero(struct world *w)
{
	msr(w, 0x012);
}

static void registered_beyond(struct world *w)
{
	msr(w, (u64)PAGES << 12 | 0x012);
}

static void registered_private(struct world *w)
{
	msr(w, (u64)PRIVATE << 12 | 0x012);
}

static void no_ghcb(struct world *w)
{
	msr(w, 0);
}

static void private_ghcb(struct world *w)
{
	msr(w, (u64)PRIVATE << 12);
}

static void no_vmsa(struct world *w)
{
	put(w, O_RAX, 1);
	nae(w, 0x80000013, 1ULL << 32 | 1, (PRIVATE + 1) << 12);
}

/* The flash has two pages. */
static void flash(struct world *w, u64 code, u64 offset)
{
	w->h.flash = 0xffe00000;
	w->h.flash_bytes = 0x2000;
	put(w, O_SCRATCH, (GHCB << 12) + 0x800);
	nae(w, code, w->h.flash + offset, 1);
}

static void flash_read(struct world *w)
{
	w->v.registered_gpa = OTHER_GHCB << 12;
	flash(w, 0x80000001, 0);
}

static void flash_write(struct world *w)
{
	w->v.registered_gpa = ~0ULL;
	flash(w, 0x80000002, 0x1fff);
}

static const struct {
	enum host_rule rule;
	void (*break_it)(struct world *w);
	const char *text, *how;
	u64 gfn;
} broken[] = {
	{ RULE_PRIVATE_ACCESS_OF_SHARED, private_access_of_shared,
	  "a private access meets a private page", "C=1 read", HOSTS },
	{ RULE_SHARED_READ_OF_PRIVATE, shared_read_of_private,
	  "a shared read meets a shared page", "C=0 read", PRIVATE },
	{ RULE_SHARED_WRITE_OF_PRIVATE, shared_write_of_private,
	  "a shared write meets a shared page", "C=0 write", PRIVATE },
	{ RULE_PRIVATE_ACCESS_BEYOND_MEMORY, private_access_beyond,
	  "a private access meets memory", "C=1 read", PAGES },
	{ RULE_PVALIDATE_OF_SHARED, pvalidate_of_shared,
	  "PVALIDATE meets a private page", "PVALIDATE(1)", HOSTS },
	{ RULE_PVALIDATE_OF_VMSA, pvalidate_of_vmsa,
	  "a VMSA page stays validated", "PVALIDATE(0)", PRIVATE },
	{ RULE_RMPADJUST_OF_SHARED, rmpadjust_of_shared,
	  "RMPADJUST meets a private page", "RMPADJUST", HOSTS },
	{ RULE_PSC_OF_VALIDATED, psc_of_validated,
	  "a page is rescinded before it is made shared", "NAE", PRIVATE },
	{ RULE_PSC_OF_VALIDATED, msr_psc_of_validated,
	  "a page is rescinded before it is made shared", "MSR", PRIVATE },
	{ RULE_PSC_OF_VMSA, psc_of_vmsa,
	  "a VMSA page is not made shared", "NAE", PRIVATE },
	{ RULE_PSC_OF_OWN_GHCB, psc_of_own_ghcb,
	  "a GHCB does not ask for its own page to be private", "one entry", GHCB },
	{ RULE_PSC_OF_OWN_GHCB, psc_over_own_ghcb,
	  "a GHCB does not ask for its own page to be private", "end of a run", GHCB },
	{ RULE_PSC_BEYOND_MEMORY, psc_beyond,
	  "only memory is made private", "to private", PAGES },
	{ RULE_PSC_EXIT_INFO, psc_exit_info_1,
	  "a page state change has no exit info", "info_1", GHCB },
	{ RULE_PSC_EXIT_INFO, psc_exit_info_2,
	  "a page state change has no exit info", "info_2", GHCB },
	{ RULE_PSC_HEADER_RESERVED, psc_header_reserved,
	  "the reserved field of the header is 0", "1", GHCB },
	{ RULE_PSC_NOTHING_TO_DO, psc_nothing,
	  "a page state change has something to do", "cur_entry above end_entry", GHCB },
	{ RULE_PSC_ENTRY_RESERVED, psc_entry_reserved,
	  "the reserved bits of an entry are 0", "bit 57", HOSTS },
	{ RULE_PSC_ENTRY_RESERVED, psc_entry_reserved_later,
	  "the reserved bits of an entry are 0", "bit 63, merged", HOSTS + 1 },
	{ RULE_PSC_OPERATION, psc_operation_0,
	  "an entry has an operation", "0", HOSTS },
	{ RULE_PSC_OPERATION, psc_operation_5,
	  "an entry has an operation", "5", HOSTS },
	{ RULE_PSC_BEHIND_PARTIAL, psc_behind_partial,
	  "no 4K entry can merge with a partly done 2M entry", "it does", HOSTS + 12 },
	{ RULE_MSR_PSC_RESERVED, msr_psc_reserved,
	  "the reserved bits of a page state change by MSR are 0", "bit 56", HOSTS },
	{ RULE_MSR_UNKNOWN_REQUEST, msr_unknown,
	  "the GHCB MSR holds a request at VMGEXIT", "0x013", GHCB },
	{ RULE_REGISTERED_BEYOND_MEMORY, registered_zero,
	  "a registered GHCB is memory", "page 0", 0 },
	{ RULE_REGISTERED_BEYOND_MEMORY, registered_beyond,
	  "a registered GHCB is memory", "beyond it", PAGES },
	{ RULE_REGISTERED_PRIVATE, registered_private,
	  "a GHCB is shared before it is registered", "private", PRIVATE },
	{ RULE_NO_GHCB, no_ghcb,
	  "the GHCB MSR holds the GPA of a shared page at VMGEXIT", "0", 0 },
	{ RULE_NO_GHCB, private_ghcb,
	  "the GHCB MSR holds the GPA of a shared page at VMGEXIT", "private", PRIVATE },
	{ RULE_NO_VMSA, no_vmsa,
	  "a vCPU starts from a VMSA", "AP_CREATION", PRIVATE + 1 },
	{ RULE_FLASH_GHCB, flash_read,
	  "firmware finds this vCPU's GHCB in the GHCB MSR", "a read by another one", GHCB },
	{ RULE_FLASH_GHCB, flash_write,
	  "firmware finds this vCPU's GHCB in the GHCB MSR", "a write before it has one", GHCB },
};

static void one_by_one(void)
{
	bool seen[NR_HOST_RULES] = { false };
	struct world *w;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		w = world("kvm-7.2");
		broken[i].break_it(w);
		report(w->violations == 1 && !strcmp(w->violation.rule, broken[i].text) &&
		       w->violation.gpa == broken[i].gfn << 12 && w->violation.expected &&
		       w->violation.found, "%s: broken by %s", broken[i].text, broken[i].how);
		seen[broken[i].rule] = true;

		w = world("kvm-7.2");
		w->h.strict = false;
		broken[i].break_it(w);
		report(!w->violations, "%s: a lenient host says nothing", broken[i].text);
	}
	for (i = 0; i < NR_HOST_RULES; i++)
		report(seen[i], "rule %u has been broken", i);
}

/* What the kernel does, or the module, and a host does not complain about. */
static void correct_guests(void)
{
	static const struct host_ops no_ops;
	struct world *w = world("kvm-7.2");

	pvalidate(w, PRIVATE, 0, 0);
	PSC(w, TO_SHARED(PRIVATE));
	host_access(&w->h, &w->v, PRIVATE << 12, HOST_WRITE, false);
	PSC(w, TO_PRIVATE(PRIVATE));
	pvalidate(w, PRIVATE, 0, 1);
	host_access(&w->h, &w->v, PRIVATE << 12, HOST_WRITE, true);
	report(!w->violations, "to shared and back, in the right order");

	PSC(w, TO_PRIVATE(PRIVATE));
	PSC(w, TO_SHARED(HOSTS), TO_SHARED(HOSTS));
	report(!w->violations, "asking for what is so already");
	PSC(w, TO_PRIVATE(HOSTS) | HUGE | 3, TO_PRIVATE(FRESH) | 1);
	report(!w->violations, "going on where the host had stopped");
	PSC(w, 3ULL << 52 | (u64)HOSTS << 12, 4ULL << 52 | (u64)HOSTS << 12);
	report(!w->violations, "hints: PSMASH and UNSMASH");
	PSC(w, TO_SHARED(GHCB));
	PSC(w, TO_PRIVATE(GHCB + 1), TO_PRIVATE(GHCB + 2));
	report(!w->violations, "its own GHCB to shared, the page behind it to private");
	PSC(w, TO_PRIVATE(GHCB - 1));
	report(!w->violations, "the page before its own GHCB to private");
	pvalidate(w, FRESH, 0, 1);
	rmpadjust(w, FRESH, 0x10001);
	pvalidate(w, FRESH, 0, 1);
	rmpadjust(w, FRESH, 0x00001);
	pvalidate(w, FRESH, 0, 0);
	PSC(w, TO_SHARED(FRESH));
	report(!w->violations, "a VMSA that was given back first");
	msr(w, 0x9012);
	msr(w, 0xf012);
	msr(w, 0x9012);
	report(!w->violations, "registering again and again, the GHCB that it has too");
	pvalidate(w, FRESH + 7, 1, 1);
	report(!w->violations, "a PVALIDATE that fails");
	PSC(w, TO_SHARED(PAGES), TO_SHARED(0xffffffffffULL));
	host_access(&w->h, &w->v, (u64)PAGES << 12, HOST_WRITE, false);
	report(!w->violations, "MMIO ranges to shared, and accesses to them");
	nae(w, 0x12345, 0, 0);
	w->v.registered_gpa = 0;
	nae(w, NAE_PSC_CODE, 0, 0);
	report(!w->violations, "a request that is answered with 2/x");

	flash(w, 0x80000001, -1ULL);
	flash(w, 0x80000002, 0x2000);
	flash(w, 0x80000003, 0);
	report(!w->violations, "by a GHCB that is not registered: beside the flash, or no MMIO");
	w->v.registered_gpa = GHCB << 12;
	flash(w, 0x80000001, 0);
	flash(w, 0x80000002, 0x1fff);
	report(!w->violations, "MMIO of the flash by the GHCB that is registered");

	w = world("kvm-7.2");
	w->h.implicit = true;
	private_access_of_shared(w);
	shared_write_of_private(w);
	pvalidate(w, HOSTS + 1, 0, 1);
	report(!w->violations, "touches that a host converts at");
	w = world("kvm-7.2");
	w->h.ops = NULL;
	private_access_of_shared(w);
	msr(w, TO_PRIVATE(HOSTS) | 0x014);
	report(host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, true) == HOST_ACCESS_NOT_VALIDATED,
	       "a host without callbacks works");
	w->h.ops = &no_ops;
	msr(w, TO_SHARED(HOSTS) | 0x014);
	private_access_of_shared(w);
	msr(w, GHCB << 12);
	report(host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, false) == HOST_ACCESS_OK,
	       "so does one with none of them");
}

void rules_test(void)
{
	one_by_one();
	correct_guests();
}
