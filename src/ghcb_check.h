/* SPDX-License-Identifier: GPL-2.0 */
/* What has to be true of a GHCB before it is borrowed. */
#ifndef SNP_PSC_GHCB_CHECK_H
#define SNP_PSC_GHCB_CHECK_H

#include <linux/types.h>

/**
 * struct psc_ghcb_report - what is known of one CPU's GHCB
 * @msr:	the GHCB MSR as it was read
 * @gpa:	the kernel's GHCB, as it was first seen there, 0 if it was not
 * @claimed:	the kernel's flag says that the GHCB is in use
 * @backup:	the kernel's flag says that its backup is in use
 * @version:	the protocol version it was last used with, 0 if never
 * @registered:	the host has confirmed that it knows this GHCB
 * @preferred:	where the host wants a GHCB to be, %PSC_MSR_DATA if it does not mind,
 *		0 if it has not said
 * @features:	what the hypervisor can do, 0 if it has not said
 * @why_not:	why the GHCB can't be borrowed, NULL if it can
 */
struct psc_ghcb_report {
	u64 msr;
	u64 gpa;
	u8 claimed;
	u8 backup;
	u16 version;
	bool registered;
	u64 preferred;
	u64 features;
	const char *why_not;
};

/**
 * enum psc_layout - does the kernel do with what is behind the GHCB what we think?
 * @PSC_LAYOUT_UNKNOWN:	no CPU's GHCB could be tried
 * @PSC_LAYOUT_PROVEN:	yes, seen
 * @PSC_LAYOUT_UNSEEN:	nobody touched the GHCB, no exception was raised
 * @PSC_LAYOUT_OTHER:	no, it was used without the backup that we know
 */
enum psc_layout {
	PSC_LAYOUT_UNKNOWN,
	PSC_LAYOUT_PROVEN,
	PSC_LAYOUT_UNSEEN,
	PSC_LAYOUT_OTHER,
};

int psc_ghcb_check_start(void);
void psc_ghcb_check_stop(void);
int psc_ghcb_report(int cpu, struct psc_ghcb_report *report);
int psc_ghcb_recheck(int cpu);
const char *psc_ghcb_prove(enum psc_layout *layout);
void psc_ghcb_prepare(void);
u64 psc_ghcb_gpa(void);
bool psc_ghcb_usable(void);

#endif /* SNP_PSC_GHCB_CHECK_H */
