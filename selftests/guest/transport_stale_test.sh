#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A CPU that went and came back before the module is loaded: its GHCB looks in use and
# is borrowed without a claim; #VCs and NMIs in between use the backup all the same. The
# layout is proven on another CPU. An NMI would find neither free if it hit a #VC on that
# CPU, which is the kernel's own misfortune: so they come where there is none.
#
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# replugged CPU: goes and comes back
replug()
{
	echo 0 >"/sys/devices/system/cpu/cpu$1/online" && echo 1 >"/sys/devices/system/cpu/cpu$1/online"
}

convert()
{
	on_cpu "$2" sh -c ". ./ktap.sh; write '$1' $dir/convert"
}

plan 10
check "CPU 1 goes and comes back" replug 1
check "the module loads" insmod ./snp_psc.ko
equal "the layout is proven" "transport: ghcb why: the GHCB's layout is proven" "$(chosen)"
check "CPU 1: the GHCB looks in use, and is usable" \
	grep -q '^cpu 1: .* registered yes .* in_use 1 backup 0: usable$' $dir/status
write "alloc 400K" $dir/pool
hostctl reset
check "CPU 1: to shared" convert "shared 1" 1
check "CPU 1: to private" convert "private 1" 1
asked "CPU 1: by GHCB" 2 0
check "CPU 1: the flag is as it was" grep -q '^cpu 1: .* in_use 1 backup 0: usable$' $dir/status
check "the module unloads" rmmod snp_psc
check "the kernel did not complain" clean_dmesg
finish
