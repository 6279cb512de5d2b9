/* SPDX-License-Identifier: GPL-2.0 */
/* What the page tables of the whole guest say is shared, and where our books disagree. */
#ifndef SNP_PSC_RANGES_H
#define SNP_PSC_RANGES_H

struct seq_file;

void psc_ranges_show(struct seq_file *m);
void psc_ranges_show_totals(struct seq_file *m);
void psc_ranges_audit(struct seq_file *m);

#endif /* SNP_PSC_RANGES_H */
