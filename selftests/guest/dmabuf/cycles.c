// SPDX-License-Identifier: GPL-2.0
/* Many buffers, of processes that are killed at any time. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dmabuf.h"

static unsigned int chance(unsigned int *seed, unsigned int below)
{
	return (unsigned int)rand_r(seed) % below;
}

static void cycle_for_ever(unsigned int seed, unsigned long *cycles)
{
	for (;;) {
		struct buffer b = make_buffer(1 + chance(&seed, chance(&seed, 16) ? 8 : 700));

		if (b.page[b.n - 1][0])
			errx(1, "not zero");
		fill(&b, 0, 1, seed);
		if (chance(&seed, 2))
			munmap(b.page, b.n * PAGE);
		close(b.fd);
		if (b.page && !chance(&seed, 2))
			munmap(b.page, b.n * PAGE);
		__atomic_fetch_add(cycles, 1, __ATOMIC_RELAXED);
	}
}

static pid_t start(unsigned int seed, unsigned long *cycles)
{
	pid_t pid = fork();

	if (!pid)
		cycle_for_ever(seed, cycles);
	return pid;
}

/* At least so many in all, from four processes; one of them is killed every few milliseconds. */
int cmd_cycles(char **args)
{
	unsigned long goal = parse(args[0]), killed = 0;
	unsigned int seed = parse(args[1]);
	unsigned long *cycles = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[4];
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = start(chance(&seed, 1 << 30), cycles);
	while (__atomic_load_n(cycles, __ATOMIC_RELAXED) < goal) {
		size_t i = chance(&seed, ARRAY_SIZE(pids));
		struct timespec nap = { 0, 1000 * (1 + chance(&seed, 20000)) };

		nanosleep(&nap, NULL);
		kill(pids[i], SIGKILL);
		if (waitpid(pids[i], &status, 0) != pids[i] || !WIFSIGNALED(status))
			errx(1, "a process has ended by itself: status %#x", status);
		killed++;
		pids[i] = start(chance(&seed, 1 << 30), cycles);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
	}
	printf("%lu %lu\n", *cycles, killed + ARRAY_SIZE(pids));
	return 0;
}
