// SPDX-License-Identifier: GPL-2.0
/* What an NMI does to the GHCB of its CPU, in all kernels from 6.1 to 7.2. */
#include <linux/string.h>

#include "../selftests/host/ghcb.h"
#include "world.h"

/* vc_ghcb_invalidate() */
static void invalidate(struct psc_ghcb *ghcb)
{
	ghcb->sw_exit_code = 0;
	memset(ghcb->valid_bitmap, 0, sizeof(ghcb->valid_bitmap));
}

/* __sev_es_nmi_complete(), between getting the GHCB and putting it back. */
static void tell_host(struct world *w)
{
	struct psc_ghcb *ghcb = &w->data->ghcb;
	struct host_exit out;

	invalidate(ghcb);
	ghcb->sw_exit_code = NAE_NMI_COMPLETE;
	ghcb->sw_exit_info_1 = 0;
	ghcb->sw_exit_info_2 = 0;
	ghcb->valid_bitmap[1] = 7ull << (GHCB_SW_EXIT_CODE / 8 - 64);
	w->vcpu.ghcb_msr = world_ghcb_gpa();
	host_vmgexit(&w->host, &w->vcpu, &out);
}

/**
 * world_nmi() - for &world.interrupt: __sev_get_ghcb(), the exit, __sev_put_ghcb()
 * @w:	where
 */
void world_nmi(struct world *w)
{
	struct psc_runtime_data *data = w->data;
	bool nested = data->ghcb_active;

	if (nested && data->backup_ghcb_active) {
		KUNIT_FAIL(w->test, "the kernel panics: GHCB and backup are in use");
		return;
	}
	if (nested) {
		data->backup_ghcb_active = 1;
		data->backup_ghcb = data->ghcb;
	} else {
		data->ghcb_active = 1;
	}
	w->vcpu.nmi_masked = true;
	tell_host(w);
	KUNIT_EXPECT_FALSE(w->test, w->vcpu.nmi_masked);
	if (nested) {
		data->ghcb = data->backup_ghcb;
		data->backup_ghcb_active = 0;
	} else {
		invalidate(&data->ghcb);
		data->ghcb_active = 0;
	}
}
