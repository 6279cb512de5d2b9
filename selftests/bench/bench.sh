#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh MODE CASE... [MODE CASE...]...: what the same work costs by either way, a line
# "#+ MODE name=value..." for each
#
# CASE is LAYOUT:PAGES:ROUNDS:WAY[,WAY]..., with LAYOUT one of the client's, or
# buffers-MOST, PAGES of these then being buffers of up to MOST pages. WAY is kernel; ghcbN
# with N as batch_max; msr; pool. MODE is
#
# exact	    events, and instructions if there is one vCPU and QEMU counts (run -d)
# steps	    most instructions in a row with interrupts off
# flushes   TLB broadcasts, the other CPUs being kept awake
# times	    events, and how long it takes
# vcpus	    the same, of a guest that has as many vCPUs as are of interest
# crowd	    1, 2 and 4 CPUs at once, for 300 ms; LAYOUT is contiguous
# held	    what the converting task allocates meanwhile, bytes at a time
#
# In a guest of another host the machine counts nothing: only the module's numbers, and
# times, are there.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh
# shellcheck source=../guest/machine.sh
. ./machine.sh

trace=/sys/kernel/tracing
mark=/sys/module/snp_psc_client/parameters/mark

# fields MODE: of a row. Of the machine's counters there are none elsewhere.
fields()
{
	events='vmgexits entries runs pvalidates_4k pvalidates_2m rmpupdates flushes'
	case $1 in
	exact)	echo "$events instructions" ;;
	steps)	echo irqs_off ;;
	flushes) echo broadcasts ;;
	*)	echo "$events cycles ns" ;;
	esac
}

# How the client marks the call for the machine.
marks()
{
	case $1 in
	exact|flushes)	echo 1 ;;
	steps)		echo 2 ;;
	*)		echo 0 ;;
	esac
}

# The shell's own echo: a process takes longer than most conversions.
client()
{
	echo "$*" >$client
}

machine()
{
	hostctl "$@" 2>/dev/null
}

# counted WAY FIELD...: what was counted since reset(). The module knows of its own.
counted()
{
	ours=$1
	shift
	{ machine counters; sed 's/^/module_/' $dir/stats; cat $client; } |
		awk -v ours="$ours" -v names="$*" '
		{ n[$1] = $2 }
		END {
			if ("psc" in n) {
				n["vmgexits"] = n["psc"] + n["msr_psc"]
				n["entries"] = n["psc_entries"]
				n["runs"] = n["psc_runs"]
				n["pvalidates_4k"] = n["pvalidate_4k"]
				n["pvalidates_2m"] = n["pvalidate_2m"]
				n["rmpupdates"] = n["rmpupdate"]
				n["broadcasts"] = n["icr_calls"]
			} else if (ours != "kernel") {
				n["vmgexits"] = n["module_vmgexits"]
				n["entries"] = n["module_entries"]
				n["pvalidates_4k"] = n["module_pvalidates"]
				n["pvalidates_2m"] = n["module_pvalidates_2m"]
			}
			if (ours != "kernel")
				n["flushes"] = n["module_flushes"]
			for (i = 1; i <= split(names, name, " "); i++)
				if (name[i] in n)
					printf " %s=%.0f", name[i], n[name[i]]
			print ""
		}'
}

# ops LAYOUT: what there is to measure
ops()
{
	case $1 in
	buffers-*)	echo both ;;
	*)		echo shared private ;;
	esac
}

# work LAYOUT PAGES WAY OP
work()
{
	case $3 in
	kernel|pool)	way=$3 ;;
	*)		way=snp_psc ;;
	esac
	case $1 in
	buffers-*)	client buffers "$way" "$2" "${1#*-}" ;;
	*)		client convert "$way" "$4" ;;
	esac
}

# once LAYOUT PAGES WAY OP FIELD...: a line "OP name=value..."
once()
{
	echo 1 >$dir/stats_reset
	machine reset
	work "$1" "$2" "$3" "$4" || exit
	way=$3 op=$4
	shift 4
	echo "$op$(counted "$way" "$@")"
}

# The median of all rounds, and the least where what else goes on adds to a number.
summary()
{
	sort | awk '
	function flush_op(    i, j, k, x, text) {
		for (i = 1; i <= columns; i++) {
			for (j = 1; j <= rounds; j++) {
				x = value[i, j]
				for (k = j - 1; k && sorted[k] > x; k--)
					sorted[k + 1] = sorted[k]
				sorted[k + 1] = x
			}
			x = name[i] == "broadcasts" ? 1 : int((rounds + 1) / 2)
			text = text sprintf(" %s=%.0f", name[i], sorted[x])
		}
		print "op=" op text
	}
	rounds && $1 != op { flush_op(); rounds = 0 }
	{
		op = $1
		rounds++
		columns = NF - 1
		for (i = 2; i <= NF; i++) {
			split($i, part, "=")
			name[i - 1] = part[1]
			value[i - 1, rounds] = part[2] + 0
		}
	}
	END { if (rounds) flush_op() }'
}

# measure MODE LAYOUT PAGES ROUNDS WAY: after a round that splits what is to split
measure()
{
	layout=$2 pages=$3 rounds=$4 by=$5
	marks "$1" >$mark
	case $by in
	ghcb*)	echo "${by#ghcb}" >$dir/batch_max ;;
	esac
	for round in $(seq 0 "$rounds"); do
		for op in $(ops "$layout"); do
			# A CPU that has not answered yet gets no second IPI.
			[ "$1" != flushes ] || usleep 50000
			if [ "$round" = 0 ]; then
				work "$layout" "$pages" "$by" "$op" || exit
			else
				# shellcheck disable=SC2046 # names
				once "$layout" "$pages" "$by" "$op" $(fields "$1")
			fi
		done
	done | summary | sed "s/^/#+ $1 workload=$layout pages=$pages way=$by vcpus=$(nproc) /"
	echo 0 >$mark
	echo 253 >$dir/batch_max
}

# Fairness: calls of who got the fewest, as a part of who got the most.
crowd()
{
	for threads in 1 2 4; do
		[ $threads -le "$(nproc)" ] || continue
		work=kernel
		[ "$4" = kernel ] || work=snp_psc
		client crowd $work $threads 300 "$2" || exit
		awk -v pages="$2" -v way="$4" '
			{ calls += $1; least = NR == 1 || $1 < least ? $1 : least }
			$1 > most { most = $1 }
			$2 > longest { longest = $2 }
			END {
				printf "#+ crowd pages=%d way=%s threads=%d calls=%d ", pages, way, NR, calls
				printf "fairness=%.2f longest_us=%d\n", most ? least / most : 0,
					longest / 1000
			}' $client
	done
}

# traced COMMAND...: the most that it holds at a time of what it allocates, by the kernel's trace
traced()
{
	echo >$trace/trace
	for event in kmalloc kfree mm_page_alloc mm_page_free; do
		echo 1 >$trace/events/kmem/$event/enable
	done
	"$@" || exit
	echo 0 >$trace/events/kmem/enable
	awk -f ./held.awk $trace/trace
}

# held LAYOUT PAGES ROUNDS WAY: besides what a command that does nothing holds. Not in a subshell:
# it is this process that is traced.
held()
{
	[ -d $trace/events ] || mount -t tracefs none $trace
	echo "#+ rest bytes=$(cat /sys/module/snp_psc/coresize)"
	echo $$ >$trace/set_event_pid
	echo 'bytes_alloc <= 8192' >$trace/events/kmem/kmalloc/filter
	traced client pfns >/tmp/nothing
	for op in $(ops "$1"); do
		traced work "$1" "$2" "$4" "$op" >/tmp/held
		echo "#+ held workload=$1 pages=$2 way=$4 op=$op bytes=$(($(cat /tmp/held) - \
			$(cat /tmp/nothing)))"
	done
}

# Pages to work with; the crowd's and the drivers' are their own.
alloc()
{
	case $mode-$1 in
	crowd-*|*-buffers-*) ;;
	*)	client "alloc $1 $2" ;;
	esac
}

release()
{
	case $mode-$1 in
	crowd-*|*-buffers-*) ;;
	*)	client free ;;
	esac
}

# ways LIST: those that the module as it is loaded has
ways()
{
	echo "$1" | tr , '\n' | case $transport in
	msr)	grep -x msr ;;
	*)	grep -vx msr ;;
	esac
}

# bench LAYOUT PAGES ROUNDS WAYS
bench()
{
	[ "$(ways "$4")" ] || return 0
	alloc "$1" "$2" || exit
	for by in $(ways "$4"); do
		case $mode in
		crowd|held)	$mode "$1" "$2" "$3" "$by" ;;
		*)		measure "$mode" "$1" "$2" "$3" "$by" ;;
		esac
	done
	release "$1" || exit
}

# part N: of a case
part()
{
	echo "$word" | cut -d : -f "$1"
}

# all TRANSPORT MODE CASE...
all()
{
	transport=$1
	insmod ./snp_psc.ko transport="$transport" && insmod ./snp_psc_client.ko || exit
	shift
	for word; do
		case $word in
		*:*)	bench "$(part 1)" "$(part 2)" "$(part 3)" "$(part 4)" ;;
		*)	mode=$word
			let_sleep
			[ "$mode" != flushes ] || keep_awake ;;
		esac
	done
	let_sleep
	rmmod snp_psc_client && rmmod snp_psc || exit
}

# settle: until boot's own business is done, and nobody runs for a second; or for a minute
settle()
{
	for _ in $(seq 60); do
		before=$(busy)
		sleep 1
		[ $(($(busy) - before)) -gt 5 ] || break
	done
}

# busy: ticks of a hundredth of a second in which any CPU had something to do
busy()
{
	awk '$1 == "cpu" { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

settle
all auto "$@"
case $* in
*msr*)	all msr "$@" ;;
esac
clean_dmesg
