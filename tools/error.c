// SPDX-License-Identifier: GPL-2.0
/* One line on stderr, and the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "snp-psc.h"

void die(int status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("snp-psc: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

void *must(void *memory)
{
	if (!memory)
		die(STATUS_OUTPUT, "out of memory");
	return memory;
}
