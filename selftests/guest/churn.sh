#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# churn.sh SECONDS SEED EXITS: churn of the kernel's own conversions on all CPUs, with an
# NMI at every so many exits. What the machine counted has to be what the guest did.
# shellcheck source=ktap.sh
. ./ktap.sh

seconds=$1 seed=$2 exits=$3
parameters=/sys/module/churn/parameters
pages=64	# of a CPU's block

# total PARAMETER: of all CPUs
total()
{
	tr , '\n' <"$parameters/$1" | awk '{ n += $1 } END { print n }'
}

# counted CLAIM EXPECTED COUNTER
counted()
{
	equal "$1" "$2" "$(hostctl get "$3")"
}

# The NMIs that the kernel has seen.
interrupts()
{
	awk '$1 == "NMI:" { for (i = 2; i <= NF; i++) n += $i } END { print n + 0 }' /proc/interrupts
}

# All CPUs' blocks, and each page of them, as the host sees them.
private_pages()
{
	tr , '\n' <$parameters/pfns | head -n "$(nproc)" |
	while read -r pfn; do
		hostctl page "$pfn" $pages
	done | grep -c '^private assigned validated'
}

some()
{
	! tr , '\n' <"$parameters/$1" | head -n "$(nproc)" | grep -qx 0
}

plan 17
nmis_before=$(interrupts)
hostctl reset
check "the kernel churns for $seconds s, seed $seed, an NMI every $exits exits" \
	insmod ./churn.ko "seconds=$seconds" "seed=$seed" "exits=$exits"
converted=$(total converted)
check "each CPU converted pages" some converted
check "each CPU had NMIs" some nmis
equal "no conversion failed, no word was wrong" 0 "$(total wrong)"
counted "page state changes: one for each conversion" "$(total calls)" psc
counted "PSC entries: one for each page" "$converted" psc_entries
counted "pages that became shared: half of them" $((converted / 2)) pages_shared
counted "pages that became private: the other half" $((converted / 2)) pages_private
counted "PVALIDATEs: one for each page" "$converted" pvalidate_4k
counted "none of 2M" 0 pvalidate_2m
counted "none of them changed nothing" 0 pvalidate_no_change
counted "none by the MSR protocol" 0 msr_psc
equal "all is private again" $((pages * $(nproc))) "$(private_pages)"
equal "the kernel has seen the NMIs that the machine injected" "$(hostctl get nmis)" \
	$(($(interrupts) - nmis_before))
counted "and has completed them" "$(hostctl get nmis)" nmi_complete
counted "no violation" 0 violations
check "the kernel did not complain" clean_dmesg

echo "#= seed $seed"
echo "#= conversions $(total calls)"
echo "#= pages $converted"
echo "#= nmis $(hostctl get nmis)"
echo "#= nmis_in_churn $(total nmis)"
for counter in psc psc_entries pvalidate_4k present_at_pvalidate vmgexit vc exits violations; do
	echo "#= $counter $(hostctl get $counter)"
done
finish
