#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A CPU that was offline: the kernel takes its GHCB to halt it and never gives it
# back. After one time the module borrows all the same, after two it refuses. With
# exits as #VC such a kernel panics by itself, at its next nested exception.
#
# run: -s 2 -o es=off
# shellcheck source=ktap.sh
. ./ktap.sh

dir=/sys/kernel/debug/snp_psc
switch=/sys/devices/system/cpu/cpu1/online

# flags: of CPU 1's GHCB and of its backup
flags()
{
	sed -n 's/^cpu 1: .* in_use \(.\) backup \(.\): .*/\1 \2/p' $dir/status
}

replug()
{
	echo 0 >"$switch" && echo 1 >"$switch"
}

# convert COMMAND: on CPU 1
convert()
{
	taskset 2 sh -c ". ./ktap.sh; write '$1' $dir/convert"
}

# result: of the last conversion
result()
{
	sed -n 's/^result //p' $dir/convert
}

plan 19
check "the module loads" insmod ./snp_psc.ko
check "a region" write "alloc 1M" $dir/pool

equal "before: nothing is in use" "0 0" "$(flags)"
check "before: to shared on CPU 1" convert "shared 1"
check "before: to private on CPU 1" convert "private 1"

check "CPU 1 goes and comes back" replug
equal "once: the GHCB looks in use" "1 0" "$(flags)"
check "once: to shared" convert "shared 1"
check "once: to private" convert "private 1"
equal "once: the flag is left as it was" "1 0" "$(flags)"
check "once: to shared, for later" convert "shared 1"

check "CPU 1 goes and comes back again" replug
equal "twice: GHCB and backup look in use" "1 1" "$(flags)"
expect_errno EIO "twice: refused on CPU 1" convert "private 1"
equal "twice: nothing has happened" 256 "$(awk '$5 == "shared" { n += $3 } END { print n }' $dir/pool)"
equal "twice: the result says so" -5 "$(result)"
check "twice: another CPU can" taskset 1 sh -c ". ./ktap.sh; write 'private 1' $dir/convert"

check "the module unloads" rmmod snp_psc
check "the kernel did not complain" clean_dmesg
finish
