#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dmabuf_system.sh [PAGES]: what a buffer of the kernel's own heap of shared memory costs when
# no two free pages are neighbours, and one of ours
#
# run: -M 512 -f build/dmabuf
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=${1:-16384}
heaps=/dev/dma_heap

# price HEAP VMGEXITS FLUSHES: the latter are those of our module
price()
{
	check "$1, no free page has a neighbour" eval \
		"on_cpu 0 ./dmabuf fragmented $heaps/$1 $pages >/tmp/counts"
	read -r entries vmgexits flushes broadcasts </tmp/counts
	equal "each of $pages pages is an entry" "$pages" "$entries"
	equal "VMGEXITs, and flushes of ours" "$2 $3" "$vmgexits $flushes"
	echo "#+ rows kernel=\"$(uname -r | cut -d . -f 1,2)\" way=$1 pages=$pages" \
		"vmgexits=$vmgexits broadcasts=$broadcasts"
}

plan 10
check "this kernel has such a heap" test -c $heaps/system_cc_shared
check "and has ours beside it" eval "load && insmod ./snp_psc_dma_heap.ko"
keep_awake
price system_cc_shared "$pages" 0
price snp_psc_shared $(((pages + 252) / 253)) 1
let_sleep
equal "no violation" 0 "$(hostctl get violations)"
./dmabuf errnos $heaps/system_cc_shared >/tmp/errnos
equal "both refuse the same" "$(cat /tmp/errnos)" "$(./dmabuf errnos $heaps/snp_psc_shared)"
finish
