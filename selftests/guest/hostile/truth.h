/* SPDX-License-Identifier: GPL-2.0 */
/* What is true of the pages of a run, and what should be. */
#ifndef HOSTILE_TRUTH_H
#define HOSTILE_TRUTH_H

#include "arena.h"

struct seq_buf;

pteval_t truth_flags(struct page *page);
void truth_fill(struct arena *a);
void truth_look(struct arena *a, int err, unsigned int struck, struct seq_buf *problems);

#endif /* HOSTILE_TRUTH_H */
