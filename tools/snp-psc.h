/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of snp-psc share. */
#ifndef SNP_PSC_TOOL_H
#define SNP_PSC_TOOL_H

#include <stdbool.h>
#include <stddef.h>

typedef unsigned long long u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum { PAGE_BYTES = 4096, COLUMNS_MAX = 64 };

/* The exit statuses of snp-psc.8. */
enum {
	STATUS_REFUSED = 1,	/* the module refused, or the audit found something */
	STATUS_USAGE = 2,
	STATUS_ACCESS = 3,
	STATUS_NO_MODULE = 4,
	STATUS_FORMAT = 5,	/* what a file has is not what it should have */
	STATUS_OUTPUT = 6,
	STATUS_UNKNOWN = 7,	/* the region is made, its number in doubt */
};

/* error.c */
void die(int status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void *must(void *memory);

/* tree.c: the files that are read and written */
extern const char *tree_root;

char *tree_read(const char *name);
void tree_write(const char *name, const char *words);

/* table.c: lines of words */
struct table {
	const char *name;
	char *text;
	char *rest;			/* not read yet */
	unsigned int line;
	int columns;			/* of every line, 0: any number */
	bool no_c_bit;			/* page tables say nothing; a remark says so */
	int words;
	char *word[COLUMNS_MAX];	/* of this line, NULL behind the last */
};

void table_open(struct table *t, const char *name, const char *header);
bool table_next(struct table *t);
u64 table_number(const struct table *t, int column);
void table_close(struct table *t);
void table_bad(const struct table *t, const char *what) __attribute__((noreturn));

/* ranges.c: pages and what they are */
struct range {
	u64 first, count;
	int owner;			/* index into owners */
};

struct ranges {
	struct range *r;
	size_t n, room;
	bool no_c_bit;			/* there may be more */
};

struct owner {
	const char *name;
	char letter;
	char colour;			/* digit of an SGR parameter */
	const char *what;
};

enum { OWNER_LOST, NR_OWNERS = 8 };

extern const struct owner owners[NR_OWNERS];

void ranges_of_ram(struct ranges *ram);
void ranges_of_others(struct ranges *shared);

/* text.c: numbers for people; the text is good for the next eight calls */
const char *text_number(u64 n);
const char *text_size(u64 pages);
const char *text_time(u64 ns);

/* The commands: arguments are those behind the command's name. */
void status_run(char **args, int n);
void map_run(char **args, int n);
void pool_run(char **args, int n);
void alloc_run(char **args, int n);
void buffer_run(char **args, int n);	/* alloc --map */
void free_run(char **args, int n);
void convert_run(char **args, int n);
void stats_run(char **args, int n);
void audit_run(char **args, int n);

#endif /* SNP_PSC_TOOL_H */
