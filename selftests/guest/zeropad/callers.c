// SPDX-License-Identifier: GPL-2.0
/*
 * Functions of the kernel's own that use load_unaligned_zeropad(). What they return
 * must not depend on what is behind the end of the name, or whether there is anything.
 */
#include <linux/dcache.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include <net/checksum.h>

#include "callers.h"
#include "pairs.h"

static struct path names;		/* a directory with an entry for each end of TAIL */
static u32 hashes[NEAR_MAX + 1];	/* of these */
static u64 expected[CALLERS][NEAR_MAX + 1];

static u64 call_full_name_hash(const char *name, unsigned int near)
{
	return full_name_hash(NULL, name, near);
}

static u64 call_hashlen_string(const char *name, unsigned int near)
{
	return hashlen_string(NULL, name);
}

/* The hash is known, so that what reads is the comparison with the names in the cache. */
static u64 call_d_lookup(const char *name, unsigned int near)
{
	struct qstr q = { .hash = hashes[near], .len = near - 1, .name = name };
	struct dentry *dentry = d_lookup(names.dentry, &q);

	dput(dentry);
	return (u64)dentry;
}

static u64 call_siphash(const char *name, unsigned int near)
{
	static const siphash_key_t key = { { 1, 2 } };

	return siphash(name, near, &key);
}

static u64 call_csum_partial(const char *name, unsigned int near)
{
	return (__force u32)csum_fold(csum_partial(name, near, 0));
}

static u64 call_strscpy(const char *name, unsigned int near)
{
	u64 copy[2] = {};
	char *to = (char *)copy;

	OPTIMIZER_HIDE_VAR(to);		/* else it is fortified, which counts bytes before */
	strscpy(to, name, sizeof(copy));
	return copy[0];
}

const struct caller callers[CALLERS] = {
	{ "full_name_hash",	1, call_full_name_hash },
	{ "hashlen_string",	1, call_hashlen_string },
	{ "d_lookup",		2, call_d_lookup },
	{ "siphash",		1, call_siphash },
	{ "csum_partial",	2, call_csum_partial },
	{ "strscpy",		1, call_strscpy },
};

/* A name of which so many bytes count, where nobody disturbs it. */
static const char *quiet_name(unsigned int near)
{
	static const char name[2 * sizeof(TAIL)] = TAIL;	/* zeros behind */

	return name + sizeof(TAIL) - near;
}

static int find_names(void)
{
	unsigned int near;

	for (near = 2; near <= NEAR_MAX; near++) {
		hashes[near] = full_name_hash(names.dentry, quiet_name(near), near - 1);
		if (!call_d_lookup(quiet_name(near), near))
			return -ENOENT;
	}
	return 0;
}

/**
 * callers_init() - find out what each function has to return
 * @directory:	has an entry for each end of TAIL
 *
 * Return: 0, or a negative errno if that is not so; callers_exit() undoes both
 */
int callers_init(const char *directory)
{
	unsigned int near;
	u32 i;
	int err;

	err = kern_path(directory, LOOKUP_DIRECTORY, &names) ?: find_names();
	if (err)
		return err;
	for (i = 0; i < CALLERS; i++)
		for (near = callers[i].near_min; near <= NEAR_MAX; near++)
			expected[i][near] = callers[i].call(quiet_name(near), near);
	return 0;
}

/**
 * callers_exit() - give back what callers_init() took
 */
void callers_exit(void)
{
	path_put(&names);
}

/**
 * caller_expected() - what a function has to return
 * @caller:	its number
 * @near:	how much of the name is in the neighbour
 *
 * Return: that
 */
u64 caller_expected(u32 caller, unsigned int near)
{
	return expected[caller][near];
}
