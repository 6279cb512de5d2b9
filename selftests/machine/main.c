// SPDX-License-Identifier: GPL-2.0
/*
 * The SNP machine: a first-level hypervisor that runs as the kernel of a stock
 * QEMU under TCG and boots an unmodified Linux kernel as an SEV-SNP guest.
 */
#include "machine.h"

#define MULTIBOOT_MEMORY	(1 << 0)
#define MULTIBOOT_CMDLINE	(1 << 2)
#define MULTIBOOT_MODULES	(1 << 3)
#define BLOCK			(2ull << 20)

struct multiboot {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, nr_modules, modules;
};

struct module {
	u32 start, end, string, reserved;
};

struct machine machine;
struct vcpu vcpus[MAX_VCPUS];

extern const char machine_end[];

__noreturn void machine_main(const struct multiboot *info);

/* "/path/of/hv.elf OPTIONS -- KERNEL COMMAND LINE" */
static void split_cmdline(char *p)
{
	while (*p && *p != ' ')
		p++;
	machine.options = p;
	machine.cmdline = "";
	for (; *p; p++) {
		if (memcmp(p, "-- ", 3))
			continue;
		*p = 0;
		machine.cmdline = p + 3;
		return;
	}
}

static void take_modules(const struct multiboot *info)
{
	const struct module *m = (const struct module *)(u64)info->modules;
	u32 i;

	machine.next_free = (u64)machine_end;
	for (i = 0; i < info->nr_modules; i++)
		if (m[i].end > machine.next_free)
			machine.next_free = m[i].end;
	machine.next_free = (machine.next_free + PAGE_SIZE - 1) & PAGE_MASK;
	if (!info->nr_modules || machine.next_free > GUEST_BASE)
		finish(MACHINE_BUG, NULL, "%u modules up to 0x%lx: expected 1 or 2 below 0x%lx",
		       info->nr_modules, machine.next_free, (u64)GUEST_BASE);
	machine.kernel.start = m[0].start;
	machine.kernel.end = m[0].end;
	if (info->nr_modules > 1) {
		machine.initrd.start = m[1].start;
		machine.initrd.end = m[1].end;
	}
}

static void take_options(void)
{
	options_check();
	machine.es = option_on("es", true);
	machine.apic_vc = machine.es && option_is("apic", "vc");
	machine.kvmhc = option_on("kvmhc", false);
	machine.convict = option_on("convict", true);
	machine.kick = option_on("kick", true);
	machine.switch_cpus = option_on("switch", false);
	machine.resets = option_number("resets", 0);
	nmi_init();
}

void machine_main(const struct multiboot *info)
{
	u64 end = (1ull << 20) + ((u64)info->mem_upper << 10);

	if (!(info->flags & MULTIBOOT_MEMORY) || end < GUEST_BASE + 64 * BLOCK)
		finish(MACHINE_BUG, NULL, "too little memory");
	machine.ram = (end - GUEST_BASE) & ~(BLOCK - 1);
	split_cmdline(info->flags & MULTIBOOT_CMDLINE ? (char *)(u64)info->cmdline : "");
	take_modules(info);
	take_options();
	vcpu_init(&vcpus[0], 0);
	smp_start();
	insns_init();
	npt_init();
	guest_start();
	print("machine: %s, %d vCPUs, %lu MiB\n", machine.host.flavour->name, machine.nr_vcpus,
	      machine.ram >> 20);
	vcpu_loop(&vcpus[0]);
}
