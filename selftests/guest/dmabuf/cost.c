// SPDX-License-Identifier: GPL-2.0
/* What a buffer costs in the worst case. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dmabuf.h"

/* Without a process of its own: where no two free pages are neighbours none can be made. */
static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? -1 : close(fd);
}

static u64 count_flushes(void)
{
	FILE *f = fopen("/sys/kernel/debug/snp_psc/stats", "r");
	char line[128];
	u64 n = 0;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "flushes %llu", &n);
	if (f)
		fclose(f);
	return n;
}

static u64 counter(enum machine_counter c)
{
	return port_read(SEL_COUNTER + c);
}

/*
 * Entries, VMGEXITs, the module's flushes and all TLB broadcasts of one buffer when no free
 * page has a neighbour. For the second one: the first splits what there is to be split.
 */
int cmd_fragmented(char **args)
{
	int node = open_node(args[0]), again, fd;
	u64 len = parse(args[1]) * PAGE, before;

	open_host();
	if (load("fragment.ko"))
		err(1, "fragment.ko");
	again = open("/sys/module/fragment/parameters/again", O_WRONLY | O_CLOEXEC);
	for (int round = 0; round < 2; round++) {
		sleep(1);		/* others' timers and lazy frees are not ours */
		if (write(again, "1", 1) != 1)
			err(1, "again");
		before = count_flushes();
		port_write(SEL_RESET, 0);
		port_write(SEL_ICR, 1);
		fd = allocate(node, len);
		port_write(SEL_ICR, 0);
		if (fd < 0)
			err(1, "%s", args[0]);
		if (round)
			printf("%llu %llu %llu %llu\n", counter(COUNTER_psc_entries),
			       counter(COUNTER_psc), count_flushes() - before,
			       counter(COUNTER_icr_calls));
		close(fd);
	}
	return syscall(SYS_delete_module, "fragment", 0) ? 1 : 0;
}
