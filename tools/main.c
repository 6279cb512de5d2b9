// SPDX-License-Identifier: GPL-2.0
/*
 * snp-psc: which memory of this confidential guest is shared, and make it so.
 * What the module's debugfs files say, for people. See snp-psc.8.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snp-psc.h"

static const struct command {
	const char *name, *args;
	int min, max;
	void (*run)(char **args, int n);
	const char *what;
} commands[] = {
	{ "status", "", 0, 0, status_run, "what the module found here, how many pages are shared" },
	{ "map", "", 0, 0, map_run, "draw the guest's memory: private, shared by whom, lost" },
	{ "pool", "", 0, 0, pool_run, "list the regions that can be converted by hand" },
	{ "alloc", "SIZE [--map [--pattern]]", 1, 3, alloc_run,
	  "make a region, or map a buffer; SIZE in bytes, or with K, M or G" },
	{ "free", "REGION", 1, 1, free_run, "make a region private and give it back" },
	{ "convert", "shared|private REGION [FIRST [COUNT]]", 2, 4, convert_run,
	  "convert a region, or COUNT of its pages from page FIRST on" },
	{ "stats", "[--json]", 0, 1, stats_run, "counters since the module was loaded" },
	{ "audit", "", 0, 0, audit_run, "compare the module's books with the page tables" },
};

static void help_on(const struct command *c)
{
	printf("usage: snp-psc %s%s%s\n\n%s\n", c->name, *c->args ? " " : "", c->args, c->what);
}

static void print_help(void)
{
	size_t i;

	puts("usage: snp-psc [--root DIR] COMMAND [ARGUMENT]...\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].what);
	puts("\n  snp-psc COMMAND --help   what a command takes\n"
	     "  --root DIR               look for /sys and /proc below DIR\n"
	     "  --version\n\n"
	     "exit status: 0 done, 1 refused or audit found something, 2 usage, 3 no access,\n"
	     "4 no module, 5 a file is not as it should be, 6 output failed,\n"
	     "7 a region was made, but it can't be told which");
}

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	die(STATUS_USAGE, "no command %s, see: snp-psc --help", name);
}

static void run(const struct command *c, char **args, int n)
{
	if (n && (!strcmp(args[0], "--help") || !strcmp(args[0], "-h")))
		help_on(c);
	else if (n < c->min || n > c->max)
		die(STATUS_USAGE, "usage: snp-psc %s%s%s", c->name, *c->args ? " " : "", c->args);
	else
		c->run(args, n);
}

/* What is before the command. Return its index in @argv; 0: nothing is left to do. */
static int options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+hV", known, NULL)) != -1) {
		switch (option) {
		case 'r':
			tree_root = optarg;
			break;
		case 'h':
			print_help();
			return 0;
		case 'V':
			puts("snp-psc " VERSION);
			return 0;
		default:
			exit(STATUS_USAGE);
		}
	}
	if (optind == argc)
		die(STATUS_USAGE, "which command? See: snp-psc --help");
	return optind;
}

int main(int argc, char **argv)
{
	int i = options(argc, argv);

	if (i)
		run(find(argv[i]), argv + i + 1, argc - i - 1);
	if (fflush(stdout) || ferror(stdout))
		die(STATUS_OUTPUT, "output: %s", strerror(errno));
	return 0;
}
