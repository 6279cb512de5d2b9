/* SPDX-License-Identifier: GPL-2.0 */
/* Knobs and pictures, /sys/kernel/debug/snp_psc/. See Documentation/debugfs.rst. */
#ifndef SNP_PSC_DEBUGFS_H
#define SNP_PSC_DEBUGFS_H

void psc_debugfs_init(void);
void psc_debugfs_exit(void);

#endif /* SNP_PSC_DEBUGFS_H */
