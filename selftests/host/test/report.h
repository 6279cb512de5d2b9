/* SPDX-License-Identifier: GPL-2.0 */
/* One claim a line: a report reads as a specification, its first word is the verdict. */
#ifndef TEST_REPORT_H
#define TEST_REPORT_H

#include <stdbool.h>

#define __printf(a, b)	__attribute((format(printf, a, b)))

__printf(2, 3) void report(bool passed, const char *claim, ...);

/* Prints the plan; the exit status: no claim at all is a failure. */
int report_summary(void);

#endif /* TEST_REPORT_H */
