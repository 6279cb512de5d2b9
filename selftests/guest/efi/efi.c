// SPDX-License-Identifier: GPL-2.0
/*
 * What a test of the firmware needs of the kernel: somebody who takes the machine's NMIs
 * and has business with the host in them, and the firmware's clock.
 */
#include <linux/efi.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rtc.h>

#include <asm/nmi.h>

enum { PORT_SYSTEM = 0x61 };

static DEFINE_PER_CPU(unsigned long, nmis);

/* A #VC in an NMI: it needs a GHCB while the firmware may be using it. */
static int nmi(unsigned int type, struct pt_regs *regs)
{
	this_cpu_inc(nmis);
	inb(PORT_SYSTEM);
	return NMI_HANDLED;
}

static int get_nmis(char *buffer, const struct kernel_param *kp)
{
	int cpu, n = 0;

	for_each_online_cpu(cpu)
		n += sysfs_emit_at(buffer, n, "%lu\n", per_cpu(nmis, cpu));
	return n;
}

static const struct kernel_param_ops nmis_ops = { .get = get_nmis };
module_param_cb(nmis, &nmis_ops, NULL, 0400);
MODULE_PARM_DESC(nmis, "how many NMIs each CPU has had");

/* In seconds since 1970, as the kernel's own driver of the same clock gives them. */
static int get_time(char *buffer, const struct kernel_param *kp)
{
	efi_time_t t;

	if (!efi_enabled(EFI_RUNTIME_SERVICES))
		return -ENODEV;
	if (efi.get_time(&t, NULL) != EFI_SUCCESS)
		return -EIO;
	return sysfs_emit(buffer, "%lld\n", mktime64(t.year, t.month, t.day, t.hour, t.minute,
						     t.second));
}

static const struct kernel_param_ops time_ops = { .get = get_time };
module_param_cb(time, &time_ops, NULL, 0400);
MODULE_PARM_DESC(time, "the firmware's clock");

static int __init takes_init(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi, 0, "snp_psc_efi");
}

static void __exit takes_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, "snp_psc_efi");
}

module_init(takes_init);
module_exit(takes_exit);

MODULE_DESCRIPTION("Takes NMIs and reads the firmware's clock, for tests");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
