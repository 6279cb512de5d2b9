#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# only: 6.1
#
# dmabuf_test.sh [PAGES [CYCLES [SEED]]]: the dma-buf heap, as processes, devices and the
# host see it; what it costs, what it refuses, and what becomes of it when the host does.
#
# run: -M 512 -f build/dmabuf -f build/shared -f build/static/snp-psc
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=${1:-1025} cycles=${2:-60} seed=${3:-1}
node=/dev/dma_heap/snp_psc_shared
totals=/sys/kernel/debug/snp_psc_dma_heap
limit=/sys/module/snp_psc_dma_heap/parameters/limit_mb

# has CLAIM BUFFERS PAGES WAITING LEAKED
has()
{
	claim=$1
	shift
	equal "$claim" "$*" "$(sed 's/.*: //' $totals | xargs)"
}

# hold PAGES: a buffer that a process has until dropped
hold()
{
	: >/tmp/held
	./dmabuf hold "$1" >/tmp/held 2>&1 &
	echo $! >/tmp/holder
	until grep -q held /tmp/held; do
		[ -e /proc/$! ] || { cat /tmp/held; return 1; }
		usleep 20000
	done
}

drop()
{
	kill -9 "$(cat /tmp/holder)"
	settled
}

# settled: who was killed has left all behind that is not waiting or leaked
settled()
{
	i=0
	while [ "$(field $totals pages)" != "$(field $totals waiting_pages)" ]; do
		[ $((i += 1)) -lt 100 ] || return
		usleep 20000
	done
}

# emptied: nobody has any, and none waits
emptied()
{
	i=0
	until [ "$(field "$totals" pages)" = 0 ]; do
		[ $((i += 1)) -lt 200 ] || return
		usleep 100000
	done
}

# ---- what it is for ----

uses()
{
	equal "the node is for root" "600 0" "$(stat -c '%a %u' $node)"
	check "either side sees what the other writes, in $pages pages; in the end the host does not" \
		./dmabuf exchange "$pages" "$seed"
	check "two processes and the host, through one buffer" ./dmabuf share "$pages" "$seed"
	check "a part, another mapping, a child; no private copy, nothing to execute" ./dmabuf uses 100
	check "what is to be read only can't be written" ./dmabuf modes
	check "a driver holds it longer than the process" ./dmabuf held 100 "$seed"
	expect_errno EOPNOTSUPP "a device that does not see memory as it is" ./dmabuf foreign 1
	check "the command snp-psc" eval "echo | ./snp-psc alloc 1M --map --pattern"
	equal "the example in C" hello "$(./shared)"
	has "nothing is left of these" 0 0 0 0
}

price()
{
	check "16 MiB" hold 4096
	hostctl reset
	drop
	asked "are given back by one VMGEXIT" 1 0
	fragmented
}

# What a buffer costs when no two free pages are neighbours.
fragmented()
{
	check "no free page has a neighbour" counts on_cpu 0 ./dmabuf fragmented $node "$pages"
	read -r entries vmgexits flushes broadcasts </tmp/counts
	equal "each of $pages pages is an entry" "$pages" "$entries"
	equal "253 of them are a VMGEXIT" $(((pages + 252) / 253)) "$vmgexits"
	equal "all of them one flush" 1 "$flushes"
	echo "#+ rows kernel=\"$(uname -r | cut -d . -f 1,2)\" way=snp_psc_shared pages=$pages" \
		"vmgexits=$vmgexits flushes=$flushes broadcasts=$broadcasts"
}

counts()
{
	"$@" >/tmp/counts
}

# ---- what it refuses ----

# Those of the kernel's heap, and where there is one, just what it says.
errnos()
{
	./dmabuf errnos $node >/tmp/errnos
	equal "sizes, flags and structs that make no sense" \
		"22 0 0 22 22 22 22 22 22 0 22 0 0 0 22 0 22 14" \
		"$(sed 's/.*: //' /tmp/errnos | xargs)"
	if [ -e /dev/dma_heap/system ]; then
		equal "are refused as the kernel's heap does" "$(./dmabuf errnos /dev/dma_heap/system)" \
			"$(cat /tmp/errnos)"
	else
		skip "no heap in this kernel" "are refused as the kernel's heap does"
	fi
	check "more than there can be is refused at once" ./dmabuf huge
}

limits()
{
	was=$(cat $limit)
	equal "the limit is half of the memory" 1 \
		"$(awk -v was="$was" '/MemTotal/ { print was == int($2 / 2048) }' /proc/meminfo)"
	echo 8 >$limit
	check "8 MiB of 8" ./dmabuf try 2048
	expect_errno ENOMEM "a page more" ./dmabuf try 2049
	check "a half" hold 1024
	expect_errno ENOMEM "another one and a page" ./dmabuf try 1025
	check "another one" ./dmabuf try 1024
	drop
	echo 1000000 >$limit
	expect_errno ENOMEM "what is there, but for the last 16 MiB" \
		./dmabuf try $((($(field /proc/meminfo MemAvailable | tr -dc 0-9) - 16384) / 4))
	echo "$was" >$limit
}

# in_group COMMAND...: of 4 MiB
in_group()
{
	sh -c 'echo $$ >/tmp/cgroup/four/cgroup.procs; exec "$@"' sh "$@"
}

groups()
{
	mkdir -p /tmp/cgroup
	mount -t cgroup2 none /tmp/cgroup
	echo +memory >/tmp/cgroup/cgroup.subtree_control
	mkdir /tmp/cgroup/four
	echo 4M >/tmp/cgroup/four/memory.max
	check "in a group of 4 MiB a buffer of 2" in_group ./dmabuf try 512
	expect_errno ENOMEM "and none of 8" in_group ./dmabuf try 2048
	equal "nobody was killed for it" 0 "$(field /tmp/cgroup/four/memory.events oom_kill | xargs)"
	has "nothing is left of it" 0 0 0 0
}

# waits PID: for another one's buffer, which is not made all the while
waits()
{
	until grep -q psc_pages_get "/proc/$1/wchan"; do
		! grep -q held /tmp/held /tmp/other || return
	done
}

# A buffer that takes its time, and another one.
killed()
{
	: >/tmp/held
	: >/tmp/other
	./dmabuf hold 24576 >/tmp/held &
	echo $! >/tmp/holder
	while :; do
		./dmabuf hold 1 >/tmp/other &
		waits $! && break
		kill -9 $!
		! grep -q held /tmp/held || break
	done
	kill -9 $!
	wait $! 2>/dev/null
	check "who waits for another one's buffer can be killed" test "$(field $totals pages)" -lt 24576
	until grep -q held /tmp/held; do
		usleep 20000
	done
	drop
	has "nothing is left of either" 0 0 0 0
}

# ---- a host that refuses ----

refusals()
{
	hostctl fault psc-bad-entry
	expect_errno EIO "the host does not want to share" ./dmabuf try 100
	hostctl fault ''
	has "nothing is left of it" 0 0 0 0
	check "a buffer" hold 100
	hostctl fault psc-bad-entry
	drop
	hostctl fault ''
	has "which the host does not let go of waits" 1 100 100 0
	check "the next one" ./dmabuf try 1
	has "takes it along" 0 0 0 0
	check "a buffer" hold 100
	hostctl fault psc-bad-entry
	drop
	hostctl fault ''
	check "and without a next one it goes by itself, a little later" emptied
	check "a buffer" hold 100
	hostctl fault replay
	drop
	hostctl fault ''
	has "of which a page is lost is leaked" 0 0 0 100
	equal "as the log says" 1 "$(dmesg | grep -c 'snp_psc_dma_heap: 100 pages of a buffer leaked')"
	lost=$(field $dir/status shared_pages)
}

# ---- any number of times ----

many()
{
	set -- "$(./dmabuf cycles "$cycles" "$seed")"
	check "$cycles and more buffers of four processes that are killed, seed $seed" \
		test "${1% *}" -ge "$cycles"
	check "all of them end" settled
	has "nothing is left of them" 0 0 0 "$(field $totals leaked_pages)"
	equal "nor in the books" "$lost" "$(field $dir/status shared_pages)"
	check "books and page tables agree" audit_is_content
	echo "#+ cycles kernel=\"$(uname -r | cut -d . -f 1,2)\" cycles=${1% *} killed=${1#* } seed=$seed"
}

# The framework of 7.2 has no way to take a heap back.
unload()
{
	check "a buffer" hold 10
	check "with it the module can't go" not rmmod snp_psc_dma_heap
	check "it holds the other one" not rmmod snp_psc
	drop
	if grep -q '^snp_psc_dma_heap .* 0 ' /proc/modules; then
		check "without it can" rmmod snp_psc_dma_heap
		check "and takes the node along" not test -e $node
	else
		skip "a heap of the kernel's framework stays" "without it can"
		skip "a heap of the kernel's framework stays" "and takes the node along"
	fi
}

plan 58
load && insmod ./snp_psc_importer.ko || exit
check "there is no such heap" not test -e $node
check "with the module" insmod ./snp_psc_dma_heap.ko
has "there is, and nobody uses it" 0 0 0 0
uses
errnos
limits
groups
price
killed
refusals
many
unload
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
