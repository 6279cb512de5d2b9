#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Leaves of the direct map and of vmalloc space: what is converted whole stays whole,
# and no more is split than has to be. The second gibibyte of memory is a single leaf of
# the direct map. What is free in the first one and behind is enough for what the kernel would
# split it for, that is pages that are read-only or shared, but not for the test.
#
# run: -M 2432 -o rmp=2m -a nokaslr -a memmap=896M$128M
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# leaves: the sizes of the direct map's leaves of the client's pages, in pages
leaves()
{
	write leaves $client
	awk '{ sizes[$2] } END { for (size in sizes) print size }' $client | sort -n | xargs
}

# splits N COMMAND: a command of the client's for which the module splits so many leaves
splits()
{
	[ "$transport" != kernel ] || set -- 0 "$2"
	before=$(field $dir/stats splits)
	check "$2" write "$2" $client
	equal "$2: $1 leaves split" "$1" $(($(field $dir/stats splits) - before))
}

# asks CLAIM ENTRIES PAGES: what the host is asked for, since "hostctl reset"
asks()
{
	case $transport in
	ghcb)	costs "$1: $2 entries" psc_entries "$2" ;;
	msr)	asked "$1: $3 VMGEXITs" 0 "$3" ;;
	kernel)	costs "$1: $3 entries" psc_entries "$3" ;;
	esac
}

# has LIST WORD
has()
{
	case " $1 " in
	*" $2 "*)	;;
	*)		echo "$1"; return 1 ;;
	esac
}

plan 43
load && insmod ./snp_psc_client.ko || exit

echo "# a 1G leaf"
pages=57344
check "224M of vmalloc space in 2M leaves: more than there is elsewhere" \
	write "alloc huge $pages" $client
check "the direct map has some of them in a 1G leaf" has "$(leaves)" 262144
hostctl reset
splits 1 "convert snp_psc shared"
asks "to shared" $((pages / 512)) $pages
equal "the 1G leaf has become leaves of 2M" 512 "$(leaves)"
expect_errno EINVAL "a 2M leaf of vmalloc space in part" write "convert snp_psc private 0 511" $client
expect_errno EINVAL "nor one and a half" write "convert snp_psc private 256 768" $client
splits 0 "convert snp_psc private 512 512"
equal "what is asked for is 2M in the direct map" 512 "$(leaves)"
splits 0 "convert snp_psc private"
equal "to private: leaves of 2M" 512 "$(leaves)"
check "free" write free $client

echo "# a 2M leaf"
check "1536 neighbours" write "alloc contiguous 1536" $client
equal "they are in 2M leaves" 512 "$(leaves)"
splits 0 "convert snp_psc shared"
equal "to shared: leaves of 2M" 512 "$(leaves)"
splits 1 "convert snp_psc private 700 1"
equal "one of them is split" "1 512" "$(leaves)"
hostctl reset
splits 0 "convert snp_psc private"
asks "the rest of that block goes page by page" $((2 + 511)) 1535
hostctl reset
splits 0 "convert snp_psc shared"
asks "a block over 512 leaves is 1 entry again" 3 1536
splits 0 "convert snp_psc private"
check "free" write free $client

echo "# vmalloc space, 4K leaves"
check "a mapping of 1024 pages from everywhere" write "alloc vmap 1024" $client
check "to shared" write "convert snp_psc shared" $client
check "to private" write "convert snp_psc private" $client
check "to shared" write "convert snp_psc shared 100 500" $client
check "what is shared already is left out" write "convert snp_psc shared" $client
check "to private" write "convert snp_psc private" $client
check "free" write free $client
equal "nothing is shared" 0 "$(field $dir/status shared_pages)"
check "the modules unload" rmmod snp_psc_client snp_psc
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
