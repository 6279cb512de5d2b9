#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# soak.sh SEED [ROUNDS]: everything at once, round by round, until a line comes in or so
# many rounds are over
#
# In each round the modules are loaded, all storms of storm.sh start, and many threads
# convert pages: random requests, pages under the fire of readers, the heap. Then the
# storms stop, and guest, module and machine have to agree about everything. What a round is
# follows from the seed and its number.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh
# shellcheck source=storm.sh
. ./storm.sh

seed=$1 rounds=${2:-1000000}
random=/sys/module/snp_psc_random/parameters
zeropad=/sys/module/zeropad/parameters
names=/tmp/names
end=/tmp/end
total_conversions=0 total_pages=0

# ---- chance ----

# draw N: $drawn is one of 0 to N - 1
draw()
{
	chance=$(((chance * 1103515245 + 12345) & 0x7fffffff))
	drawn=$(((chance >> 8) % $1))
}

# $round_seed, and all that a round is
draw_round()
{
	round_seed=$((seed * 10000 + round))
	chance=$round_seed
	draw 2; switch=$drawn
	draw 2000; pages=$((500 + drawn))
	draw 2000; fire_pages=$((500 + drawn))
	draw 60; heap_rounds=$((20 + drawn))
	draw 60; nmi_every=$((10 + drawn))
	draw 4; batch=253
	[ "$drawn" -gt 0 ] || { draw 253; batch=$((drawn + 1)); }
	transport=$([ $((round % 3)) -eq 0 ] && echo msr || echo ghcb)
	storm_seed=$round_seed
	[ ! -e /proc/self/make-it-fail ] || small_round
}

# With a kernel that looks at all it does.
small_round()
{
	pages=$((pages / 4)) fire_pages=$((fire_pages / 4)) heap_rounds=$((heap_rounds / 4))
}

# ---- counts ----

# column NAME: of all callers' counts of random requests
column()
{
	awk -v name="$1" 'NR == 1 { while ($(i + 1) != name) i++; next } { n += $i }
		END { print n }' $random/counts
}

# read_words NAME: of the readers' counts
read_words()
{
	awk -v name="$1" '$1 == name { print $2 }' $zeropad/counts
}

# What storms count goes on through all rounds.
storm_counts()
{
	for name in $(storms); do
		echo "$name $(storm count "$name") $(storm wrong "$name")"
	done
}

# add NAME N: to a total
add()
{
	eval "total_$1=\$((\${total_$1:-0} + $2))"
}

add_round()
{
	add conversions "$(field "$dir/stats" conversions)"
	add pages "$(($(field "$dir/stats" pages_shared) + $(field "$dir/stats" pages_private)))"
	add psc_vmgexits "$(field "$dir/stats" vmgexits)"
	add vmgexits "$(hostctl get vmgexit)"
	add exits "$(hostctl get exits)"
	add retries "$(field "$dir/stats" retries)"
	add undone "$(field "$dir/stats" undone)"
	add random_requests "$(column requests)"
	add failed_requests "$(column failed)"
	add zeropad_reads "$(read_words reads)"
	add zeropad_reads_hidden "$(read_words hidden)"
}

# ---- one round ----

start_round()
{
	load && write $batch $dir/batch_max &&
		insmod ./snp_psc_random.ko seed=$round_seed && insmod ./snp_psc_client.ko &&
		write $nmi_every $storm_parameters/nmi_every || return
	[ $switch = 0 ] || hostctl switch on
	hostctl reset
	write 1 $dir/stats_reset
}

# All but that of memory.
start_storms()
{
	for name in $(storms); do
		[ "$name" = memory ] || storm start "$name" || return
	done
}

stop_storms()
{
	for name in $(storms); do
		storm stop "$name" || return
	done
}

# When the readers' block of 2M is there: later there is none any more.
start_memory_storm()
{
	until [ -e /tmp/fire ] || grep -sqv '^0$' $zeropad/requests; do
		sleep 0.05
	done
	storm start memory
}

# The three that convert; each says how it went.
work()
{
	rm -f /tmp/fire
	{ write $pages $random/pages; echo $? >/tmp/random; } >/tmp/random-said 2>&1 &
	workers=$!
	{
		taskset 1 insmod ./zeropad.ko pages=$fire_pages seed=$round_seed names=$names pause=8
		echo $? >/tmp/fire
	} >/tmp/fire-said 2>&1 &
	workers="$workers $!"
	{ write "heap stress 4 $heap_rounds" $client; echo $? >/tmp/heap; } >/tmp/heap-said 2>&1 &
	workers="$workers $!"
	start_memory_storm
	# shellcheck disable=SC2086 # three
	wait $workers
}

# calm: a storm that was none, or in which something was wrong
calm()
{
	storm_counts >/tmp/storms-after
	awk 'NR == FNR { before[$1] = $2; next } $2 <= before[$1] || $3 { print }' \
		/tmp/storms-before /tmp/storms-after
}

# 5 claims
judge_work()
{
	equal "$what: random requests, each with the result that it should have" 0 \
		"$(cat /tmp/random /tmp/random-said)"
	equal "$what: pages are converted under fire" 0 "$(cat /tmp/fire /tmp/fire-said)"
	equal "$what: every word read was right, and no page back before the flush" "0 0" \
		"$(read_words wrong) $(read_words unflushed)"
	equal "$what: pieces of the heap are zero, and their owner's" 0 \
		"$(cat /tmp/heap /tmp/heap-said)"
	equal "$what: each storm was one, and all of it as it should be" "" "$(calm)"
}

# 7 claims. What was undone changed hands twice more than anybody wanted.
judge_books()
{
	check "$what: all pages are what they should be: page tables, contents, RMP" \
		write 1 $random/check
	check "$what: books and page tables agree" audit_is_content
	check "$what: the machine has seen as many requests as the module has made" same_requests
	if [ "$(field "$dir/stats" undone)" -gt 0 ]; then
		skip "some were undone" "$what: and as many pages change hands"
	else
		check "$what: and as many pages change hands" same_pages
	fi
	equal "$what: each NMI that the machine has injected has been completed" \
		"$(hostctl get nmis)" "$(hostctl get nmi_complete)"
	equal "$what: no page was present at its PVALIDATE, none of which changed nothing" "0 0" \
		"$(hostctl get present_at_pvalidate) $(hostctl get pvalidate_no_change)"
	equal "$what: nothing was lost" 0 "$(field "$dir/status" poisoned_pages)"
}

# By the MSR protocol an NMI may take a request before the host sees it, and it is made again.
same_requests()
{
	by_module=$(field "$dir/stats" vmgexits)
	by_machine=$(($(hostctl get psc) + $(hostctl get msr_psc)))
	taken=0
	[ "$transport" = ghcb ] || taken=$(field "$dir/stats" retries)
	echo "module: $by_module, of them again: $taken, machine: $by_machine"
	[ "$by_machine" -le "$by_module" ] && [ "$by_machine" -ge $((by_module - taken)) ]
}

same_pages()
{
	by_module="$(field "$dir/stats" pages_shared) $(field "$dir/stats" pages_private)"
	by_machine="$(hostctl get pages_shared) $(hostctl get pages_private)"
	echo "module: $by_module, machine: $by_machine"
	[ "$by_module" = "$by_machine" ]
}

# 4 claims
end_round()
{
	check "$what: all pages become private" write 1 $random/private
	check "$what: users go" rmmod zeropad snp_psc_random snp_psc_client
	check "$what: the module unloads" rmmod snp_psc
	check "$what: no violation, and the kernel did not complain" quiet
}

quiet()
{
	clean_dmesg && [ "$(hostctl get violations)" = 0 ]
}

one_round()
{
	draw_round
	what="round $round, $transport"
	start_round || { not_ok "$what: starts"; return; }
	storm_counts >/tmp/storms-before
	check "$what: storms start" start_storms
	work
	check "$what: storms stop" stop_storms
	hostctl switch off
	judge_work
	judge_books
	add_round
	end_round
	echo "# round $round: seed $round_seed, $total_conversions conversions, $total_pages pages"
}

# ---- all of it ----

names()
{
	for name in d ad pad opad ropad eropad; do
		mkdir -p $names/$name
	done
}

# Nobody here is to be killed for want of memory: the storm of it gives some back.
echo -1000 >/proc/self/oom_score_adj
echo 1 >/proc/sys/kernel/panic_on_oops
dmesg -n 4
names
insmod ./storm.ko || exit
(read -r _ </dev/ttyS1; touch $end) &
round=0
while [ $round -lt "$rounds" ] && [ ! -e $end ] && [ $ktap_failed -eq 0 ]; do
	round=$((round + 1))
	one_round
	dmesg -c >/tmp/log
done

echo "#= seed $seed"
echo "#= rounds $round"
for total in conversions pages psc_vmgexits vmgexits exits retries undone random_requests \
	failed_requests zeropad_reads zeropad_reads_hidden; do
	echo "#= $total $(eval "echo \$total_$total")"
done
storm_counts | while read -r name count _; do
	echo "#= storm_$name $count"
done
plan $ktap_count
finish
