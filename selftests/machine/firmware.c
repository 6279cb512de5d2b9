// SPDX-License-Identifier: GPL-2.0
/*
 * What the guest's firmware relies on. It takes what it finds in the GHCB MSR for a
 * pointer; whether it is one it can't tell without a look into page tables, so we do. And
 * it tells us what it should not have found.
 */
#include "machine.h"

#define MSR_INFO	0xfffull	/* 0 if the rest is an address */

static const char msr_rule[] = "the GHCB MSR is a pointer to a GHCB when firmware runs";
static const char page_rule[] = "the GHCB is free when firmware runs";

static void violation(const char *rule, const char *expected, const char *found, u64 gpa)
{
	machine.host.ops->violation(NULL, &(struct host_violation){ rule, expected, found, gpa });
}

/* What is wrong with a pointer, NULL if nothing is. */
static const char *objection(const struct vcpu *v, u64 pointer)
{
	struct mapping m;

	if (!pointer || pointer & MSR_INFO)
		return "a request or an answer of the MSR protocol";
	if (!walk(v, pointer, &m))
		return "an address at which nothing is mapped";
	if (m.gpa != pointer)
		return "an address at which another page is mapped";
	if (m.c_bit)
		return "the address of a page that is mapped as private";
	if (!m.writable)
		return "the address of a page that can't be written";
	if (!machine.host.ops->shared_page(NULL, pointer))
		return "the address of a page that is private to the host";
	return NULL;
}

bool firmware_pointer_is_good(struct vcpu *v)
{
	const char *found = objection(v, v->host.ghcb_msr);

	if (found)
		violation(msr_rule, "the address of a page that is mapped there, shared, writable",
			  found, v->host.ghcb_msr);
	return !found;
}

void firmware_says(struct vcpu *v, enum firmware_word word)
{
	switch (word) {
	case FIRMWARE_AGAIN:
		v->counters[COUNTER_firmware_again]++;
		break;
	case FIRMWARE_REWRITES:
		v->counters[COUNTER_firmware_rewrites]++;
		break;
	case FIRMWARE_FRESH:
		v->counters[COUNTER_firmware_fresh]++;
		break;
	case FIRMWARE_USAGE:
		violation(page_rule, "its usage is 0", "another value", v->host.ghcb_msr);
		break;
	case FIRMWARE_REQUEST:
		violation(page_rule, "nobody's request", "one for a page state change",
			  v->host.ghcb_msr);
		break;
	default:
		finish(MACHINE_BUG, v, "the firmware says %d", word);
	}
}
