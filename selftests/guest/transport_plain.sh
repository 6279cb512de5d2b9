#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest whose memory is not encrypted: the module loads, says so, and its functions
# succeed and do nothing, as the kernel's own do there.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

plan 29
check "this is a plain VM" not eval "dmesg | grep Encryption"
for transport in ghcb msr kernel; do
	expect_errno EOPNOTSUPP "transport=$transport: refused" \
		insmod ./snp_psc.ko "transport=$transport"
	case $transport in
	kernel)	reason='no memory encryption' ;;
	*)	reason='not SEV-SNP with a C-bit' ;;
	esac
	check "transport=$transport: because of: $reason" log_says "transport=$transport: $reason"
done
expect_errno EINVAL "a transport that is none" insmod ./snp_psc.ko transport=pigeon
check "the log knows which there are" log_says "want auto, ghcb, msr or kernel"

check "the module loads" insmod ./snp_psc.ko
check "the log says: none" log_says "transport none: no memory encryption"
equal "debugfs says so" "transport: none why: no memory encryption" "$(chosen)"
check "status: a guest that is not encrypted" grep -qx 'guest: not encrypted' $dir/status
equal "status knows nothing of GHCBs" 0 "$(grep -c '^cpu' $dir/status)"
expect_errno EOPNOTSUPP "there is nothing to check" write 1 $dir/selftest
check "a region" write "alloc 1M" $dir/pool
expect_errno EOPNOTSUPP "it can't become shared" write "shared 1" $dir/convert
check "free" write "free 1" $dir/pool

expect_errno ENODEV "no heap for processes: all memory is shared" insmod ./snp_psc_dma_heap.ko
check "nor its node" not test -e /dev/dma_heap/snp_psc_shared

check "a driver" insmod ./snp_psc_client.ko
check "its pages" write "alloc 10" $client
check "to shared: succeeds" write "pages snp_psc shared" $client
check "to private: succeeds" write "pages snp_psc private" $client
check "ten pages of the heap" write "heap alloc 10 4096 sleeping" $client
equal "of two chunks, as elsewhere" 1024 "$(field $dir/status heap_pages)"
check "are freed" write "heap free random 10 atomic" $client
equal "nothing was done" 0 "$(awk '{ n += $2 } END { print n }' $dir/stats)"
check "the kernel did not complain" clean_dmesg
finish
