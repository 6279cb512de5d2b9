#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# efi.sh TRANSPORT OPERATIONS PAGES SEED ROUNDS: firmware's variables beside conversions
#
# In each round, under a storm of NMIs, the module is loaded, its share of the operations is made
# on variables, on all CPUs, while its share of the pages is converted, on all CPUs; then
# it is unloaded. After that CPUs go and come back, without NMIs: a kernel does not
# survive these on a CPU that was offline once. In the end the guest reboots, and looks.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

transport=$1 operations=$2 pages=$3 seed=$4 rounds=$5
vars=/tmp/efivars
counts=/tmp/counts
parameters=/sys/module/snp_psc_random/parameters
storm=50	# exits from NMI to NMI

mount_variables()
{
	insmod ./efivarfs.ko && mkdir -p $vars && mount -t efivarfs none $vars
}

runtime_is_on()
{
	dmesg | grep -F 'EFI runtime memory map' && dmesg | grep -F 'Registered efivars operations'
}

# Firmware's clock and the kernel's view of the same one.
same_time()
{
	insmod ./snp_psc_efi.ko || return
	firmware=$(cat /sys/module/snp_psc_efi/parameters/time) || return
	kernel=$(cat /sys/class/rtc/rtc0/since_epoch)
	echo "firmware $firmware, kernel $kernel"
	[ $((kernel - firmware)) -ge 0 ] && [ $((kernel - firmware)) -le 5 ]
}

# variables OPERATIONS: 0 if every value read was right
variables()
{
	./efivars run "$vars" "$1" "$seed" >>"$counts"
}

# counted NAME: over all runs
counted()
{
	awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) n += $(i + 1) }
		END { print n + 0 }' $counts
}

# convert PAGES: by random requests, on all CPUs
convert()
{
	write "$1" "$parameters/pages"
}

changed()
{
	echo $(($(hostctl get pages_shared) + $(hostctl get pages_private)))
}

# load_all SEED: without NMIs, for the module's proof of the GHCB's layout can't stand one
load_all()
{
	hostctl nmi storm 0
	load && insmod ./snp_psc_random.ko seed="$1"
}

unload_all()
{
	write 1 "$parameters/private" && write 1 "$parameters/check" &&
		rmmod snp_psc_random && rmmod snp_psc
}

# round N
round()
{
	variables $((operations / rounds)) &
	load_all $((seed + $1)) || return
	hostctl nmi storm "$storm"
	convert $((pages / rounds)) && unload_all && wait $!
}

all_rounds()
{
	for n in $(seq "$rounds"); do
		round "$n" || { echo "round $n of $rounds"; return 1; }
	done
}

# Each CPU once, for the second time breaks the kernel.
replug()
{
	for cpu in 1 2 3; do
		echo 0 >"/sys/devices/system/cpu/cpu$cpu/online" || return
		sleep 0.2
		echo 1 >"/sys/devices/system/cpu/cpu$cpu/online" || return
	done
}

hotplug()
{
	variables $((operations / rounds)) &
	load_all "$seed" || return
	replug && convert $((pages / rounds)) && unload_all && wait $!
}

# some_on_each NAME: that counter has moved on every CPU
some_on_each()
{
	for cpu in 0 1 2 3; do
		hostctl counters -v "$cpu" | grep -q "^$1 *[1-9]" || { echo "none on CPU $cpu"; return 1; }
	done
}

# What firmware had to ask or to write once more.
repeated()
{
	echo $(($(hostctl get firmware_again) + $(hostctl get firmware_rewrites)))
}

nmis_on_each()
{
	! grep -qx 0 /sys/module/snp_psc_efi/parameters/nmis
}

still_on()
{
	! dmesg | grep -F '[Firmware Bug]' && ./efivars put "$vars" Last words
}

metrics()
{
	for name in operations writes reads deletes wrong; do
		echo "#= variable_$name $(counted $name)"
	done
	echo "#= conversions $converted"
	for name in nmis psc msr_psc flash_reads flash_writes flash_in_transition firmware_again \
		firmware_rewrites firmware_fresh violations; do
		echo "#= $name $(hostctl get $name)"
	done
}

first_boot()
{
	check "EFI runtime services are on, says the kernel" runtime_is_on
	check "efivarfs is mounted" mount_variables
	check "firmware knows what time it is" same_time
	load_all "$seed"
	equal "so says status" on "$(field $dir/status efi_runtime)"
	equal "and that no CPU has another GHCB than the kernel's" 0 "$(field $dir/status ghcb_moved)"
	rmmod snp_psc_random && rmmod snp_psc
	hostctl reset
	check "$rounds rounds under NMIs, seed $seed: every value read is right, every page converted" \
		all_rounds
	hostctl nmi storm 0
	check "each CPU had NMIs" nmis_on_each
	check "and firmware that wrote to the flash" some_on_each flash_writes
	check "and while pages were converted" [ "$(hostctl get flash_in_transition)" -gt 0 ]
	if [ "$operations" -lt 1000 ]; then
		skip "too few operations to count on it" "NMIs have cost the firmware requests"
	else
		check "NMIs have cost the firmware requests" [ "$(hostctl get firmware_again)" -gt 0 ]
	fi
	check "not more than there were" [ "$(repeated)" -le "$(hostctl get nmis)" ]
	before=$(repeated)
	check "CPUs go and come back: the same" hotplug
	equal "without NMIs nothing had to be repeated" "$before" "$(repeated)"
	converted=$(changed)
	check "$operations operations on variables" [ "$(counted operations)" -ge "$operations" ]
	equal "none of them lost or wrong" 0 "$(counted wrong)"
	check "$pages pages converted" [ "$converted" -ge "$pages" ]
	check "EFI runtime services are on still" still_on
	costs "no violation" violations 0
	check "the kernel did not complain" clean_dmesg
	metrics
	./efivars put $vars Claims "$ktap_count $ktap_failed" && reboot -f
}

second_boot()
{
	mount_variables || exit
	# shellcheck disable=SC2046 # two numbers
	set -- $(./efivars get $vars Claims)
	ktap_count=$1 ktap_failed=$2
	check "after a reboot all variables are as they were" ./efivars check $vars
	equal "and there is the last one" words "$(./efivars get $vars Last)"
	costs "no violation since" violations 0
	check "the kernel did not complain after the reboot" clean_dmesg
	finish
}

ktap_planned=23
[ "$(hostctl get resets)" -eq 0 ] || second_boot
plan $ktap_planned
first_boot
finish
