// SPDX-License-Identifier: GPL-2.0
/*
 * The last exits of all vCPUs, in a ring: at a guest's death they say what it
 * was doing, which no debugger on the outside can. With QEMU's -icount the TSC
 * counts instructions.
 */
#include "machine.h"

#define RING		64
#define SHOWN		16

static struct event {
	u64 number, tsc, code, rip, info_1, info_2;
	int vcpu;
} ring[RING];
static u64 next;

void log_exit(const struct vcpu *v)
{
	const struct vmcb *c = &v->vmcb;

	ring[next % RING] = (struct event){
		next, rdtsc(), c->exit_code, c->save.rip, c->exit_info_1, c->exit_info_2, v->id,
	};
	next++;
}

void log_dump(void)
{
	u64 n;

	for (n = next > SHOWN ? next - SHOWN : 0; n < next; n++) {
		const struct event *e = &ring[n % RING];

		print("exit %lu, TSC %lu: vCPU %d, code 0x%lx, RIP 0x%lx, info 0x%lx 0x%lx\n",
		      e->number, e->tsc, e->vcpu, e->code, e->rip, e->info_1, e->info_2);
	}
}
