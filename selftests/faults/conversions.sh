#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# conversions.sh WAY:OP:PLAN...: convert a few pages while a fault plan strikes
#
# WAY is kernel or snp_psc, OP shared or private. Says for each what it came to:
# done, undone or poisoned. If a guest does not survive one, it was the last.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh

dir=/sys/kernel/debug/snp_psc
client=/sys/kernel/debug/snp_psc_client/run
pages=16

other()
{
	case $1 in
	shared)		echo private ;;
	private)	echo shared ;;
	esac
}

# convert WAY OP PFN
convert()
{
	if message=$(write "range $1 $2 $3 $pages" $client 2>&1); then
		echo "done"
	else
		case $message in
		*'Input/output error'*)	echo undone ;;
		*'not recoverable'*)	echo poisoned ;;
		*)			echo "$message" ;;
		esac
	fi
}

insmod ./snp_psc.ko && insmod ./snp_psc_client.ko || exit
for conversion; do
	way=${conversion%%:*}
	plan=${conversion#*:}
	op=${plan%%:*}
	plan=${plan#*:}
	write "alloc $((pages * 4))K" $dir/pool
	set -- "$(tail -n 1 $dir/pool)"
	# shellcheck disable=SC2086 # fields: id, first, count, PFN, state
	set -- $1
	if [ "$op" = private ]; then
		[ "$(convert "$way" shared "$4")" = "done" ] || exit
	fi
	hostctl fault "$plan"
	result=$(convert "$way" "$op" "$4")
	hostctl fault ''
	# The pages are of use in the state that the call says they have.
	if [ "$result" != poisoned ]; then
		write "fill $4 $pages 1" $client
		[ "$result" = "done" ] && state=$op || state=$(other "$op")
		[ "$state" = private ] || [ "$(convert "$way" private "$4")" = "done" ] || exit
		write "free $1" $dir/pool
	fi
	echo "outcome $conversion $result"
done
[ "$(hostctl get violations)" -eq 0 ]
