// SPDX-License-Identifier: GPL-2.0
/*
 * Failures on demand: attributes of the kernel's own fault injection, a directory
 * fault_* of debugfs for each. What allocates is failslab's and fail_page_alloc's.
 */
#include <linux/errno.h>
#include <linux/fault-inject.h>

#include "abi.h"
#include "fault.h"

static struct {
	const char *name;
	int result;		/* what the failure looks like to the caller */
	struct fault_attr attr;
} faults[NR_PSC_FAULTS] = {
	[PSC_FAULT_PSC]		= { "fault_psc", -EIO, FAULT_ATTR_INITIALIZER },
	[PSC_FAULT_PVALIDATE]	= { "fault_pvalidate", PSC_PVALIDATE_FAIL_INPUT,
				    FAULT_ATTR_INITIALIZER },
	[PSC_FAULT_SPLIT]	= { "fault_split", -ENOMEM, FAULT_ATTR_INITIALIZER },
	[PSC_FAULT_SET_MEMORY]	= { "fault_set_memory", -EIO, FAULT_ATTR_INITIALIZER },
	[PSC_FAULT_BUSY]	= { "fault_set_memory_busy", -EBUSY, FAULT_ATTR_INITIALIZER },
};

/**
 * psc_fault() - is this to fail now?
 * @what:	what is about to be done
 *
 * Context: Any, but not while a GHCB is borrowed: it may print.
 * Return: 0: go on; else the failure, and it is not to be done
 */
int psc_fault(enum psc_fault what)
{
	return should_fail(&faults[what].attr, 1) ? faults[what].result : 0;
}

/**
 * psc_fault_init() - make the directories
 * @dir:	where; who removes it removes them
 */
void psc_fault_init(struct dentry *dir)
{
	int i;

	for (i = 0; i < NR_PSC_FAULTS; i++)
		fault_create_debugfs_attr(faults[i].name, dir, &faults[i].attr);
}
