/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host of an SEV-SNP guest, as a model: the RMP and that part of a
 * hypervisor which a guest can see.
 *
 * Plain C: no libc, no kernel headers, no allocation, and no idea that it runs
 * inside a hypervisor. It is given a page of guest memory and a state, and it
 * answers. The SNP machine, the fake host of the KUnit suites, the unit tests
 * and the fuzzers all use these same files, so there is one set of rules.
 *
 * The rules are KVM's (arch/x86/kvm/svm/sev.c), the GHCB specification's
 * (AMD 56421) and, for the RMP, the AMD64 APM's, volume 2 section 15.36.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "types.h"

#define HOST_PAGE_SIZE	4096ULL
#define HOST_PAGE_SHIFT	12
#define HOST_MAX_VCPUS	8

/*
 * What is known of one 4K page: its RMP entry and, apart from it, what the
 * host wants the page to be. On KVM the latter is the memory attribute: PSC
 * changes only that, and the RMP follows at the first touch.
 */
struct rmp_entry {
	u8 assigned : 1;	/* the guest owns it */
	u8 validated : 1;	/* by PVALIDATE */
	u8 vmsa : 1;		/* by RMPADJUST */
	u8 huge : 1;		/* part of a 2M entry */
	u8 private : 1;		/* the host's memory attribute */
	u8 lied : 1;		/* the guest was told otherwise: no rule of ours is broken here */
};

/* Where two versions of KVM differ in what a guest can see. */
struct host_flavour {
	const char *name;
	bool unregistered_stops;	/* GHCB not registered: 6.12 stops, 7.2 answers 2/1 */
	bool psc_snapshots_header;	/* 7.2 reads the PSC header once, 6.12 for every run */
	bool vmsa_features_exact;	/* AP_CREATION: 6.12 looks at the injection bits only */
	u8 unaligned_request;		/* GUEST_REQUEST, unaligned: 2/4 on 6.12, 2/5 on 7.2 */
};

/* Ends with a NULL name; the first one is the default. */
extern const struct host_flavour host_flavours[];

/* Something that no correct guest does. */
struct host_violation {
	const char *rule;	/* the rule that was broken, in a few words */
	const char *expected;
	const char *found;
	u64 gpa;
};

/* What the model needs from whoever runs it. */
struct host_ops {
	/* The host's own mapping of a shared page, or NULL; it outlives a conversion. */
	void *(*shared_page)(void *ctx, u64 gpa);
	/* Pages [gfn, gfn + n) changed hands: content is lost, translations are stale. */
	void (*changed)(void *ctx, u64 gfn, u64 n, bool private);
	/* The guest broke a rule. May return: the model then does what hardware or KVM would. */
	void (*violation)(void *ctx, const struct host_violation *v);
};

enum host_counter {
	HOST_VMGEXIT,			/* all of them */
	HOST_VMGEXIT_MSR,		/* by the MSR protocol */
	HOST_VMGEXIT_PSC,		/* NAE page state change */
	HOST_VMGEXIT_MSR_PSC,		/* page state change by the MSR protocol */
	HOST_VMGEXIT_NMI_COMPLETE,
	HOST_VMGEXIT_OTHER,
	HOST_PSC_ENTRIES,		/* entries completed, both ways */
	HOST_PSC_RUNS,			/* maximal runs: exits to user space on KVM */
	HOST_PSC_PAGES_SHARED,		/* 4K pages that became shared */
	HOST_PSC_PAGES_PRIVATE,		/* 4K pages that became private */
	HOST_PVALIDATE_4K,
	HOST_PVALIDATE_2M,
	HOST_PVALIDATE_NO_CHANGE,	/* CF=1 */
	HOST_PVALIDATE_SIZEMISMATCH,
	HOST_RMPADJUST,
	HOST_RMPUPDATE,			/* pages assigned at their first touch */
	HOST_NR_COUNTERS,
};

struct host_vcpu {
	u64 ghcb_msr;		/* MSR 0xC0010130, guest and host write it; at reset SEV_INFO */
	u64 registered_gpa;	/* ~0: none */
	bool nmi_masked;	/* from an NMI's injection to NMI_COMPLETE */
	u64 counters[HOST_NR_COUNTERS];
	/* The registers that a GHCB carried in or carries out, see host_complete(). */
	struct host_regs {
		u64 rax, rbx, rcx, rdx, rsi, xcr0;
		u8 cpl;
	} regs;
};

struct fault;

/* A host that misbehaves: which plan of fault.c, and when. */
struct host_fault {
	const char *plan;	/* NULL: none */
	u32 skip;		/* let so many occasions pass, */
	u32 times;		/* then strike so many times, */
	bool forever;		/* or from then on */
	bool has_argument;
	u64 argument;		/* the plan's own, instead of its default */
	u32 struck;		/* how often it has struck, or the one before if none is armed */
	const struct fault *pending;	/* strikes at the guest's second read */
	u32 header, bytes_read;		/* of the header at that offset into the GHCB */
};

struct host {
	const struct host_flavour *flavour;
	const struct host_ops *ops;
	void *ctx;
	struct rmp_entry *rmp;	/* nr_pages of them */
	u64 nr_pages;
	bool strict;		/* report what hardware tolerates but no correct guest does */
	bool implicit;		/* a touch that doesn't match converts, as QEMU has it */
	bool rmp_2m;		/* assign by 2M where a whole block is private and unassigned */
	u32 nr_vcpus;		/* APIC IDs below it exist; HOST_MAX_VCPUS unless set */
	u8 c_bit;		/* as SEV_INFO tells it; 51 unless set */
	u64 ap_jump_table;	/* what the guest stored with NAE AP_JUMP_TABLE */
	u64 flash, flash_bytes;	/* MMIO that only firmware asks for, by whatever GHCB it finds */
	struct host_fault fault, then;	/* the armed plan, and the one after it */
};

/* Access: what hardware says, and if it faults to the host, what the host does. */
enum host_access_kind { HOST_READ, HOST_WRITE, HOST_FETCH, HOST_WALK };

enum host_access {
	HOST_ACCESS_OK,
	HOST_ACCESS_NOT_VALIDATED,	/* #VC 0x404: C=1 and the page is not validated */
	HOST_ACCESS_CIPHERTEXT,		/* C=0 read of a private page: no check, no plaintext */
	HOST_ACCESS_REFUSED,		/* a nested page fault that the host does not resolve */
};

/*
 * One access by the guest. A fetch or a page walk is private whatever its
 * C-bit. May assign the page (RMPUPDATE at the first private touch) or, with
 * @implicit, convert it.
 */
enum host_access host_access(struct host *h, struct host_vcpu *v, u64 gpa,
			     enum host_access_kind kind, bool c_bit);

/* PVALIDATE and RMPADJUST, after the guest's own page tables allowed the access. */
enum host_insn {
	HOST_INSN_DONE,			/* eax and, for PVALIDATE, cf are the result */
	HOST_INSN_PF_RSVD,		/* #PF with P and RSVD: mapped with C=0 */
	HOST_INSN_REFUSED,		/* a nested page fault that the host does not resolve */
	HOST_INSN_NOT_VALIDATED,	/* #VC 0x404: RMPADJUST of a page that is not validated */
};

/* EAX of both instructions. */
enum {
	RMP_SUCCESS = 0,
	RMP_FAIL_INPUT = 1,
	RMP_FAIL_PERMISSION = 2,	/* RMPADJUST alone */
	RMP_FAIL_SIZEMISMATCH = 6,
};

enum host_insn host_pvalidate(struct host *h, struct host_vcpu *v, u64 gpa, bool c_bit,
			      u64 rcx, u64 rdx, u32 *eax, bool *cf);
enum host_insn host_rmpadjust(struct host *h, struct host_vcpu *v, u64 gpa, bool c_bit,
			      u64 rcx, u64 rdx, u32 *eax);

/* VMGEXIT: what whoever runs the guest has to do next. */
enum host_action {
	HOST_RESUME,		/* answered: run the guest on */
	HOST_EMULATE,		/* a CPU's or a device's: emulate exit_code, host_complete() */
	HOST_AP_CREATE,		/* start vCPU apic_id from the VMSA at gpa, host_complete(); */
				/* with a request of 0 in info_1[31:0] at its INIT only */
	HOST_AP_HALT,		/* wait until somebody creates this vCPU anew */
	HOST_STOP,		/* the host does not run this guest any more, why says it */
	HOST_AP_DESTROY,	/* stop vCPU apic_id until created anew, host_complete() */
};

struct host_exit {
	enum host_action action;
	const char *why;
	bool guest_request;	/* HOST_STOP because the guest asked for it (TERM) */
	u64 exit_code, info_1, info_2;
	u32 apic_id;
	u64 gpa;
	void *scratch;		/* MMIO and string I/O: the data in the GHCB, ... */
	u64 scratch_len;	/* ... and how much of it there is from there on */
};

/* All pages shared, the first flavour, strict. Then set what is to be otherwise, and ops. */
void host_init(struct host *h, struct rmp_entry *rmp, u64 nr_pages);
void host_vcpu_init(struct host_vcpu *v);

/* Private, assigned and validated: what the firmware's launch leaves. */
void host_launch(struct host *h, u64 gfn, u64 n);

void host_vmgexit(struct host *h, struct host_vcpu *v, struct host_exit *out);

/* After an emulation: v->regs go to the GHCB with their valid bits, or to the MSR. */
void host_complete(struct host *h, struct host_vcpu *v);

/* Before that, if the result isn't plain success: sw_exit_info_1 and _2. */
void host_answer(struct host *h, struct host_vcpu *v, u64 info_1, u64 info_2);

/*
 * Arms a fault plan: NAME[:ARGUMENT][@SKIP][xTIMES], numbers in decimal; x0 is
 * for ever, without it once. PLAN+PLAN: the second when the first has struck for
 * the last time. "" or NULL disarms. False: no such plan.
 */
bool host_fault_arm(struct host *h, const char *plan);

/* The i-th plan's name, NULL after the last one. */
const char *host_fault_name(u32 i);

/*
 * A plan may change the GHCB between two reads of the guest's. While this is
 * true, trap its reads of that page and announce each, before it happens.
 */
bool host_fault_watches(const struct host *h);
void host_fault_read(struct host *h, struct host_vcpu *v, u32 offset, u32 len);

#endif /* HOST_HOST_H */
