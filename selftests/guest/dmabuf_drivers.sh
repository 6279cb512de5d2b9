#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dmabuf_drivers.sh: the kernel's own drivers import our buffers: vgem, in the kernel's own test of
# heaps, and vivid, a camera. Both have been loaded.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# own_test: of our heap alone. What the heap system has vgem can't have on 6.12: it is private.
own_test()
{
	rm -f /dev/dma_heap/system
	./dmabuf-heap >/tmp/own 2>&1 || { cat /tmp/own; return 1; }
}

plan 7
load && insmod ./snp_psc_importer.ko && insmod ./snp_psc_dma_heap.ko || exit
check "the kernel's own test passes" own_test
equal "it has seen our heap" 1 "$(grep -c 'Testing heap: snp_psc_shared' /tmp/own)"
equal "and left out nothing" 0 "$(grep -ci 'skip[^:]' /tmp/own)"
check "the picture that a camera takes the process sees, and the host" \
	./dmabuf camera /dev/video0
equal "nothing is left of these" "0 0 0 0" \
	"$(sed 's/.*: //' /sys/kernel/debug/snp_psc_dma_heap | xargs)"
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
