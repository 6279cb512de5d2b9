#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kmemleak reads all that was ever allocated, word by word and without a fixup, while parts
# of it are in mid-conversion: memory of vmalloc(), which it knows. For a kernel that has it.
#
# run: -o es=off -t 1200
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

leaks=/sys/kernel/debug/kmemleak
rounds=0

# convert_while PID: hidden most of the time, for the scan comes by once
convert_while()
{
	write "alloc vmalloc 8000" $client || return
	while kill -0 "$1"; do
		write "convert snp_psc shared" $client &&
			write "convert snp_psc private" $client || return
		rounds=$((rounds + 1))
	done
	write free $client
}

echo 1 >/proc/sys/kernel/panic_on_oops
plan 7
check "kmemleak is there" test -w $leaks
check "the module loads" load
check "so does its client" insmod ./snp_psc_client.ko
taskset -p 1 $$ >/dev/null
write scan $leaks &
scan=$!
taskset -p 2 $scan >/dev/null
convert_while $scan 2>/dev/null
status=0
wait $scan || status=$?
equal "the scan comes to its end" 0 $status
check "many conversions came in the midst of it" [ $rounds -ge 5 ]
echo "# $rounds conversions there and back"
check "kmemleak has not disabled itself" write clear $leaks
check "the kernel did not complain" clean_dmesg
finish
