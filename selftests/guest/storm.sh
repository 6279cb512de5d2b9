# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# Storms: what else goes on in a guest while pages are converted
#
#	. ./machine.sh
#	. ./storm.sh
#	insmod ./storm.ko
#	for storm in $(storms); do storm start "$storm"; done
#
# "storm start NAME" and "storm stop NAME", while nobody else asks the machine; "storm
# count NAME" is how much of it there was, "storm wrong NAME" how much that should not have
# been. $storm_seed is what they do follows from.

storm_parameters=/sys/module/storm/parameters
storm_tracing=/sys/kernel/debug/tracing
storm_seed=1

# A line for each: its name, who makes it, and what the kernel has to have for that. Memory
# comes last, for others need some of it to start.
storm_table()
{
	cat <<-END
	nmi		module		/proc/interrupts
	watchdog	module		/proc/interrupts
	ipi		module		/proc/interrupts
	hotplug		module		/sys/devices/system/cpu/cpu1/online
	ftrace		script		$storm_tracing/set_ftrace_filter
	kprobes		script		$storm_tracing/kprobe_events
	failures	script		/proc/self/make-it-fail
	readers		script		/proc/self
	memory		module		/proc/vmstat
	END
}

# storms: those that this kernel can have
storms()
{
	storm_table | while read -r storm_name _ needs; do
		[ ! -e "$needs" ] || echo "$storm_name"
	done
}

# storm start|stop|count|wrong NAME
storm()
{
	case $(storm_table | awk -v name="$2" '$1 == name { print $2 }') in
	module)	"module_$1" "$2" ;;
	script)	"$2_$1" ;;
	*)	echo "there is no storm $2"; return 1 ;;
	esac
}

# ---- by the module ----

module_start()
{
	echo "$storm_seed" >$storm_parameters/seed && echo "$1" >$storm_parameters/start
}

module_stop()
{
	echo "$1" >$storm_parameters/stop
}

module_count()
{
	awk -v name="$1" '$1 == name { print $2 }' $storm_parameters/counts
}

module_wrong()
{
	awk -v name="$1" '$1 == name { print $3 }' $storm_parameters/counts
}

# ---- something that is done again and again, until it is told to stop ----

# again NAME COMMAND...
again()
{
	again_name=$1
	shift
	(
		n=0 failed=0
		while [ ! -e "/tmp/stop-$again_name" ]; do
			n=$((n + 1))
			"$@" || failed=$((failed + 1))
		done
		echo $n >>"/tmp/count-$again_name"
		echo $failed >>"/tmp/count-$again_name-wrong"
		rm "/tmp/stop-$again_name"
	) >/dev/null 2>&1 &
}

# enough NAME
enough()
{
	touch "/tmp/stop-$1"
	while [ -e "/tmp/stop-$1" ]; do
		sleep 0.02
	done
}

# how_often NAME: how often it was done, in all storms
how_often()
{
	awk '{ n += $1 } END { print n + 0 }' "/tmp/count-$1" 2>/dev/null || echo 0
}

# ---- the function tracer, on the module's functions and what they call; on and off ----

ftrace_start()
{
	echo ':mod:snp_psc' 'smp_call*' >$storm_tracing/set_ftrace_filter &&
		echo function >$storm_tracing/current_tracer &&
		again ftrace ftrace_gust
}

# When memory is scarce it may not come back at once.
ftrace_gust()
{
	sleep 0.1
	traced
	echo nop >$storm_tracing/current_tracer
	sleep 0.02
	echo function >$storm_tracing/current_tracer || :
}

# What is in the buffer, and what was overwritten there.
traced()
{
	cat $storm_tracing/per_cpu/cpu*/stats |
		awk '$1 == "entries:" || $1 == "overrun:" { n += $2 } END { print n + 0 }' \
			>>/tmp/count-traced
}

ftrace_stop()
{
	enough ftrace
	traced
	echo nop >$storm_tracing/current_tracer
	: >$storm_tracing/set_ftrace_filter
}

ftrace_count()
{
	how_often traced
}

ftrace_wrong()
{
	how_often ftrace-wrong
}

# ---- kprobes, from a conversion's first step to its last ----

kprobes_functions()
{
	printf 'snp_psc:%s\n' psc_convert psc_split psc_hide flush_this_cpu leaf_write \
		psc_flush pvalidate psc_ghcb_borrow vmgexit psc_ghcb_give_back psc_books_set psc_show
	echo smp_call_function_many_cond
}

kprobes_start()
{
	kprobes_functions | while read -r function; do
		echo "p:storm/${function##*:} $function"
	done >>$storm_tracing/kprobe_events &&
		field "$dir/stats" flushes >/tmp/flushes &&
		echo 1 >$storm_tracing/events/storm/enable
}

# hits FUNCTION: those that came, and those that were missed because they came within another one
hits()
{
	awk -v name="$1" '$1 ~ name { n += $2 + $3 } END { print n + 0 }' $storm_tracing/kprobe_profile
}

kprobes_stop()
{
	echo 0 >$storm_tracing/events/storm/enable
	hits . >>/tmp/count-kprobes
	echo $(($(field "$dir/stats" flushes) - $(cat /tmp/flushes) - $(hits '^psc_flush$'))) \
		>>/tmp/count-kprobes-wrong
	: >$storm_tracing/kprobe_events
}

kprobes_count()
{
	how_often kprobes
}

# Flushes that none saw.
kprobes_wrong()
{
	how_often kprobes-wrong
}

# ---- failures of what a conversion needs: where the caller may fail (snp_psc_random's) ----

# A line for each: attribute, one of how many calls, out of how many the next one can fail.
failures_table()
{
	cat <<-END
	/sys/kernel/debug/failslab		100	0
	/sys/kernel/debug/fail_page_alloc	100	0
	$dir/fault_psc				10	50
	$dir/fault_pvalidate			100	5000
	$dir/fault_split			3	0
	END
}

failures_start()
{
	for attr in /sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc; do
		echo N >$attr/ignore-gfp-wait
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	failures_table | while read -r attr one_of interval; do
		echo Y >"$attr/task-filter"
		echo 0 >"$attr/verbose"
		echo -1 >"$attr/times"
		echo "$interval" >"$attr/interval"
		echo $((100 / one_of)) >"$attr/probability"
	done
	echo 1 >/sys/module/snp_psc_random/parameters/may_fail
}

failures_stop()
{
	failures_table | while read -r attr _; do
		echo 0 >"$attr/probability"
	done
	echo 0 >/sys/module/snp_psc_random/parameters/may_fail
	awk 'NR == 1 { while ($(i + 1) != "failed") i++; next } { n += $i } END { print n + 0 }' \
		/sys/module/snp_psc_random/parameters/counts >>/tmp/count-failures
}

failures_count()
{
	how_often failures
}

# What a request that failed came to, the random requests judge themselves.
failures_wrong()
{
	echo 0
}

# ---- people who look at debugfs, and names that are in no directory, for reclaim to find ----

readers_start()
{
	again readers readers_gust
}

readers_gust()
{
	for file in shared_ranges audit status stats heap pool poisoned; do
		cat "$dir/$file" >/dev/null || return
	done
	for i in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -e "/tmp/nobody-$i-$(how_often readers)" ] || return
	done
}

readers_stop()
{
	enough readers
}

readers_count()
{
	how_often readers
}

readers_wrong()
{
	how_often readers-wrong
}
