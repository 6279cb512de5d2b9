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
 * Whether all this is so: ghcb_check.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/build_bug.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <trace/events/snp_psc.h>

#include "ghcb.h"
#include "ghcb_check.h"
#include "ghcb_msr.h"
#include "hw.h"
#include "psc.h"
#include "stats.h"

static_assert(offsetof(struct psc_runtime_data, backup_ghcb) == 0x1000);
static_assert(offsetof(struct psc_runtime_data, ghcb_active) == 0x2000);
static_assert(offsetof(struct psc_runtime_data, backup_ghcb_active) == 0x2001);

/**
 * psc_ghcb_borrow() - take this CPU's GHCB, and turn interrupts off
 * @loan:	to be returned by psc_ghcb_give_back()
 *
 * Until then there must be nothing that the host has to emulate: no printk, no
 * CPUID, no port. The flag would save us, but it saves us only once.
 *
 * Nothing that the host can write is looked at here, neither the MSR nor the page:
 * psc_ghcb_prepare() has done that on this CPU, and a host that changes its mind in
 * the middle of a conversion must not be able to keep us from undoing it. Both are
 * written anew for each request anyway.
 *
 * A flag that is set already is stale, for we are a task and interrupts are off:
 * a CPU that goes offline takes its GHCB and never gives it back
 * (sev_es_ap_hlt_loop()). It protects us as well as one of our own, and stays.
 */
void psc_ghcb_borrow(struct psc_loan *loan)
{
	local_irq_save(loan->flags);
	loan->since = local_clock();
	loan->gpa = psc_ghcb_gpa();
	loan->data = __va(loan->gpa);
	loan->claimed = !loan->data->ghcb_active;
	WRITE_ONCE(loan->data->ghcb_active, 1);
	barrier();
}

/**
 * psc_ghcb_give_back() - leave the GHCB as vc_ghcb_invalidate() would
 * @loan:	from psc_ghcb_borrow()
 *
 * And nothing of ours stays in the shared buffer.
 *
 * Return: how long interrupts were off, in nanoseconds
 */
u64 psc_ghcb_give_back(const struct psc_loan *loan)
{
	struct psc_ghcb *ghcb = &loan->data->ghcb;
	u64 irqs_off;

	memset(&ghcb->shared_buffer, 0, sizeof(ghcb->shared_buffer));
	WRITE_ONCE(ghcb->sw_exit_code, 0);
	memset(ghcb->valid_bitmap, 0, sizeof(ghcb->valid_bitmap));
	barrier();
	if (loan->claimed)
		WRITE_ONCE(loan->data->ghcb_active, 0);
	irqs_off = local_clock() - loan->since;
	local_irq_restore(loan->flags);
	return irqs_off;
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

/* Returns how long interrupts were off, in nanoseconds. */
static u64 exchange(const struct psc_batch *batch, u16 next, struct psc_answer *answer)
{
	struct psc_loan loan;

	psc_ghcb_borrow(&loan);
	put_request(&loan.data->ghcb, loan.gpa, batch, next);
	snp_psc_hw->msr_write(PSC_MSR_GHCB, loan.gpa);
	snp_psc_hw->vmgexit();
	take_answer(&loan.data->ghcb, answer);
	return psc_ghcb_give_back(&loan);
}

/*
 * Goes on where the host stopped, within the bounds of psc_judge(). Interrupts
 * are off for one VMGEXIT at a time.
 */
static int send(const struct psc_batch *batch)
{
	struct psc_progress progress = psc_batch_start(batch);
	struct psc_answer answer;
	enum psc_verdict verdict;

	do {
		u16 from = progress.next;
		u64 ns = exchange(batch, from, &answer);

		verdict = psc_judge(&progress, &answer);
		trace_snp_psc_vmgexit(batch, from, progress.next, &answer, ns);
		psc_irqs_off(ns);
		psc_count(PSC_VMGEXITS, 1);
		psc_count(PSC_ENTRIES, progress.next - from);
		psc_record(PSC_ENTRIES_PER_VMGEXIT, progress.next - from);
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

/**
 * psc_ghcb_send() - ask the host to change the state of a batch of pages
 * @batch:	the pages, at least one
 *
 * By the MSR protocol, if that is what psc_ghcb_prepare() has decided for this CPU.
 *
 * Context: Process context, interrupts on, migration disabled since psc_ghcb_prepare().
 * Return: 0, or -EIO if the host refused: any of the pages may be in either
 * state then
 */
int psc_ghcb_send(const struct psc_batch *batch)
{
	return psc_ghcb_usable() ? send(batch) : psc_msr_send(batch);
}
