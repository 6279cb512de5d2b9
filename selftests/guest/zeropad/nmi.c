// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs of the SNP machine at random instructions. It switches vCPUs at exits, and
 * without these only at those of the conversion itself; an NMI has two of its own.
 */
#include <linux/kernel.h>
#include <linux/sched.h>

#include <asm/nmi.h>

#include "../../machine/ports.h"
#include "nmi.h"

unsigned long nmis;

static bool armed;

static int nmi(unsigned int type, struct pt_regs *regs)
{
	if (!armed)
		return NMI_DONE;
	cpu_relax();
	nmis++;
	return NMI_HANDLED;
}

/**
 * nmi_init() - get ready for NMIs
 *
 * Return: 0, or a negative errno
 */
int nmi_init(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi, 0, "zeropad");
}

/**
 * nmi_exit() - undo nmi_init(), when the last NMI is long past
 */
void nmi_exit(void)
{
	schedule_timeout_uninterruptible(HZ / 10);
	armed = false;
	unregister_nmi_handler(NMI_LOCAL, "zeropad");
}

/**
 * nmi_arm() - let an NMI strike this CPU at some instruction
 * @rnd:	where it comes from
 *
 * While leaves are hidden; behind a VMGEXIT, when the leaves are shown or
 * the first pages validated; between two PVALIDATEs.
 */
void nmi_arm(struct rnd_state *rnd)
{
	static const struct {
		enum nmi_from from;
		u32 instructions;
	} places[] = {
		{ NMI_FROM_HERE, 4096 }, { NMI_FROM_VMGEXIT, 1024 }, { NMI_FROM_PVALIDATE, 256 },
	};
	u32 place = prandom_u32_state(rnd) % ARRAY_SIZE(places);

	armed = true;
	machine_write(SEL_NMI_FROM, places[place].from);
	machine_write(SEL_NMI_AFTER, 1 + prandom_u32_state(rnd) % places[place].instructions);
}

/**
 * nmi_disarm() - take it back if it has not come
 */
void nmi_disarm(void)
{
	machine_write(SEL_NMI_AFTER, 0);
}
