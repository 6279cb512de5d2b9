// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"
#include "report.h"
#include "world.h"

/* Arguments: the tables of outcomes, and how deep the second model is followed. */
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
		{ "NMIs and the GHCB", nmi_test },
		{ "fault plans", plan_test },
	};
	unsigned int i;

	puts("KTAP version 1");
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		printf("# %s\n", tests[i].name);
		tests[i].run();
	}
	puts("# outcomes of fault plans");
	fault_test(argc > 1 ? argv[1] : "outcomes.csv");
	undo_test(argc > 2 ? argv[2] : "undo.csv");
	puts("# second model");
	oracle_test(argc > 3 ? atoi(argv[3]) : 4);
	return report_summary();
}
