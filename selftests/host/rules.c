// SPDX-License-Identifier: GPL-2.0
/*
 * Things that no correct guest does, though hardware or KVM would let most of
 * them pass: a test that meets one has found a bug, without waiting for its
 * consequences.
 */
#include "model.h"

static const struct {
	const char *rule, *expected, *found;
} rules[NR_HOST_RULES] = {
	[RULE_PRIVATE_ACCESS_OF_SHARED] = {
		"a private access meets a private page",
		"a page state change to private first", "the page is shared" },
	[RULE_SHARED_READ_OF_PRIVATE] = {
		"a shared read meets a shared page",
		"a page state change to shared first", "the page is private: ciphertext" },
	[RULE_SHARED_WRITE_OF_PRIVATE] = {
		"a shared write meets a shared page",
		"a page state change to shared first", "the page is private" },
	[RULE_PRIVATE_ACCESS_BEYOND_MEMORY] = {
		"a private access meets memory",
		"an address inside the guest's memory", "an address beyond it" },
	[RULE_PVALIDATE_OF_SHARED] = {
		"PVALIDATE meets a private page",
		"PVALIDATE after the change to private, before the one to shared",
		"the page is shared" },
	[RULE_PVALIDATE_OF_VMSA] = {
		"a VMSA page stays validated",
		"RMPADJUST takes the VMSA bit first", "PVALIDATE(0) of a VMSA page" },
	[RULE_RMPADJUST_OF_SHARED] = {
		"RMPADJUST meets a private page",
		"a validated private page", "the page is shared" },
	[RULE_PSC_OF_VALIDATED] = {
		"a page is rescinded before it is made shared",
		"PVALIDATE(0) before the page state change", "the page is still validated" },
	[RULE_PSC_OF_VMSA] = {
		"a VMSA page is not made shared",
		"RMPADJUST takes the VMSA bit first", "the page is a VMSA" },
	[RULE_PSC_OF_OWN_GHCB] = {
		"a GHCB does not ask for its own page to be private",
		"the MSR protocol for that", "the page of this GHCB in its descriptor" },
	[RULE_PSC_BEYOND_MEMORY] = {
		"only memory is made private",
		"a page inside the guest's memory", "a page beyond it" },
	[RULE_PSC_EXIT_INFO] = {
		"a page state change has no exit info",
		"sw_exit_info_1 and _2 are 0", "other values" },
	[RULE_PSC_HEADER_RESERVED] = {
		"the reserved field of the header is 0",
		"0", "another value" },
	[RULE_PSC_NOTHING_TO_DO] = {
		"a page state change has something to do",
		"cur_entry not above end_entry", "cur_entry above end_entry" },
	[RULE_PSC_ENTRY_RESERVED] = {
		"the reserved bits of an entry are 0",
		"0 in bits 63:57", "other bits set" },
	[RULE_PSC_OPERATION] = {
		"an entry has an operation",
		"1 to 4", "an operation that does not exist: KVM skips the entry" },
	[RULE_PSC_BEHIND_PARTIAL] = {
		"no 4K entry can merge with a partly done 2M entry",
		"the rest of the block as 4K entries",
		"an entry that KVM merges, and then converts the wrong page" },
	[RULE_MSR_PSC_RESERVED] = {
		"the reserved bits of a page state change by MSR are 0",
		"0 in bits 63:56", "other bits set" },
	[RULE_MSR_UNKNOWN_REQUEST] = {
		"the GHCB MSR holds a request at VMGEXIT",
		"a request code, or the GPA of a GHCB", "a response or an unknown code" },
	[RULE_REGISTERED_BEYOND_MEMORY] = {
		"a registered GHCB is memory",
		"a page inside the guest's memory", "page 0 or a page beyond it" },
	[RULE_REGISTERED_PRIVATE] = {
		"a GHCB is shared before it is registered",
		"a page state change to shared first", "the page is private" },
	[RULE_NO_GHCB] = {
		"the GHCB MSR holds the GPA of a shared page at VMGEXIT",
		"a GHCB", "0 or a page that the host can't map: nothing happens" },
	[RULE_NO_VMSA] = {
		"a vCPU starts from a VMSA",
		"RMPADJUST with the VMSA bit first", "the page is no VMSA" },
	[RULE_FLASH_GHCB] = {
		"firmware finds this vCPU's GHCB in the GHCB MSR",
		"MMIO of the flash by the GHCB that is registered", "by another one" },
};

void host_violate(struct host *h, enum host_rule rule, u64 gpa)
{
	const struct host_violation violation = {
		.rule = rules[rule].rule,
		.expected = rules[rule].expected,
		.found = rules[rule].found,
		.gpa = gpa,
	};

	const struct rmp_entry *page = host_rmp(h, gpa >> HOST_PAGE_SHIFT);

	/* Who was lied to by a fault plan is not to blame. */
	if (page && page->lied)
		return;
	if (h->strict && h->ops && h->ops->violation)
		h->ops->violation(h->ctx, &violation);
}
