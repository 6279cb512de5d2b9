/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Integer types by the kernel's names, wherever the host model is compiled:
 * in the machine (freestanding), in KUnit (kernel) and in unit tests (libc).
 */
#ifndef HOST_TYPES_H
#define HOST_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
#endif

#endif /* HOST_TYPES_H */
