// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "table.h"

bool table_row(FILE *file, char line[TABLE_LINE], char *cells[], unsigned int n, bool *whole)
{
	unsigned int i;

	do {
		if (!file || !fgets(line, TABLE_LINE, file))
			return false;
	} while (line[0] == '#');
	line[strcspn(line, "\n")] = 0;
	for (i = 0; i < n && line; i++)
		cells[i] = strsep(&line, ",");
	*whole = i == n && !line;
	return true;
}
