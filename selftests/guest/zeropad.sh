#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# zeropad.sh WAY TRANSPORT PAGES SEED: pages are converted, and words read across the
# boundaries in front of them
#
# WAY is kernel or snp_psc. With the former the guest is expected not to come back.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

way=$1 transport=$2 pages=$3 seed=$4
names=/tmp/names
parameters=/sys/module/zeropad/parameters

load_way()
{
	[ "$way" = kernel ] || load
}

fire()
{
	taskset 1 insmod ./zeropad.ko way="$way" pages="$pages" seed="$seed" names="$names" \
		pause=2 nmi_every=16
}

# parameter NAME
parameter()
{
	cat "$parameters/$1"
}

# counted NAME: by the readers
counted()
{
	awk -v name="$1" '$1 == name { print $2 }' $parameters/counts
}

# missed STEP: reads of a page that was not present, in this step of its conversion
missed()
{
	hostctl get "missed_$1"
}

all_missed()
{
	echo $(($(missed validated) + $(missed rescinded) + $(missed shared) + $(missed claimed)))
}

callers()
{
	sed -n 's/_hidden .*//p' $parameters/counts
}

plan $((12 + $(echo full_name_hash hashlen_string d_lookup siphash csum_partial strscpy | wc -w)))
for name in d ad pad opad ropad eropad; do
	mkdir -p $names/$name
done
load_way && hostctl switch on && hostctl steps on && hostctl reset || exit
check "$pages pages are converted under fire" fire
hostctl switch off
hostctl steps off
found=$(all_missed) converted=$(parameter conversions)
equal "every value read was right" 0 "$(counted wrong)"
equal "no page came back before a CPU that had read through its old leaf was flushed" 0 \
	"$(counted unflushed)"
check "one read in ten conversions or more found a page in transition" \
	[ "$found" -ge $((pages / 10)) ]
check "so say those that got zeros for what they did not find" \
	[ "$(counted hidden)" -ge $((pages / 10)) ]
for caller in $(callers); do
	check "$caller() did not find a page, and did not care" [ "$(counted "${caller}_hidden")" -gt 0 ]
done
for step in validated rescinded shared claimed; do
	check "reads found no page in this step: $step" [ "$(missed $step)" -gt 0 ]
done
# Two pages more: the first conversion splits the block, nobody looks yet.
equal "as many changed hands as were asked for" $((converted + 2)) \
	$(($(hostctl get pages_shared) + $(hostctl get pages_private)))
costs "no violation" violations 0
check "the kernel did not complain" clean_dmesg

echo "#= conversions $converted"
echo "#= requests $(parameter requests)"
echo "#= nmis $(parameter nmis)"
echo "#= reads_in_transition $found"
for step in validated rescinded shared claimed; do
	echo "#= in_transition_$step $(missed $step)"
done
for count in reads hidden stale wrong; do
	echo "#= $count $(counted $count)"
done
finish
