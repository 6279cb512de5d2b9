// SPDX-License-Identifier: GPL-2.0
/*
 * Borrow this CPU's GHCB, send a page state change through it, give it back.
 *
 * The kernel has one GHCB per CPU, registered with the host, and does not export
 * it. The GHCB MSR names it, and what lies behind it in memory is the kernel's
 * struct sev_es_runtime_data, the same from 6.1 to 7.2:
 *
 *	+0x0000	the GHCB, shared
 *	+0x1000	its backup
 *	+0x2000	flag: the GHCB is in use
 *	+0x2001	flag: the backup is in use, too
 *
 * A user of the GHCB who finds the first flag set copies the page away and back
 * again (__sev_get_ghcb()). So whoever sets it may be interrupted by an NMI or
 * a #VC, and that is all the protection that is needed with interrupts off.
 *
 * The host can write the MSR, so nothing it says is believed before the page has
 * been looked at: memory that the kernel reserved at boot, shared, with private
 * pages behind it that hold two plausible flags; and always the same for a CPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "ghcb.h"
#include "hw.h"
#include "pgtable.h"
#include "psc.h"
#include "stats.h"

/* struct sev_es_runtime_data, as far as it concerns us. */
struct runtime_data {
	struct psc_ghcb ghcb;
	u8 backup_ghcb[PAGE_SIZE];
	u8 ghcb_active;
	u8 backup_ghcb_active;
	u8 padding[6];
};

static_assert(offsetof(struct runtime_data, ghcb_active) == 0x2000);

struct loan {
	struct runtime_data *data;
	u64 gpa;
	bool claimed;
	unsigned long flags;
};

/* The first GHCB seen on a CPU. It never moves. */
static DEFINE_PER_CPU(u64, known_gpa);

static bool reserved_page(unsigned long pfn, enum psc_leaf_state state)
{
	struct psc_leaf leaf = {};
	struct page *page = pfn_to_online_page(pfn);

	if (!page || !PageReserved(page))
		return false;
	psc_leaf_find(&leaf, pfn);
	return psc_leaf_state(&leaf) == state;
}

static bool another_cpus(u64 gpa)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (cpu != smp_processor_id() && per_cpu(known_gpa, cpu) == gpa)
			return true;
	return false;
}

static bool plausible_flags(const struct runtime_data *data)
{
	return data->ghcb_active <= 1 && data->backup_ghcb_active <= 1 &&
	       !memchr_inv(data->padding, 0, sizeof(data->padding));
}

/* Why the GHCB at @gpa can't be ours to borrow, or NULL. */
static const char *judge_place(u64 gpa)
{
	unsigned long pfn = PHYS_PFN(gpa);
	u64 known = this_cpu_read(known_gpa);

	if (known && known != gpa)
		return "the GHCB has moved";
	if (!pfn_valid(pfn) || !reserved_page(pfn, PSC_LEAF_SHARED))
		return "the GHCB MSR does not name a shared page of the kernel's";
	if (!reserved_page(pfn + 1, PSC_LEAF_PRIVATE) || !reserved_page(pfn + 2, PSC_LEAF_PRIVATE))
		return "no private backup behind the GHCB";
	if (!plausible_flags(__va(gpa)))
		return "no flags behind the GHCB";
	if (!known && another_cpus(gpa))
		return "the GHCB is another CPU's";
	this_cpu_write(known_gpa, gpa);
	return NULL;
}

/* Why the GHCB at @data can't be borrowed now, or NULL. */
static const char *judge_use(const struct runtime_data *data)
{
	if (READ_ONCE(data->ghcb.ghcb_usage) != PSC_GHCB_USAGE)
		return "the GHCB is used for something else";
	if (READ_ONCE(data->ghcb.protocol_version) > PSC_GHCB_VERSION)
		return "unknown version of the GHCB protocol";
	if (data->ghcb_active && data->backup_ghcb_active)
		return "GHCB and backup are both marked as in use";
	return NULL;
}

/* This CPU's GHCB and what is behind it, or NULL and why that can't be told. */
static struct runtime_data *find(u64 msr, const char **why_not)
{
	u64 gpa = msr & ~PSC_MSR_INFO;
	u64 info = msr & PSC_MSR_INFO;

	if (!gpa || (info && info != PSC_MSR_REGISTERED))
		*why_not = "the GHCB MSR holds no address";
	else
		*why_not = judge_place(gpa);
	return *why_not ? NULL : __va(gpa);
}

/* Look at this CPU's GHCB, change nothing. Interrupts are off. */
static void inspect(void *result)
{
	struct psc_ghcb_report *report = result;
	const struct runtime_data *data;

	memset(report, 0, sizeof(*report));
	report->msr = snp_psc_hw->msr_read(PSC_MSR_GHCB);
	data = find(report->msr, &report->why_not);
	if (!data)
		return;
	report->claimed = data->ghcb_active;
	report->backup = data->backup_ghcb_active;
	report->version = READ_ONCE(data->ghcb.protocol_version);
	report->why_not = judge_use(data);
}

/**
 * psc_ghcb_inspect() - look at a CPU's GHCB, change nothing
 * @cpu:	which
 * @report:	what there is to know
 *
 * Context: Process context, interrupts on.
 * Return: 0, or -ENXIO if the CPU is offline
 */
int psc_ghcb_inspect(int cpu, struct psc_ghcb_report *report)
{
	return smp_call_function_single(cpu, inspect, report, 1);
}

/**
 * psc_ghcb_ready() - can this CPU's GHCB be borrowed?
 *
 * Asked before anything has happened, so that it is not found out half-way.
 *
 * Context: Process context, migration disabled.
 * Return: 0 or -EIO
 */
int psc_ghcb_ready(void)
{
	struct psc_ghcb_report report;
	unsigned long flags;

	local_irq_save(flags);
	inspect(&report);
	local_irq_restore(flags);
	if (!report.why_not)
		return 0;
	pr_warn_ratelimited("CPU %d: %s\n", raw_smp_processor_id(), report.why_not);
	return -EIO;
}

/*
 * Until give_back() there must be nothing that the host has to emulate: no
 * printk, no CPUID, no port. The flag would save us, but it saves us only once.
 *
 * Nothing that the host can write is looked at here, neither the MSR nor the page:
 * psc_ghcb_ready() has done that on this CPU, and a host that changes its mind in
 * the middle of a conversion must not be able to keep us from undoing it. Both are
 * written anew for each request anyway.
 *
 * A flag that is set already is stale, for we are a task and interrupts are off:
 * a CPU that goes offline takes its GHCB and never gives it back
 * (sev_es_ap_hlt_loop()). It protects us as well as one of our own, and stays.
 */
static void borrow(struct loan *loan)
{
	local_irq_save(loan->flags);
	loan->gpa = this_cpu_read(known_gpa);
	loan->data = __va(loan->gpa);
	loan->claimed = !loan->data->ghcb_active;
	WRITE_ONCE(loan->data->ghcb_active, 1);
	barrier();
}

/* Like vc_ghcb_invalidate(), and nothing of ours stays in the shared buffer. */
static void give_back(const struct loan *loan)
{
	struct psc_ghcb *ghcb = &loan->data->ghcb;

	memset(&ghcb->shared_buffer, 0, sizeof(ghcb->shared_buffer));
	WRITE_ONCE(ghcb->sw_exit_code, 0);
	memset(ghcb->valid_bitmap, 0, sizeof(ghcb->valid_bitmap));
	barrier();
	if (loan->claimed)
		WRITE_ONCE(loan->data->ghcb_active, 0);
	local_irq_restore(loan->flags);
}

/* The whole request anew for each exit: hosts clear the valid bits. */
static void put_request(struct psc_ghcb *ghcb, u64 gpa, const struct psc_batch *batch, u16 next)
{
	memset(ghcb->valid_bitmap, 0, sizeof(ghcb->valid_bitmap));
	memcpy(&ghcb->shared_buffer, &batch->desc, sizeof(ghcb->shared_buffer));
	ghcb->shared_buffer.hdr.cur_entry = next;
	ghcb->protocol_version = PSC_GHCB_VERSION;
	ghcb->ghcb_usage = PSC_GHCB_USAGE;
	ghcb->sw_exit_code = PSC_NAE_STATE_CHANGE;
	ghcb->sw_exit_info_1 = 0;
	ghcb->sw_exit_info_2 = 0;
	ghcb->sw_scratch = gpa + PSC_GHCB_SCRATCH;
	ghcb->valid_bitmap[1] = PSC_GHCB_VALID;
}

/* The host may change the page while we read: each field once, and none again. */
static void take_answer(const struct psc_ghcb *ghcb, struct psc_answer *a)
{
	const struct psc_header *hdr = &ghcb->shared_buffer.hdr;

	a->valid[0] = READ_ONCE(ghcb->valid_bitmap[0]);
	a->valid[1] = READ_ONCE(ghcb->valid_bitmap[1]);
	a->exit_code = READ_ONCE(ghcb->sw_exit_code);
	a->info_1 = READ_ONCE(ghcb->sw_exit_info_1);
	a->info_2 = READ_ONCE(ghcb->sw_exit_info_2);
	a->hdr.cur_entry = READ_ONCE(hdr->cur_entry);
	a->hdr.end_entry = READ_ONCE(hdr->end_entry);
	a->hdr.reserved = READ_ONCE(hdr->reserved);
}

static void exchange(const struct psc_batch *batch, u16 next, struct psc_answer *answer)
{
	struct loan loan;

	borrow(&loan);
	put_request(&loan.data->ghcb, loan.gpa, batch, next);
	snp_psc_hw->msr_write(PSC_MSR_GHCB, loan.gpa);
	snp_psc_hw->vmgexit();
	take_answer(&loan.data->ghcb, answer);
	give_back(&loan);
}

/**
 * psc_ghcb_send() - ask the host to change the state of a batch of pages
 * @batch:	the pages, at least one
 *
 * Goes on where the host stopped, within the bounds of psc_judge(). Interrupts
 * are off for one VMGEXIT at a time.
 *
 * Context: Process context, interrupts on, migration disabled.
 * Return: 0, or -EIO if the host refused: any of the pages may be in either
 * state then
 */
int psc_ghcb_send(const struct psc_batch *batch)
{
	struct psc_progress progress = psc_batch_start(batch);
	struct psc_answer answer;
	enum psc_verdict verdict;

	do {
		u16 from = progress.next;

		exchange(batch, from, &answer);
		verdict = psc_judge(&progress, &answer);
		psc_count(PSC_VMGEXITS, 1);
		psc_count(PSC_ENTRIES, progress.next - from);
		psc_count(PSC_RETRIES, verdict == PSC_AGAIN);
		cond_resched();
	} while (verdict == PSC_AGAIN);

	if (verdict == PSC_DONE)
		return 0;
	psc_count(PSC_REFUSALS, 1);
	pr_warn_ratelimited("host refused: info_1 %#llx, info_2 %#llx, entry %u of %u\n",
			    answer.info_1, answer.info_2, progress.next, batch->n);
	return -EIO;
}
