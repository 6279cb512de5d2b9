#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
# run: -M 3072 -f build/mapped
# run: -a hugepagesz=1G -a hugepages=1 -a hugepagesz=2M -a hugepages=1
#
# Blocks in which user space has mapped a page, of whatever size, are refused: those of large
# pages, whose parts do not say so themselves, most of all
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

plan 13
load && insmod ./snp_psc_client.ko || exit
echo always >/sys/kernel/mm/transparent_hugepage/enabled
before=$(cat $dir/stats)
check "all kinds of pages are there" eval "./mapped >/tmp/mapped"
while read -r large name; do
	equal "$name is refused" "22 $large" "$(sed -n "s/ $name\$//p" /tmp/mapped)"
done <<END
0 a page
1 a large page
1 the first page of a large one
1 one in the middle of it
1 the last one of it
1 2M of hugetlbfs
1 the first block of 1G
1 one in the middle of 1G
END
check "for that reason" test "$(dmesg | grep -c 'snp_psc: .* mapped by user space')" -ge 7
equal "and nothing was done" "$before" "$(cat $dir/stats)"
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
