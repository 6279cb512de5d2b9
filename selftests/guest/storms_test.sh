#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Storms, one after the other, beside random requests: each of these has the result that it
# should have, and nothing is otherwise afterwards. The kernel has no hotplug worth the
# name with exits as #VC (hotplug_test.sh), so without them.
#
# storms_test.sh [PAGES [SEED]]: to be converted in each storm
#
# only: 6.12
# run: -s 4 -d 1 -o es=off -a spec_rstack_overflow=off
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh
# shellcheck source=storm.sh
. ./storm.sh

pages=${1:-700} seed=${2:-1}
random=/sys/module/snp_psc_random/parameters
storm_seed=$seed

# column NAME: of all callers' counts
column()
{
	awk -v name="$1" 'NR == 1 { while ($(i + 1) != name) i++; next } { n += $i }
		END { print n }' $random/counts
}

# What the machine has counted since "hostctl reset", the module, and the model.
by_machine()
{
	echo "$(hostctl get pages_shared) $(hostctl get pages_private)"
}

by_module()
{
	echo "$(field $dir/stats pages_shared) $(field $dir/stats pages_private)"
}

by_model()
{
	echo "$(column shared) $(column private)"
}

# in_storm NAME: 5 claims
in_storm()
{
	before=$(storm count "$1")
	check "$1: starts" storm start "$1"
	check "$1: random requests, each has the result that it should have" \
		write "$pages" $random/pages
	check "$1: stops" storm stop "$1"
	check "$1: there was a storm" test "$(storm count "$1")" -gt "$before"
	echo "#= $1 $(($(storm count "$1") - before))"
	equal "$1: all of which was as it should be" 0 "$(storm wrong "$1")"
}

# 5 claims
skip_storm()
{
	for _ in 1 2 3 4 5; do
		skip "this kernel can't have it" "$1"
	done
}

names=$(storm_table | while read -r name _; do echo "$name"; done)
# shellcheck disable=SC2086 # words
plan $((1 + $(echo $names | wc -w) * 5 + 13))
check "the modules load" load
insmod ./snp_psc_random.ko seed="$seed" && insmod ./storm.ko nmi_every=50
hostctl reset
write 1 $dir/stats_reset
for name in $names; do
	case " $(storms | paste -s -d ' ' -) " in
	*" $name "*) in_storm "$name" ;;
	*)	skip_storm "$name" ;;
	esac
done
check "all pages are what they should be: page tables, contents, RMP" write 1 $random/check
equal "each NMI has been completed" "$(hostctl get nmis)" "$(hostctl get nmi_complete)"
equal "the machine counts as many VMGEXITs as the module" \
	$(($(hostctl get psc) + $(hostctl get msr_psc))) "$(field $dir/stats vmgexits)"
if [ "$(column failed)" -eq 0 ]; then
	equal "the machine counts as many pages as the model" "$(by_model)" "$(by_machine)"
	equal "and so does the module" "$(by_model)" "$(by_module)"
else
	skip "some were undone" "the machine counts as many pages as the model"
	skip "some were undone" "and so does the module"
fi
check "books and page tables agree" audit_is_content
costs "no page was present at its PVALIDATE" present_at_pvalidate 0
equal "nothing was lost" 0 "$(field $dir/status poisoned_pages)"
check "all pages become private" write 1 $random/private
equal "the books are empty" 0 "$(field $dir/status shared_pages)"
check "the modules unload" rmmod storm snp_psc_random snp_psc
costs "no violation" violations 0
check "the kernel did not complain" clean_dmesg
finish
