// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "report.h"
#include "world.h"

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "layout of GHCB and PSC descriptor", layout_test },
		{ "GHCB MSR protocol", msr_test },
		{ "NAE events", nae_test },
		{ "page state change", psc_test },
		{ "memory accesses", access_test },
		{ "PVALIDATE and RMPADJUST", insn_test },
		{ "rules that no correct guest breaks", rules_test },
	};
	unsigned int i;

	puts("KTAP version 1");
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		printf("# %s\n", tests[i].name);
		tests[i].run();
	}
	puts("# fault plans");
	fault_test(argc > 1 ? argv[1] : "outcomes.csv");
	return report_summary();
}
