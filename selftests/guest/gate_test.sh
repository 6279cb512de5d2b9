#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# No hibernation while a page is shared: an image of memory knows nothing of page
# states. Where nothing is shared the module is not in the way, but what the kernel
# makes of hibernation in such a guest is not for this test to find out.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

plan 10
check "the module loads" load
check "a region" write "alloc 1M" $dir/pool
check "it becomes shared" write "shared 1" $dir/convert
before=$(cat $dir/pool)
if [ -e /sys/power/disk ] && ! grep -q '\[disabled\]' /sys/power/disk; then
	expect_errno EBUSY "hibernation is refused" write disk /sys/power/state
	equal "the log says why" 1 "$(dmesg | grep -c 'snp_psc: no hibernation: 256 pages are shared')"
else
	skip "no hibernation in this kernel" "hibernation is refused"
	skip "no hibernation in this kernel" "the log says why"
fi
equal "the gate is open" open "$(field $dir/status gate)"
equal "the region is as it was" "$before" "$(cat $dir/pool)"
check "it becomes private" write "private 1" $dir/convert
check "the module unloads" rmmod snp_psc
check "the kernel did not complain" clean_dmesg
finish
