// SPDX-License-Identifier: GPL-2.0
/*
 * NAE events, requests through the GHCB page: KVM's sev_handle_vmgexit(), its
 * checks in its order. What is about a CPU or a device is passed on.
 */
#include "fault.h"
#include "model.h"

/* What a guest can mark as valid, of what KVM looks at. */
enum field { CPL, RAX, RBX, RCX, RDX, RSI, XCR0, CODE, INFO_1, INFO_2, SCRATCH, NR_FIELDS };

static const u16 field_offset[NR_FIELDS] = {
	[CPL] = GHCB_CPL, [RAX] = GHCB_RAX, [RBX] = GHCB_RBX, [RCX] = GHCB_RCX,
	[RDX] = GHCB_RDX, [RSI] = GHCB_RSI, [XCR0] = GHCB_XCR0,
	[CODE] = GHCB_SW_EXIT_CODE, [INFO_1] = GHCB_SW_EXIT_INFO_1,
	[INFO_2] = GHCB_SW_EXIT_INFO_2, [SCRATCH] = GHCB_SW_SCRATCH,
};

#define BIT_OF(field)	(1U << (field))

struct nae {
	struct host *h;
	struct host_vcpu *v;
	struct host_exit *out;
	void *ghcb;		/* the page, shared with the guest */
	u64 gpa;
	u32 valid;		/* BIT_OF(field) */
	u64 scratch;
	enum host_counter kind;	/* what it counts as */
};

struct nae_event {
	u64 code;
	u32 needs;				/* BIT_OF(field), apart from exit code and infos */
	u32 (*also_needs)(struct nae *nae);	/* what depends on the values of others */
	void (*handle)(struct nae *nae);	/* NULL: to be emulated */
};

static void answer(struct nae *nae, u64 info_1, u64 info_2)
{
	host_answer(nae->h, nae->v, info_1, info_2);
}

static void refuse(struct nae *nae, enum ghcb_reason reason)
{
	answer(nae, GHCB_MALFORMED, reason);
}

static void stop(struct nae *nae, const char *why)
{
	nae->out->action = HOST_STOP;
	nae->out->why = why;
}

/*
 * setup_vmgexit_scratch(): with GHCB version 2 the scratch area is in the
 * GHCB's shared buffer, with all of the @min_len bytes that are wanted.
 */
static bool find_scratch(struct nae *nae, u64 min_len)
{
	u64 start = nae->gpa + GHCB_SHARED_BUFFER, end = nae->gpa + GHCB_SHARED_BUFFER_END;

	if (nae->scratch < start || nae->scratch > end || end - nae->scratch < min_len) {
		refuse(nae, GHCB_INVALID_SCRATCH_AREA);
		return false;
	}
	nae->out->scratch = (u8 *)nae->ghcb + (nae->scratch - nae->gpa);
	nae->out->scratch_len = end - nae->scratch;
	return true;
}

static void emulate(struct nae *nae)
{
	nae->out->action = HOST_EMULATE;
}

static u32 cpuid_needs(struct nae *nae)
{
	return nae->v->regs.rax == 0xd ? BIT_OF(XCR0) : 0;
}

static u32 ioio_needs(struct nae *nae)
{
	if (nae->out->info_1 & IOIO_STRING)
		return BIT_OF(SCRATCH);
	return nae->out->info_1 & IOIO_IN ? 0 : BIT_OF(RAX);
}

/* sev_es_string_io() for the string forms: info_2 is the count. */
static void ioio(struct nae *nae)
{
	u64 size = (nae->out->info_1 & IOIO_SIZE) >> IOIO_SIZE_SHIFT, count = nae->out->info_2;

	if (!size)
		return;
	if (nae->out->info_1 & IOIO_STRING) {
		if (count * size > 0x7fffffff || count > 0x7fffffff)
			return stop(nae, "string I/O of more than 2 GiB");
		if (!count || !find_scratch(nae, count * size))
			return;
	}
	emulate(nae);
}

static u32 msr_needs(struct nae *nae)
{
	return nae->out->info_1 ? BIT_OF(RAX) | BIT_OF(RDX) : 0;
}

static void mmio(struct nae *nae)
{
	if (!nae->out->info_2)
		return;
	if (nae->out->info_2 > 8)
		return refuse(nae, GHCB_INVALID_INPUT);
	if (find_scratch(nae, nae->out->info_2))
		emulate(nae);
}

static void nmi_complete(struct nae *nae)
{
	nae->kind = HOST_VMGEXIT_NMI_COMPLETE;
	nae->v->nmi_masked = false;
}

static void ap_hlt_loop(struct nae *nae)
{
	nae->out->action = HOST_AP_HALT;
}

static void ap_jump_table(struct nae *nae)
{
	if (nae->out->info_1 == 0)
		nae->h->ap_jump_table = nae->out->info_2;
	else if (nae->out->info_1 == 1)
		answer(nae, GHCB_NO_ACTION, nae->h->ap_jump_table);
	else
		refuse(nae, GHCB_INVALID_INPUT);
}

/* The flavours differ most here: 6.12 leaves KVM_RUN with -EINVAL. */
static void not_registered(struct nae *nae)
{
	if (nae->h->flavour->unregistered_stops)
		stop(nae, "VMGEXIT with a GHCB that is not registered");
	else
		refuse(nae, GHCB_NOT_REGISTERED);
}

static void page_state_change(struct nae *nae)
{
	const struct psc_limits none = { .entries = ~0U, .runs = ~0U };
	u64 info[2] = { GHCB_NO_ACTION };
	const struct fault *fault;
	void *buffer;
	u64 len;

	nae->kind = HOST_VMGEXIT_PSC;
	if (nae->out->info_1 || nae->out->info_2)
		host_violate(nae->h, RULE_PSC_EXIT_INFO, nae->gpa);
	if (!find_scratch(nae, PSC_ENTRIES))
		return;
	buffer = nae->out->scratch;
	len = nae->out->scratch_len;

	nae->h->fault.pending = NULL;
	fault = host_fault_strikes(nae->h, ON_PSC, 0);
	if (fault && fault->forget_ghcb) {
		nae->v->registered_gpa = ~0ULL;
		return not_registered(nae);
	}
	if (fault)
		host_fault_psc(nae->h, nae->v, fault, buffer, len, info);
	else
		info[1] = host_psc(nae->h, nae->v, buffer, len, &none);
	answer(nae, info[0], info[1]);
}

/* Attestation is the machine's, if it has any. */
static void guest_request(struct nae *nae)
{
	u64 request = nae->out->info_1, response = nae->out->info_2;

	if ((request | response) & (HOST_PAGE_SIZE - 1) || request == response)
		return refuse(nae, nae->h->flavour->unaligned_request);
	emulate(nae);
}

static u32 ap_creation_needs(struct nae *nae)
{
	return (u32)nae->out->info_1 == AP_DESTROY ? 0 : BIT_OF(RAX);
}

/*
 * sev_snp_ap_creation(). A VMSA on a 2M boundary is refused for an erratum. A
 * page that is no VMSA in the RMP makes VMRUN fail, which stops the VM.
 */
static void ap_create(struct nae *nae)
{
	u64 vmsa = nae->out->info_2, features = nae->v->regs.rax ^ VMSA_FEATURES;
	const struct rmp_entry *page = host_rmp(nae->h, vmsa >> HOST_PAGE_SHIFT);

	if (nae->h->flavour->vmsa_features_exact ? features : features & VMSA_INJECTION)
		return refuse(nae, GHCB_INVALID_INPUT);
	if (vmsa & (HOST_PAGE_SIZE - 1) || !(vmsa & (PAGES_PER_2M * HOST_PAGE_SIZE - 1)))
		return refuse(nae, GHCB_INVALID_INPUT);
	if (!page || !page->vmsa) {
		host_violate(nae->h, RULE_NO_VMSA, vmsa);
		return stop(nae, "VMRUN of a page that is no VMSA");
	}
	nae->out->action = HOST_AP_CREATE;
	nae->out->gpa = vmsa;
}

static void ap_creation(struct nae *nae)
{
	u32 request = nae->out->info_1;

	nae->out->apic_id = nae->out->info_1 >> 32;
	if (nae->out->apic_id >= nae->h->nr_vcpus || request > AP_DESTROY)
		refuse(nae, GHCB_INVALID_INPUT);
	else if (request == AP_DESTROY)
		nae->out->action = HOST_AP_DESTROY;
	else
		ap_create(nae);
}

static void hv_features(struct nae *nae)
{
	answer(nae, GHCB_NO_ACTION, HV_FEATURES);
}

static void terminate(struct nae *nae)
{
	nae->out->guest_request = true;
	stop(nae, "the guest asked for its termination (NAE event)");
}

static void unsupported(struct nae *nae)
{
	nae->out->guest_request = true;
	stop(nae, "the guest met a #VC that it does not support");
}

static const struct nae_event events[] = {
	{ NAE_READ_DR7 },
	{ NAE_WRITE_DR7,	BIT_OF(RAX) },
	{ NAE_RDTSC },
	{ NAE_RDPMC,		BIT_OF(RCX) },
	{ NAE_CPUID,		BIT_OF(RAX) | BIT_OF(RCX), cpuid_needs },
	{ NAE_INVD },
	{ NAE_IOIO,		0, ioio_needs, ioio },
	{ NAE_MSR,		BIT_OF(RCX), msr_needs },
	{ NAE_VMMCALL,		BIT_OF(RAX) | BIT_OF(CPL) },
	{ NAE_RDTSCP },
	{ NAE_WBINVD },
	{ NAE_MONITOR,		BIT_OF(RAX) | BIT_OF(RCX) | BIT_OF(RDX) },
	{ NAE_MWAIT,		BIT_OF(RAX) | BIT_OF(RCX) },
	{ NAE_MMIO_READ,	BIT_OF(SCRATCH), NULL, mmio },
	{ NAE_MMIO_WRITE,	BIT_OF(SCRATCH), NULL, mmio },
	{ NAE_NMI_COMPLETE,	0, NULL, nmi_complete },
	{ NAE_AP_HLT_LOOP,	0, NULL, ap_hlt_loop },
	{ NAE_AP_JUMP_TABLE,	0, NULL, ap_jump_table },
	{ NAE_PSC,		BIT_OF(SCRATCH), NULL, page_state_change },
	{ NAE_GUEST_REQUEST,	0, NULL, guest_request },
	{ NAE_EXT_GUEST_REQUEST, 0, NULL, guest_request },
	{ NAE_AP_CREATION,	0, ap_creation_needs, ap_creation },
	{ NAE_HV_FEATURES,	0, NULL, hv_features },
	{ NAE_TERM_REQUEST,	0, NULL, terminate },
	{ NAE_UNSUPPORTED,	0, NULL, unsupported },
};

static u64 if_valid(struct nae *nae, enum field field)
{
	return nae->valid & BIT_OF(field) ? SHARED(u64, nae->ghcb, field_offset[field]) : 0;
}

/* sev_es_sync_from_ghcb(): registers that are not valid read as 0, the bitmap is cleared. */
static void sync_from_ghcb(struct nae *nae)
{
	const u64 bitmap[] = {
		SHARED(u64, nae->ghcb, GHCB_VALID_BITMAP),
		SHARED(u64, nae->ghcb, GHCB_VALID_BITMAP + 8),
	};
	struct host_regs *regs = &nae->v->regs;
	u32 field;

	for (field = 0; field < NR_FIELDS; field++) {
		u32 bit = field_offset[field] / 8;

		if (bitmap[bit / 64] >> bit % 64 & 1)
			nae->valid |= BIT_OF(field);
	}
	*regs = (struct host_regs) {
		.rax = if_valid(nae, RAX), .rbx = if_valid(nae, RBX), .rcx = if_valid(nae, RCX),
		.rdx = if_valid(nae, RDX), .rsi = if_valid(nae, RSI),
		.xcr0 = nae->valid & BIT_OF(XCR0) ? if_valid(nae, XCR0) : regs->xcr0,
		.cpl = nae->valid & BIT_OF(CPL) ? SHARED(u8, nae->ghcb, GHCB_CPL) : 0,
	};
	nae->out->exit_code = SHARED(u64, nae->ghcb, GHCB_SW_EXIT_CODE);
	nae->out->info_1 = SHARED(u64, nae->ghcb, GHCB_SW_EXIT_INFO_1);
	nae->out->info_2 = SHARED(u64, nae->ghcb, GHCB_SW_EXIT_INFO_2);
	nae->scratch = if_valid(nae, SCRATCH);

	SHARED(u64, nae->ghcb, GHCB_VALID_BITMAP) = 0;
	SHARED(u64, nae->ghcb, GHCB_VALID_BITMAP + 8) = 0;
}

static const struct nae_event *find_event(u64 code)
{
	const struct nae_event *event = events;

	for (; event < events + ARRAY_SIZE(events); event++)
		if (event->code == code)
			return event;
	return NULL;
}

/* sev_es_validate_vmgexit(): the reason to refuse, 0 if there is none. */
static u32 validate(struct nae *nae, const struct nae_event *event)
{
	u32 needs = BIT_OF(CODE) | BIT_OF(INFO_1) | BIT_OF(INFO_2);

	if (SHARED(u32, nae->ghcb, GHCB_USAGE))
		return GHCB_INVALID_USAGE;
	if (event)
		needs |= event->needs | (event->also_needs ? event->also_needs(nae) : 0);
	if (~nae->valid & needs)
		return GHCB_MISSING_INPUT;
	return event ? 0 : GHCB_INVALID_EVENT;
}

/* The firmware's; a kernel that asks for MMIO has put its own GHCB into the MSR. */
static bool is_flash(const struct nae *nae)
{
	u64 code = nae->out->exit_code;

	return (code == NAE_MMIO_READ || code == NAE_MMIO_WRITE) &&
	       nae->out->info_1 - nae->h->flash < nae->h->flash_bytes;
}

static void serve(struct nae *nae)
{
	const struct nae_event *event;
	u32 reason;

	if (nae->v->registered_gpa != nae->gpa) {
		if (is_flash(nae))
			host_violate(nae->h, RULE_FLASH_GHCB, nae->gpa);
		return not_registered(nae);
	}
	event = find_event(nae->out->exit_code);
	reason = validate(nae, event);
	if (reason)
		return refuse(nae, reason);

	answer(nae, GHCB_NO_ACTION, 0);
	(event->handle ? event->handle : emulate)(nae);
}

/*
 * KVM goes right back to the guest, which finds its own request. If the page is
 * private KVM maps its own side of it, in vain, and looks at the registration.
 */
static void no_ghcb(struct nae *nae)
{
	const struct rmp_entry *page = host_rmp(nae->h, nae->gpa >> HOST_PAGE_SHIFT);

	host_violate(nae->h, RULE_NO_GHCB, nae->gpa);
	if (nae->gpa && page && page->private && nae->v->registered_gpa != nae->gpa)
		not_registered(nae);
}

void host_nae_event(struct host *h, struct host_vcpu *v, struct host_exit *out)
{
	struct nae nae = {
		.h = h, .v = v, .out = out, .gpa = v->ghcb_msr, .ghcb = host_ghcb(h, v),
		.kind = HOST_VMGEXIT_OTHER,
	};

	if (nae.ghcb) {
		sync_from_ghcb(&nae);
		serve(&nae);
		if (out->action == HOST_RESUME || out->action == HOST_AP_HALT)
			host_complete(h, v);
	} else {
		no_ghcb(&nae);
	}
	v->counters[nae.kind]++;
}
