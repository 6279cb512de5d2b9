#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What is done to each mutant, and to the module as it is, which passes: pages to
# shared and back, and a look at what no conversion may leave behind.
# run: -o es=off
# shellcheck source=../guest/ktap.sh
. ./ktap.sh
# shellcheck source=../guest/machine.sh
. ./machine.sh

# The smallest number of IPIs for a conversion: what else goes on sends more, never fewer.
broadcasts()
{
	least=
	for _ in 1 2 3 4; do
		for op in shared private; do
			hostctl reset
			write "pages snp_psc $op" $client
			n=$(hostctl get icr_calls)
			[ "$n" -ge "${least:-$n}" ] || least=$n
			least=${least:-$n}
		done
	done
	echo "$least"
}

plan 10
load && insmod ./snp_psc_client.ko mark=1 || exit
write "alloc 4" $client
hostctl reset
check "pages become shared" write "pages snp_psc shared" $client
check "the guest writes them" write "fillpages 1" $client
check "they become private" write "pages snp_psc private" $client
check "the guest writes them again" write "fillpages 2" $client
write "alloc 4M" $dir/pool
check "a block becomes shared" write "shared 1 0 1024" $dir/convert
check "and private" write "private 1 0 1024" $dir/convert
equal "no page was present at its PVALIDATE" 0 "$(hostctl get present_at_pvalidate)"
equal "every PVALIDATE changed something" 0 "$(hostctl get pvalidate_no_change)"
keep_awake
taskset -p 1 $$ >/dev/null
equal "the other CPU was told, each time" 1 "$(broadcasts)"
let_sleep
equal "nothing is shared" 0 "$(sed -n 's/^shared_pages:* //p' $dir/status)"
finish
