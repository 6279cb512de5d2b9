#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A kernel that is locked down, which a plain VM can be: root reads and writes none of the
# files, and the command says why.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

lockdown=/sys/kernel/security/lockdown

# words COMMAND...: what it says on stderr, and its exit status
words()
{
	{ "$@" >/dev/null; } 2>&1 && echo "= 0" || echo "= $?"
}

insmod ./snp_psc.ko || exit
files=$(cd $dir && echo *)
plan $((2 * $(echo "$files" | wc -w) + 7))
check "before: status can be read" cat $dir/status
check "before: snp-psc status" ./snp-psc status
mount -t securityfs none /sys/kernel/security
check "the kernel is locked down" write integrity $lockdown
equal "it says so" "none [integrity] confidentiality" "$(cat $lockdown)"
for file in $files; do
	expect_errno EPERM "$file: root can't read it" cat $dir/"$file"
	expect_errno EPERM "$file: root can't write it" write 1 $dir/"$file"
done
for command in status "convert shared 1"; do
	# shellcheck disable=SC2086 # words
	equal "snp-psc $command: says so" \
		"snp-psc: $dir/${command%% *}: the kernel is locked down, which closes debugfs; see $lockdown
= 3" "$(words ./snp-psc $command)"
done
check "the kernel did not complain" clean_dmesg
finish
