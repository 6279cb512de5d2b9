// SPDX-License-Identifier: GPL-2.0
/* alloc --map: a buffer of the dma-buf heap, for trying it out. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/dma-heap.h>

#include "snp-psc.h"

#define NODE	"/dev/dma_heap/snp_psc_shared"

/* A number of bytes, also with K, M or G. */
static size_t parse_size(const char *word)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift = 0;
	char *end;
	u64 n;

	errno = 0;
	n = strtoull(word, &end, 0);
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit) {
		shift = 10 * (unsigned int)(unit - units + 1);
		end++;
	}
	if (!isdigit((unsigned char)*word) || *end || errno || n > SIZE_MAX >> shift)
		die(STATUS_USAGE, "%s: not a size", word);
	return (size_t)n << shift;
}

static int open_node(void)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s" NODE, tree_root) >= (int)sizeof(path))
		die(STATUS_USAGE, "%s: too long a path", tree_root);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		die(STATUS_NO_MODULE, "%s: no such node, do: modprobe snp_psc_dma_heap", path);
	if (fd < 0)
		die(STATUS_ACCESS, "%s: %s", path, strerror(errno));
	return fd;
}

static u64 *map_buffer(size_t size)
{
	struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	int node = open_node();
	void *map;

	if (ioctl(node, DMA_HEAP_IOCTL_ALLOC, &data))
		die(STATUS_REFUSED, "%s: %s", text_size(size / PAGE_BYTES), strerror(errno));
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)data.fd, 0);
	if (map == MAP_FAILED)
		die(STATUS_REFUSED, "mmap: %s", strerror(errno));
	close((int)data.fd);
	close(node);
	return map;
}

/* The same for the host and for us, and no two words are: each is its number. */
static void check_words(const u64 *word, size_t n, bool numbered)
{
	u64 found;
	size_t i;

	for (i = 0; i < n; i++) {
		found = __atomic_load_n(&word[i], __ATOMIC_RELAXED);
		if (found != (numbered ? i : 0))
			die(STATUS_REFUSED, "word %zu is 0x%llx, not what it should be", i, found);
	}
}

/* Until somebody has seen enough of it. */
static void hold(void)
{
	printf("Enter gives it back\n");
	fflush(stdout);
	while (getchar() != '\n' && !feof(stdin))
		;
}

void buffer_run(char **args, int n)
{
	size_t size = parse_size(args[0]), words = size / sizeof(u64), i;
	bool pattern = n == 3;
	u64 *word;

	if (strcmp(args[1], "--map") || (pattern && strcmp(args[2], "--pattern")))
		die(STATUS_USAGE, "usage: snp-psc alloc SIZE --map [--pattern]");
	word = map_buffer(size);
	check_words(word, words, false);
	printf("%s shared with the host, mapped, all of it zero\n", text_size(size / PAGE_BYTES));
	if (pattern) {
		for (i = 0; i < words; i++)
			word[i] = i;
		check_words(word, words, true);
		puts("each of its words of 64 bits has its number now");
	}
	hold();
}
