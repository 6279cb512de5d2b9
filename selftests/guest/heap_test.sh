#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The heap: what a driver gets from it, what that costs, and what becomes of it when
# the host does not want to.
#
# run: -M 320
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# heap COMMAND: of the client's
heap()
{
	write "heap $*" $client
}

# totals: chunks, pages, used pages, allocations, leaked pages
totals()
{
	sed -n 's/^heap_[a-z_]*: //p' $dir/status | xargs
}

# has CLAIM TOTALS
has()
{
	equal "$1" "$2" "$(totals)"
}

# settles CLAIM TOTALS: the same, as soon as the work item has run
settles()
{
	i=0
	while [ "$(totals)" != "$2" ] && [ $((i += 1)) -lt 200 ]; do
		sleep 0.1
	done
	has "$@"
}

# idle: for check, nobody uses anything any more, and one chunk is kept, or soon is
idle()
{
	i=0
	until totals | grep '^1 [0-9]* 0 0 '; do
		[ $((i += 1)) -lt 200 ] || { totals; return 1; }
		sleep 0.1
	done
}

# pieces: their PFNs, a line each
pieces()
{
	heap pieces
	awk '{ for (i = 0; i < $2; i++) print $1 + i }' $client
}

# unaligned N: pieces that do not begin at a multiple of so many pages
unaligned()
{
	heap pieces
	awk -v n="$1" '$1 % n' $client | wc -l
}

# extents: first PFN and length of what the heap has, whole
extents()
{
	awk '/^#/ { next } $1 != first + n { if (n) print first, n; first = $1; n = 0 }
		{ n += $2 } END { if (n) print first, n }' $dir/heap
}

# gone EXTENTS: what the heap, of one extent now, has not any more of these
gone()
{
	# shellcheck disable=SC2046 # two numbers
	set -- "$1" $(extents)
	echo "$1" | awk -v from="$2" -v to=$(($2 + $3)) '
		from > $1 && from < $1 + $2 { print $1, from - $1 }
		from < $1 || from >= $1 + $2 { print; next }
		to < $1 + $2 { print to, $1 + $2 - to }'
}

# all_are STATE EXTENTS: for check, to the host
all_are()
{
	echo "$2" | while read -r pfn n; do
		! hostctl page "$pfn" "$n" | grep -v "^$1" || exit 1
	done
}

# words SEED EXTENTS: how many of a pattern the host sees there
words()
{
	echo "$2" | while read -r pfn n; do
		hostctl match "$pfn" "$1" "$n"
	done | awk '{ sum += $1 } END { print sum + 0 }'
}

# dirty: much of what is free holds a pattern
dirty()
{
	write "alloc contiguous 4096" $client
	write "fillpages 5" $client
	write free $client
}

# costs_psc CLAIM VMGEXITS ENTRIES
costs_psc()
{
	equal "$1" "$2 $3" "$(hostctl get psc) $(hostctl get psc_entries)"
}

price()
{
	expect_errno ENOMEM "nothing is there for who can't wait" heap alloc 1 4096 atomic
	dirty
	hostctl reset
	check "1,000 pages, one by one" heap alloc 1000 4096 sleeping
	costs_psc "cost 1 VMGEXIT" 1 2
	has "and are of two chunks" "2 1024 1000 1000 0"
	equal "no page is there twice" 1000 "$(pieces | sort -u | wc -l)"
	equal "all of them are the heap's" 1000 "$(awk '/snp_psc_client/ { n += $2 } END { print n }' $dir/heap)"
	equal "the rest is free" 24 "$(awk '$3 == "-" { n += $2 } END { print n }' $dir/heap)"
	chunks=$(extents)
	check "to the host all of them are shared" all_are shared "$chunks"
	equal "it sees nothing old in there" 0 "$(words 5 "$chunks")"
	check "24 pages are left for who can't wait" heap alloc 24 4096 atomic
	expect_errno ENOMEM "the next one would cost an exit" heap alloc 1 4096 atomic
	costs_psc "which none of these did" 1 2
	check "all are freed, by an interrupt" heap free random 1024 atomic
	settles "one chunk is kept" "1 512 0 0 0"
	costs_psc "the other one cost 1 VMGEXIT" 2 3
	check "the one that is kept is shared" all_are shared "$(extents)"
	check "the other one is private" all_are private "$(gone "$chunks")"
}

order()
{
	hostctl reset
	for how in first last random; do
		check "400 pages" heap alloc 400 4096 sleeping
		check "freed in this order: $how" heap free $how 400 sleeping
	done
	check "a byte" heap alloc 2 1 sleeping
	check "five pages" heap alloc 30 20480 sleeping
	check "eight of these go" heap free random 8 sleeping
	check "two pages" heap alloc 40 8192 atomic
	has "pages are whole" "1 512 $(pieces | wc -l) 64 0"
	equal "and nobody else's" "$(pieces | wc -l)" "$(pieces | sort -u | wc -l)"
	check "all but pieces of two" heap free first 24 sleeping
	equal "two pages are aligned to two" 0 "$(unaligned 2)"
	check "and go" heap free random 40 sleeping
	check "five pages again" heap alloc 20 20480 sleeping
	equal "are aligned to eight" 0 "$(unaligned 8)"
	check "and go" heap free random 20 atomic
	costs_psc "nothing of this cost an exit" 0 0
	has "the chunk is still there" "1 512 0 0 0"
}

large()
{
	hostctl reset
	check "3 MiB" heap alloc 1 3145728 sleeping
	costs_psc "cost 1 VMGEXIT" 1 2
	equal "are in one piece" 768 "$(pieces | sort -u | wc -l)"
	check "of which the host sees all" all_are shared "$(heap pieces && cat $client)"
	check "4 MiB" heap alloc 1 4194304 sleeping
	has "each is a chunk of its own" "3 2560 1792 2 0"
	expect_errno ENOMEM "there is nothing larger" heap alloc 1 4194305 sleeping
	expect_errno ENOMEM "nor without a size" heap alloc 1 0 sleeping
	expect_errno ENOMEM "nor what overflows" heap alloc 1 18446744073709551615 sleeping
	check "they are freed" heap free first 2 sleeping
	settles "the largest is kept" "1 1024 0 0 0"
	hostctl reset
}

zeroes()
{
	check "a page" heap alloc 1 4096 sleeping
	pfn=$(pieces)
	write "fill $pfn 1 7" $client
	check "the host reads what the guest writes" host_reads 7 "$pfn"
	check "the page is freed" heap free first 1 sleeping
	equal "the host finds nothing there" 0 "$(hostctl match "$pfn" 7)"
	host_writes 9 "$pfn"
	check "what it writes then the next user does not see" heap alloc 1 4096 sleeping
	equal "although the page is the same" "$pfn" "$(pieces)"
	check "it goes" heap free first 1 sleeping
}

refusals()
{
	check "what is there is used" heap alloc 1024 4096 sleeping
	hostctl fault psc-bad-entry
	expect_errno ENOMEM "the host does not want another chunk" heap alloc 1 4096 sleeping
	hostctl fault ''
	has "there is none" "1 1024 1024 1024 0"
	equal "and nothing is lost" "1024 0" "$(field $dir/status shared_pages) $(field $dir/status poisoned_pages)"
	check "now it wants" heap alloc 1 4096 sleeping
	has "two chunks more" "3 2048 1025 1025 0"

	hostctl fault psc-bad-entry
	check "all is freed, and the host does not let go of a chunk" heap free random 1025 sleeping
	settles "which stays" "2 1536 0 0 0"
	hostctl fault ''
	check "as good as before" heap alloc 1536 4096 atomic
	check "all is freed" heap free random 1536 sleeping
	settles "and the largest is kept" "1 1024 0 0 0"

	check "what is there is used" heap alloc 1024 4096 sleeping
	check "a chunk more" heap alloc 1 4096 sleeping
	chunks=$(extents)
	hostctl fault replay
	check "all is freed, and a page is lost" heap free random 1025 sleeping
	settles "its chunk is leaked" "1 1024 0 0 512"
	hostctl fault ''
	equal "as the log says" 1 "$(dmesg | grep -c 'snp_psc: 512 pages of the heap .* leaked')"
	equal "the books know it" 512 "$(field $dir/status poisoned_pages)"
}

# An idle chunk is no reason against it; a region is one, so that it is not done.
hibernation()
{
	write "alloc 1M" $dir/pool
	write "shared 1" $dir/convert
	if [ -e /sys/power/disk ] && ! grep -q '\[disabled\]' /sys/power/disk; then
		expect_errno EBUSY "hibernation, while a region is shared" write disk /sys/power/state
		check "takes back what nobody uses before" log_says '256 pages are shared'
		has "all of it" "0 0 0 0 512"
	else
		skip "no hibernation in this kernel" "hibernation, while a region is shared"
		skip "no hibernation in this kernel" "takes back what nobody uses before"
		skip "no hibernation in this kernel" "all of it"
	fi
	write "free 1" $dir/pool
}

# As long as there are pieces of 4 MiB, then of 2 MiB: what is left is in smaller ones.
exhaustion()
{
	free=$(field /proc/meminfo MemFree | tr -dc 0-9)
	expect_errno ENOMEM "all that there is" heap alloc 1000 4194304 sleeping
	expect_errno ENOMEM "and the rest" heap alloc 1000 2097152 sleeping
	before=$(field $dir/status heap_chunks)
	check "a page all the same" heap alloc 1 4096 sleeping
	equal "from a smaller chunk" 1 $(($(field $dir/status heap_chunks) - before))
	check "all is freed" heap free random "$(field $dir/status heap_allocations)" sleeping
	settles "the largest chunk is kept" "1 1024 0 0 512"
	left=$((free - $(field /proc/meminfo MemFree | tr -dc 0-9)))
	check "memory is there again, but for that one" test $left -lt 12288
}

plan 92
load && insmod ./snp_psc_client.ko || exit
has "nobody needs it, there is no heap" "0 0 0 0 0"
price
order
large
zeroes
refusals
exhaustion
hibernation
check "four at once, in any order" heap stress 4 200
check "nothing is left of them" idle
check "a driver that is careless" heap alloc 3 4096 sleeping
check "a loaded module can't be missing" not rmmod snp_psc
rmmod snp_psc_client
chunk=$(extents)
check "the module unloads" rmmod snp_psc
check "what is in use is leaked" log_says 'stay shared'
check "and stays shared" all_are shared "$chunk"
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
