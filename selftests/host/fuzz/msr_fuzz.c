// SPDX-License-Identifier: GPL-2.0
/*
 * The GHCB MSR protocol, with accesses and PVALIDATEs in between. The input: the
 * host, then steps of six bytes each.
 */
#include "fuzz.h"

static u64 take_request(struct input *in)
{
	static const u16 codes[] = { 0x2, 0x4, 0x6, 0x10, 0x12, 0x14, 0x80, 0x100, 0x14 };
	u64 code = take(in, 1), high = take(in, 1), gfn = take(in, 2);

	if (code < 0x80)
		code = codes[code % ARRAY_SIZE(codes)];
	else
		code = code << 4 | (high & 0xf);
	return high >> 4 << 52 | (high & 0xf ? gfn & 0xfff : gfn << 28) << 12 | code;
}

static void one_request(struct world *w, struct input *in)
{
	u64 request = take_request(in), registered = w->v.registered_gpa, answer;
	bool honest = !w->h.fault.plan, known;

	answer = msr(w, request);
	must(w->v.registered_gpa == registered || (request & 0xfff) == 0x012,
	     "only a registration registers");
	if (w->out.action == HOST_EMULATE) {
		must((request & 0xfff) == 0x004, "only CPUID is emulated");
		host_complete(&w->h, &w->v);
		answer = w->v.ghcb_msr;
	}
	must(w->out.action != HOST_STOP || (request & 0xfff) == 0x100, "only a request stops");
	if (!honest || !(request & 0xfff))
		return;
	known = (answer & 0xfff) == (request & 0xfff) + 1 || (request & 0xfff) == 0x002;
	must(known || answer == request, "an answer is to its request, or there is none");
	must((answer & 0xfff) != 0x015 || answer == 0x015 || answer == 0x8000000000000015ULL,
	     "a PSC succeeds or has error 0x80000000");
}

static void one_touch(struct world *w, struct input *in)
{
	u32 how = take(in, 1), eax;
	u64 gpa = take(in, 2) % (PAGES + 16) << 12;
	enum host_insn insn;
	bool cf;

	if (how & 0x80) {
		host_access(&w->h, &w->v, gpa, how & 3, how & 4);
	} else if (how & 0x40) {
		host_rmpadjust(&w->h, &w->v, gpa, how & 4, how & 1,
			       (how & 3) << 15 | (how >> 3 & 7), &eax);
	} else {
		insn = host_pvalidate(&w->h, &w->v, gpa, how & 4, how & 1, how >> 1 & 1, &eax,
				      &cf);
		if (insn != HOST_INSN_DONE)
			return;
		must(eax || w->rmp[gpa >> 12].validated == (how >> 1 & 1),
		     "after a PVALIDATE that succeeds the page is what was asked for");
		must(!eax || eax == 1 || eax == 6, "PVALIDATE's results");
	}
}

void fuzz_one(struct input in)
{
	struct world *w = fuzz_world(&in);

	while (in.left) {
		if (take(&in, 1) & 1)
			one_request(w, &in);
		else
			one_touch(w, &in);
	}
	must_be_sane(w);
}
