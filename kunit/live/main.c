// SPDX-License-Identifier: GPL-2.0
/* The module of the live suites. */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of snp_psc on real page tables");
MODULE_LICENSE("GPL");
