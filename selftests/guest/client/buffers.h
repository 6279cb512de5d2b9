/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers of a driver: allocated, shared, freed, many of them. */
#ifndef BUFFERS_H
#define BUFFERS_H

struct price;

int buffers_run(const char *way, unsigned long n, unsigned long most, struct price *p);

#endif /* BUFFERS_H */
