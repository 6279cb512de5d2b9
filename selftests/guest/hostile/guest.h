/* SPDX-License-Identifier: GPL-2.0 */
/* The whole guest: all that it maps against all that the host holds, and who gets lost pages. */
#ifndef HOSTILE_GUEST_H
#define HOSTILE_GUEST_H

#include <linux/mm_types.h>
#include <linux/types.h>

int guest_init(void);
void guest_exit(void);
void guest_lose(struct page *page);
bool guest_has_lost(struct page *page);
bool guest_agrees(void);
bool guest_aliases_agree(void);
unsigned long guest_balloon(unsigned long *reused);

#endif /* HOSTILE_GUEST_H */
