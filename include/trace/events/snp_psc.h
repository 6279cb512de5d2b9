/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, see Documentation/debugfs.rst.
 *
 * All but the first and the last of a conversion are hit while its pages are not
 * present. What is attached to them may read any memory: of such a page it gets a fault that
 * every tracer's read has a fixup for. It must never run with the GHCB borrowed, for it may
 * do what the host has to emulate, such as an interrupt to its own CPU: so each
 * is hit after the GHCB or its MSR was given back and interrupts are on again.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM snp_psc

#if !defined(SNP_PSC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SNP_PSC_TRACE_H

#include <linux/tracepoint.h>

struct psc_answer;
struct psc_batch;
struct psc_request;

#define psc_show_state(shared)	((shared) ? "shared" : "private")

/* A request, to become shared or private. */
TRACE_EVENT(snp_psc_convert_begin,
	TP_PROTO(bool shared, const struct psc_request *req),
	TP_ARGS(shared, req),
	TP_STRUCT__entry(
		__field(unsigned long, pages)
		__field(bool, shared)
	),
	TP_fast_assign(
		__entry->pages = psc_request_pages(req);
		__entry->shared = shared;
	),
	TP_printk("to=%s pages=%lu", psc_show_state(__entry->shared), __entry->pages)
);

/* What came of it: what is left of the request was not as wanted already. */
TRACE_EVENT(snp_psc_convert_end,
	TP_PROTO(bool shared, const struct psc_request *req, int result),
	TP_ARGS(shared, req, result),
	TP_STRUCT__entry(
		__field(unsigned long, pages)
		__field(int, result)
		__field(bool, shared)
	),
	TP_fast_assign(
		__entry->pages = psc_request_pages(req);
		__entry->result = result;
		__entry->shared = shared;
	),
	TP_printk("to=%s pages=%lu result=%d", psc_show_state(__entry->shared), __entry->pages,
		  __entry->result)
);

/* One VMGEXIT for the entries from @from on; the host says that those before @next are done. */
TRACE_EVENT(snp_psc_vmgexit,
	TP_PROTO(const struct psc_batch *batch, unsigned int from, unsigned int next,
		 const struct psc_answer *answer, u64 ns),
	TP_ARGS(batch, from, next, answer, ns),
	TP_STRUCT__entry(
		__field(u64, ns)
		__field(u64, info_1)
		__field(u64, info_2)
		__field(unsigned int, entries)
		__field(unsigned int, runs)
		__field(unsigned int, done)
		__field(bool, shared)
	),
	TP_fast_assign(
		__entry->ns = ns;
		__entry->info_1 = answer->info_1;
		__entry->info_2 = answer->info_2;
		__entry->entries = batch->n - from;
		__entry->runs = psc_runs(batch, from);
		__entry->done = next - from;
		__entry->shared = batch->op == PSC_OP_SHARED;
	),
	TP_printk("to=%s entries=%u runs=%u done=%u ns=%llu info_1=%#llx info_2=%#llx",
		  psc_show_state(__entry->shared), __entry->entries, __entry->runs,
		  __entry->done, __entry->ns, __entry->info_1, __entry->info_2)
);

/* One page by the MSR protocol, in @exits VMGEXITs; @ns is the longest of them. */
TRACE_EVENT(snp_psc_vmgexit_msr,
	TP_PROTO(u64 request, u64 answer, unsigned int exits, u64 ns),
	TP_ARGS(request, answer, exits, ns),
	TP_STRUCT__entry(
		__field(u64, request)
		__field(u64, answer)
		__field(u64, ns)
		__field(unsigned int, exits)
	),
	TP_fast_assign(
		__entry->request = request;
		__entry->answer = answer;
		__entry->ns = ns;
		__entry->exits = exits;
	),
	TP_printk("request=%#llx answer=%#llx exits=%u ns=%llu", __entry->request,
		  __entry->answer, __entry->exits, __entry->ns)
);

/* A PVALIDATE that did not do what it should have; @result as in enum psc_pvalidate. */
TRACE_EVENT(snp_psc_pvalidate,
	TP_PROTO(unsigned long pfn, unsigned long pages, bool validate, int result),
	TP_ARGS(pfn, pages, validate, result),
	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned long, pages)
		__field(int, result)
		__field(bool, validate)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->pages = pages;
		__entry->result = result;
		__entry->validate = validate;
	),
	TP_printk("pfn=%#lx pages=%lu validate=%d result=%d", __entry->pfn, __entry->pages,
		  __entry->validate, __entry->result)
);

/* A conversion goes back, the first @units of which have been tried. */
TRACE_EVENT(snp_psc_undo,
	TP_PROTO(bool shared, unsigned long units),
	TP_ARGS(shared, units),
	TP_STRUCT__entry(
		__field(unsigned long, units)
		__field(bool, shared)
	),
	TP_fast_assign(
		__entry->units = units;
		__entry->shared = shared;
	),
	TP_printk("to=%s units=%lu", psc_show_state(__entry->shared), __entry->units)
);

/* Pages that are lost for good. */
TRACE_EVENT(snp_psc_poison,
	TP_PROTO(unsigned long pfn, unsigned long pages),
	TP_ARGS(pfn, pages),
	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned long, pages)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->pages = pages;
	),
	TP_printk("pfn=%#lx pages=%lu", __entry->pfn, __entry->pages)
);

#endif /* SNP_PSC_TRACE_H */

#include <trace/define_trace.h>
