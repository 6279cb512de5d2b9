#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# insns.sh LAYOUT:PAGES...: instructions of the guest outside VMGEXIT and PVALIDATE, by
# either way: a line "#+ insns name=value..." for each
#
# One vCPU, and QEMU counts (run -s 1 -d SEED). The fewest of three, after a round that
# splits what there is to split: ticks of the clock add to them.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh

client=/sys/kernel/debug/snp_psc_client/run

client()
{
	echo "$*" >$client
}

convert()
{
	hostctl reset
	client convert "$1" "$2"
	echo "$2 $(hostctl get instructions)"
}

fewest()
{
	for round in settle 1 2 3; do
		for op in shared private; do
			convert "$1" $op | sed "s/^/$round /"
		done
	done | awk '$1 != "settle" && (!($2 in n) || $3 < n[$2]) { n[$2] = $3 }
		END { for (op in n) print op, n[op] }'
}

insmod ./snp_psc.ko && insmod ./snp_psc_client.ko || exit
echo 1 >/sys/module/snp_psc_client/parameters/mark
for what; do
	pages=${what#*:}
	client alloc "${what%:*}" "$pages"
	for way in kernel snp_psc; do
		fewest $way | while read -r op n; do
			echo "#+ insns layout=${what%:*} pages=$pages op=$op way=$way instructions=$n"
		done
	done
	client free
done
clean_dmesg
