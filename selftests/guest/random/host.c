// SPDX-License-Identifier: GPL-2.0
/*
 * What the SNP machine knows of a page. Its ports know one selector and one page at
 * a time, for all CPUs together, hence the lock.
 */
#include <linux/mutex.h>

#include "../../machine/ports.h"
#include "host.h"

static DEFINE_MUTEX(ports);

/** host_is_machine() - is there anybody behind the ports? */
bool host_is_machine(void)
{
	bool is;

	mutex_lock(&ports);
	is = machine_read(SEL_MAGIC) == MACHINE_MAGIC;
	mutex_unlock(&ports);
	return is;
}

/**
 * host_state() - what the RMP says of a page
 * @pfn:	the page
 *
 * Return: PAGE_* of ports.h
 */
u32 host_state(unsigned long pfn)
{
	u32 state;

	mutex_lock(&ports);
	machine_write(SEL_GFN, pfn);
	state = machine_read(SEL_STATE);
	mutex_unlock(&ports);
	return state;
}

/**
 * host_words() - how much of what the guest wrote can the host read?
 * @pfn:	the page
 * @pattern:	what the guest wrote into it
 *
 * Return: the number of words
 */
u32 host_words(unsigned long pfn, u32 pattern)
{
	u32 words;

	mutex_lock(&ports);
	machine_write(SEL_GFN, pfn);
	machine_write(SEL_MATCH, pattern);
	words = machine_read(SEL_MATCH);
	mutex_unlock(&ports);
	return words;
}
