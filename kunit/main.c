// SPDX-License-Identifier: GPL-2.0
/* The module of the pure suites: they touch no hardware and run anywhere. */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of snp_psc");
MODULE_LICENSE("GPL");
