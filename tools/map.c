// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's memory as a picture: a cell is as many pages as it takes to have all
 * RAM on one screen. Lines in which no RAM is are left out.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "snp-psc.h"

enum {
	TICK = 16,		/* cells between two marks of the scale */
	LEGEND_LINES = 12,	/* of the screen, for all but the picture */
};

struct cell {
	u64 ram, others;		/* pages; others: that are not private */
	u64 of[NR_OWNERS];
};

struct row {
	u64 index;
	struct cell *cells;
};

struct map {
	u64 pages;			/* of a cell */
	unsigned int columns;
	struct row *rows;
	size_t n;
	int digits;			/* of the addresses */
	bool colours;
};

static struct ranges ram, others, all;

/* ---- the terminal ---- */

/* POSIX: who sets COLUMNS or LINES knows better than the terminal. */
static unsigned int dimension(const char *name, unsigned int terminal, unsigned int otherwise)
{
	const char *text = getenv(name);
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	if (n > 0 && n <= 1000)
		return (unsigned int)n;
	return terminal ? terminal : otherwise;
}

static void screen(unsigned int *columns, unsigned int *lines)
{
	struct winsize w = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	*columns = dimension("COLUMNS", w.ws_col, 80);
	*lines = dimension("LINES", w.ws_row, 24);
}

static bool wants_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb");
}

/* ---- the scale ---- */

static u64 end_of(const struct range *r)
{
	return r->first + r->count;
}

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* All RAM, and what is shared outside of it; in order, nothing twice. */
static void unite(void)
{
	size_t i, n = ram.n + others.n;
	struct range *r = must(calloc(n, sizeof(*r))), *last;

	memcpy(r, ram.r, ram.n * sizeof(*r));
	if (others.n)
		memcpy(r + ram.n, others.r, others.n * sizeof(*r));
	qsort(r, n, sizeof(*r), by_first);
	for (last = r, i = 1; i < n; i++) {
		if (r[i].first > end_of(last))
			*++last = r[i];
		else if (end_of(&r[i]) > end_of(last))
			last->count = end_of(&r[i]) - last->first;
	}
	all = (struct ranges){ .r = r, .n = (size_t)(last - r) + 1, .room = n };
}

/*
 * Find the rows that have something in them, at most @limit and one more.
 * @rows, if not NULL, gets their numbers.
 */
static size_t find_rows(const struct map *m, struct row *rows, size_t limit)
{
	u64 per_row = m->pages * m->columns, row, last, next = 0;
	size_t i, n = 0;

	for (i = 0; i < all.n; i++) {
		row = all.r[i].first / per_row;
		last = (end_of(&all.r[i]) - 1) / per_row;
		for (row = row < next ? next : row; row <= last && n <= limit; row++) {
			if (rows)
				rows[n].index = row;
			n++;
			next = row + 1;
		}
	}
	return n;
}

static void choose_scale(struct map *m)
{
	unsigned int columns, lines, room;
	size_t i;

	screen(&columns, &lines);
	m->digits = snprintf(NULL, 0, "%llx", end_of(&all.r[all.n - 1]) * PAGE_BYTES);
	room = (unsigned int)m->digits + sizeof("0x ||") - 1;
	m->columns = columns > room ? columns - room : 0;
	m->columns = m->columns < TICK ? TICK / 2 : m->columns / TICK * TICK;
	lines = lines < 2 * LEGEND_LINES ? LEGEND_LINES : lines - LEGEND_LINES;
	for (m->pages = 1; find_rows(m, NULL, lines) > lines; m->pages *= 2)
		;
	m->n = find_rows(m, NULL, lines);
	m->rows = must(calloc(m->n, sizeof(*m->rows)));
	for (i = 0; i < m->n; i++)
		m->rows[i].cells = must(calloc(m->columns, sizeof(struct cell)));
	find_rows(m, m->rows, lines);
}

/* ---- the cells ---- */

static struct cell *cell_of(const struct map *m, u64 pfn)
{
	u64 n = pfn / m->pages;
	size_t i = 0;

	while (m->rows[i].index != n / m->columns)
		i++;
	return &m->rows[i].cells[n % m->columns];
}

/* @owner: NR_OWNERS for RAM */
static void paint(const struct map *m, const struct range *r, int owner)
{
	u64 pfn, n;

	for (pfn = r->first; pfn < end_of(r); pfn += n) {
		struct cell *c = cell_of(m, pfn);

		n = m->pages - pfn % m->pages;
		if (n > end_of(r) - pfn)
			n = end_of(r) - pfn;
		if (owner == NR_OWNERS) {
			c->ram += n;
			continue;
		}
		c->of[owner] += n;
		c->others += n;
	}
}

static void paint_all(const struct map *m)
{
	size_t i;

	for (i = 0; i < all.n; i++)
		paint(m, &all.r[i], NR_OWNERS);
	for (i = 0; i < others.n; i++)
		paint(m, &others.r[i], others.r[i].owner);
}

/* A lost page is never hidden among others; else who has the most of the cell. */
static const struct owner *owner_of_cell(const struct cell *c)
{
	int i, most = OWNER_LOST;

	for (i = OWNER_LOST + 1; i < NR_OWNERS && !c->of[OWNER_LOST]; i++)
		if (c->of[i] > c->of[most])
			most = i;
	return &owners[most];
}

/* ---- print ---- */

/* Change the colours only where they change. */
static void colour(const struct map *m, const char *sgr)
{
	static char now[16];

	if (!m->colours || !strcmp(now, sgr))
		return;
	snprintf(now, sizeof(now), "%s", sgr);
	printf("\033[%sm", sgr);
}

static void put(const struct map *m, const char *sgr, int c)
{
	colour(m, sgr);
	putchar(c);
}

static void put_owner(const struct map *m, const struct owner *o, bool whole)
{
	char sgr[16];

	snprintf(sgr, sizeof(sgr), whole ? "30;10%c" : "9%c;44", o->colour);
	put(m, sgr, whole ? o->letter : tolower((unsigned char)o->letter));
}

static void put_cell(const struct map *m, const struct cell *c)
{
	if (c->others)
		put_owner(m, owner_of_cell(c), c->others >= c->ram);
	else if (c->ram)
		put(m, "94;44", '.');
	else
		put(m, "0", ' ');
}

static void print_scale(const struct map *m)
{
	unsigned int i;

	printf("%*s", m->digits + 4, "");
	for (i = 0; i < m->columns; i += TICK)
		printf("+%-*s", i + TICK < m->columns ? TICK - 1 : 0, text_size(i * m->pages));
	putchar('\n');
}

static void print_rows(const struct map *m)
{
	u64 per_row = m->pages * m->columns, next = 0;
	unsigned int x;
	size_t y;

	for (y = 0; y < m->n; next = m->rows[y++].index + 1) {
		u64 index = m->rows[y].index;

		if (index > next)
			printf("%*s  %s without RAM\n", m->digits + 3, "...",
			       text_size((index - next) * per_row));
		printf("0x%0*llx |", m->digits, index * per_row * PAGE_BYTES);
		for (x = 0; x < m->columns; x++)
			put_cell(m, &m->rows[y].cells[x]);
		colour(m, "0");
		puts("|");
	}
}

static u64 pages_of(const struct ranges *ranges, int owner)
{
	u64 n = 0;
	size_t i;

	for (i = 0; i < ranges->n; i++)
		if (owner == NR_OWNERS || ranges->r[i].owner == owner)
			n += ranges->r[i].count;
	return n;
}

static void print_sum(const struct map *m, const char *name, u64 pages, const char *what)
{
	colour(m, "0");
	printf("  %-8s %10s %13s page%s", name, text_size(pages), text_number(pages),
	       pages == 1 ? "" : "s");
	if (m->columns > 2 * TICK && *what)
		printf("%s  %s", pages == 1 ? " " : "", what);
	putchar('\n');
}

static void print_legend(const struct map *m)
{
	u64 inside = pages_of(&all, NR_OWNERS), outside = pages_of(&others, NR_OWNERS), n;
	int i;

	printf("\none cell: %s, one line: %s", text_size(m->pages),
	       text_size(m->pages * m->columns));
	puts("; small letters: only part of the cell\n");
	put(m, "94;44", '.');
	colour(m, "0");
	putchar(' ');
	print_sum(m, "private", inside > outside ? inside - outside : 0, "");
	for (i = 0; i < NR_OWNERS; i++) {
		n = pages_of(&others, i);
		if (!n)
			continue;
		put_owner(m, &owners[i], true);
		put_owner(m, &owners[i], false);
		print_sum(m, owners[i].name, n, owners[i].what);
	}
	colour(m, "0");
	if (others.no_c_bit)
		puts("\nno C-bit: what others share can't be seen, it counts as private");
}

void map_run(char **args, int n)
{
	static struct map m;

	(void)args;
	(void)n;
	m.colours = wants_colours();
	ranges_of_others(&others);
	ranges_of_ram(&ram);
	unite();
	choose_scale(&m);
	paint_all(&m);
	print_scale(&m);
	print_rows(&m);
	print_legend(&m);
}
