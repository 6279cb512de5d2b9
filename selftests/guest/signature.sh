#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A module as DKMS builds and signs it: every kernel loads it but one that wants to know the key.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

converts()
{
	write "alloc 8M" "$dir/pool" && write "shared 1" "$dir/convert" &&
		write "private 1" "$dir/convert" && write "free 1" "$dir/pool"
}

if grep -q sig_enforce=1 /proc/cmdline; then
	plan 3
	equal "the kernel wants signed modules" Y "$(cat /sys/module/module/parameters/sig_enforce)"
	check "the module is refused" not insmod ./snp_psc.ko
	check "and is not there" not test -e /sys/module/snp_psc
else
	plan 4
	check "the module loads" insmod ./snp_psc.ko
	equal "it is the one of the package" "$(tr '\0' '\n' <snp_psc.ko | sed -n 's/^version=//p')" \
		"$(cat /sys/module/snp_psc/version)"
	check "it converts" converts
	check "it unloads" rmmod snp_psc
fi
finish
