#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# engine.sh count|compare|notify RMP CASE:PAGES...: what conversions cost, counted by the
# machine, a line "#+ rows name=value..." for each
#
# count: the module's conversions and their limits. compare: the kernel's way for
# the same pages too, and the TLB broadcasts of both. notify: how many pages each
# of them reports to the host, and which: their PFNs added up.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh
# shellcheck source=../guest/machine.sh
. ./machine.sh

mode=$1 rmp=$2
shift 2

# The shell's own echo: a process takes longer than most conversions.
client()
{
	echo "$*" >$client
}

# Blocks whose leaves in the direct map are 4K before the conversion that counts.
split_blocks()
{
	client leaves
	awk '$4 { print $1 }' $client >/tmp/blocks
	while read -r pfn; do
		client range snp_psc shared "$pfn" 1 && client range snp_psc private "$pfn" 1 || return
	done </tmp/blocks
}

# Layouts are the client's; "split" is one of them with a past.
alloc()
{
	case $1 in
	split)	client alloc contiguous "$2" && split_blocks ;;
	*)	client alloc "$1" "$2" ;;
	esac
}

reset()
{
	echo 1 >$dir/stats_reset
	grep direct_map /proc/vmstat >/tmp/vmstat
	hostctl reset
}

# counted NAME...: what was counted since, by the machine, the kernel and the module
counted()
{
	hostctl counters | awk -v names="$*" '
		FILENAME == "-"			{ n[$1] = $2 }
		FILENAME ~ "/stats"		{ n["module_" $1] = $2 }
		FILENAME == "/tmp/vmstat"	{ n[$1] -= $2 }
		FILENAME == "/proc/vmstat"	{ n[$1] += $2 }
		END {
			n["vmgexits"] = n["psc"] + n["msr_psc"]
			n["entries"] = n["psc_entries"]
			n["runs"] = n["psc_runs"]
			n["pvalidates_4k"] = n["pvalidate_4k"]
			n["pvalidates_2m"] = n["pvalidate_2m"]
			n["broadcasts"] = n["icr_calls"]
			n["notified"] = n["notified_shared"] + n["notified_private"]
			n["flushes"] = n["module_flushes"]
			n["splits"] = n["direct_map_level2_splits"]
			n["splits_1g"] = n["direct_map_level3_splits"]
			n["module_pvalidates_4k"] = n["module_pvalidates"]
			for (i = 1; i <= split(names, name, " "); i++)
				printf "%s=%.0f ", name[i], n[name[i]]
		}' - $dir/stats /tmp/vmstat /proc/vmstat
}

# ---- count ----

count()
{
	client leaves
	./limits "$rmp" $client >/tmp/limits
	for op in shared private; do
		read -r limits
		reset
		client convert snp_psc $op
		echo "#+ rows case=$1 pages=$2 op=$op way=snp_psc $(counted vmgexits entries runs \
			pvalidates_4k pvalidates_2m flushes splits splits_1g module_vmgexits \
			module_entries module_pvalidates_4k module_pvalidates_2m)$limits"
	done </tmp/limits
}

# ---- compare ----

# The fewest broadcasts of three, after a round that splits what there is to split: what
# else goes on adds to them. A call to a CPU that has not answered the one before takes
# none of its own, hence the pause.
fewest()
{
	for round in settle 1 2 3; do
		for op in shared private; do
			usleep 50000
			reset
			client convert "$1" $op
			[ $round = settle ] || echo "op=$op $(counted broadcasts vmgexits entries \
				runs pvalidates_4k pvalidates_2m)"
		done
	done | sort -t = -k 2,2 -k 3,3n | awk '$1 != op { print; op = $1 }'
}

compare()
{
	for way in kernel snp_psc; do
		limit=
		[ $way = kernel ] || limit=limit_broadcasts=1
		fewest $way | sed "s/.*/#+ rows case=$1 pages=$2 way=$way &$limit/"
	done
}

count_broadcasts()
{
	keep_awake
	taskset -p 1 $$ >/dev/null
	echo 1 >/sys/module/snp_psc_client/parameters/mark
}

# ---- notify ----

notify()
{
	for way in kernel snp_psc; do
		for op in shared private; do
			reset
			client convert $way $op
			counts=$(counted notified notified_sum hypercalls)
			limit=
			[ $way = kernel ] || limit=$(sed 's/notified/limit_&/g' /tmp/kernel.$op)
			echo "${counts% hyper*}" >/tmp/$way.$op
			echo "#+ rows case=$1 pages=$2 op=$op way=$way $counts$limit"
		done
	done
}

insmod ./snp_psc.ko && insmod ./snp_psc_client.ko || exit
[ "$mode" != compare ] || count_broadcasts
for what; do
	alloc "${what%:*}" "${what#*:}"
	"$mode" "${what%:*}" "${what#*:}"
	client free
done
clean_dmesg
