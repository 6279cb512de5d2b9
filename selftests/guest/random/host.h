/* SPDX-License-Identifier: GPL-2.0 */
/* What the SNP machine knows of a page. */
#ifndef RANDOM_HOST_H
#define RANDOM_HOST_H

#include <linux/types.h>

bool host_is_machine(void);
u32 host_state(unsigned long pfn);
u32 host_words(unsigned long pfn, u32 pattern);

#endif /* RANDOM_HOST_H */
