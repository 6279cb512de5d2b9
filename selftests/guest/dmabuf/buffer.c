// SPDX-License-Identifier: GPL-2.0
/* A buffer of the heap: as a process has it, as a driver does, and as the host sees it. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/dma-heap.h>

#include "dmabuf.h"

unsigned long parse(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 0);

	if (!*s || *end)
		errx(EXIT_USAGE, "%s is no number", s);
	return n;
}

/* ---- the heap ---- */

int open_node(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* The descriptor, or -1 and errno. */
int allocate(int node, u64 len)
{
	struct dma_heap_allocation_data data = { .len = len, .fd_flags = O_RDWR | O_CLOEXEC };

	return ioctl(node, DMA_HEAP_IOCTL_ALLOC, &data) ? -1 : (int)data.fd;
}

void map_buffer(struct buffer *b)
{
	b->page = mmap(NULL, b->n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
	if (b->page == MAP_FAILED)
		err(1, "mmap");
}

struct buffer make_buffer(size_t n)
{
	struct buffer b = { .n = n };
	int node = open_node(NODE);

	b.fd = allocate(node, n * PAGE);
	if (b.fd < 0)
		err(1, "%zu pages", n);
	close(node);
	map_buffer(&b);
	return b;
}

/* ---- the importer's module ---- */

#define IMPORTER	"/sys/kernel/debug/snp_psc_importer"

void import_buffer(const struct buffer *b, const char *command, unsigned int seed)
{
	int fd = open(IMPORTER, O_WRONLY);
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %d %u", command, b->fd, seed);

	if (fd < 0 || write(fd, line, len) != len)
		err(1, "%s", command);
	close(fd);
}

/* As a device sees them: nothing tells a process where what it has mapped is. */
void find_pfns(struct buffer *b)
{
	FILE *f;

	import_buffer(b, "map", 0);
	f = fopen(IMPORTER, "r");
	b->pfn = calloc(b->n, sizeof(*b->pfn));
	for (size_t i = 0; i < b->n; i++)
		if (fscanf(f, "%u", &b->pfn[i]) != 1)
			errx(1, "page %zu: there is none", i);
	fclose(f);
}

void drop_buffer(struct buffer *b)
{
	munmap(b->page, b->n * PAGE);
	close(b->fd);
}

/* ---- what is in it ---- */

void expect_zero(const struct buffer *b)
{
	for (size_t i = 0; i < b->n; i++)
		for (int w = 0; w < WORDS; w++)
			if (b->page[i][w])
				errx(1, "page %zu word %d is %#llx, not 0", i, w, b->page[i][w]);
}

void fill(struct buffer *b, size_t first, size_t step, unsigned int seed)
{
	for (size_t i = first; i < b->n; i += step)
		for (int w = 0; w < WORDS; w++)
			b->page[i][w] = PAGE_PATTERN(seed, w);
}

void expect(const struct buffer *b, size_t first, size_t step, unsigned int seed)
{
	for (size_t i = first; i < b->n; i += step)
		for (int w = 0; w < WORDS; w++)
			if (b->page[i][w] != PAGE_PATTERN(seed, w))
				errx(1, "page %zu word %d is not what was written", i, w);
}

/* ---- the host ---- */

u64 port_read(unsigned int selector)
{
	unsigned int low;

	outl(selector, PORT_SELECT);
	low = inl(PORT_VALUE);
	return (u64)inl(PORT_VALUE_HI) << 32 | low;
}

void port_write(unsigned int selector, unsigned int value)
{
	outl(selector, PORT_SELECT);
	outl(value, PORT_VALUE);
}

void open_host(void)
{
	if (ioperm(PORT_SELECT, PORT_VALUE_HI + 4 - PORT_SELECT, 1))
		err(1, "ioperm");
}

static unsigned int host_matches(unsigned int pfn, unsigned int seed)
{
	port_write(SEL_GFN, pfn);
	port_write(SEL_MATCH, seed);
	return port_read(SEL_MATCH);
}

void host_expects(const struct buffer *b, size_t first, size_t step, unsigned int seed)
{
	for (size_t i = first; i < b->n; i += step)
		if (host_matches(b->pfn[i], seed) != WORDS)
			errx(1, "page %zu: the host sees something else", i);
}

void host_fills(const struct buffer *b, unsigned int seed)
{
	for (size_t i = 0; i < b->n; i++) {
		port_write(SEL_GFN, b->pfn[i]);
		port_write(SEL_FILL, seed);
		if (!port_read(SEL_FILL))
			errx(1, "page %zu: the host can't write it", i);
	}
}

void host_has_lost(const struct buffer *b, unsigned int seed)
{
	const unsigned int want = PAGE_ASSIGNED | PAGE_VALIDATED | PAGE_PRIVATE;
	unsigned int state;

	for (size_t i = 0; i < b->n; i++) {
		if (host_matches(b->pfn[i], seed))
			errx(1, "page %zu: the host still sees it", i);
		state = port_read(SEL_STATE);
		if ((state & want) != want)
			errx(1, "page %zu: its state is %#x", i, state);
	}
}
