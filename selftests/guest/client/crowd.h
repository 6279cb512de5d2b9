/* SPDX-License-Identifier: GPL-2.0 */
/* Conversions from many CPUs at once. */
#ifndef CROWD_H
#define CROWD_H

struct seq_file;

int crowd_run(const char *way, unsigned long threads, unsigned long ms, unsigned long pages);
void crowd_show(struct seq_file *m);

#endif /* CROWD_H */
