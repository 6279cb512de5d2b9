// SPDX-License-Identifier: GPL-2.0
/*
 * dmabuf: what processes do with the dma-buf heap; a test asks for it, as root
 *
 * Whatever is not as it should be is said on stderr, and the exit status is 1. What the host
 * sees it is asked for by the machine's ports, one page at a time, so one process does that.
 */
#include <stdio.h>
#include <string.h>

#include "dmabuf.h"

static const struct command {
	const char *name;
	int args;
	int (*run)(char **args);
} commands[] = {
	{ "exchange", 2, cmd_exchange },	/* PAGES SEED */
	{ "share", 2, cmd_share },		/* PAGES SEED */
	{ "uses", 1, cmd_uses },		/* PAGES */
	{ "errnos", 1, cmd_errnos },		/* NODE */
	{ "huge", 0, cmd_huge },
	{ "foreign", 1, cmd_foreign },		/* PAGES */
	{ "held", 2, cmd_held },		/* PAGES SEED */
	{ "modes", 0, cmd_modes },
	{ "try", 1, cmd_try },			/* PAGES */
	{ "hold", 1, cmd_hold },		/* PAGES */
	{ "fragmented", 2, cmd_fragmented },	/* NODE PAGES */
	{ "cycles", 2, cmd_cycles },		/* N SEED */
	{ "camera", 1, cmd_camera },		/* VIDEO */
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (argc > 1 && !strcmp(argv[1], commands[i].name) && argc - 2 == commands[i].args)
			return commands[i].run(argv + 2);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(stderr, "dmabuf %s, %d arguments\n", commands[i].name, commands[i].args);
	return EXIT_USAGE;
}
