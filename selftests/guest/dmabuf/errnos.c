// SPDX-License-Identifier: GPL-2.0
/* What the heap refuses, and how. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/dma-heap.h>

#include "dmabuf.h"

/* Requests that no heap should grant, and the error that each of them gets. */
int cmd_errnos(char **args)
{
	static const struct {
		const char *what;
		unsigned long command;
		struct dma_heap_allocation_data data;
	} tries[] = {
#define ALLOC DMA_HEAP_IOCTL_ALLOC
#define SIZED(size) _IOC(_IOC_READ | _IOC_WRITE, DMA_HEAP_IOC_MAGIC, 0, size)
		{ "size 0", ALLOC, { .fd_flags = O_RDWR } },
		{ "size 1", ALLOC, { .len = 1, .fd_flags = O_RDWR } },
		{ "size 4097", ALLOC, { .len = 4097, .fd_flags = O_RDWR } },
		{ "size -1", ALLOC, { .len = -1ull, .fd_flags = O_RDWR } },
		{ "a descriptor", ALLOC, { .len = PAGE, .fd = 3, .fd_flags = O_RDWR } },
		{ "O_NONBLOCK", ALLOC, { .len = PAGE, .fd_flags = O_RDWR | O_NONBLOCK } },
		{ "all flags", ALLOC, { .len = PAGE, .fd_flags = -1u } },
		{ "heap flag 1", ALLOC, { .len = PAGE, .fd_flags = O_RDWR, .heap_flags = 1 } },
		{ "heap flag 2^63", ALLOC,
		  { .len = PAGE, .fd_flags = O_RDWR, .heap_flags = 1ull << 63 } },
		{ "O_RDONLY", ALLOC, { .len = PAGE, .fd_flags = O_RDONLY } },
		{ "no struct", SIZED(0), { .len = PAGE, .fd_flags = O_RDWR } },
		{ "a size alone", SIZED(8), { .len = PAGE, .fd_flags = O_RDWR } },
		{ "a short struct", SIZED(16), { .len = PAGE, .fd_flags = O_RDWR } },
		{ "a long struct", SIZED(64), { .len = PAGE, .fd_flags = O_RDWR } },
		{ "nothing in", _IOC(_IOC_READ, DMA_HEAP_IOC_MAGIC, 0, 24), { .len = PAGE } },
		{ "nothing out", _IOC(_IOC_WRITE, DMA_HEAP_IOC_MAGIC, 0, 24),
		  { .len = PAGE, .fd_flags = O_RDWR } },
		{ "another number", _IOWR(DMA_HEAP_IOC_MAGIC, 1, u64), { .len = PAGE } },
	};
	int node = open_node(args[0]);

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct { struct dma_heap_allocation_data data; char more[64]; } arg = {
			.data = tries[i].data };

		errno = 0;
		ioctl(node, tries[i].command, &arg);
		printf("%s: %d\n", tries[i].what, errno);
		if (!errno && arg.data.fd > 2)
			close(arg.data.fd);
	}
	ioctl(node, ALLOC, (void *)1);
	printf("a bad address: %d\n", errno);
	return 0;
}

/* More than there is, and than there ever can be: at once, and not by taking all of it. */
int cmd_huge(char **args)
{
	static const u64 sizes[] = { 1ull << 35, 1ull << 52, 1ull << 63, -4096ull };
	int node = open_node(NODE);

	(void)args;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (allocate(node, sizes[i]) >= 0 || errno != ENOMEM)
			err(1, "size %#llx", sizes[i]);
	return 0;
}
