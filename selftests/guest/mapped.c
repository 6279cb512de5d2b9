// SPDX-License-Identifier: GPL-2.0
/*
 * mapped: ask for the conversion of 2M blocks in which this process has a page
 *
 * A line for each: the errno, whether the page is part of a larger one, and what it is.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096ul
#define BLOCK		(512 * PAGE)
#define GIGABYTE	(512 * BLOCK)
#define BLOCK_PAGES	512ul

#define PAGEMAP_PFN	((1ull << 55) - 1)
#define COMPOUND	(3ull << 15)	/* head, tail: KPF_COMPOUND_HEAD, KPF_COMPOUND_TAIL */

/* A mapping; which page of it is meant; how much stays mapped from there on, 0: everything. */
static const struct kind {
	const char *name;
	int flags;
	size_t size;
	size_t at;
	size_t stays;
} kinds[] = {
	{ "a page", 0, PAGE, 0, 0 },
	{ "a large page", 0, BLOCK, 0, 0 },
	{ "the first page of a large one", 0, BLOCK, 0, PAGE },
	{ "one in the middle of it", 0, BLOCK, 300 * PAGE, PAGE },
	{ "the last one of it", 0, BLOCK, BLOCK - PAGE, PAGE },
	{ "2M of hugetlbfs", MAP_HUGETLB | MAP_HUGE_2MB, BLOCK, 0, 0 },
	{ "the first block of 1G", MAP_HUGETLB | MAP_HUGE_1GB, GIGABYTE, 0, 0 },
	{ "one in the middle of 1G", MAP_HUGETLB | MAP_HUGE_1GB, GIGABYTE, 300 * BLOCK, 0 },
};

/* The n-th word of a file. */
static uint64_t word(const char *path, unsigned long n)
{
	int fd = open(path, O_RDONLY);
	uint64_t value;

	if (fd < 0 || pread(fd, &value, sizeof(value), n * sizeof(value)) != sizeof(value))
		err(1, "%s", path);
	close(fd);
	return value;
}

static int convert(const char *op, unsigned long pfn)
{
	int fd = open("/sys/kernel/debug/snp_psc_client/run", O_WRONLY), error;
	char text[64];

	snprintf(text, sizeof(text), "range snp_psc %s %lu %lu", op, pfn, BLOCK_PAGES);
	error = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

/* Aligned to its size, for the kernel to take a large page if it has one. */
static char *map(const struct kind *k)
{
	char *p = mmap(NULL, 2 * k->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p = (char *)(((uintptr_t)p + k->size - 1) & -k->size);
	p = mmap(p, k->size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | k->flags, -1, 0);
	if (p == MAP_FAILED)
		err(1, "%s", k->name);
	return p;
}

static void try(const struct kind *k)
{
	char *p = map(k), *page = p + k->at;
	unsigned long pfn;
	int error;

	*page = 1;
	pfn = word("/proc/self/pagemap", (uintptr_t)page / PAGE) & PAGEMAP_PFN;
	if (k->stays) {
		munmap(p, k->at);
		munmap(page + k->stays, k->size - k->at - k->stays);
	}
	error = convert("shared", pfn & -BLOCK_PAGES);
	if (!error)
		convert("private", pfn & -BLOCK_PAGES);
	printf("%d %d %s\n", error, !!(word("/proc/kpageflags", pfn) & COMPOUND), k->name);
	munmap(p, k->size);
}

int main(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		try(&kinds[i]);
	return 0;
}
