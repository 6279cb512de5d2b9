// SPDX-License-Identifier: GPL-2.0
/*
 * What has to be true of a GHCB before it is borrowed.
 *
 * The host can write the GHCB MSR, so nothing that it names is believed at first
 * sight. On every CPU, before its first use and whenever anything is not as it was: the
 * page is memory that the kernel reserved at boot, shared, with private pages behind it
 * that hold two plausible flags; no other CPU has it, as far as we have seen, and it never
 * moves. Before each use: that it has not, and the flags. On every CPU when it comes
 * online, and when asked: the host confirms that this is the GHCB it knows. And once,
 * when the module is loaded, on one CPU: the kernel itself proves that it keeps its
 * backup and its flag where we think. What a host can still do by lying about the
 * other CPUs stands in Documentation/design.rst.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "ghcb.h"
#include "ghcb_check.h"
#include "ghcb_msr.h"
#include "hw.h"
#include "pgtable.h"

/*
 * What is remembered of a CPU.
 *
 * @gpa is the first GHCB seen there, which never moves; @objection the host's, @logged
 * the last reason that went to the log, @usable what psc_ghcb_prepare() found.
 */
struct standing {
	u64 gpa;
	u64 preferred;
	u64 features;
	bool registered;
	bool usable;
	const char *objection;
	const char *logged;
};

static DEFINE_PER_CPU(struct standing, standing);

static int hotplug_state;	/* more than 0 from start to stop */

/* ---- without asking anybody ---- */

static bool reserved_page(struct psc_leaf *leaf, unsigned long pfn, enum psc_leaf_state state)
{
	struct page *page = pfn_to_online_page(pfn);

	if (!page || !PageReserved(page))
		return false;
	psc_leaf_find(leaf, pfn);
	return psc_leaf_state(leaf) == state;
}

static bool another_cpus(u64 gpa)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (cpu != smp_processor_id() && per_cpu(standing.gpa, cpu) == gpa)
			return true;
	return false;
}

static bool plausible_flags(const struct psc_runtime_data *data)
{
	return data->ghcb_active <= 1 && data->backup_ghcb_active <= 1 &&
	       !memchr_inv(data->padding, 0, sizeof(data->padding));
}

/* Why the GHCB at @gpa can't be ours to borrow, or NULL. */
static const char *judge_place(u64 gpa)
{
	unsigned long pfn = PHYS_PFN(gpa);
	u64 known = this_cpu_read(standing.gpa);
	struct psc_leaf leaf = {};

	if (known && known != gpa)
		return "the GHCB has moved";
	if (!pfn_valid(pfn) || !reserved_page(&leaf, pfn, PSC_LEAF_SHARED))
		return "the GHCB MSR does not name a shared page of the kernel's";
	if (!reserved_page(&leaf, pfn + 1, PSC_LEAF_PRIVATE) ||
	    !reserved_page(&leaf, pfn + 2, PSC_LEAF_PRIVATE))
		return "no private backup behind the GHCB";
	if (!plausible_flags(__va(gpa)))
		return "no flags behind the GHCB";
	if (!known && another_cpus(gpa))
		return "the GHCB is another CPU's";
	this_cpu_write(standing.gpa, gpa);
	return NULL;
}

/* Why the GHCB at @data can't be borrowed now, or NULL. */
static const char *judge_use(const struct psc_runtime_data *data)
{
	if (READ_ONCE(data->ghcb.ghcb_usage) != PSC_GHCB_USAGE)
		return "the GHCB is used for something else";
	if (READ_ONCE(data->ghcb.protocol_version) > PSC_GHCB_VERSION)
		return "unknown version of the GHCB protocol";
	if (data->ghcb_active && data->backup_ghcb_active)
		return "GHCB and backup are both marked as in use";
	return NULL;
}

/* What the GHCB MSR names, or 0. An answer to the GHCB's registration may stand beside it. */
static u64 gpa_of(u64 msr)
{
	u64 info = msr & PSC_MSR_INFO;

	return !info || info == PSC_MSR_REGISTER_RESP ? msr & PSC_MSR_DATA : 0;
}

/* This CPU's GHCB and what is behind it, or NULL and why that can't be told. */
static struct psc_runtime_data *find(u64 msr, const char **why_not)
{
	u64 gpa = gpa_of(msr);

	if (!gpa)
		*why_not = "the GHCB MSR holds no address";
	else
		*why_not = judge_place(gpa);
	return *why_not ? NULL : __va(gpa);
}

/* Look at this CPU's GHCB, change nothing. Interrupts are off. */
static void inspect(void *result)
{
	struct psc_ghcb_report *report = result;
	const struct standing *s = this_cpu_ptr(&standing);
	const struct psc_runtime_data *data;

	*report = (struct psc_ghcb_report){
		.msr		= snp_psc_hw->msr_read(PSC_MSR_GHCB),
		.gpa		= s->gpa,
		.registered	= s->registered,
		.preferred	= s->preferred,
		.features	= s->features,
	};
	data = find(report->msr, &report->why_not);
	if (!data)
		return;
	report->claimed = data->ghcb_active;
	report->backup = data->backup_ghcb_active;
	report->version = READ_ONCE(data->ghcb.protocol_version);
	report->why_not = judge_use(data) ?: s->objection;
}

/* ---- asking the host ---- */

static u64 ask(enum psc_msr_request what)
{
	struct psc_msr_answer answer;

	return psc_msr_ask(what, 0, &answer) == PSC_DONE ? answer.value & PSC_MSR_DATA : 0;
}

/* Why the host does not know this CPU's GHCB, or NULL if it does. */
static const char *confirm(u64 gpa)
{
	struct psc_msr_answer answer;

	switch (psc_msr_ask(PSC_MSR_REGISTER, gpa, &answer)) {
	case PSC_DONE:
		return NULL;
	case PSC_REFUSED:
		return (answer.value & PSC_MSR_DATA) == PSC_MSR_DATA ?
			"the host refuses to register the GHCB" :
			"the host registers another page than the GHCB";
	default:
		return "the host does not answer the registration of the GHCB";
	}
}

/* What is not registered is not asked about once more: only what the kernel uses anyway. */
static void check(void *unused)
{
	struct standing *s = this_cpu_ptr(&standing);
	const char *no_place;

	s->preferred = ask(PSC_MSR_PREFERRED);
	s->features = ask(PSC_MSR_FEATURES) >> PAGE_SHIFT;
	find(snp_psc_hw->msr_read(PSC_MSR_GHCB), &no_place);
	s->objection = no_place ?: confirm(s->gpa);
	s->registered = !s->objection;
}

/* ---- every CPU ---- */

/* A reason that has not been told yet. */
static void tell(const char *why_not)
{
	if (why_not && why_not != this_cpu_read(standing.logged))
		pr_warn("CPU %d: %s\n", raw_smp_processor_id(), why_not);
	this_cpu_write(standing.logged, why_not);
}

static void inspect_and_tell(struct psc_ghcb_report *report)
{
	unsigned long flags;

	local_irq_save(flags);
	inspect(report);
	local_irq_restore(flags);
	tell(report->why_not);
}

static int came_online(unsigned int cpu)
{
	struct psc_ghcb_report report;
	unsigned long flags;

	local_irq_save(flags);
	check(NULL);
	local_irq_restore(flags);
	inspect_and_tell(&report);
	return 0;
}

/**
 * psc_ghcb_check_start() - check every CPU, now and whenever one comes online
 *
 * Context: Process context, an SEV-SNP guest at VMPL0.
 * Return: 0 or a negative errno
 */
int psc_ghcb_check_start(void)
{
	hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "snp_psc:online", came_online, NULL);
	return min(hotplug_state, 0);
}

/** psc_ghcb_check_stop() - no more, if it has been started at all */
void psc_ghcb_check_stop(void)
{
	if (hotplug_state > 0)
		cpuhp_remove_state_nocalls(hotplug_state);
	hotplug_state = 0;
}

/**
 * psc_ghcb_report() - look at a CPU's GHCB, change nothing
 * @cpu:	which
 * @report:	what there is to know
 *
 * Context: Process context, interrupts on.
 * Return: 0, -ENXIO if the CPU is offline, -ENODEV if no CPU is checked here
 */
int psc_ghcb_report(int cpu, struct psc_ghcb_report *report)
{
	if (hotplug_state <= 0)
		return -ENODEV;
	return smp_call_function_single(cpu, inspect, report, 1);
}

/**
 * psc_ghcb_recheck() - ask the host once more about a CPU's GHCB
 * @cpu:	which
 *
 * Context: Process context, interrupts on.
 * Return: 0 or as psc_ghcb_report()
 */
int psc_ghcb_recheck(int cpu)
{
	if (hotplug_state <= 0)
		return -ENODEV;
	return smp_call_function_single(cpu, check, NULL, 1);
}

/* Where it is has been looked at before, then, and what it is doing is as it should be. */
static bool still_usable(void)
{
	const struct standing *s = this_cpu_ptr(&standing);
	const struct psc_runtime_data *data = __va(s->gpa);

	return s->usable && !s->objection &&
	       gpa_of(snp_psc_hw->msr_read(PSC_MSR_GHCB)) == s->gpa &&
	       plausible_flags(data) && !judge_use(data);
}

/**
 * psc_ghcb_prepare() - can this CPU's GHCB be borrowed? If not, it uses the MSR protocol
 *
 * Asked before anything has happened, so that nothing is found out half-way.
 *
 * Context: Process context, migration disabled.
 */
void psc_ghcb_prepare(void)
{
	struct psc_ghcb_report report;

	if (still_usable())
		return;
	inspect_and_tell(&report);
	this_cpu_write(standing.usable, !report.why_not);
}

/** psc_ghcb_usable() - what psc_ghcb_prepare() found on this CPU */
bool psc_ghcb_usable(void)
{
	return this_cpu_read(standing.usable);
}

/** psc_ghcb_gpa() - this CPU's GHCB, once it has been found usable */
u64 psc_ghcb_gpa(void)
{
	return this_cpu_read(standing.gpa);
}

/* ---- one CPU: the layout ---- */

static void put_nonce(struct psc_ghcb *ghcb, u64 nonce)
{
	ghcb->sw_exit_code = nonce;
	ghcb->valid_bitmap[0] = nonce;
	ghcb->valid_bitmap[1] = nonce;
	ghcb->shared_buffer.entries[0] = nonce;
}

static bool has_nonce(const struct psc_ghcb *ghcb, u64 nonce)
{
	return READ_ONCE(ghcb->sw_exit_code) == nonce &&
	       READ_ONCE(ghcb->valid_bitmap[0]) == nonce &&
	       READ_ONCE(ghcb->valid_bitmap[1]) == nonce &&
	       READ_ONCE(ghcb->shared_buffer.entries[0]) == nonce;
}

/*
 * CPUID is a #VC, whose handler finds the GHCB in use, saves it and puts it back. An NMI
 * inside of that handler would find no place to save it once more, and panic: the one
 * exception that our claim can't stand, hence once and not on every CPU.
 */
static void prove(void *result)
{
	u64 nonce = get_random_u64();
	bool in_page, in_backup;
	struct psc_loan loan;
	u32 eax, ebx;

	psc_ghcb_borrow(&loan);
	put_nonce(&loan.data->ghcb, nonce);
	snp_psc_hw->cpuid(0, &eax, &ebx);
	in_page = has_nonce(&loan.data->ghcb, nonce);
	in_backup = has_nonce(&loan.data->backup_ghcb, nonce);
	psc_ghcb_give_back(&loan);

	*(enum psc_layout *)result = !in_page ? PSC_LAYOUT_OTHER :
				     in_backup ? PSC_LAYOUT_PROVEN : PSC_LAYOUT_UNSEEN;
}

/**
 * psc_ghcb_prove() - have the kernel prove the layout behind its GHCBs
 * @layout:	what came of it
 *
 * Context: Process context, after psc_ghcb_check_start().
 * Return: why no CPU's GHCB can be borrowed, NULL if one can
 */
const char *psc_ghcb_prove(enum psc_layout *layout)
{
	const char *why_not = "no CPU can be asked";
	struct psc_ghcb_report r;
	bool usable = false;
	int cpu;

	*layout = PSC_LAYOUT_UNKNOWN;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		if (psc_ghcb_report(cpu, &r))
			continue;
		if (r.why_not)
			why_not = r.why_not;
		usable |= !r.why_not;
		if (r.why_not || r.claimed)
			continue;
		smp_call_function_single(cpu, prove, layout, 1);
		break;
	}
	cpus_read_unlock();
	return usable ? NULL : why_not;
}
