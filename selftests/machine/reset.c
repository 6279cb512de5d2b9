// SPDX-License-Identifier: GPL-2.0
/* The guest's start and, as often as resets=N allows, its restart. */
#include "machine.h"

void guest_start(void)
{
	int id;

	host_model_init();
	for (id = 0; id < machine.nr_vcpus; id++)
		host_vcpu_init(&vcpus[id].host);
	linux_load(&vcpus[0]);
	vcpu_create(&vcpus[0], &vcpus[0].vmcb.save);
	vcpus[0].regs[RSI] = GPA_BOOT_PARAMS;
}

/*
 * All other vCPUs exit before their next instruction, and find themselves
 * stopped. The devices keep their state, as they do over a triple fault.
 */
void guest_reset(struct vcpu *self, const char *how)
{
	int id;

	if (!machine.resets)
		finish(GUEST_DIED, self, "%s", how);
	machine.resets--;
	self->counters[COUNTER_resets]++;
	print("machine: reset: %s\n", how);
	for (id = 0; id < machine.nr_vcpus; id++)
		vcpu_destroy(&vcpus[id]);
	guest_start();
}
