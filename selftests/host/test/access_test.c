// SPDX-License-Identifier: GPL-2.0
/* What an access meets: the table of checks, and what KVM does about a fault. */
#include <string.h>

#include "report.h"
#include "world.h"

#define OK	HOST_ACCESS_OK
#define VC	HOST_ACCESS_NOT_VALIDATED
#define CIPHER	HOST_ACCESS_CIPHERTEXT
#define NPF	HOST_ACCESS_REFUSED

enum { PLAIN, IMPLICIT };

static const char *const kind_name[] = { "read", "write", "fetch", "page walk" };

static const struct rule {
	const char *page;
	u64 gfn;
	u32 unvalidated : 1, implicit : 1, c_bit : 1;
	enum host_access expected[4];	/* read, write, fetch, walk */
	const char *after;		/* assigned, validated, private */
} table[] = {
	{ "a validated page", PRIVATE, 0, PLAIN, 1, { OK, OK, OK, OK }, "avp" },
	{ "an unvalidated page", PRIVATE, 1, PLAIN, 1, { VC, VC, VC, VC }, "a-p" },
	{ "a private page never touched", FRESH, 0, PLAIN, 1, { VC, VC, VC, VC }, "a-p" },
	{ "a shared page", HOSTS, 0, PLAIN, 1, { NPF, NPF, NPF, NPF }, "---" },
	{ "what is no memory", PAGES, 0, PLAIN, 1, { NPF, NPF, NPF, NPF }, NULL },
	{ "a shared page", HOSTS, 0, PLAIN, 0, { OK, OK, NPF, NPF }, "---" },
	{ "a validated page", PRIVATE, 0, PLAIN, 0, { CIPHER, NPF, OK, OK }, "avp" },
	{ "an unvalidated page", PRIVATE, 1, PLAIN, 0, { CIPHER, NPF, VC, VC }, "a-p" },
	{ "a private page never touched", FRESH, 0, PLAIN, 0, { NPF, NPF, VC, VC }, NULL },
	{ "what is no memory", PAGES, 0, PLAIN, 0, { NPF, NPF, NPF, NPF }, NULL },
	{ "a validated page", PRIVATE, 0, IMPLICIT, 1, { OK, OK, OK, OK }, "avp" },
	{ "a shared page", HOSTS, 0, IMPLICIT, 1, { VC, VC, VC, VC }, "a-p" },
	{ "what is no memory", PAGES, 0, IMPLICIT, 1, { NPF, NPF, NPF, NPF }, NULL },
	{ "a shared page", HOSTS, 0, IMPLICIT, 0, { OK, OK, VC, VC }, NULL },
	{ "a validated page", PRIVATE, 0, IMPLICIT, 0, { CIPHER, OK, OK, OK }, NULL },
	{ "a private page never touched", FRESH, 0, IMPLICIT, 0, { OK, OK, VC, VC }, NULL },
};

static void by_table(bool strict)
{
	const struct rule *r = table;
	enum host_access_kind kind;
	struct world *w;

	for (; r < table + ARRAY_SIZE(table); r++)
		for (kind = HOST_READ; kind <= HOST_WALK; kind++) {
			w = world("kvm-6.12");
			w->h.implicit = r->implicit;
			w->h.strict = strict;
			if (r->unvalidated)
				w->rmp[r->gfn].validated = false;
			report(host_access(&w->h, &w->v, r->gfn << 12 | 0x123, kind, r->c_bit) ==
			       r->expected[kind] &&
			       (!r->after || !strcmp(state(w, r->gfn), r->after)),
			       "%s%s, C=%d, of %s%s", strict ? "" : "lenient: ", kind_name[kind],
			       r->c_bit, r->page, r->implicit ? ", converting at a touch" : "");
		}
}

static void first_touch(void)
{
	struct world *w = world("kvm-6.12");

	host_access(&w->h, &w->v, FRESH << 12, HOST_READ, true);
	report(!strcmp(state(w, FRESH), "a-p") && !strcmp(state(w, FRESH + 1), "--p"),
	       "RMPUPDATE at the first private touch: assigned, not validated, one page");
	report(w->v.counters[HOST_RMPUPDATE] == 1, "RMPUPDATE at the first touch is counted");
	host_access(&w->h, &w->v, FRESH << 12, HOST_READ, true);
	report(w->v.counters[HOST_RMPUPDATE] == 1, "RMPUPDATE at the first touch only");
	report(!w->changes && !w->violations, "assigning a page changes no hands");
}

static void implicit(void)
{
	struct world *w = world("kvm-6.12");

	w->h.implicit = true;
	host_access(&w->h, &w->v, HOSTS << 12, HOST_READ, true);
	report(w->changes == 1 && w->change[0].gfn == HOSTS && w->change[0].n == 1 &&
	       w->change[0].private, "a private touch of a shared page converts that page");
	host_access(&w->h, &w->v, PRIVATE << 12, HOST_WRITE, false);
	report(w->changes == 2 && !w->change[1].private && !strcmp(state(w, PRIVATE), "---"),
	       "a shared write to a private page converts it, validated or not");
	host_access(&w->h, &w->v, FRESH << 12, HOST_READ, false);
	report(w->changes == 3 && !strcmp(state(w, FRESH), "---"),
	       "a shared read of a page that isn't mapped converts it");
}

void access_test(void)
{
	by_table(true);
	by_table(false);
	first_touch();
	implicit();
}
