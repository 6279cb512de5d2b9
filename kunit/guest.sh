#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: runs the suites, which write to the kernel's log, and looks at what
# the kernel thinks of them.
# shellcheck source=../selftests/guest/ktap.sh
. ./ktap.sh

kmemleak=/sys/kernel/debug/kmemleak

# A second scan, for what has changed since the one before does not count.
scan()
{
	echo scan >"$kmemleak"
	echo scan >"$kmemleak"
}

# Only what has been lost for 5 s counts.
no_leak()
{
	sleep 6
	scan
	! grep . "$kmemleak"
}

# What the kernel itself has lost so far.
if [ -e "$kmemleak" ]; then
	scan
	echo clear >"$kmemleak"
fi

set -- ./snp_psc_kunit*.ko
plan $((2 * $# + 2))
for module; do
	module=$(basename "$module" .ko)
	check "$module loads" insmod "./$module.ko"
	check "$module unloads" rmmod "$module"
done
if [ -e "$kmemleak" ]; then
	check "no leak" no_leak
else
	skip "this kernel has no kmemleak" "no leak"
fi
check "the kernel did not complain" clean_dmesg
finish
