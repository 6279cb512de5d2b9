// SPDX-License-Identifier: GPL-2.0
/* The module of the suites that need page tables, and a C-bit, but no CPU that knows it. */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of snp_psc, on the page tables of any kernel");
MODULE_LICENSE("GPL");
