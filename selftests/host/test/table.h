/* SPDX-License-Identifier: GPL-2.0 */
/* A table in a file: lines of cells with commas between, after "#" a comment. */
#ifndef TEST_TABLE_H
#define TEST_TABLE_H

#include <stdbool.h>
#include <stdio.h>

enum { TABLE_LINE = 256 };

/*
 * The next line's @n cells, which point into @line; @whole is false if it has not as many.
 * Returns false after the last one.
 */
bool table_row(FILE *file, char line[TABLE_LINE], char *cells[], unsigned int n, bool *whole);

#endif /* TEST_TABLE_H */
