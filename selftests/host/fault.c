// SPDX-License-Identifier: GPL-2.0
/*
 * Fault plans: hosts that no one would want, each a line of a table.
 *
 * What a guest is expected to make of each stands in outcomes.csv.
 */
#include "fault.h"
#include "ghcb.h"
#include "model.h"

#define EVENT_GP	0x80000b0dULL	/* EVENTINJ: #GP with an error code */
#define REFUSED		(MSR_DATA_MASK | MSR_REG_GPA_RESP)
#define PREFERRED	(7ULL << HOST_PAGE_SHIFT)

#define ALL		(~0U)		/* entries */
#define MALFORMED(why)	.info_1 = GHCB_MALFORMED, .info_2 = (why)

static const char preferred_gpa[] = "preferred-gpa";

static const struct fault faults[] = {
	/* Less than was asked for, and said so. */
	{ .name = "psc-partial", .on = ON_PSC, .serve = 1 },
	{ .name = "psc-partial-2m", .on = ON_PSC, .part = 256 },
	{ .name = "psc-stuck", .on = ON_PSC },
	{ .name = "psc-generic", .on = ON_PSC, .by_runs = true, .info_2 = PSC_GENERIC_ERROR },
	{ .name = "psc-bad-header", .on = ON_PSC, .info_2 = PSC_INVALID_HEADER },
	{ .name = "psc-bad-entry", .on = ON_PSC, .serve = 1, .info_2 = PSC_INVALID_ENTRY },
	{ .name = "psc-firmware-error", .on = ON_PSC, .info_2 = 0x200000005ULL },
	{ .name = "psc-exception", .on = ON_PSC, .info_1 = GHCB_ISSUE_EXCEPTION,
	  .info_2 = EVENT_GP },
	{ .name = "psc-2-1", .on = ON_PSC, MALFORMED(GHCB_NOT_REGISTERED) },
	{ .name = "psc-2-2", .on = ON_PSC, MALFORMED(GHCB_INVALID_USAGE) },
	{ .name = "psc-2-3", .on = ON_PSC, MALFORMED(GHCB_INVALID_SCRATCH_AREA) },
	{ .name = "psc-2-4", .on = ON_PSC, MALFORMED(GHCB_MISSING_INPUT) },
	{ .name = "psc-2-5", .on = ON_PSC, MALFORMED(GHCB_INVALID_INPUT) },
	{ .name = "psc-2-6", .on = ON_PSC, MALFORMED(GHCB_INVALID_EVENT) },
	{ .name = "psc-unregister", .on = ON_PSC, .forget_ghcb = true },

	/* A header that no honest host leaves. */
	{ .name = "psc-cur-back", .on = ON_PSC, .serve = ALL, .header = fault_cur_back },
	{ .name = "psc-cur-beyond", .on = ON_PSC, .serve = 1, .header = fault_cur_beyond },
	{ .name = "psc-end-lowered", .on = ON_PSC, .serve = 1, .header = fault_end_lowered },
	{ .name = "psc-reserved", .on = ON_PSC, .serve = ALL, .header = fault_reserved },
	{ .name = "psc-double-fetch", .on = ON_PSC, .serve = 1, .header = fault_cur_beyond,
	  .at_second_read = true },

	/* Lies: done, but not done. */
	{ .name = "psc-skip", .on = ON_PSC, .serve = 1, .header = fault_cur_done },
	{ .name = "psc-lie", .on = ON_PSC, .serve = ALL, .pretend = true },

	/* The MSR protocol. */
	{ .name = "msr-psc-error", .on = ON_MSR, .request = MSR_PSC_REQ, .mask = ~0ULL,
	  .value = MSR_PSC_ERROR << 32 | MSR_PSC_RESP },
	{ .name = "msr-psc-lie", .on = ON_MSR, .request = MSR_PSC_REQ, .mask = ~0ULL,
	  .value = MSR_PSC_RESP },
	{ .name = "msr-garbage", .on = ON_MSR, .answered = true,
	  .mask = ~0ULL, .value = 0xfeedfacecafef00dULL },
	{ .name = "msr-unanswered", .on = ON_MSR },
	{ .name = "register-refused", .on = ON_MSR, .request = MSR_REG_GPA_REQ, .mask = ~0ULL,
	  .value = REFUSED },
	{ .name = "register-other", .on = ON_MSR, .request = MSR_REG_GPA_REQ, .mask = ~0ULL,
	  .value = HOST_PAGE_SIZE | MSR_REG_GPA_RESP },
	{ .name = preferred_gpa, .on = ON_MSR, .request = MSR_PREF_GPA_REQ, .mask = ~0ULL,
	  .value = PREFERRED | MSR_PREF_GPA_RESP },
	{ .name = preferred_gpa, .on = ON_MSR, .request = MSR_REG_GPA_REQ, .mask = ~0ULL,
	  .value = REFUSED, .except = PREFERRED | MSR_REG_GPA_REQ },

	/* The page is another one than the guest thinks. */
	{ .name = "remap", .on = ON_RESCIND, .tamper = fault_remap },
	{ .name = "replay", .on = ON_VALIDATE, .tamper = fault_replay },
	{ .name = "pvalidate-size", .on = ON_RESCIND | ON_VALIDATE, .tamper = fault_smash },
	{ .name = "take-back", .on = ON_VALIDATE, .tamper = fault_take_back },
};

const char *host_fault_name(u32 i)
{
	const struct fault *fault = faults;

	for (; fault < faults + ARRAY_SIZE(faults); fault++) {
		if (fault > faults && fault->name == fault[-1].name)
			continue;	/* one more row of the same plan */
		if (!i--)
			return fault->name;
	}
	return NULL;
}

/* A decimal number after @mark, if both are there. */
static bool parse_number(const char **text, char mark, u64 *value)
{
	const char *p = *text;

	if (p[0] != mark || p[1] < '0' || p[1] > '9')
		return false;
	for (*value = 0, p++; *p >= '0' && *p <= '9'; p++)
		*value = *value * 10 + (*p - '0');
	*text = p;
	return true;
}

/* What follows @name in @text, NULL if @text begins otherwise. */
static const char *behind(const char *text, const char *name)
{
	while (*name)
		if (*text++ != *name++)
			return NULL;
	return *text && *text != ':' && *text != '@' && *text != 'x' && *text != '+' ? NULL : text;
}

/* One plan; returns what stands behind it, or NULL. */
static const char *parse_plan(const char *plan, struct host_fault *armed)
{
	const char *rest = NULL;
	u64 number;
	u32 i;

	*armed = (struct host_fault) { .times = 1 };
	for (i = 0; !rest && host_fault_name(i); i++) {
		armed->plan = host_fault_name(i);
		rest = behind(plan, armed->plan);
	}
	if (!rest)
		return NULL;
	armed->has_argument = parse_number(&rest, ':', &armed->argument);
	if (parse_number(&rest, '@', &number))
		armed->skip = number;
	if (parse_number(&rest, 'x', &number))
		armed->times = number;
	armed->forever = !armed->times;
	return rest;
}

bool host_fault_arm(struct host *h, const char *plan)
{
	struct host_fault first, then = { .plan = NULL };
	u32 struck = h->fault.struck;

	h->fault = then;
	h->then = then;
	if (!plan || !*plan) {
		h->fault.struck = struck;	/* for who wants to know afterwards */
		return true;
	}
	plan = parse_plan(plan, &first);
	if (plan && *plan == '+')
		plan = parse_plan(plan + 1, &then);
	if (!plan || *plan)
		return false;
	h->fault = first;
	h->then = then;
	return true;
}

/* The second plan's time has come when the first is over. What it left behind stays. */
static void go_on(struct host *h)
{
	struct host_fault *armed = &h->fault;

	if (!h->then.plan || armed->times || armed->forever)
		return;
	h->then.pending = armed->pending;
	h->then.header = armed->header;
	h->then.bytes_read = armed->bytes_read;
	*armed = h->then;
	h->then.plan = NULL;
}

/* Is this one of the occasions that the plan is armed for? */
static bool is_due(struct host_fault *armed)
{
	if (armed->skip) {
		armed->skip--;
		return false;
	}
	if (!armed->times && !armed->forever)
		return false;
	armed->times -= !armed->forever;
	armed->struck++;
	return true;
}

const struct fault *host_fault_strikes(struct host *h, enum fault_occasion occasion, u64 request)
{
	const struct fault *fault = faults;

	go_on(h);
	if (!h->fault.plan)
		return NULL;
	for (; fault < faults + ARRAY_SIZE(faults); fault++) {
		if (fault->name != h->fault.plan || !(fault->on & occasion))
			continue;
		if (fault->request && fault->request != (request & MSR_INFO_MASK))
			continue;
		if (fault->except && fault->except == request)
			continue;
		return is_due(&h->fault) ? fault : NULL;
	}
	return NULL;
}
