// SPDX-License-Identifier: GPL-2.0
/*
 * In the place of check.c, hidden.c and ghcb_check.c: page tables that are an array
 * in struct world, and a GHCB that is as good as the test says.
 */
#include "../src/check.h"
#include "../src/convert.h"
#include "../src/ghcb_check.h"
#include "../src/hidden.h"
#include "../src/request.h"
#include "world.h"

static u8 *leaf_of(unsigned long pfn)
{
	KUNIT_EXPECT_GE(world->test, pfn, world->first);
	KUNIT_EXPECT_LT(world->test, pfn, world->first + WORLD_PAGES);
	return &world->leaf[(pfn - world->first) % WORLD_PAGES];
}

/* ---- check.c ---- */

/* The tests ask for what can be had, and for nothing that they have already. */
int psc_check(struct psc_request *req, bool shared)
{
	return 0;
}

/* ---- hidden.c: psc_hidden.shown counts pages here, and psc_leaf.va is a PFN ---- */

int psc_hidden_init(struct psc_hidden *h, const struct psc_request *req)
{
	*h = (struct psc_hidden){ .req = req };
	return 0;
}

void psc_hidden_free(struct psc_hidden *h)
{
}

int psc_hide(struct psc_hidden *h, enum psc_leaf_state expected)
{
	unsigned long i, pfn, end;

	if (world->changed)
		return -EINVAL;
	for (i = 0; i < h->req->n; i++) {
		pfn = psc_unit_pfn(h->req->units[i]);
		end = pfn + psc_unit_pages(h->req->units[i]);
		world_note("hide", end - pfn);
		for (; pfn < end; pfn++) {
			KUNIT_EXPECT_EQ(world->test, *leaf_of(pfn), expected);
			*leaf_of(pfn) = PSC_LEAF_NONE;
		}
	}
	return 0;
}

void psc_flush(const struct psc_hidden *h)
{
	world_note("flush", 1);
}

static bool is_block(const struct psc_request *req, unsigned long pfn)
{
	unsigned long i;

	for (i = 0; i < req->n; i++)
		if (req->units[i] == (pfn | PSC_UNIT_LARGE))
			return true;
	return false;
}

unsigned long psc_hidden_pages(struct psc_hidden *h, unsigned long pfn)
{
	h->leaf.va = pfn;
	return world->large_leaves && is_block(h->req, pfn) ? PSC_BLOCK_PAGES : 1;
}

void psc_show(struct psc_hidden *h, enum psc_leaf_state state)
{
	static const char * const what[] = {
		[PSC_LEAF_NONE]		= "leave hidden",
		[PSC_LEAF_PRIVATE]	= "show",
		[PSC_LEAF_SHARED]	= "show",
	};
	unsigned long pfn = h->leaf.va, n = psc_hidden_pages(h, pfn);

	world_note(what[state], n);
	while (n--) {
		KUNIT_EXPECT_EQ(world->test, *leaf_of(pfn + n), PSC_LEAF_NONE);
		*leaf_of(pfn + n) = state;
	}
}

void psc_show_part(struct psc_hidden *h, const struct psc_part *part, enum psc_leaf_state state)
{
	unsigned long i, pfn, end;

	for (i = 0; i < part->n; i++) {
		pfn = psc_unit_pfn(part->units[i]);
		for (end = pfn + psc_unit_pages(part->units[i]); pfn < end;) {
			pfn += psc_hidden_pages(h, pfn);
			psc_show(h, state);
		}
	}
}

void psc_show_alias(struct psc_hidden *h)
{
}

/* ---- ghcb_check.c ---- */

void psc_ghcb_prepare(void)
{
}

bool psc_ghcb_usable(void)
{
	return world->usable;
}

u64 psc_ghcb_gpa(void)
{
	return world_ghcb_gpa();
}
