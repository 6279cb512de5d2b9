#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# The heap: what a driver gets from it, what that costs, and what becomes of it when
# the host does not want to.
#
# run: -M 320
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# VMGEXITs by GHCB and by MSR for two chunks, for one more, and for one of twice the size;
# a host that refuses once; and what is lost to another one.
case $transport in
ghcb)	two='1 0' three='2 0' large='1 0' refuses=psc-bad-entry lost=512 ;;
msr)	two='0 1024' three='0 1536' large='0 1024' refuses=msr-psc-error lost=512 ;;
kernel)	two='' three='' large='' refuses='' lost=0 ;;
esac

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

# refused: for check, the work item has run, at a host that refuses
refused()
{
	i=0
	while [ "$(hostctl struck)" -eq 0 ]; do
		[ $((i += 1)) -lt 200 ] || return 1
		sleep 0.1
	done
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

# exits CLAIM VMGEXITS: the kernel's own functions, if it is them, are not our matter
exits()
{
	if [ "$2" ]; then
		# shellcheck disable=SC2086 # two numbers
		asked "$1" $2
	else
		skip "by the kernel's functions" "$1"
	fi
}

# row WAY VMGEXITS
row()
{
	echo "#+ rows kernel=\"$(uname -r | cut -d . -f 1,2)\" way=$1 pages=1000 vmgexits=$2" \
		"leaked=$(field $dir/status heap_leaked_pages)"
}

# each_page: what 1,000 pages cost who converts each on its own
each_page()
{
	write "alloc random 1000" $client
	hostctl reset
	check "1,000 pages, converted one by one by the kernel" write "pages kernel shared" $client
	equal "cost 1,000 VMGEXITs" 1000 "$(hostctl get psc)"
	row kernel "$(hostctl get psc)"
	write "pages kernel private" $client
	write free $client
}

price()
{
	expect_errno ENOMEM "nothing is there for who can't wait" heap alloc 1 4096 atomic
	hostctl reset
	check "1,000 pages, one by one from the heap" heap alloc 1000 4096 sleeping
	exits "cost one conversion" "$two"
	row snp_psc "$(($(hostctl get psc) + $(hostctl get msr_psc)))"
	has "and are of two chunks" "2 1024 1000 1000 0"
	equal "no page is there twice" 1000 "$(pieces | sort -u | wc -l)"
	equal "all of them are the heap's" 1000 "$(awk '/snp_psc_client/ { n += $2 } END { print n }' $dir/heap)"
	equal "the rest is free" 24 "$(awk '$3 == "-" { n += $2 } END { print n }' $dir/heap)"
	chunks=$(extents)
	check "to the host all of them are shared" all_are shared "$chunks"
	check "24 pages are left for who can't wait" heap alloc 24 4096 atomic
	expect_errno ENOMEM "the next one would cost an exit" heap alloc 1 4096 atomic
	exits "which none of these did" "$two"
	check "all are freed, by an interrupt" heap free random 1024 atomic
	settles "one chunk is kept" "1 512 0 0 0"
	exits "the other one cost one conversion" "$three"
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
	exits "nothing of this cost an exit" "0 0"
	has "the chunk is still there" "1 512 0 0 0"
}

large()
{
	hostctl reset
	check "3 MiB" heap alloc 1 3145728 sleeping
	exits "cost one conversion" "$large"
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
	hostctl fault "$refuses"
	expect_errno ENOMEM "the host does not want another chunk" heap alloc 1 4096 sleeping
	hostctl fault ''
	has "there is none" "1 1024 1024 1024 0"
	equal "and nothing is lost" "1024 0" "$(field $dir/status shared_pages) $(field $dir/status poisoned_pages)"
	check "now it wants" heap alloc 1 4096 sleeping
	has "two chunks more" "3 2048 1025 1025 0"

	hostctl fault "$refuses"
	check "two are idle" heap free last 1 sleeping
	check "the host does not let go of one" refused
	hostctl fault ''
	has "which stays" "3 2048 1024 1024 0"
	check "as good as before" heap alloc 1024 4096 atomic
	check "all is freed" heap free random 2048 sleeping
	settles "and the largest is kept" "1 1024 0 0 0"

	check "what is there is used" heap alloc 1024 4096 sleeping
	check "a chunk more" heap alloc 1 4096 sleeping
	chunks=$(extents)
	hostctl fault replay
	check "all is freed, and a page is lost" heap free random 1025 sleeping
	settles "its chunk is leaked" "1 1024 0 0 $lost"
	hostctl fault ''
	equal "as the log says" 1 "$(dmesg | grep -c 'snp_psc: 512 pages of the heap .* leaked')"
	check "the books know it" not grep -qx 'poisoned_pages: 0' $dir/status
}

# An idle chunk is no reason against it; a region is one, so that it is not done, and so
# is what else was in a leaked chunk, for it is shared as before.
hibernation()
{
	leaked=$((lost - $(field $dir/status poisoned_pages)))
	write "alloc 1M" $dir/pool
	write "shared 1" $dir/convert
	if [ -e /sys/power/disk ] && ! grep -q '\[disabled\]' /sys/power/disk; then
		expect_errno EBUSY "hibernation, while a region is shared" write disk /sys/power/state
		check "takes back what nobody uses before" log_says ": $((256 + leaked)) pages are shared"
		has "all of it" "0 0 0 0 $lost"
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
	settles "the largest chunk is kept" "1 1024 0 0 $lost"
	left=$((free - $(field /proc/meminfo MemFree | tr -dc 0-9)))
	check "memory is there again, but for that one" test $left -lt 12288
}

plan $((97 - (lost ? 0 : 18)))
load && insmod ./snp_psc_client.ko || exit
has "nobody needs it, there is no heap" "0 0 0 0 0"
each_page
price
order
large
zeroes
[ ! "$refuses" ] || refusals
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

load && insmod ./snp_psc_client.ko
check "what is no piece is freed, and a piece twice" heap free wrong
equal "a warning each" 8 "$(dmesg | grep -c 'are not of the heap, or free already')"
settles "and nothing else" "1 512 0 0 0"
finish
