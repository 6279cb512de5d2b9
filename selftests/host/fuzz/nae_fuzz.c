// SPDX-License-Identifier: GPL-2.0
/*
 * NAE events: the entry checks, and that every answer is one of those that the
 * specification knows. The input: the host, then events of 24 bytes each.
 */
#include <string.h>

#include "fuzz.h"

static const u64 codes[] = {
	0x27, 0x37, 0x6e, 0x6f, 0x72, 0x76, 0x7b, 0x7c, 0x81, 0x87, 0x89, 0x8a, 0x8b,
	0x80000001, 0x80000002, 0x80000003, 0x80000004, 0x80000005, 0x80000010, 0x80000011,
	0x80000012, 0x80000013, 0x80000014, 0x8000fffd, 0x8000fffe, 0x8000ffff, 0x0, 0x400,
};

/* A number, or an address that means something. */
static u64 take_value(struct input *in)
{
	u64 kind = take(in, 1), value = take(in, 2);

	switch (kind & 7) {
	case 0:
		return value;
	case 1:
		return (GHCB << 12) + value % 0x1100;
	case 2:
		return value << 12;
	case 3:
		return value << 32 | kind >> 3;
	case 4:
		return (u64)(PRIVATE + 1) << 12;
	case 5:
		return value << 48 | kind;
	case 6:
		return ~value;
	default:
		return 1ULL << (value & 63);
	}
}

static void fill(struct world *w, struct input *in)
{
	u64 code = take(in, 1), extra = take(in, 1);

	poke(w, O_CODE, code < ARRAY_SIZE(codes) ? codes[code] : code << (extra & 31));
	poke(w, O_INFO_1, take_value(in));
	poke(w, O_INFO_2, take_value(in));
	poke(w, O_RAX, take_value(in));
	poke(w, O_SCRATCH, take_value(in));
	poke(w, O_BUFFER, take(in, 4));
	poke(w, O_BITMAP, 0x8000000000000000ULL >> (extra & 1 ? 1 : 0) |
	     (extra & 2 ? 1ULL << 25 : 0));
	poke(w, O_BITMAP + 8, take(in, 2) << 32 | (extra & 4 ? 0x1cULL : 0x3c) << 48 |
	     (extra & 8 ? 1ULL << 61 : 0));
	SHARED(u32, ghcb(w), O_USAGE) = extra >> 4 == 15;
	w->rmp[PRIVATE + 1].vmsa = w->rmp[PRIVATE + 1].validated && extra & 0x40;
}

static bool is_known_error(u64 info_2)
{
	return !info_2 || info_2 == GENERIC || info_2 == BAD_HEADER || info_2 == BAD_ENTRY;
}

/* What an honest host may leave in the GHCB. */
static void must_be_an_answer(struct world *w, bool registered)
{
	u64 info_1 = get(w, O_INFO_1), info_2 = get(w, O_INFO_2), code = w->out.exit_code;

	must(get(w, O_BITMAP) == 1ULL << 63 && get(w, O_BITMAP + 8) == 0x0018000e00000000ULL,
	     "rax to rdx, info_1 and info_2 are valid, and nothing else");
	must(info_1 == 0 || info_1 == 2, "KVM's own info_1 is 0 or 2");
	must(info_1 == 0 || (info_2 >= 1 && info_2 <= 6), "2 comes with a reason");
	must(registered || (info_1 == 2 && info_2 == 1), "an unregistered GHCB is 2/1");
	must(code != NAE_PSC_CODE || info_1 || is_known_error(info_2), "a PSC has its errors");
}

static void one_event(struct world *w, struct input *in)
{
	bool registered = w->v.registered_gpa == GHCB << 12, honest = !w->h.fault.plan;

	fill(w, in);
	w->v.ghcb_msr = GHCB << 12;
	host_vmgexit(&w->h, &w->v, &w->out);
	if (w->rmp[GHCB].private)
		return;
	if (w->out.action == HOST_EMULATE || w->out.action == HOST_AP_CREATE ||
	    w->out.action == HOST_AP_DESTROY)
		host_complete(&w->h, &w->v);
	if (w->out.action == HOST_STOP)
		must(w->out.why && *w->out.why, "a host that stops says why");
	else if (honest)
		must_be_an_answer(w, registered);
	if (w->out.scratch)
		must((u8 *)w->out.scratch >= ghcb(w) + 0x800 &&
		     (u8 *)w->out.scratch + w->out.scratch_len == ghcb(w) + 0xff0,
		     "scratch is inside the shared buffer");
	must(w->out.action != HOST_AP_CREATE || w->out.apic_id < w->h.nr_vcpus,
	     "only vCPUs that exist are created");
}

void fuzz_one(struct input in)
{
	struct world *w = fuzz_world(&in);

	if (take(&in, 1) == 0xff)
		w->v.registered_gpa = OTHER_GHCB << 12;
	while (in.left)
		one_event(w, &in);
	must_be_sane(w);
}
