// SPDX-License-Identifier: GPL-2.0
/* Load, unload, notifiers; picks a transport. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cc_platform.h>
#include <linux/cpu.h>
#include <linux/mem_encrypt.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "api.h"
#include "compat.h"
#include "convert.h"
#include "debugfs.h"
#include "ghcb.h"
#include "inventory.h"
#include "pool.h"
#include "pvalidate.h"

/* ---- transport ---- */

static bool no_encryption(void)
{
	return !cc_platform_has(CC_ATTR_MEM_ENCRYPT) && !cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
}

/* vTOM has no C-bit, and what the MSR names there belongs to a paravisor. */
static bool not_snp(void)
{
	return !cc_platform_has(CC_ATTR_GUEST_SEV_SNP) || !sme_me_mask;
}

static bool not_vmpl0(void)
{
	return snp_psc_vmpl() != 0;
}

/* Each CPU is asked again before each conversion; here one that can is enough. */
static bool no_ghcb(void)
{
	struct psc_ghcb_report r;
	bool none = true;
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		if (psc_ghcb_inspect(cpu, &r))
			continue;
		if (r.why_not)
			pr_warn("CPU %d: %s\n", cpu, r.why_not);
		else
			none = false;
	}
	cpus_read_unlock();
	return none;
}

static bool otherwise(void)
{
	return true;
}

/* The first that applies. */
static const struct {
	bool (*applies)(void);
	struct psc_transport transport;
} transports[] = {
	{ no_encryption, { "none", "no memory encryption", .result = 0 } },
	{ not_snp, { "none", "not SEV-SNP with a C-bit", .result = -EOPNOTSUPP } },
	{ not_vmpl0, { "none", "not at VMPL0", .result = -EOPNOTSUPP } },
	{ no_ghcb, { "none", "no CPU's GHCB can be borrowed", .result = -EOPNOTSUPP } },
	{ otherwise, { "ghcb", "SEV-SNP at VMPL0", psc_convert, psc_ghcb_ready,
		       psc_ghcb_send } },
};

static const struct psc_transport *choose(void)
{
	size_t i = 0;

	while (!transports[i].applies())
		i++;
	return &transports[i].transport;
}

/* ---- reboot, hibernation ---- */

/*
 * A new kernel takes all memory for private. Only what nobody uses is turned back
 * here: regions of debugfs. Pages of drivers are theirs until the very end; 7.2's
 * own walk converts them (snp_kexec_finish()).
 */
static int reboot_notify(struct notifier_block *nb, unsigned long action, void *command)
{
	psc_gate_close(PSC_GATE_REBOOT);
	if (command && !strcmp(command, "kexec reboot") && psc_pool_turn_back())
		pr_err("some regions stay shared, the next kernel will not expect that\n");
	return NOTIFY_DONE;
}

static struct notifier_block reboot_nb = { .notifier_call = reboot_notify };

/*
 * An image of memory knows nothing of page states, nor does who restores it; and
 * writing one makes pages present that are not (hibernate_map_page()).
 */
static int pm_notify(struct notifier_block *nb, unsigned long action, void *unused)
{
	switch (action) {
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		psc_gate_close(PSC_GATE_HIBERNATE);
		if (!psc_books_total() && !psc_books_poisoned())
			return NOTIFY_OK;
		pr_warn("no hibernation: %lu pages are shared, %lu poisoned\n", psc_books_total(),
			psc_books_poisoned());
		psc_gate_open(PSC_GATE_HIBERNATE);
		return notifier_from_errno(-EBUSY);
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		psc_gate_open(PSC_GATE_HIBERNATE);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block pm_nb = { .notifier_call = pm_notify };

/* ---- load, unload ---- */

static int __init snp_psc_init(void)
{
	int err;

	psc_transport = choose();
	pr_info("transport %s: %s\n", psc_transport->name, psc_transport->why);

	err = psc_transport->send ? psc_window_init() : 0;
	if (err)
		return err;
	err = register_reboot_notifier(&reboot_nb);
	if (err)
		goto window;
	err = register_pm_notifier(&pm_nb);
	if (err)
		goto reboot;
	psc_debugfs_init();
	return 0;

reboot:
	unregister_reboot_notifier(&reboot_nb);
window:
	if (psc_transport->send)
		psc_window_exit();
	return err;
}

/* Callers of the API hold a reference on this module, so nobody converts any more. */
static void __exit snp_psc_exit(void)
{
	psc_debugfs_exit();
	unregister_pm_notifier(&pm_nb);
	unregister_reboot_notifier(&reboot_nb);
	psc_pool_exit();
	if (psc_books_total())
		pr_warn("%lu pages of others stay shared\n", psc_books_total());
	psc_books_free();
	if (psc_transport->send)
		psc_window_exit();
}

module_init(snp_psc_init);
module_exit(snp_psc_exit);

MODULE_DESCRIPTION("Batched page state changes in SEV-SNP guests");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
