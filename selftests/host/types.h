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
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#endif

#endif /* HOST_TYPES_H */
