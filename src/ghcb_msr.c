// SPDX-License-Identifier: GPL-2.0
/*
 * The GHCB MSR protocol: a request in the GHCB MSR, no page.
 *
 * It needs nothing of the kernel's, and works from the first moment of a CPU's life. But
 * the MSR is everybody's: whoever uses a GHCB writes its address there, and firmware
 * reads it. So it is put back before interrupts are on again. That leaves NMIs, each of
 * which begins by telling the host of its end through the GHCB (sev_es_nmi_complete()):
 * before the VMGEXIT the request is lost, behind it the answer, and what is found
 * instead is an address. To ask once more is right in both cases, for nothing that is
 * asked here does anything the second time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <trace/events/snp_psc.h>

#include "ghcb_msr.h"
#include "hw.h"
#include "stats.h"

/*
 * One row for each request: the codes, and bits of the answer that say how it went. Those
 * have to be the request's if it is to be confirmed, else zero.
 */
static const struct protocol {
	enum psc_msr_info request, response;
	u64 outcome;
	bool confirms;
} protocol[] = {
	[PSC_MSR_PREFERRED] = { PSC_MSR_PREFERRED_REQ, PSC_MSR_PREFERRED_RESP },
	[PSC_MSR_REGISTER] = { PSC_MSR_REGISTER_REQ, PSC_MSR_REGISTER_RESP, PSC_MSR_DATA, true },
	[PSC_MSR_CHANGE] = { PSC_MSR_PSC_REQ, PSC_MSR_PSC_RESP, PSC_MSR_DATA, false },
	[PSC_MSR_FEATURES] = { PSC_MSR_FEATURES_REQ, PSC_MSR_FEATURES_RESP },
};

/**
 * psc_msr_judge() - decide what follows from an answer
 * @what:	what was asked
 * @data:	about what: bits 63:12 of the request
 * @answer:	what the MSR held after the VMGEXIT
 *
 * Return: %PSC_DONE; %PSC_REFUSED; %PSC_AGAIN if this is no answer: an NMI was there, or
 * the host does not know the request and leaves it as it is, or makes no sense
 */
enum psc_verdict psc_msr_judge(enum psc_msr_request what, u64 data, u64 answer)
{
	const struct protocol *p = &protocol[what];

	if ((answer & PSC_MSR_INFO) != p->response)
		return PSC_AGAIN;
	if ((answer ^ (p->confirms ? data : 0)) & p->outcome)
		return PSC_REFUSED;
	return PSC_DONE;
}

/* Nothing may trap while the MSR is ours: who handles that would use it, too. */
static u64 exchange(u64 request, u64 *irqs_off)
{
	unsigned long flags;
	u64 saved, answer, start;

	local_irq_save(flags);
	start = local_clock();
	saved = snp_psc_hw->msr_read(PSC_MSR_GHCB);
	snp_psc_hw->msr_write(PSC_MSR_GHCB, request);
	snp_psc_hw->vmgexit();
	answer = snp_psc_hw->msr_read(PSC_MSR_GHCB);
	snp_psc_hw->msr_write(PSC_MSR_GHCB, saved);
	*irqs_off = max(*irqs_off, local_clock() - start);
	local_irq_restore(flags);
	return answer;
}

/**
 * psc_msr_ask() - ask the host
 * @what:	what
 * @data:	about what: bits 63:12 of the request
 * @answer:	what came of it
 *
 * Context: Any but NMI. A VMGEXIT is about this CPU.
 * Return: %PSC_DONE, %PSC_REFUSED, or %PSC_AGAIN if there was no answer after
 * 1 + %PSC_MAX_STALLS attempts
 */
enum psc_verdict psc_msr_ask(enum psc_msr_request what, u64 data, struct psc_msr_answer *answer)
{
	enum psc_verdict verdict;

	*answer = (struct psc_msr_answer){};
	do {
		answer->value = exchange(data | protocol[what].request, &answer->irqs_off);
		verdict = psc_msr_judge(what, data, answer->value);
	} while (answer->exits++ < PSC_MAX_STALLS && verdict == PSC_AGAIN);
	return verdict;
}

static int change(u64 page)
{
	struct psc_msr_answer answer;
	enum psc_verdict verdict = psc_msr_ask(PSC_MSR_CHANGE, page, &answer);

	trace_snp_psc_vmgexit_msr(page, answer.value, answer.exits, answer.irqs_off);
	psc_irqs_off(answer.irqs_off);
	psc_record(PSC_ENTRIES_PER_VMGEXIT, verdict == PSC_DONE);
	psc_count(PSC_VMGEXITS, answer.exits);
	psc_count(PSC_RETRIES, answer.exits - 1);
	if (verdict == PSC_DONE)
		return 0;
	psc_count(PSC_REFUSALS, 1);
	pr_warn_ratelimited("host %s by the MSR protocol: asked for %#llx, got %#llx\n",
			    verdict == PSC_REFUSED ? "refused" : "did not answer", page,
			    answer.value);
	return -EIO;
}

/* An entry of a descriptor is a request but for the size and the progress in it. */
static int change_entry(u64 entry)
{
	u64 large = 1ull << PSC_ENTRY_SIZE_SHIFT, page = entry & PSC_MSR_DATA & ~large;
	unsigned int n = entry & large ? PSC_BLOCK_PAGES : 1;
	int err = 0;

	for (; n && !err; n--) {
		err = change(page);
		page += 1ull << PSC_ENTRY_GFN_SHIFT;
		cond_resched();
	}
	return err;
}

/**
 * psc_msr_send() - ask the host to change the state of a batch of pages, one by one
 * @batch:	the pages
 *
 * Context: Process context, interrupts on.
 * Return: 0, or -EIO if the host refused: any of the pages may be in either
 * state then
 */
int psc_msr_send(const struct psc_batch *batch)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < batch->n && !err; i++) {
		err = change_entry(batch->desc.entries[i]);
		psc_count(PSC_ENTRIES, !err);
	}
	return err;
}
