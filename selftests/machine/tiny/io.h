/* SPDX-License-Identifier: GPL-2.0 */
/* Ports, for guests that have nothing else. */
#ifndef TINY_IO_H
#define TINY_IO_H

#include "../../host/types.h"

static inline void outl(u16 port, u32 value)
{
	asm volatile("outl %0, %1" : : "a" (value), "Nd" (port));
}

static inline u32 inl(u16 port)
{
	u32 value;

	asm volatile("inl %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

#endif /* TINY_IO_H */
