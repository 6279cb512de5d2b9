#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dmabuf_kernel.sh [PAGES]: the kernel's own test of heaps, with ours among them; and what
# PAGES cost that no two of which are neighbours, if the kernel converts them one by one
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=${1:-16384}
kernel=$(uname -r | cut -d . -f 1,2)
heaps=/dev/dma_heap

# own_test: what it says goes to the log
own_test()
{
	status=0
	./dmabuf-heap >/tmp/own 2>&1 || status=$?
	sed 's/^/# /' /tmp/own >&3
	return "$status"
}

row()
{
	echo "#+ rows kernel=\"$kernel\" way=$1 pages=$pages vmgexits=$(hostctl get psc)" \
		"broadcasts=$(hostctl get icr_calls)"
}

plan 8
exec 3>&1
load && insmod ./snp_psc_client.ko mark=1 && insmod ./snp_psc_dma_heap.ko || exit
check "the kernel's own test passes" own_test
equal "it has seen our heap" 1 "$(grep -c 'Testing heap: snp_psc_shared' /tmp/own)"
equal "and left out nothing but the import by vgem, which Debian does not build, of each heap" \
	"$(find $heaps -type c | wc -l)" "$(grep -ci 'skip.*vgem\|vgem.*skip' /tmp/own)"

keep_awake
taskset -p 1 $$ >/dev/null
check "$pages pages" write "alloc scattered $pages" $client
hostctl reset
check "become shared by the kernel" write "pages kernel shared" $client
equal "at a VMGEXIT each" "$pages" "$(hostctl get psc)"
row set_memory_decrypted
check "and private" write "pages kernel private" $client
let_sleep
equal "no violation" 0 "$(hostctl get violations)"
finish
