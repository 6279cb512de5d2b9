#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# The histograms in stats: values whose distribution is known.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# stats KEY...
stats()
{
	for key; do
		field $dir/stats "$key"
	done | tr '\n' ' ' | sed 's/ $//'
}

# values HISTOGRAM: how many are in it
values()
{
	sed -n "s/^$1_le_[0-9]* //p" $dir/stats | awk '{ n += $1 } END { print n + 0 }'
}

# ascending NUMBER...
ascending()
{
	printf '%s\n' "$@" | sort -n -c
}

# Of region 1, which is private, to shared and back: 40 single pages, 8 times 10, 2 times 100.
convert_fifty_times()
{
	i=0
	while [ "$i" -lt 50 ]; do
		case $i in
		[0-9]|[1-3]?)	count=1 ;;
		4[0-7])		count=10 ;;
		*)		count=100 ;;
		esac
		write "shared 1 $((i * 10)) $count" "$dir/convert" || return
		write "private 1" "$dir/convert" || return
		i=$((i + 1))
	done
}

plan 14
check "the module loads" insmod ./snp_psc.ko transport=ghcb
write "alloc 8M" $dir/pool
equal "no value yet" "0 0 0 0" \
	"$(stats entries_per_vmgexit_p50 entries_per_vmgexit_p99 irqs_off_ns_max page_ns_max)"
check "50 conversions to shared and back" convert_fifty_times
equal "100 VMGEXITs" "100 100 100" \
	"$(stats vmgexits) $(values entries_per_vmgexit) $(values irqs_off_ns)"
equal "80 of them with one entry, 16 with 10, 4 with 100" "80 16 4" \
	"$(stats entries_per_vmgexit_le_1 entries_per_vmgexit_le_15 entries_per_vmgexit_le_127)"
equal "no other size" 3 "$(grep -c ^entries_per_vmgexit_le_ $dir/stats)"
equal "percentiles: half 1, 90 % up to 15, 99 % up to 100" "1 15 100 100" "$(stats entries_per_vmgexit_p50 \
	entries_per_vmgexit_p90 entries_per_vmgexit_p99 entries_per_vmgexit_max)"
equal "the longest time without interrupts is the longest" "$(stats irqs_off_max_ns)" \
	"$(stats irqs_off_ns_max)"
# shellcheck disable=SC2046 # four numbers
check "its percentiles ascend" ascending \
	$(stats irqs_off_ns_p50 irqs_off_ns_p90 irqs_off_ns_p99 irqs_off_ns_max)
equal "100 calls had a time for a page" 100 "$(values page_ns)"
# shellcheck disable=SC2046 # four numbers
check "its percentiles ascend" ascending 1 $(stats page_ns_p50 page_ns_p90 page_ns_p99 page_ns_max)
write "shared 1 0 1" $dir/convert
write "shared 1 0 1" $dir/convert
equal "a call that converts nothing has none" 101 "$(values page_ns)"
write 1 $dir/stats_reset
equal "stats_reset: all zero" 0 "$(awk '{ n += $2 } END { print n }' $dir/stats)"
check "the kernel did not complain" clean_dmesg
finish
