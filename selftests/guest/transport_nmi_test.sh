#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# NMIs in every gap of a request by the MSR protocol: the kernel's handler writes its
# own GHCB's address over whatever stands in the MSR. Nothing is lost by that but time,
# and the MSR is as it was. Without #VCs, so that the VMGEXITs are all the module's.
#
# run: -s 2 -o es=off
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=64

stat()
{
	sed -n "s/^$1 //p" $dir/stats
}

# struck WHERE N RETRIES: an NMI before or behind the n-th VMGEXIT of a conversion, 5 claims
struck()
{
	write 1 $dir/stats_reset
	hostctl reset
	check "an NMI $1 VMGEXIT $2: to shared" taskset 1 sh -c ". ./ktap.sh
		hostctl nmi $1 $2; write 'shared 1' $dir/convert"
	equal "an NMI $1 VMGEXIT $2: it was there" 1 "$(hostctl get nmis)"
	equal "an NMI $1 VMGEXIT $2: one question more" "1 $((pages + 1))" \
		"$(stat retries) $(stat vmgexits)"
	equal "an NMI $1 VMGEXIT $2: all pages are shared" "0 $pages 0" "$(states)"
	equal "an NMI $1 VMGEXIT $2: the MSR of each CPU is as it was" "$before" "$(msrs)"
	write "private 1" $dir/convert
}

# storm TRANSPORT N LOST: an NMI at every n-th exit, 5 claims
storm()
{
	insmod ./snp_psc.ko "transport=$1"
	write "alloc $((pages * 4))K" $dir/pool
	hostctl nmi storm "$2"
	i=0
	while [ $i -lt $rounds ] && write "shared 1" $dir/convert && write "private 1" $dir/convert; do
		i=$((i + 1))
	done
	hostctl nmi storm 0
	equal "$1: an NMI every $2 exits: $rounds conversions there and back" $rounds $i
	equal "$1: an NMI every $2 exits: no page is lost" "$pages 0 0" "$(states)"
	case $3 in
	none)	equal "$1: an NMI every $2 exits: nothing was lost on the way" 0 "$(stat retries)" ;;
	some)	check "$1: an NMI every $2 exits: requests and answers were lost on the way" \
			test "$(stat retries)" -gt 0 ;;
	esac
	equal "$1: an NMI every $2 exits: the MSRs name the GHCBs" "$ghcbs" "$(msrs)"
	echo "# $(stat vmgexits) VMGEXITs, $(stat retries) of them once more, $(hostctl get nmis) NMIs"
	check "$1: an NMI every $2 exits: the module unloads" rmmod snp_psc
	hostctl reset
}

rounds=5
plan $((5 + 5 * 6 + 5 * 8 + 2))
dmesg -n 1
unproven="CPUID is no #VC, nothing proves the GHCB's layout"
check "auto: the module loads" insmod ./snp_psc.ko
equal "auto: where CPUID is no #VC, nothing proves the layout" "transport: msr why: $unproven" \
	"$(chosen)"
rmmod snp_psc
check "transport=ghcb: who asks for it gets it" insmod ./snp_psc.ko transport=ghcb
equal "transport=ghcb: and is told" "transport: ghcb why: asked for, although $unproven" \
	"$(chosen)"
rmmod snp_psc

check "msr: the module loads" insmod ./snp_psc.ko transport=msr
write "alloc $((pages * 4))K" $dir/pool
# An NMI leaves the GHCB's address, whatever was there before: so for both CPUs now.
for cpu in 0 1; do
	taskset $((1 << cpu)) hostctl nmi after 100
done
before=$(msrs)
ghcbs=$before
for n in 1 2 $pages; do
	struck before "$n"
	struck behind "$n"
done
rmmod snp_psc
hostctl reset
for n in 5 7 11 29; do
	storm msr $n some
	storm ghcb $n none
done
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
