/* SPDX-License-Identifier: GPL-2.0 */
/* Calls that snp_psc has to refuse, each of its own kind. */
#ifndef TRIES_H
#define TRIES_H

#include <linux/compiler.h>

int try(const char *name, const void __user *here);

#endif /* TRIES_H */
