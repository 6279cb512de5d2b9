/* SPDX-License-Identifier: GPL-2.0 */
/* A fault plan, inside the model: when it strikes and what it does. */
#ifndef HOST_FAULT_H
#define HOST_FAULT_H

#include "host.h"

enum fault_occasion {
	ON_PSC = 0x1,		/* an NAE page state change, before it is served */
	ON_MSR = 0x2,		/* a request by the MSR protocol, before it is answered */
	ON_RESCIND = 0x4,	/* PVALIDATE(0), before the CPU looks at the RMP */
	ON_VALIDATE = 0x8,	/* PVALIDATE(1), likewise */
};

struct fault {
	const char *name;
	u32 on;			/* enum fault_occasion, or'ed */

	/* ON_PSC: what is served; the plan's argument replaces serve. */
	u32 serve;		/* entries, from cur_entry on */
	bool by_runs;		/* no: runs */
	bool pretend;		/* entries are called done, and nothing happens */
	u16 part;		/* of the 2M entry that follows, so many pages are done */
	bool forget_ghcb;	/* the registration is lost */
	/* ... and what is answered, if all of that went well. */
	u64 info_1, info_2;
	u64 (*header)(u64 header);
	bool at_second_read;	/* the header is changed only when the guest looks again */

	/* ON_MSR */
	u16 request;		/* 0: any */
	u64 except;		/* but not this very one */
	bool answered;		/* it is served, else the MSR is left alone */
	u64 mask, value;	/* bits of the answer that are replaced, and by what */

	/* ON_RESCIND, ON_VALIDATE */
	void (*tamper)(struct host *h, struct host_vcpu *v, u64 gfn);
};

/* The armed plan's row for this occasion if it strikes now, else NULL. */
const struct fault *host_fault_strikes(struct host *h, enum fault_occasion occasion,
				       u64 request);

/* A page state change under @fault: serves, tampers, and returns both infos. */
void host_fault_psc(struct host *h, struct host_vcpu *v, const struct fault *fault,
		    void *buffer, u64 len, u64 info[2]);

/* The answer to @request by the MSR protocol, which would have been @answer. */
u64 host_fault_msr(struct host *h, const struct fault *fault, u64 request, u64 answer);

/* Effects: on the header of a descriptor, and on a page. */
u64 fault_cur_back(u64 header);
u64 fault_cur_beyond(u64 header);
u64 fault_cur_done(u64 header);
u64 fault_end_lowered(u64 header);
u64 fault_reserved(u64 header);
void fault_remap(struct host *h, struct host_vcpu *v, u64 gfn);
void fault_replay(struct host *h, struct host_vcpu *v, u64 gfn);
void fault_smash(struct host *h, struct host_vcpu *v, u64 gfn);
void fault_take_back(struct host *h, struct host_vcpu *v, u64 gfn);

#endif /* HOST_FAULT_H */
