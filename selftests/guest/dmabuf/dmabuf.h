/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of dmabuf share. */
#ifndef DMABUF_H
#define DMABUF_H

#include <stddef.h>

#include "../../machine/ports.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NODE		"/dev/dma_heap/snp_psc_shared"

enum { PAGE = 4096, WORDS = PAGE / 8, EXIT_USAGE = 2 };

typedef unsigned long long u64;

/* A buffer of @n pages, as this process has it. */
struct buffer {
	int fd;
	size_t n;
	u64 (*page)[WORDS];
	unsigned int *pfn;
};

/* buffer.c; who finds something to be wrong says so, and ends the process */
unsigned long parse(const char *s);
int open_node(const char *path);
int allocate(int node, u64 len);
void map_buffer(struct buffer *b);
struct buffer make_buffer(size_t n);
void import_buffer(const struct buffer *b, const char *command, unsigned int seed);
void find_pfns(struct buffer *b);
void drop_buffer(struct buffer *b);
void expect_zero(const struct buffer *b);
void fill(struct buffer *b, size_t first, size_t step, unsigned int seed);
void expect(const struct buffer *b, size_t first, size_t step, unsigned int seed);
u64 port_read(unsigned int selector);
void port_write(unsigned int selector, unsigned int value);
void open_host(void);
void host_expects(const struct buffer *b, size_t first, size_t step, unsigned int seed);
void host_fills(const struct buffer *b, unsigned int seed);
void host_has_lost(const struct buffer *b, unsigned int seed);

/* The commands, each in the file of its kind: arguments are those behind its name. */
int cmd_exchange(char **args);
int cmd_share(char **args);
int cmd_uses(char **args);
int cmd_errnos(char **args);
int cmd_huge(char **args);
int cmd_foreign(char **args);
int cmd_held(char **args);
int cmd_modes(char **args);
int cmd_try(char **args);
int cmd_hold(char **args);
int cmd_fragmented(char **args);
int cmd_cycles(char **args);
int cmd_camera(char **args);

#endif /* DMABUF_H */
