#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# The example of samples/ring, with a host that answers each number with its square;
# and with one that makes no sense.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

ring=/sys/kernel/debug/snp_psc_ring/ring

# serve: the host's part
serve()
{
	asked=$(hostctl peek "$pfn" 0)
	answered=$(hostctl peek "$pfn" 1)
	while [ "$answered" -ne "$asked" ]; do
		slot=$((2 + answered % 8))
		question=$(hostctl peek "$pfn" $slot)
		hostctl poke "$pfn" $slot $((question * question))
		answered=$((answered + 1))
		hostctl poke "$pfn" 1 $answered
	done
}

# claims N: the host says that it has answered so many
claims()
{
	hostctl poke "$pfn" 1 "$1"
}

plan 26
load || exit
hostctl reset
check "a driver" insmod ./snp_psc_ring.ko
costs "its ring is part of a chunk, which cost 1 VMGEXIT" psc 1
pfn=$(cat /sys/kernel/debug/snp_psc_ring/pfn)
check "the host sees the ring" host_says shared "$pfn"
equal "and zeroes in it" "0 0 0" "$(hostctl peek "$pfn" 0) $(hostctl peek "$pfn" 1) $(hostctl peek "$pfn" 9)"
check "the heap knows whose it is" grep -qx "$pfn 1 snp_psc_ring" $dir/heap
expect_errno EAGAIN "nothing asked, no answer" cat $ring

expect_errno ERANGE "a question has 32 bits" write 4294967296 $ring
check "the guest asks" write 12 $ring
equal "the host sees it" "1 12" "$(hostctl peek "$pfn" 0) $(hostctl peek "$pfn" 2)"
expect_errno EAGAIN "no answer yet" cat $ring
serve
equal "the host answers" 144 "$(cat $ring)"
expect_errno EAGAIN "an answer is there once" cat $ring

for n in 1 2 3 4 5 6 7 8; do
	write $n $ring
done
expect_errno ENOSPC "the ring is full" write 9 $ring
serve
expect_errno ENOSPC "until answers are taken" write 9 $ring
equal "they come in order" "1 4 9 16 25 36 49 64" \
	"$(for n in 1 2 3 4 5 6 7 8; do cat $ring; done | xargs)"
check "now there is room" write 9 $ring

claims 11
expect_errno EPROTO "more answers than questions: no sense" cat $ring
claims 8
expect_errno EPROTO "answers taken back: no sense" cat $ring
claims 4294967295
expect_errno EPROTO "a huge number of answers: no sense" cat $ring
claims 9
serve
equal "a host that has come to its senses" 81 "$(cat $ring)"
costs "nothing of this cost an exit for a conversion" psc 1

check "the module can't go before its driver" not rmmod snp_psc
check "the driver goes" rmmod snp_psc_ring
equal "and nothing of it is left in the page" "0 0" "$(hostctl peek "$pfn" 0) $(hostctl peek "$pfn" 2)"
rmmod snp_psc
check "the page is private" host_says private "$pfn"
check "the kernel did not complain" clean_dmesg
finish
