// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that a process of a confidential guest shares with the host, and here with a child
 *
 *	cc shared.c && sudo ./a.out
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/dma-heap.h>

#define HEAP	"/dev/dma_heap/snp_psc_shared"

enum { SIZE = 1 << 20 };

/* A descriptor, which can go to other processes and to drivers. */
static int shared_memory(size_t size)
{
	struct dma_heap_allocation_data request = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open(HEAP, O_RDWR | O_CLOEXEC);

	if (heap < 0)
		err(1, HEAP);
	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &request))
		err(1, "%zu bytes", size);
	close(heap);
	return (int)request.fd;
}

int main(void)
{
	int fd = shared_memory(SIZE);
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char copy[16];

	if (memory == MAP_FAILED)
		err(1, "mmap");
	if (fork() == 0) {
		snprintf(memory, SIZE, "hello");
		return 0;
	}
	wait(NULL);

	/* Others can write it at any time: copy, then look. */
	memcpy(copy, memory, sizeof(copy));
	copy[sizeof(copy) - 1] = '\0';
	puts(copy);

	munmap(memory, SIZE);
	close(fd);		/* the last reference: the memory is private again */
	return 0;
}
