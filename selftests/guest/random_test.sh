#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run: -s 4 -o es=off
#
# random_test.sh [PAGES [SEED [TRANSPORT]]]: random requests of many callers against a model
#
# Callers on all CPUs convert random parts of their own pages, of every kind that there
# is, until so many have changed their state, 10,000 by default. What should be shared then is
# compared with the page tables, with the contents, and with the host's RMP. 100,000 of them
# on any kernel and host are
#
#	selftests/runner/modules 6.12
#	selftests/runner/run -k 6.12 -s 4 -t 3600 -o rmp=2m -o host=kvm-7.2 \
#		-f build/6.12/snp_psc.ko -f build/6.12/snp_psc_random.ko \
#		selftests/guest/random_test.sh 100000
#
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=${1:-10000} seed=${2:-1} transport=${3:-$transport}
parameters=/sys/module/snp_psc_random/parameters
kmemleak=/sys/kernel/debug/kmemleak

# What the kernel's own caches take and give in a round: up to 60 pages were seen. 100,000
# pages are some 2,500 requests; a leak of 256 bytes in each of them is more than this. What
# leaks less is for kmemleak to find, in a kernel that has it.
noise=128

# column NAME: of the table of counts, a line for each caller
column()
{
	awk -v name="$1" 'NR == 1 { while ($(i + 1) != name) i++; next } { print $i }' \
		$parameters/counts
}

total()
{
	column "$1" | awk '{ n += $1 } END { print n }'
}

largest()
{
	column "$1" | sort -n | tail -n 1
}

# load SEED
load()
{
	insmod ./snp_psc.ko transport="$transport" && insmod ./snp_psc_random.ko seed="$1"
}

unload()
{
	rmmod snp_psc_random && rmmod snp_psc
}

# Each caller's part is at least a quarter of an equal one. One that sleeps has its turn when
# all before it had theirs, and one that spins may fail to be the first a few times; both
# look through their pages between two requests, and these are more or fewer.
fair()
{
	column requests | awk '
		{ n += $1; least = NR == 1 || $1 < least ? $1 : least }
		END { print "least " least " of " n; exit least * NR * 4 < n }'
}

# Pages in nobody's hands. Those that went into page tables of split 2M blocks count as
# free: they will stay there.
free_pages()
{
	cat /proc/sys/vm/stat_refresh
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } /^DirectMap4k/ { n += $2 / 2048 }
		END { print int(n) }' /proc/zoneinfo /proc/meminfo
}

# What is allocated once stays allocated: the first round is not this one.
round()
{
	load $((seed + 1)) && write "$pages" "$parameters/pages" &&
		write 1 "$parameters/private" && unload
}

# Twice, for what is on its way between two places at the first time, or too young. A
# kmemleak that has disabled itself takes no command.
scan()
{
	for _ in 1 2; do
		write scan "$kmemleak" || return
		sleep 6
	done
}

# What the kernel itself has lost at boot is not our business.
forget_leaks()
{
	scan && write clear "$kmemleak"
}

no_leak()
{
	scan && ! grep . "$kmemleak"
}

# The thread that an oops ends would be waited for.
echo 1 >/proc/sys/kernel/panic_on_oops

plan 23
[ ! -e $kmemleak ] || forget_leaks
check "the modules load" load "$seed"
hostctl reset
check "random requests, seed $seed: each has the result that it should have" \
	write "$pages" $parameters/pages
equal "no page was ever in another state than the model says" 0 "$(total differences)"
check "nor is any of all the pages now: page tables, contents, RMP" write 1 $parameters/check
shared=$(total shared) private=$(total private)
check "$pages pages have changed their state" [ $((shared + private)) -ge "$pages" ]
costs "as many became shared at the host as should" pages_shared "$shared"
costs "as many became private at the host as should" pages_private "$private"
costs "each PVALIDATE changed something" pvalidate_no_change 0
costs "no page was present at its PVALIDATE" present_at_pvalidate 0
equal "the module counts the same" "$shared $private" \
	"$(field $dir/stats pages_shared) $(field $dir/stats pages_private)"
equal "nothing was refused by the host, undone or lost" "0 0 0" \
	"$(field $dir/stats refusals) $(field $dir/stats undone) $(field $dir/stats poisoned)"
equal "the books have what is shared" $((shared - private)) "$(field $dir/status shared_pages)"
check "no caller starves" fair
echo "#= seed $seed"
for name in requests refused asked shared private; do
	echo "#= $name $(total $name)"
done
echo "#= overtaken $(largest overtaken)"

check "all pages become private" write 1 $parameters/private
check "all of them: page tables, contents, RMP" write 1 $parameters/check
equal "the books are empty" 0 "$(field $dir/status shared_pages)"
equal "no page is poisoned" 0 "$(field $dir/status poisoned_pages)"
check "the modules unload" unload

before=$(free_pages)
check "once more" round
lost=$((before - $(free_pages)))
echo "#= pages_lost $lost"
if [ -e $kmemleak ]; then
	skip "such a kernel has more to remember each time" "no memory is lost in a round"
	check "kmemleak finds nothing" no_leak
else
	check "no memory is lost in a round" [ "$lost" -le $noise ]
	skip "this kernel has no kmemleak" "kmemleak finds nothing"
fi

costs "no violation" violations 0
check "the kernel did not complain" clean_dmesg
finish
