#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: runs the suites, which write to the kernel's log, and looks at what
# the kernel thinks of them.
# shellcheck source=../selftests/guest/ktap.sh
. ./ktap.sh

kmemleak=/sys/kernel/debug/kmemleak

# Only what has been lost for 5 s counts.
no_leak()
{
	sleep 6
	echo scan >"$kmemleak"
	! grep . "$kmemleak"
}

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
