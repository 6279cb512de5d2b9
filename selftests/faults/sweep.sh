#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# sweep.sh TRANSPORT [POINTS]: convert while a fault plan strikes, at one point after the other
#
# A line of POINTS is: layout, direction, plan as it is armed. Says for each what the
# conversion came to (done, undone or poisoned), and what is wrong afterwards:
#
#	guards	somebody has written to pages outside of the range
#	states	a page is neither as it was nor, if all went well, as wanted nor, if
#		the call says so, poisoned; or one outside of the range has changed
#	host	the host holds a page otherwise than the guest maps it
#	use	a page can't be used in the state that it is said to have
#	free	the region can't be freed
#	others	other pages can't be converted any more
#	struck	the plan did not strike
#
# If a guest does not survive a point, it was the last.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh
# shellcheck source=../guest/machine.sh
. ./machine.sh

seed=0
guard=8			# pages before and behind the range

# What is converted: the region's size, and the range of pages in it. With gaps every
# second page of it is as wanted from the start, so that the request leaves it out.
layout()
{
	gap=1
	case $1 in
	pages)	size=128K batch=4 first=8 count=11 ;;
	gaps)	size=128K batch=4 first=8 count=21 gap=2 ;;
	blocks)	size=12M batch=2 first=511 count=1539 ;;
	esac
	end=$((first + count))
}

# Without processes where none is needed: there are thousands of points.
put()
{
	printf '%s\n' "$1" >"$2"
}

# load TRANSPORT
load()
{
	insmod ./snp_psc.ko transport="$1" && insmod ./snp_psc_client.ko || exit
	put "alloc 16K" $dir/pool
	other=$(last_id)
}

last_id()
{
	while read -r number _; do
		last=$number
	done <$dir/pool
	echo "$last"
}

# extents: of the region, lines: first, count, PFN, state
extents()
{
	while read -r number rest; do
		[ "$number" != "$id" ] || echo "$rest"
	done <$dir/pool
}

# pfn INDEX
pfn()
{
	extents | while read -r at n page _; do
		[ "$1" -lt "$at" ] || [ "$1" -ge $((at + n)) ] || echo $((page + $1 - at))
	done
}

# guards COMMAND: fill or match, with the pages around the range and in its gaps
guards()
{
	total=0
	each "$1" $((start - guard)) $guard
	each "$1" "$behind" $guard
	[ $gap -eq 1 ] || for page in 1 3 5 7 9 11 13 15 17 19; do
		each "$1" $((start + page)) 1
	done
}

# each COMMAND PFN COUNT: adds the words that match to $total
each()
{
	put "$1 $2 $3 $seed" $client
	while read -r key words; do
		[ "$key" != matched ] || total=$((total + words))
	done <$client
}

# Both directions, all or nothing.
others()
{
	put "shared $other" $dir/convert && put "private $other" $dir/convert
}

opposite()
{
	[ "$1" = shared ] && echo private || echo shared
}

# The range is as it was before, the gaps as they are to be.
prepare()
{
	put "$batch" $dir/batch_max
	put "alloc $size" $dir/pool
	id=$(last_id)
	start=$(pfn "$first")
	behind=$(pfn $end)	# not start + count: a region has holes
	[ "$op" = shared ] || put "shared $id $first $count" $dir/convert || return
	[ $gap -eq 1 ] || for page in 1 3 5 7 9 11 13 15 17 19; do
		put "$op $id $((first + page)) 1" $dir/convert || return
	done
	seed=$((seed + 1))
	guards fill
}

convert()
{
	if message=$(write "$op $id $first $count" $dir/convert 2>&1); then
		echo "done"
		return
	fi
	case $message in
	*'Input/output error'*)	echo undone ;;
	*'not recoverable'*)	echo poisoned ;;
	*)			echo "$message" ;;
	esac
}

states_are_right()
{
	extents | awk -v first="$first" -v end=$end -v gap=$gap -v op="$op" -v result="$1" \
		-v old="$(opposite "$op")" '
		function right(i, state) {
			if (i < first || i >= end)
				return state == "private"
			if ((i - first) % gap)
				return state == op
			if (result == "done")
				return state == op
			poisoned += state == "poisoned"
			return state == old || state == "poisoned"
		}
		{
			for (i = $1; i < $1 + $2; i++)
				wrong += !right(i, $4)
		}
		END { exit wrong || (result == "poisoned") != (poisoned > 0) }'
}

# Written and read by the guest, and by the host what is shared.
pages_are_usable()
{
	# shellcheck disable=SC2030,SC2031 # $total is each one's own
	extents | while read -r _ n page state; do
		[ "$state" != poisoned ] || continue
		total=0
		each fill "$page" "$n"
		each match "$page" "$n"
		[ $total -eq $((n * 512)) ] || exit 1
		[ "$state" = private ] ||
			[ "$(hostctl match "$page" $seed "$n")" -eq $((n * 512)) ] || exit 1
	done
}

# problems RESULT
problems()
{
	[ "$at_load" ] || [ "$(hostctl struck)" -gt 0 ] || echo struck
	guards match
	# shellcheck disable=SC2031 # $total is each one's own
	[ $total -eq $(((2 * guard + (gap - 1) * 10) * 512)) ] || echo guards
	states_are_right "$1" || echo states
	host_agrees "$id" >/dev/null || echo host
	pages_are_usable || echo use
	case $plan in
	*psc-unregister*)	return ;;	# that GHCB is of no use to anybody
	esac
	put "free $id" $dir/pool || echo free
	others || echo others
}

# What is asked at load is tampered with at load: there has to be another way then.
arm()
{
	at_load=
	case $plan in
	register-*|preferred-gpa*)
		at_load=1
		rmmod snp_psc_client snp_psc
		hostctl fault "$plan"
		load auto
		prepare ;;	# again: its region went with the module
	*)	hostctl fault "$plan" ;;
	esac
}

transport=$1
load "$transport"
hostctl reset
while read -r shape op plan; do
	layout "$shape"
	prepare || exit
	arm
	result=$(convert)
	hostctl fault ''
	# shellcheck disable=SC2046 # words
	echo "outcome $shape $op $plan: $result" $(problems "$result")
	if [ "$at_load" ]; then
		rmmod snp_psc_client snp_psc
		load "$transport"
	fi
done <"$2"
plan 3
check "the kernel did not complain" clean_dmesg
equal "no violation" 0 "$(hostctl get violations)"
equal "no page was present at its PVALIDATE" 0 "$(hostctl get present_at_pvalidate)"
finish
