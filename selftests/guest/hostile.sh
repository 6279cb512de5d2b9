#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# hostile.sh HOW RUNS: convert while the host follows one fault plan after the other
#
# HOW is a transport to load the module with, or a plan that strikes while it is loaded. A
# line of RUNS is: descriptor's entries, then what selftests/guest/hostile takes. Says of
# each what came of it, and which of these is wrong:
#
#	books	audit has something to say: the books and the page tables disagree
#	...	see hostile/main.c
#
# A line whose plan begins with "last:" is for the end, when everything else has been looked
# at: the guest may not survive it.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

parameters=/sys/module/snp_psc_hostile/parameters

# Without processes: there are thousands of runs, and a lost page is for the next one to find.
put()
{
	printf '%s\n' "$1" >"$2"
}

# $found
find_out()
{
	read -r found <"$parameters/result"
}

# The header of audit alone is what it should be.
look_at_books()
{
	{ read -r _; read -r objection || objection=; } <$dir/audit
	[ -z "$objection" ] || found="$found books"
}

# load HOW
load_how()
{
	case $1 in
	register-*|preferred-*)
		hostctl fault "$1x0"
		insmod ./snp_psc.ko transport=auto || return
		echo "loaded $1: $(sed -n 1p $dir/transport) struck $(hostctl struck)"
		hostctl fault '' ;;
	*)	insmod ./snp_psc.ko transport="$1" ;;
	esac && insmod ./snp_psc_hostile.ko
}

# strike ENTRIES LINE
strike()
{
	put "$1" $dir/batch_max
	put "$2" "$parameters/run"
	find_out
}

load_how "$1" || exit
hostctl reset
while read -r entries line; do
	case $line in
	*last:*)
		last="$entries ${line% *} ${line##*last:}"
		continue ;;
	esac
	strike "$entries" "$line"
	look_at_books
	echo "outcome $entries $line: $found"
done <"$2"
put 1 "$parameters/balloon"
find_out
echo "balloon $found"
equal "no violation" 0 "$(hostctl get violations)"
equal "no page was present at its PVALIDATE" 0 "$(hostctl get present_at_pvalidate)"
check "the kernel did not complain" clean_dmesg
[ $ktap_failed -eq 0 ] || exit
[ "$last" ] || exit 0
echo "last $last"
strike "${last%% *}" "${last#* }"
echo "outcome $last: $found"
