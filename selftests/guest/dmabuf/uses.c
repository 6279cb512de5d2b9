// SPDX-License-Identifier: GPL-2.0
/* What processes, drivers and the host do with one buffer. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>

#include "dmabuf.h"

/* Either side sees what the other one writes, in every page; and in the end neither. */
int cmd_exchange(char **args)
{
	struct buffer b = make_buffer(parse(args[0]));
	unsigned int seed = parse(args[1]);

	open_host();
	find_pfns(&b);
	expect_zero(&b);
	fill(&b, 0, 1, seed);
	host_expects(&b, 0, 1, seed);
	host_fills(&b, seed + 1);
	expect(&b, 0, 1, seed + 1);
	fill(&b, 0, 1, seed + 2);
	import_buffer(&b, "vmap", seed + 2);
	host_expects(&b, 0, 1, seed + 3);
	drop_buffer(&b);
	host_has_lost(&b, seed + 3);
	return 0;
}

/* A descriptor, and a byte, over a socket. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void pass(int to, int fd)
{
	char byte = 0;
	union control control = { .head = { CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(to, &m, 0) != 1)
		err(1, "sendmsg");
}

static int receive(int from)
{
	char byte;
	union control control;
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(from, &m, 0) != 1 || m.msg_controllen < CMSG_LEN(sizeof(fd)))
		err(1, "recvmsg");
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

static void tell(int fd)
{
	if (write(fd, "", 1) != 1)
		err(1, "write");
}

static void hear(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		errx(1, "the other process has ended");
}

/* The second process: gets the buffer, writes odd pages, reads what the host writes. */
static void second(int line, size_t n, unsigned int seed)
{
	struct buffer b = { .fd = receive(line), .n = n };

	map_buffer(&b);
	expect(&b, 0, 2, seed);
	fill(&b, 1, 2, seed + 1);
	tell(line);
	hear(line);
	expect(&b, 0, 1, seed + 2);
	tell(line);
	hear(line);			/* the first one has left */
	expect(&b, 0, 1, seed + 2);
	drop_buffer(&b);
	exit(0);
}

static void expect_child(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the other process: status %#x", status);
}

/* Two processes and the host, through one buffer that the first makes and the second outlives. */
int cmd_share(char **args)
{
	size_t n = parse(args[0]);
	unsigned int seed = parse(args[1]);
	struct buffer b;
	int lines[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, lines))
		err(1, "socketpair");
	pid = fork();
	if (!pid) {
		close(lines[0]);
		second(lines[1], n, seed);
	}
	close(lines[1]);
	b = make_buffer(n);
	open_host();
	find_pfns(&b);
	fill(&b, 0, 2, seed);
	pass(lines[0], b.fd);
	hear(lines[0]);
	host_expects(&b, 0, 2, seed);
	host_expects(&b, 1, 2, seed + 1);
	host_fills(&b, seed + 2);
	expect(&b, 0, 1, seed + 2);
	tell(lines[0]);
	hear(lines[0]);
	drop_buffer(&b);
	tell(lines[0]);
	expect_child(pid);
	host_has_lost(&b, seed + 2);
	return 0;
}

static void expect_no_mapping(const struct buffer *b, int prot, int flags, off_t at, int error,
			      const char *what)
{
	if (mmap(NULL, PAGE, prot, flags, b->fd, at) != MAP_FAILED)
		errx(1, "it can be mapped %s", what);
	if (errno != error)
		err(1, "map it %s", what);
}

/* What else a descriptor and a mapping of it do. */
int cmd_uses(char **args)
{
	struct buffer b = make_buffer(parse(args[0])), part = b;
	struct dma_buf_sync sync = { DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	size_t half = b.n / 2;
	pid_t pid;

	if (lseek(b.fd, 0, SEEK_END) != (off_t)(b.n * PAGE))
		errx(1, "its size is not what was asked for");
	if (ioctl(b.fd, DMA_BUF_IOCTL_SYNC, &sync))
		err(1, "DMA_BUF_IOCTL_SYNC");
	fill(&b, 0, 1, 1);
	part.n = b.n - half;
	part.page = mmap(NULL, part.n * PAGE, PROT_READ, MAP_SHARED, b.fd, half * PAGE);
	if (part.page == MAP_FAILED)
		err(1, "mmap of the second half");
	expect(&part, 0, 1, 1);
	if (mprotect(part.page, part.n * PAGE, PROT_READ | PROT_WRITE))
		err(1, "mprotect");
	fill(&part, 0, 1, 2);
	for (size_t i = half; i < b.n; i++)
		if (b.page[i][0] != PAGE_PATTERN(2, 0))
			errx(1, "page %zu: two mappings differ", i);
	pid = fork();
	if (!pid) {
		fill(&b, 0, 1, 3);
		exit(0);
	}
	expect_child(pid);
	expect(&b, 0, 1, 3);
	if (mprotect(part.page, PAGE, PROT_READ | PROT_EXEC) == 0)
		errx(1, "it can be executed");
	expect_no_mapping(&b, PROT_READ | PROT_EXEC, MAP_SHARED, 0, EPERM, "to be executed");
	expect_no_mapping(&b, PROT_READ, MAP_SHARED, b.n * PAGE, EINVAL, "behind its end");
	expect_no_mapping(&b, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, EINVAL, "as a copy");
	return 0;
}

/* A device that does not see memory as it is gets none; one that holds it keeps it shared. */
int cmd_foreign(char **args)
{
	struct buffer b = make_buffer(parse(args[0]));

	import_buffer(&b, "foreign", 0);
	return 0;
}

int cmd_held(char **args)
{
	struct buffer b = make_buffer(parse(args[0]));
	unsigned int seed = parse(args[1]);

	open_host();
	find_pfns(&b);
	fill(&b, 0, 1, seed);
	import_buffer(&b, "hold", 0);
	drop_buffer(&b);
	host_expects(&b, 0, 1, seed);
	import_buffer(&b, "release", 0);
	host_has_lost(&b, seed);
	return 0;
}

/* What read-only, and no such mode, lets do. */
int cmd_modes(char **args)
{
	struct dma_heap_allocation_data data = { .len = PAGE, .fd_flags = O_RDONLY };
	int node = open_node(NODE);

	(void)args;
	if (ioctl(node, DMA_HEAP_IOCTL_ALLOC, &data))
		err(1, "a buffer that is only to be read");
	if (mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, data.fd, 0) != MAP_FAILED)
		errx(1, "it can be written to");
	if (errno != EACCES)
		err(1, "write to it");
	if (mmap(NULL, PAGE, PROT_READ, MAP_SHARED, data.fd, 0) == MAP_FAILED)
		err(1, "read it");
	return 0;
}

/* Make a buffer and close it; or hold it, until killed. */
int cmd_try(char **args)
{
	struct buffer b = make_buffer(parse(args[0]));

	drop_buffer(&b);
	return 0;
}

int cmd_hold(char **args)
{
	struct buffer b = make_buffer(parse(args[0]));

	fill(&b, 0, 1, 1);
	puts("held");
	fflush(stdout);
	pause();
	return 0;
}
