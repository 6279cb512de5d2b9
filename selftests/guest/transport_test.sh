#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The transports, one after the other: which is chosen and why, that conversions do the
# same with each, and what that costs. All counts are the machine's.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=600

# scattered TRANSPORT VMGEXITS: 11 claims
scattered()
{
	check "$1: $pages scattered pages" write "alloc $pages" $client
	[ "$1" != kernel ] || set -- kernel "$(client_runs) 0"
	before=$(msrs)
	hostctl reset
	check "$1: to shared" write "pages snp_psc shared" $client
	costs "$1: to shared: VMGEXITs by GHCB and by MSR" "$2"
	equal "$1: to shared: pages at the host" $pages "$(hostctl get pages_shared)"
	# shellcheck disable=SC2046 # page numbers
	check "$1: the host says shared" host_says shared $(some_pfns)
	write "fillpages 7" $client
	# shellcheck disable=SC2046 # page numbers
	check "$1: what the guest writes, the host reads" host_reads 7 $(some_pfns)
	hostctl reset
	check "$1: to private" write "pages snp_psc private" $client
	costs "$1: to private: VMGEXITs by GHCB and by MSR" "$2"
	# shellcheck disable=SC2046 # page numbers
	check "$1: the host says private" host_says private $(some_pfns)
	write "fillpages 8" $client
	# shellcheck disable=SC2046 # page numbers
	check "$1: what the guest writes, the host does not read" not host_reads 8 $(some_pfns)
	equal "$1: the MSR of each CPU is as it was" "$before" "$(msrs)"
	write free $client
}

# block TRANSPORT: a whole 2M block, 5 claims
block()
{
	check "$1: a region of 2 MiB" write "alloc 2M" $dir/pool
	hostctl reset
	check "$1: a whole block to shared" write "shared 1" $dir/convert
	check "$1: and to private" write "private 1" $dir/convert
	equal "$1: 512 pages there and back" "512 512" \
		"$(hostctl get pages_shared) $(hostctl get pages_private)"
	[ "$1" != msr ] || costs "msr: one VMGEXIT for each page of a block" "0 1024"
	check "$1: free" write "free 1" $dir/pool
}

# transport NAME VMGEXITS REASON: 20 claims, msr has one more
transport()
{
	check "$1: the module loads" insmod ./snp_psc.ko transport="$1"
	check "$1: the log says so" log_says "transport $1: $3"
	equal "$1: debugfs says so" "transport: $1 why: $3" "$(chosen)"
	insmod ./snp_psc_client.ko
	scattered "$1" "$2"
	block "$1"
	rmmod snp_psc_client
	check "$1: the module unloads" rmmod snp_psc
}

dmesg -n 1
plan 74
expect_errno EINVAL "a transport that is none" insmod ./snp_psc.ko transport=pigeon
check "the log knows which there are" log_says "transport=pigeon: want auto, ghcb, msr or kernel"

check "auto: the module loads" insmod ./snp_psc.ko
equal "auto: the layout of the GHCB proves itself" \
	"transport: ghcb why: the GHCB's layout is proven" "$(chosen)"
equal "auto: status says the same" ghcb "$(field $dir/status transport)"
equal "every GHCB is registered, the host minds no place" "$(nproc)" \
	"$(grep -c '^cpu [0-9]*: .* registered yes preferred none features 0x3 .*: usable$' $dir/status)"
hostctl reset
before=$(msrs)
check "selftest: the host confirms it once more" write 1 $dir/selftest
equal "selftest: three questions a CPU" $((3 * $(nproc))) "$(hostctl get vmgexit_msr)"
equal "selftest: reads as status does" "$(grep ^cpu $dir/status)" "$(cat $dir/selftest)"
equal "selftest: the MSR of each CPU is as it was" "$before" "$(msrs)"
check "auto: the module unloads" rmmod snp_psc

transport ghcb "3 0" "asked for"
transport msr "0 $pages" "asked for"
transport kernel "" "asked for"

equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
