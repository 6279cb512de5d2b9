#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# nmis.sh TRANSPORT STEP [DIRECTION]: NMIs at every STEP-th instruction of a conversion
#
# To shared, to private, and then storms of them; or one direction alone.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh

transport=$1 step=$2 only=${3:-}
parameters=/sys/module/nmis/parameters
pages=2

result()
{
	cat $parameters/"$1"
}

# nonzero NAME I...: so many NMIs have come in each of these parts of the window
nonzero()
{
	for place; do
		[ "$(result places | cut -d , -f $((place + 1)))" -gt 0 ] || return 1
	done
}

# The places of nmis.c: those of the other transport can't be hit.
everywhere()
{
	case $transport in
	msr)	nonzero 0 4 7 ;;
	*)	nonzero 0 1 2 3 5 6 7 ;;
	esac
}

# By the MSR protocol a request that an NMI took, or an answer, is sent again.
nothing_repeated()
{
	case $transport in
	msr)	[ "$(result repeated)" -gt 0 ] && [ "$(result repeated)" -le "$(result nmis)" ] ;;
	*)	[ "$(result repeated)" -eq 0 ] ;;
	esac
}

# harmless TITLE: what all NMIs together have done
harmless()
{
	echo "# $1: $(result nmis) NMIs in $(result conversions) conversions:" \
		"$(result places) VMGEXITs repeated: $(result repeated)"
	equal "$1: no conversion fails" 0 "$(result failed)"
	check "$1: nothing is asked twice, but what an NMI took from the MSR" nothing_repeated
	equal "$1: no page changes hands too often, or not at all" 0 "$(result twice)"
	equal "$1: host and guest agree about every page" 0 "$(result wrong)"
	echo "#= nmis_$1 $(result nmis)"
	echo "#= harmed_$1 $(($(result failed) + $(result repeated)))"
}

is_shared()
{
	case $1 in
	shared)	echo 1 ;;
	*)	echo 0 ;;
	esac
}

case $only in
"")	plan 19 ;;
*)	plan 9 ;;
esac
insmod ./snp_psc.ko transport="$transport" || exit
hostctl reset
for op in ${only:-shared private}; do
	insmod ./nmis.ko shared="$(is_shared "$op")" pages=$pages step="$step"
	check "to_$op: NMIs came in each part of the window" everywhere
	equal "to_$op: each came" 0 "$(result missed)"
	harmless "to_$op"
	rmmod nmis
done
if [ -z "$only" ]; then
	insmod ./nmis.ko pages=$pages exits=50 rounds=400
	harmless storm
	rmmod nmis
fi
equal "no PVALIDATE without a change" 0 "$(hostctl get pvalidate_no_change)"
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
