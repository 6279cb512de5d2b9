// SPDX-License-Identifier: GPL-2.0
/*
 * limits RMP FILE: the least that converting some pages can cost, from nothing but a
 * list of them
 *
 * A line of FILE is a page: its PFN, how many pages its leaf in the direct map has, how
 * many that in the kernel image mapping, if there is one, and if it is the first page of
 * a 2M block how many the RMP entry has.
 *
 * A 2M block that is there as a whole is one entry of 2M, all else are entries of
 * 4K; 253 make a descriptor. A host merges neighbours of one size within a
 * descriptor into one run. PVALIDATE does 2M in one go if the host backs the block
 * so: on the way to shared as it does now, on the way to private as RMP, 4k or 2m,
 * says. Else it costs an attempt, and 512 of 4K. A 2M leaf, in either mapping, is split
 * if it is converted in part, a 1G leaf always.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, GIGABYTE = 512 * BLOCK, DESCRIPTOR = 253 };

struct page {
	unsigned long pfn;
	unsigned int leaf, image, backing;
};

static struct page *pages;
static size_t n;

static void read_pages(const char *name)
{
	FILE *file = fopen(name, "r");
	struct page p;

	if (!file)
		err(1, "%s", name);
	while (fscanf(file, "%lu %u %u %u", &p.pfn, &p.leaf, &p.image, &p.backing) == 4) {
		if (n % 1024 == 0)
			pages = realloc(pages, (n + 1024) * sizeof(*pages));
		if (!pages)
			err(1, "%zu pages", n);
		pages[n++] = p;
	}
	fclose(file);
}

static int by_pfn(const void *a, const void *b)
{
	const struct page *left = a, *right = b;

	return left->pfn < right->pfn ? -1 : left->pfn > right->pfn;
}

/* How many pages the entry that begins with the i-th has. */
static unsigned int entry_size(size_t i)
{
	const struct page *p = &pages[i];

	return p->pfn % BLOCK == 0 && i + BLOCK <= n && p[BLOCK - 1].pfn == p->pfn + BLOCK - 1 ?
		BLOCK : 1;
}

/* What the way to shared does not split, the way back finds as it wants it. */
static void split_limits(int to_shared)
{
	unsigned long of_2m = 0, of_1g = 0, last_block = -1ul, last_gigabyte = -1ul;
	unsigned int size;

	for (size_t i = 0; to_shared && i < n; i += size) {
		const struct page *p = &pages[i];

		size = entry_size(i);
		if (size == 1 && p->pfn / BLOCK != last_block) {
			last_block = p->pfn / BLOCK;
			of_2m += (p->leaf > 1) + (p->image > 1);
		}
		if (p->leaf > BLOCK && p->pfn / GIGABYTE != last_gigabyte) {
			last_gigabyte = p->pfn / GIGABYTE;
			of_1g++;
		}
	}
	printf("limit_splits=%lu limit_splits_1g=%lu\n", of_2m, of_1g);
}

static void limits(int to_shared, int backed_by_2m)
{
	unsigned long entries = 0, runs = 0, attempts = 0, single = 0, next_pfn = 0;
	unsigned int size, last = 0;

	for (size_t i = 0; i < n; i += size) {
		const struct page *p = &pages[i];

		size = entry_size(i);
		if (entries % DESCRIPTOR == 0 || size != last || p->pfn != next_pfn)
			runs++;
		entries++;
		last = size;
		next_pfn = p->pfn + size;

		attempts += size == BLOCK;
		if (size == 1 || (to_shared ? p->backing != BLOCK : !backed_by_2m))
			single += size;
	}
	printf("limit_vmgexits=%lu limit_entries=%lu limit_runs=%lu limit_pvalidates_4k=%lu ",
	       (entries + DESCRIPTOR - 1) / DESCRIPTOR, entries, runs, single);
	printf("limit_pvalidates_2m=%lu limit_flushes=1 ", attempts);
	split_limits(to_shared);
}

/* Two lines: to shared, and back to private. */
int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: limits 4k|2m FILE");
	read_pages(argv[2]);
	qsort(pages, n, sizeof(*pages), by_pfn);
	for (int to_shared = 1; to_shared >= 0; to_shared--)
		limits(to_shared, !strcmp(argv[1], "2m"));
	return 0;
}
