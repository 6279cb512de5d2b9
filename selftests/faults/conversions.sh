#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# conversions.sh WAY POINTS: the kernel's own path, struck by one fault plan after the other
#
# A line of POINTS is: -, direction, plan as it is armed. Says for each what the
# conversion came to. If a guest does not survive one, it was the last.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh

dir=/sys/kernel/debug/snp_psc
client=/sys/kernel/debug/snp_psc_client/run
pages=16

# convert OP PFN
convert()
{
	write "range kernel $1 $2 $pages" $client && echo "done"
}

insmod ./snp_psc.ko && insmod ./snp_psc_client.ko || exit
while read -r layout op plan; do
	[ "$plan" != none ] || continue
	write "alloc $((pages * 4))K" $dir/pool
	set -- "$(tail -n 1 $dir/pool)"
	# shellcheck disable=SC2086 # fields: id, first, count, PFN, state
	set -- $1
	[ "$op" = shared ] || [ "$(convert shared "$4")" = "done" ] || exit
	hostctl fault "$plan"
	result=$(convert "$op" "$4")
	hostctl fault ''
	write "fill $4 $pages 1" $client
	[ "$op" = private ] || [ "$(convert private "$4")" = "done" ] || exit
	write "free $1" $dir/pool
	echo "outcome $layout $op $plan: $result"
done <"$2"
[ "$(hostctl get violations)" -eq 0 ]
