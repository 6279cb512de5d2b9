#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh [snp]: runs the suites, which write to the kernel's log, and looks at what the
# kernel thinks of them
# shellcheck source=../selftests/guest/ktap.sh
. ./ktap.sh

debugfs=/sys/kernel/debug
kmemleak=$debugfs/kmemleak

# Only what has been lost for 5 s counts, and what has not changed since the scan
# before. What the kernel itself loses, it loses at boot.
no_leak()
{
	sleep 6
	echo scan >"$kmemleak"
	echo scan >"$kmemleak"
	! grep -A 20 '^  comm "\(insmod\|rmmod\|kunit\)' "$kmemleak"
}

# What the kernel has counted of src/, packed: it keeps it when the modules are gone.
counted()
{
	cd $debugfs/gcov || return
	find . -path '*/src/*.gcda' | while read -r file; do
		mkdir -p "/tmp/gcov/${file%/*}"
		cat "$file" >"/tmp/gcov/$file"
	done
	tar -cz -C /tmp/gcov . | base64 | sed 's/^/#gcov /'
}

# By itself it would begin in the middle.
if [ -e "$kmemleak" ]; then
	echo scan=off >"$kmemleak"
fi

# For suites that let allocations fail, whoever asks, and silently.
if [ -e $debugfs/failslab ]; then
	echo N >$debugfs/failslab/ignore-gfp-wait
	echo 0 >$debugfs/failslab/verbose
	echo N >$debugfs/fail_page_alloc/ignore-gfp-wait
	echo 0 >$debugfs/fail_page_alloc/verbose
	echo 0 >$debugfs/fail_page_alloc/min-order
fi

where=${1:-plain}
set -- ./snp_psc_kunit*.ko
plan $((2 * $# + 2))
for module; do
	module=$(basename "$module" .ko)
	check "$module loads" insmod "./$module.ko"
	check "$module unloads" rmmod "$module"
done
if [ ! -e "$kmemleak" ]; then
	skip "this kernel has no kmemleak" "no leak"
elif [ "$where" = snp ]; then
	skip "looked for without the machine, where it takes a minute less" "no leak"
else
	check "no leak" no_leak
fi
check "the kernel did not complain" clean_dmesg
[ ! -e $debugfs/gcov ] || counted
finish
