// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "report.h"

static unsigned int claims, failures;

void report(bool passed, const char *claim, ...)
{
	va_list args;

	claims++;
	failures += !passed;
	printf("%s %u ", passed ? "ok" : "not ok", claims);
	va_start(args, claim);
	vprintf(claim, args);
	va_end(args);
	printf("\n");
}

int report_summary(void)
{
	printf("1..%u\n# %u passed, %u failed\n", claims, claims - failures, failures);
	return !claims || failures;
}
