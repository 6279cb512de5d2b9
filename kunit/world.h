/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest made of nothing but books: the host model behind the seam to the hardware,
 * and page tables that are an array. What was done to them is written down, in order.
 */
#ifndef KUNIT_WORLD_H
#define KUNIT_WORLD_H

#include <kunit/test.h>

#include "../selftests/host/host.h"
#include "../src/ghcb.h"
#include "../src/pgtable.h"

struct psc_request;

#ifndef KUNIT_CASE_PARAM_ATTR	/* a kernel without attributes */
#define KUNIT_CASE_PARAM_ATTR(test, params, ...) KUNIT_CASE_PARAM(test, params)
#endif

enum {
	WORLD_ORDER = 10,
	WORLD_PAGES = 1 << WORLD_ORDER,		/* two whole 2M blocks */
	WORLD_EVENTS = 64,
};

/**
 * struct world - a guest, of which the tests convert WORLD_PAGES
 * @test:	which is told of what must not happen
 * @host:	the host model; its pages are this kernel's, but it only keeps books of them
 * @vcpu:	the CPU that everything runs on
 * @rmp:	the host's books, for all of memory
 * @pages:	those that tests convert; nobody else has them
 * @first:	the PFN of the first of them
 * @leaf:	what the direct map says of each, enum psc_leaf_state
 * @large_leaves: a whole 2M block has one leaf
 * @data:	the GHCB and what the kernel keeps behind it
 * @usable:	what the check of the GHCB says; if not, the MSR protocol is used
 * @fail_input:	PVALIDATE fails
 * @window:	where PVALIDATE was last
 * @changed:	psc_hide() finds that somebody has changed the mappings
 * @stopped:	the host does not run this guest any more
 * @interrupt:	called in one gap between two steps of the code under test, if not NULL
 * @interrupt_in: in which: one is before each write of the MSR, one before each VMGEXIT
 *		and one behind
 * @gaps:	how many there have been
 * @event:	what happened, in order
 * @events:	how many of them
 */
struct world {
	struct kunit *test;
	struct host host;
	struct host_vcpu vcpu;
	struct rmp_entry *rmp;
	struct page *pages;
	unsigned long first;
	u8 leaf[WORLD_PAGES];
	bool large_leaves;
	struct psc_runtime_data *data;
	bool usable;
	bool fail_input;
	unsigned long window;
	bool changed;
	bool stopped;
	void (*interrupt)(struct world *w);
	unsigned int interrupt_in;
	unsigned int gaps;
	struct world_event {
		const char *what;
		unsigned long n;
	} event[WORLD_EVENTS];
	unsigned int events;
};

/* The one that is there, from world_init() to world_exit(). */
extern struct world *world;

int world_init(struct kunit *test);
void world_reset(void);
void world_exit(struct kunit *test);

void world_note(const char *what, unsigned long n);
void world_expect(struct kunit *test, const char *trace);
void world_forget(void);
bool world_window_touched(void);
bool world_window_empty(void);
void world_nmi(struct world *w);
u64 world_ghcb_gpa(void);

#endif /* KUNIT_WORLD_H */
