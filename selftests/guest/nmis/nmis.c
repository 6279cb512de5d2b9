// SPDX-License-Identifier: GPL-2.0
/*
 * An NMI at every instruction of a conversion, one after the other.
 *
 * Loading takes as long as that. A few pages are converted again and again, each
 * time with an NMI one instruction later; its handler uses the GHCB and the host's
 * answers in it. Where it came, and whether the conversion went on as if nothing had
 * happened, stands in the module's parameters.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/snp_psc.h>

#include <asm/nmi.h>

#include "../../../src/abi.h"
#include "../../machine/ports.h"

enum {
	PAGES_MAX = 8,
	POSITIONS_MAX = 16384,	/* a conversion is shorter */
	BEFORE = 64,		/* instructions, from one look for the window to the next */
	BEHIND = 16,		/* so many positions behind it end a sweep */
	PATIENCE_MS = 1000,
	PORT_SYSTEM = 0x61,
	IOAPIC = 0xfec00000,
	FLAGS = 0x2000,		/* the kernel's claim, behind the GHCB and its backup */
};

static bool shared = true;
module_param(shared, bool, 0400);
MODULE_PARM_DESC(shared, "strike conversions to shared, not those to private");

static unsigned int pages = 2;
module_param(pages, uint, 0400);

static unsigned int step = 1;
module_param(step, uint, 0400);
MODULE_PARM_DESC(step, "from one position to the next; where the window changes, 1");

static unsigned int exits;
module_param(exits, uint, 0400);
MODULE_PARM_DESC(exits, "instead, a storm: exits from one NMI to the next");

static unsigned int rounds = 200;
module_param(rounds, uint, 0400);
MODULE_PARM_DESC(rounds, "conversions in the storm");

/* ---- results ---- */

/* Where an NMI came: what the window looked like to its handler. */
enum place {
	BEFORE_CLAIM,
	AFTER_CLAIM,
	AFTER_FILL,
	AFTER_EXIT_CODE,
	BETWEEN,		/* VMGEXITs, with nothing claimed */
	AFTER_VMGEXIT,
	BEFORE_RELEASE,
	AFTER_RELEASE,
	NR_PLACES,
};

static unsigned int places[NR_PLACES];
module_param_array(places, uint, NULL, 0400);
MODULE_PARM_DESC(places, "NMIs in each part of the window");

static unsigned long conversions, nmis, missed, failed, repeated, twice, wrong;
module_param(conversions, ulong, 0400);
module_param(nmis, ulong, 0400);
module_param(missed, ulong, 0400);
MODULE_PARM_DESC(missed, "NMIs that did not come");
module_param(failed, ulong, 0400);
MODULE_PARM_DESC(failed, "conversions that returned an error");
module_param(repeated, ulong, 0400);
MODULE_PARM_DESC(repeated, "VMGEXITs beyond those that a conversion takes");
module_param(twice, ulong, 0400);
MODULE_PARM_DESC(twice, "pages that changed hands more or less often than they should");
module_param(wrong, ulong, 0400);
MODULE_PARM_DESC(wrong, "pages that the host holds otherwise than the guest");

/* ---- the machine ---- */

static u32 counter(enum machine_counter c)
{
	return machine_read(SEL_COUNTER + c);
}

static u32 vmgexits(void)
{
	return counter(COUNTER_psc) + counter(COUNTER_msr_psc);
}

/* ---- the NMI ---- */

static void __iomem *ioapic;
static bool expected;		/* the NMI is ours */
static u32 vmgexits_before;
static enum place place;	/* of the last one */

static u64 ghcb_msr(void)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (PSC_MSR_GHCB));
	return (u64)high << 32 | low;
}

/* Both flags and the page are as they were: the kernel's own use of it is over. */
static enum place look(void)
{
	const struct psc_ghcb *ghcb = __va(ghcb_msr() & PAGE_MASK);
	u32 done = vmgexits() - vmgexits_before;
	bool is_psc = READ_ONCE(ghcb->sw_exit_code) == PSC_NAE_STATE_CHANGE;

	if (!READ_ONCE(*((u8 *)ghcb + FLAGS)))
		return !done ? BEFORE_CLAIM : done < pages && counter(COUNTER_msr_psc) ?
		       BETWEEN : AFTER_RELEASE;
	if (done)
		return is_psc ? AFTER_VMGEXIT : BEFORE_RELEASE;
	if (is_psc)
		return AFTER_EXIT_CODE;
	return READ_ONCE(ghcb->shared_buffer.entries[0]) ? AFTER_FILL : AFTER_CLAIM;
}

/* The port is a #VC that uses the GHCB, the interrupt controller one that uses its buffer. */
static int nmi(unsigned int type, struct pt_regs *regs)
{
	u32 selected;

	if (!expected)
		return NMI_DONE;
	selected = inl(PORT_SELECT);
	place = look();
	outl(selected, PORT_SELECT);
	inb(PORT_SYSTEM);
	readl(ioapic);
	nmis++;
	return NMI_HANDLED;
}

/* ---- conversions ---- */

static struct page *set[PAGES_MAX];

static u32 wrong_pages(bool is_shared)
{
	u32 right = is_shared ? 0 : PAGE_PRIVATE | PAGE_ASSIGNED | PAGE_VALIDATED;
	u32 i, n = 0;

	for (i = 0; i < pages; i++) {
		memset(page_address(set[i]), i, PAGE_SIZE);
		machine_write(SEL_GFN, page_to_pfn(set[i]));
		n += (machine_read(SEL_STATE) & ~PAGE_HUGE) != right;
	}
	return n;
}

static u32 changed(void)
{
	return counter(COUNTER_pages_shared) + counter(COUNTER_pages_private);
}

static int convert(bool to_shared)
{
	return to_shared ? snp_psc_set_pages_shared(set, pages) :
			   snp_psc_set_pages_private(set, pages);
}

/* Exactly one VMGEXIT, or one for each page by the MSR protocol. */
static int convert_checked(bool to_shared)
{
	u32 before = changed(), msr_before = counter(COUNTER_msr_psc), n;
	int err;

	vmgexits_before = vmgexits();
	err = convert(to_shared);
	conversions++;
	if (err) {
		pr_err("nmis: %d\n", err);
		failed++;
		return err;
	}
	n = vmgexits() - vmgexits_before;
	repeated += n - (counter(COUNTER_msr_psc) != msr_before ? pages : 1);
	twice += changed() - before != pages;
	wrong += wrong_pages(to_shared);
	return 0;
}

/* ---- positions ---- */

static bool came(unsigned long before)
{
	ktime_t end = ktime_add_ms(ktime_get(), PATIENCE_MS);

	while (READ_ONCE(nmis) == before)
		if (ktime_after(ktime_get(), end))
			return false;
	return true;
}

/* What failed and is as it was before need not be converted back. */
static int unless_undone(int err)
{
	return err == -EIO ? 0 : err;
}

/*
 * To shared, a PSC follows the last PVALIDATE; to private, the look at the GHCB that
 * is taken before. Either is close enough to the window to count from.
 */
static int strike(u32 position)
{
	unsigned long before = nmis;
	int err;

	expected = true;
	machine_write(SEL_NMI_FROM, shared ? NMI_FROM_PVALIDATE : NMI_FROM_GHCB_MSR);
	machine_write(SEL_NMI_AFTER, position);
	err = convert_checked(shared);
	if (came(before))
		places[place]++;
	else
		missed++;
	machine_write(SEL_NMI_AFTER, 0);
	expected = false;
	return err ? unless_undone(err) : convert_checked(!shared);
}

/* A position shortly before the window, or 0 if a conversion fails. */
static u32 find_window(void)
{
	u32 position = 1;

	place = BEFORE_CLAIM;
	while (place == BEFORE_CLAIM && position < POSITIONS_MAX) {
		if (strike(position))
			return 0;
		position += BEFORE;
	}
	return max_t(u32, position, 3 * BEFORE) - 3 * BEFORE + 1;
}

/* Where a part of the window begins, all positions since the last one count. */
static int sweep(void)
{
	u32 position = find_window(), between, behind = 0;
	enum place furthest = BEFORE_CLAIM;
	int err = position ? 0 : -EIO;

	for (; !err && position < POSITIONS_MAX && behind < BEHIND; position += step) {
		err = strike(position);
		behind = place == AFTER_RELEASE ? behind + 1 : 0;
		if (place <= furthest)
			continue;
		furthest = place;
		for (between = position - step + 1; !err && between < position; between++)
			err = strike(between);
		cond_resched();
	}
	return err;
}

static int sweep_to_private(void)
{
	return convert_checked(true) ?: sweep() ?: convert_checked(false);
}

/* An even number of rounds leaves the pages private. */
static int storm(void)
{
	unsigned int i;
	int err = 0;

	expected = true;
	machine_write(SEL_NMI_STORM, exits);
	for (i = 0; !err && i < rounds; i++) {
		err = convert_checked(!(i & 1));
		cond_resched();
	}
	machine_write(SEL_NMI_STORM, 0);
	schedule_timeout_uninterruptible(HZ / 10);	/* the last one may be under way */
	expected = false;
	return err;
}

/* ---- module ---- */

static int run(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < pages; i++) {
		set[i] = alloc_page(GFP_KERNEL);
		if (!set[i])
			return -ENOMEM;
	}
	err = exits ? storm() : shared ? sweep() : sweep_to_private();
	for (i = 0; !err && i < pages; i++)
		__free_page(set[i]);
	return err;
}

static int __init nmis_init(void)
{
	int err;

	if (!pages || pages > PAGES_MAX || !step)
		return -EINVAL;
	ioapic = ioremap(IOAPIC, PAGE_SIZE);
	if (!ioapic)
		return -ENOMEM;
	err = register_nmi_handler(NMI_LOCAL, nmi, 0, "nmis");
	if (!err) {
		run();
		unregister_nmi_handler(NMI_LOCAL, "nmis");
	}
	iounmap(ioapic);
	return err;
}

static void __exit nmis_exit(void)
{
}

module_init(nmis_init);
module_exit(nmis_exit);

MODULE_DESCRIPTION("NMIs at every instruction of a conversion");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
