/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small guest for the host model: 8 MiB, of which the first 64 KiB are shared
 * and really there, and a vCPU with a registered GHCB.
 *
 * Its offsets are written as numbers, from the tables of the GHCB specification
 * and not from the model's header, so that a test can disagree with it.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "host.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

enum { SHARED_PAGES = 16, PAGES = 0x800 };

/* What the world looks like at first; frames of 4K. */
enum {
	SHARED = 0x8,		/* pages that the host can map */
	GHCB = 0x9,		/* registered */
	OTHER_GHCB = 0xa,	/* shared, not registered */
	PRIVATE = 0x200,	/* 2M: launched, so assigned and validated */
	HOSTS = 0x400,		/* 2M: shared */
	FRESH = 0x600,		/* 2M: private, but not yet touched */
};

/* The GHCB page. */
enum {
	O_CPL = 0xcb, O_RAX = 0x1f8, O_RCX = 0x308, O_RDX = 0x310, O_RBX = 0x318, O_RSI = 0x330,
	O_CODE = 0x390, O_INFO_1 = 0x398, O_INFO_2 = 0x3a0, O_SCRATCH = 0x3a8, O_XCR0 = 0x3e8,
	O_BITMAP = 0x3f0, O_BUFFER = 0x800, O_USAGE = 0xffc,
};

#define NAE_PSC_CODE	0x80000010ULL
#define GENERIC		0x10000000000ULL
#define BAD_HEADER	0x100000001ULL
#define BAD_ENTRY	0x100000002ULL

/* A page state change entry. */
#define TO_PRIVATE(gfn)		(1ULL << 52 | (u64)(gfn) << 12)
#define TO_SHARED(gfn)		(2ULL << 52 | (u64)(gfn) << 12)
#define HUGE			0x0100000000000000ULL

struct world {
	struct host h;
	struct host_vcpu v;
	struct host_exit out;
	struct rmp_entry rmp[PAGES];
	u8 shared[SHARED_PAGES][4096];
	unsigned int violations;
	struct host_violation violation;	/* the last one */
	unsigned int changes;
	struct { u64 gfn, n; bool private; } change[64];
	void (*on_change)(struct world *w);	/* the guest's other vCPU, at a bad moment */
};

/* A fresh world of that flavour; there is only one at a time. */
struct world *world(const char *flavour);

static inline u8 *ghcb(struct world *w)
{
	return w->shared[GHCB];
}

u64 get(struct world *w, u32 offset);
void put(struct world *w, u32 offset, u64 value);	/* and mark it as valid */
void poke(struct world *w, u32 offset, u64 value);	/* without */
bool is_valid(struct world *w, u32 offset);

/* VMGEXIT by MSR: returns what the MSR holds then. */
u64 msr(struct world *w, u64 request);

/* VMGEXIT with the registered GHCB; what else the event needs is put() before. */
enum host_action nae(struct world *w, u64 code, u64 info_1, u64 info_2);

/* Was the last answer a refusal for that reason, 2/reason? */
bool refused(struct world *w, u64 reason);

/* Page state change: a descriptor of @n entries at @offset into the page, and the VMGEXIT. */
void psc_fill(struct world *w, u32 offset, u16 cur, u16 end, const u64 *entries, u32 n);
u64 psc(struct world *w, const u64 *entries, u32 n);	/* returns sw_exit_info_2 */
u64 psc_again(struct world *w);				/* with what is in the buffer */
u64 psc_entry(struct world *w, u32 i);
u16 psc_cur(struct world *w);

#define PSC(w, ...) \
	psc(w, (const u64[]) { __VA_ARGS__ }, sizeof((const u64[]) { __VA_ARGS__ }) / 8)

/* "avp" for assigned, validated, private; '-' if not. */
const char *state(struct world *w, u64 gfn);

/* One test a file. */
void layout_test(void);
void msr_test(void);
void nae_test(void);
void psc_test(void);
void access_test(void);
void insn_test(void);
void rules_test(void);
void nmi_test(void);
void plan_test(void);
void fault_test(const char *outcomes);
void undo_test(const char *outcomes);

#endif /* TEST_WORLD_H */
