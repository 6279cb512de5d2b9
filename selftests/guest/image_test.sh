#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the kernel image gave back after boot is still mapped there, too, and private: once
# shared, it must not be, for who reads all of that mapping would end the guest.
#
# only: 6.1
# run: -M 512
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# in_image: how many of the client's pages are
in_image()
{
	write leaves $client
	awk '$3 > 0 { n++ } END { print n + 0 }' $client
}

# alloc_most: of what is free almost all, for the client allocates four pages for each that it
# keeps, at random. The kernel's own is the last to be handed out.
alloc_most()
{
	n=$(($(field /proc/meminfo MemFree | tr -dc 0-9) / 16))
	until write "alloc random $n" "$client" 2>/dev/null; do
		n=$((n - n / 50))
		[ "$n" -gt 1000 ] || return
	done
}

plan 7
load && insmod ./snp_psc_client.ko || exit
check "pages from everywhere" alloc_most
check "some of it was the kernel image's" [ "$(in_image)" -gt 0 ]
check "all of it becomes shared" write "pages snp_psc shared" $client
equal "nothing of it is left there" 0 "$(in_image)"
check "and private" write "pages snp_psc private" $client
write free $client
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
