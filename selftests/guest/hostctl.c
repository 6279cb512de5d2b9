// SPDX-License-Identifier: GPL-2.0
/*
 * hostctl: ask the SNP machine from inside its guest, as root
 *
 * What the host counted, what it thinks of a page, what it sees in one. The
 * ports know one selector at a time, so run one hostctl at a time.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <termios.h>
#include <unistd.h>

#include "../machine/ports.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name, *what;
} counters[] = {
#define COUNTER(name, what) { #name, what },
	MACHINE_COUNTERS(COUNTER)
};

static const struct {
	unsigned int bit;
	const char *name;
} page_bits[] = {
	{ PAGE_ASSIGNED,	"assigned" },
	{ PAGE_VALIDATED,	"validated" },
	{ PAGE_VMSA,		"vmsa" },
	{ PAGE_HUGE,		"huge" },
};

enum { EXIT_DIFFERENT = 1, EXIT_USAGE = 2, EXIT_NO_MACHINE = 3 };

static unsigned long long read_port(unsigned int selector)
{
	unsigned int low;

	outl(selector, PORT_SELECT);
	low = inl(PORT_VALUE);
	return (unsigned long long)inl(PORT_VALUE_HI) << 32 | low;
}

static void write_port(unsigned int selector, unsigned int value)
{
	outl(selector, PORT_SELECT);
	outl(value, PORT_VALUE);
}

static void open_ports(void)
{
	if (ioperm(PORT_SELECT, PORT_VALUE_HI + 4 - PORT_SELECT, 1))
		err(EXIT_NO_MACHINE, "port 0x%x", PORT_SELECT);
	if ((unsigned int)read_port(SEL_MAGIC) != MACHINE_MAGIC)
		errx(EXIT_NO_MACHINE, "this is not a guest of the SNP machine");
}

static unsigned int parse_u32(const char *s)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (!*s || *s == '-' || *end || errno || n > 0xffffffffULL)
		errx(EXIT_USAGE, "%s is no 32-bit number", s);
	return n;
}

static unsigned int vcpu_selector(const char *s)
{
	unsigned int vcpu = parse_u32(s), vcpus = read_port(SEL_VCPUS);

	if (vcpu >= vcpus)
		errx(EXIT_USAGE, "vCPU %u: there are %u", vcpu, vcpus);
	return SEL_VCPU(vcpu);
}

static int cmd_counters(char **args)
{
	int json = 0;
	unsigned int selector = SEL_COUNTER;

	for (; *args; args++) {
		if (!strcmp(*args, "--json"))
			json = 1;
		else if (!strcmp(*args, "-v") && args[1])
			selector = SEL_COUNTER + vcpu_selector(*++args);
		else
			errx(EXIT_USAGE, "counters: what is %s?", *args);
	}
	for (unsigned int c = 0; c < NR_MACHINE_COUNTERS; c++) {
		const char *name = counters[c].name;
		unsigned long long value = read_port(selector + c);

		if (json)
			printf("%s\"%s\": %llu", c ? ", " : "{", name, value);
		else
			printf("%-22s %12llu  %s\n", name, value, counters[c].what);
	}
	if (json)
		puts("}");
	return 0;
}

static int cmd_get(char **args)
{
	for (unsigned int c = 0; c < NR_MACHINE_COUNTERS; c++) {
		if (!strcmp(args[0], counters[c].name)) {
			printf("%llu\n", read_port(SEL_COUNTER + c));
			return 0;
		}
	}
	errx(EXIT_USAGE, "no counter %s; see hostctl counters", args[0]);
}

static int cmd_vcpus(char **args)
{
	printf("%u\n", (unsigned int)read_port(SEL_VCPUS));
	return 0;
}

static int cmd_reset(char **args)
{
	write_port(SEL_RESET, 0);
	return 0;
}

static int cmd_icr(char **args)
{
	int on = !strcmp(args[0], "on");

	if (!on && strcmp(args[0], "off"))
		errx(EXIT_USAGE, "icr: on or off, not %s", args[0]);
	write_port(SEL_ICR, on);
	return 0;
}

/* The last argument may be there or not: so many pages from GFN on. */
static unsigned int count(const char *s)
{
	return s ? parse_u32(s) : 1;
}

static void print_page(unsigned int gfn)
{
	unsigned int state;

	write_port(SEL_GFN, gfn);
	state = read_port(SEL_STATE);
	fputs(state & PAGE_PRIVATE ? "private" : "shared", stdout);
	for (unsigned int i = 0; i < ARRAY_SIZE(page_bits); i++) {
		if (state & page_bits[i].bit)
			printf(" %s", page_bits[i].name);
	}
	putchar('\n');
}

static int cmd_page(char **args)
{
	unsigned int gfn = parse_u32(args[0]), n = count(args[1]);

	while (n--)
		print_page(gfn++);
	return 0;
}

/* The extents of [GFN, GFN + N) that the host has as shared. */
static int cmd_shared(char **args)
{
	unsigned int gfn = parse_u32(args[0]), left = parse_u32(args[1]), n, is_private;

	for (; left; gfn += n, left -= n) {
		write_port(SEL_GFN, gfn);
		is_private = read_port(SEL_STATE) & PAGE_PRIVATE;
		n = read_port(SEL_EXTENT);
		if (!n)
			break;		/* beyond the host's memory */
		n = n < left ? n : left;
		if (!is_private)
			printf("%u %u\n", gfn, n);
	}
	return 0;
}

static int cmd_fill(char **args)
{
	unsigned int gfn = parse_u32(args[0]), seed = parse_u32(args[1]), n = count(args[2]);

	for (; n--; gfn++) {
		write_port(SEL_GFN, gfn);
		write_port(SEL_FILL, seed);
		if (!read_port(SEL_FILL))
			errx(EXIT_DIFFERENT, "page 0x%x: the host has no mapping of it", gfn);
	}
	return 0;
}

static int cmd_match(char **args)
{
	unsigned int gfn = parse_u32(args[0]), seed = parse_u32(args[1]), n = count(args[2]);
	unsigned long long words = 0;

	for (; n--; gfn++) {
		write_port(SEL_GFN, gfn);
		write_port(SEL_MATCH, seed);
		words += read_port(SEL_MATCH);
	}
	printf("%llu\n", words);
	return 0;
}

static unsigned long long word(char **args)
{
	unsigned long long value;

	write_port(SEL_GFN, parse_u32(args[0]));
	write_port(SEL_WORD, parse_u32(args[1]));
	value = read_port(SEL_VALUE);
	if (!(value >> 32))
		errx(EXIT_DIFFERENT, "word %s of page %s: the host does not see it", args[1],
		     args[0]);
	return value & 0xffffffff;
}

static int cmd_peek(char **args)
{
	printf("%llu\n", word(args));
	return 0;
}

static int cmd_poke(char **args)
{
	word(args);
	write_port(SEL_VALUE, parse_u32(args[2]));
	return 0;
}

static int cmd_fault(char **args)
{
	const char *p = args[0];

	do
		write_port(SEL_FAULT, (unsigned char)*p);
	while (*p++);
	if (!read_port(SEL_FAULT))
		errx(EXIT_USAGE, "no fault plan %s", args[0]);
	return 0;
}

static int cmd_struck(char **args)
{
	printf("%u\n", (unsigned int)read_port(SEL_STRUCK));
	return 0;
}

static int cmd_nmi(char **args)
{
	static const struct {
		const char *when;
		unsigned int selector, more;
	} whens[] = {
		{ "before", SEL_NMI_BEFORE, 0 }, { "behind", SEL_NMI_BEHIND, 0 },
		{ "after", SEL_NMI_AFTER, 0 }, { "storm", SEL_NMI_STORM, 0 },
		{ "rescinded", SEL_NMI_STEP, STEP_RESCINDED << 24 },
		{ "shared", SEL_NMI_STEP, STEP_SHARED << 24 },
		{ "claimed", SEL_NMI_STEP, STEP_CLAIMED << 24 },
		{ "validated", SEL_NMI_STEP, STEP_SETTLED << 24 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(whens); i++) {
		if (!strcmp(args[0], whens[i].when)) {
			write_port(whens[i].selector, whens[i].more | parse_u32(args[1]));
			return 0;
		}
	}
	errx(EXIT_USAGE, "nmi: what is %s?", args[0]);
}

static int cmd_steps(char **args)
{
	write_port(SEL_STEPS, !strcmp(args[0], "on"));
	return 0;
}

static int cmd_switch(char **args)
{
	write_port(SEL_SWITCH, !strcmp(args[0], "on"));
	return 0;
}

static int cmd_log(char **args)
{
	write_port(SEL_LOG, 1);
	return 0;
}

static int cmd_awake(char **args)
{
	for (;;)
		__builtin_ia32_pause();
	return 0;
}

static int cmd_exit(char **args)
{
	unsigned int status = parse_u32(args[0]);

	tcdrain(STDOUT_FILENO);	/* nobody will send what is still in the tty's buffer */
	write_port(SEL_EXIT, status);
	errx(EXIT_NO_MACHINE, "still running");
}

static const struct command {
	const char *name, *args;
	int min, max;		/* number of arguments */
	int (*run)(char **args);
	const char *what;
} commands[] = {
	{ "counters", "[--json] [-v VCPU]", 0, 3, cmd_counters, "all counters, or one vCPU's" },
	{ "get", "NAME", 1, 1, cmd_get, "one counter, the number only" },
	{ "reset", "", 0, 0, cmd_reset, "all counters to 0" },
	{ "vcpus", "", 0, 0, cmd_vcpus, "how many vCPUs the machine has" },
	{ "icr", "on|off", 1, 1, cmd_icr, "count ICR writes of the CPU that this runs on" },
	{ "awake", "", 0, 0, cmd_awake, "keep the CPU that this runs on from idling, for ever" },
	{ "page", "GFN [N]", 1, 2, cmd_page, "what the host knows of each page" },
	{ "shared", "GFN N", 2, 2, cmd_shared, "extents of N pages that are shared: GFN, count" },
	{ "fill", "GFN SEED [N]", 2, 3, cmd_fill, "the host writes a pattern into its view" },
	{ "match", "GFN SEED [N]", 2, 3, cmd_match, "how many words of it the host finds there" },
	{ "peek", "GFN WORD", 2, 2, cmd_peek, "a word of 32 bits of a page, as the host sees it" },
	{ "poke", "GFN WORD VALUE", 3, 3, cmd_poke, "the host writes one" },
	{ "fault", "PLAN", 1, 1, cmd_fault, "arm a fault plan, \"\" disarms" },
	{ "struck", "", 0, 0, cmd_struck, "how often the last plan has struck" },
	{ "nmi", "before|behind|after|storm N", 2, 2, cmd_nmi,
	  "an NMI around this CPU's N-th VMGEXIT, after N instructions, at every N-th exit" },
	{ "nmi", "rescinded|shared|claimed|validated N", 2, 2, cmd_nmi,
	  "an NMI when the N-th page gets there" },
	{ "steps", "on|off", 1, 1, cmd_steps, "count page faults in the direct map" },
	{ "switch", "on|off", 1, 1, cmd_switch, "let others run at each exit of a conversion" },
	{ "log", "", 0, 0, cmd_log, "print the last exits on the host's log" },
	{ "exit", "N", 1, 1, cmd_exit, "end the run: 0 passed, anything else failed" },
};

static void usage(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(stderr, "hostctl %-8s %-18s  %s\n", commands[i].name, commands[i].args,
			commands[i].what);
	exit(EXIT_USAGE);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		usage();
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		if (strcmp(argv[1], c->name))
			continue;
		if (argc - 2 < c->min || argc - 2 > c->max)
			errx(EXIT_USAGE, "usage: hostctl %s %s", c->name, c->args);
		open_ports();
		return c->run(argv + 2);
	}
	usage();
	return EXIT_USAGE;
}
