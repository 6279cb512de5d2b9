// SPDX-License-Identifier: GPL-2.0
/* Load, unload, notifiers; picks a transport. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cc_platform.h>
#include <linux/mem_encrypt.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "api.h"
#include "compat.h"
#include "convert.h"
#include "debugfs.h"
#include "ghcb.h"
#include "ghcb_check.h"
#include "ghcb_msr.h"
#include "heap.h"
#include "inventory.h"
#include "kernel_ops.h"
#include "pool.h"
#include "pvalidate.h"

/* ---- transport ---- */

static char *transport = "auto";
module_param(transport, charp, 0400);
MODULE_PARM_DESC(transport, "how the host is asked: auto, ghcb, msr or kernel");

/*
 * What speaks against a transport, or NULL. Who asks for it by name may know better
 * if it is @bearable.
 */
typedef const char *(*objection_fn)(bool *bearable);

/* vTOM has no C-bit, and what the MSR names there belongs to a paravisor. */
static const char *not_msr(bool *bearable)
{
	if (!cc_platform_has(CC_ATTR_GUEST_SEV_SNP) || !sme_me_mask)
		return "not SEV-SNP with a C-bit";
	return snp_psc_vmpl() ? "not at VMPL0" : NULL;
}

static const char *not_ghcb(bool *bearable)
{
	static const char * const unproven[] = {
		[PSC_LAYOUT_UNKNOWN]	= "every GHCB is in use, none can prove its layout",
		[PSC_LAYOUT_UNSEEN]	= "CPUID is no #VC, nothing proves the GHCB's layout",
		[PSC_LAYOUT_OTHER]	= "the GHCB's layout is not the one we know",
	};
	const char *why_not = not_msr(bearable);
	enum psc_layout layout;

	why_not = why_not ?: psc_ghcb_prove(&layout);
	if (why_not)
		return why_not;
	*bearable = layout == PSC_LAYOUT_UNSEEN;
	return unproven[layout];
}

static const char *not_kernel(bool *bearable)
{
	return cc_platform_has(CC_ATTR_MEM_ENCRYPT) || cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT) ?
		NULL : "no memory encryption";
}

/* The best first. What speaks against one is the reason to take the next. */
static const struct candidate {
	objection_fn objection;
	struct psc_transport transport;
} candidates[] = {
	{ not_ghcb, { .name = "ghcb", .convert = psc_convert, .prepare = psc_ghcb_prepare,
		      .send = psc_ghcb_send } },
	{ not_msr, { .name = "msr", .convert = psc_convert, .send = psc_msr_send } },
	{ not_kernel, { .name = "kernel", .convert = psc_kernel_convert } },
};

static struct psc_transport chosen = { .name = "none" };
static char why[96];

static void choose_best(void)
{
	const char *objection = "the GHCB's layout is proven";
	const struct candidate *c = candidates;
	bool bearable;

	for (; c < candidates + ARRAY_SIZE(candidates); c++) {
		strscpy(why, objection, sizeof(why));
		objection = c->objection(&bearable);
		if (!objection) {
			chosen = c->transport;
			return;
		}
	}
	strscpy(why, objection, sizeof(why));
}

static int choose_by_name(const char *name)
{
	const struct candidate *c = candidates;
	const char *objection;
	bool bearable = false;

	while (c < candidates + ARRAY_SIZE(candidates) && strcmp(c->transport.name, name))
		c++;
	if (c == candidates + ARRAY_SIZE(candidates)) {
		pr_err("transport=%s: want auto, ghcb, msr or kernel\n", name);
		return -EINVAL;
	}
	objection = c->objection(&bearable);
	if (objection && !bearable) {
		pr_err("transport=%s: %s\n", name, objection);
		return -EOPNOTSUPP;
	}
	chosen = c->transport;
	snprintf(why, sizeof(why), "asked for%s%s", objection ? ", although " : "",
		 objection ?: "");
	return 0;
}

static int choose(void)
{
	int err = 0;

	if (strcmp(transport, "auto"))
		err = choose_by_name(transport);
	else
		choose_best();
	chosen.why = why;
	psc_transport = &chosen;
	return err;
}

/* ---- reboot, hibernation ---- */

/*
 * A new kernel takes all memory for private. Only what nobody uses is turned back
 * here: regions of debugfs, and what is free in the heap as a whole. Pages of drivers
 * are theirs until the very end; 7.2's own walk converts them (snp_kexec_finish()).
 */
static int reboot_notify(struct notifier_block *nb, unsigned long action, void *command)
{
	bool left;

	psc_gate_close(PSC_GATE_REBOOT);
	if (!command || strcmp(command, "kexec reboot"))
		return NOTIFY_DONE;
	left = !psc_heap_turn_back();
	if (psc_pool_turn_back() || left)
		pr_err("some memory stays shared, the next kernel will not expect that\n");
	if (psc_books_poisoned())
		pr_err("%lu pages are lost, the next kernel will die of them: reboot instead\n",
		       psc_books_poisoned());
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
		psc_heap_turn_back();
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
	int err = not_msr(NULL) ? 0 : psc_ghcb_check_start();

	if (err)
		return err;
	err = choose();
	if (err)
		goto check;
	pr_info("transport %s: %s\n", chosen.name, chosen.why);

	err = chosen.send ? psc_window_init() : 0;
	if (err)
		goto check;
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
	if (chosen.send)
		psc_window_exit();
check:
	psc_ghcb_check_stop();
	return err;
}

/* Callers of the API hold a reference on this module, so nobody converts any more. */
static void __exit snp_psc_exit(void)
{
	psc_debugfs_exit();
	unregister_pm_notifier(&pm_nb);
	unregister_reboot_notifier(&reboot_nb);
	psc_heap_exit();
	psc_pool_exit();
	if (psc_books_total())
		pr_warn("%lu pages of others stay shared\n", psc_books_total());
	psc_books_free();
	if (chosen.send)
		psc_window_exit();
	psc_ghcb_check_stop();
}

module_init(snp_psc_init);
module_exit(snp_psc_exit);

MODULE_DESCRIPTION("Batched page state changes in SEV-SNP guests");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
