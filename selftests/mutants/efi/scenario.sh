#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# scenario.sh TRANSPORT: what is done to each mutant, and to the module as it is, which passes:
# conversions on all CPUs, and firmware beside them
# shellcheck source=../../guest/ktap.sh
. ./ktap.sh
# shellcheck source=../../guest/machine.sh
. ./machine.sh

transport=$1
vars=/tmp/efivars

# convert CPU: its own region, for ever
convert()
{
	while on_cpu "$1" sh -c ". ./ktap.sh; write 'shared $(($1 + 1))' $dir/convert &&
		write 'private $(($1 + 1))' $dir/convert"; do
		:
	done
}

plan 3
insmod ./efivarfs.ko && mkdir $vars && mount -t efivarfs none $vars && load || exit
for cpu in $(seq 0 $(($(nproc) - 1))); do
	write "alloc 16K" $dir/pool
	convert "$cpu" &
done
check "firmware's variables beside conversions" ./efivars run $vars 100 1
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
