#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dmabuf_system.sh [PAGES]: what a buffer of the kernel's own heap of shared memory costs when
# no two free pages are neighbours
#
# run: -M 512 -f build/dmabuf
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=${1:-16384}
node=/dev/dma_heap/system_cc_shared

counts()
{
	"$@" >/tmp/counts
}

plan 4
check "this kernel has it" test -c $node
taskset -c 1 hostctl awake &
check "no free page has a neighbour" counts on_cpu 0 ./dmabuf fragmented $node "$pages"
kill $!
read -r entries vmgexits _ broadcasts </tmp/counts
equal "each of $pages pages is an entry" "$pages" "$entries"
equal "and a VMGEXIT" "$pages" "$vmgexits"
echo "#+ rows kernel=\"$(uname -r | cut -d . -f 1,2)\" way=system_cc_shared pages=$pages" \
	"vmgexits=$vmgexits flushes=$broadcasts broadcasts=$broadcasts"
finish
