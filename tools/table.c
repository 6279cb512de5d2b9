// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of words. A table with columns begins with a line that names them, behind a
 * '#'; there may be more than are known. Other lines with a '#' are remarks. What does
 * not look like that is refused, with the number of the line: nobody should see a
 * picture of half the truth.
 */
#include <stdlib.h>
#include <string.h>

#include "snp-psc.h"

/* So begins the remark of a guest in which page tables do not say what is shared. */
#define NO_C_BIT	"# no C-bit"

void table_bad(const struct table *t, const char *what)
{
	die(STATUS_FORMAT, "%s, line %u: %s", t->name, t->line, what);
}

/* Some of it is printed as it is, maybe by root, and the file may be anybody's. */
static void check_text(struct table *t)
{
	const char *c;

	for (c = t->text, t->line = 1; *c; c++) {
		if (*c == '\n')
			t->line++;
		else if (*c != '\t' && (*c < ' ' || *c > '~'))
			table_bad(t, "not plain text");
	}
	t->line = 0;
}

/* @header: the first columns, without the "# "; NULL: it has none */
void table_open(struct table *t, const char *name, const char *header)
{
	size_t len = header ? strlen(header) : 0;
	char *c;

	memset(t, 0, sizeof(*t));
	t->name = name;
	t->text = tree_read(name);
	t->rest = t->text;
	check_text(t);
	if (!header)
		return;
	t->line = 1;
	if (strncmp(t->text, "# ", 2) || strncmp(t->text + 2, header, len) ||
	    !strchr(" \n", t->text[2 + len]))
		table_bad(t, "not the columns that this command knows");
	for (c = t->text + 2, t->columns = 1; *c != '\n'; c++)
		t->columns += *c == ' ';
	t->rest = c + 1;
}

static void split(struct table *t, char *line)
{
	char *word, *state = NULL;

	t->words = 0;
	for (word = strtok_r(line, " \t", &state); word; word = strtok_r(NULL, " \t", &state)) {
		if (t->words + 1 == COLUMNS_MAX)
			table_bad(t, "too many words");
		t->word[t->words++] = word;
	}
	t->word[t->words] = NULL;
}

/* The next line that has words. */
bool table_next(struct table *t)
{
	char *line;

	do {
		line = t->rest;
		if (!*line)
			return false;
		t->line++;
		t->rest = strchr(line, '\n');
		*t->rest++ = '\0';
		t->no_c_bit |= !strncmp(line, NO_C_BIT, strlen(NO_C_BIT));
		split(t, line);
	} while (!t->words || *t->word[0] == '#');
	if (t->columns && t->words != t->columns)
		table_bad(t, "not as many words as there are columns");
	return true;
}

u64 table_number(const struct table *t, int column)
{
	const char *digits = column < t->words ? t->word[column] : "";
	u64 n = 0;

	if (!*digits)
		table_bad(t, "a number is missing");
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9')
			table_bad(t, "not a number");
		if (__builtin_mul_overflow(n, (u64)10, &n) ||
		    __builtin_add_overflow(n, (u64)(*digits - '0'), &n))
			table_bad(t, "a number that does not fit into 64 bits");
	}
	return n;
}

void table_close(struct table *t)
{
	free(t->text);
}
