/* SPDX-License-Identifier: GPL-2.0 */
/* Pieces of snp_psc's heap: allocate, free, look at them, all at once. */
#ifndef HEAP_H
#define HEAP_H

#include <linux/compiler.h>

struct seq_file;

extern unsigned long heap_pieces;

int heap_run(char **args, const void __user *here);
int heap_free_wrong(char **args, const void __user *here);
int heap_stress(char **args, const void __user *here);
void heap_show(struct seq_file *m);

#endif /* HEAP_H */
