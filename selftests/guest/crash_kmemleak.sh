#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kmemleak reads all that was ever allocated, word by word and without a fixup, while parts
# of it are in mid-conversion: memory of vmalloc() and of kmalloc(), which it knows. For a
# kernel that has it.
#
# run: -o es=off -t 1200
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

leaks=/sys/kernel/debug/kmemleak
rounds=0

# there_and_back LAYOUT PAGES: a few times
there_and_back()
{
	write "alloc $1 $2" $client || return
	for _ in 1 2 3 4 5; do
		write "convert snp_psc shared" $client &&
			write "convert snp_psc private" $client || return
		rounds=$((rounds + 1))
	done
	write free $client
}

convert_while()
{
	while kill -0 "$1"; do
		there_and_back vmalloc 300 && there_and_back kmalloc 64 || return
	done
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
check "many conversions came in the midst of it" [ $rounds -ge 20 ]
echo "# $rounds conversions there and back"
check "kmemleak has not disabled itself" write clear $leaks
check "the kernel did not complain" clean_dmesg
finish
