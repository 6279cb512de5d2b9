#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# crash.sh NEXT END [ARG]...: how a guest ends, or gives way to a next kernel, while pages
# are shared, lost, or in mid-conversion
#
#	panic				while pages are shared
#	beside				a panic while another CPU converts
#	strike OP PAGES STEP N		a panic of an NMI when the N-th page of a conversion gets there
#	lost				a panic when pages are lost
#	kexec				another kernel is started, in the midst of conversions
#	kexec-lost			the same when pages are lost
#	reboot				the guest reboots, in the midst of conversions
#	hibernate			the guest hibernates, while pages are shared, and then lost
#	hibernate-alone			it does without the module
#
# NEXT is how many pages the next kernel (selftests/machine/tiny/next.c) has to find shared:
# a number, "all+N" that were it just before, "others+N" before the module came; or "none"
# if there is no such kernel.
#
# run: -a crashkernel=64M -t 600
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# shared_pages: what the host has as shared, whoever has made it so
shared_pages()
{
	hostctl shared 0 0xffffffff | awk '{ n += $2 } END { print n + 0 }'
}

# A region, some pages of a driver, and pieces of the heap.
share()
{
	load && insmod ./snp_psc_client.ko &&
	write "alloc 4M" $dir/pool && write "shared 1 0 512" $dir/convert &&
	write "alloc 64" $client && write "convert snp_psc shared" $client &&
	write "heap alloc 3 4096 sleeping" $client || exit
}

# expect load|crash: the next kernel is there, and knows what it has to find
expect()
{
	case $next in
	none)	return ;;
	all*)	next=$(($(shared_pages) + ${next#all})) ;;
	others*) next=$((others + ${next#others})) ;;
	esac
	echo "the next kernel has to find $next pages shared"
	./crash_kexec "$1" ./next.bin "shared=$next" || exit
}

# strike OP PAGES STEP N: what is done once for a CPU or a leaf has been done before
strike()
{
	taskset -p 2 $$ >/dev/null
	write "shared 1 512 300" $dir/convert
	write "private 1 512 300" $dir/convert
	[ "$1" = shared ] || write "shared 1 512 $2" $dir/convert
	expect crash
	echo 1 >/proc/sys/kernel/unknown_nmi_panic
	hostctl reset
	hostctl nmi "$3" "$4"
	write "$1 1 512 $2" $dir/convert
}

crash()
{
	expect crash
	echo c >/proc/sysrq-trigger
}

# lose: one page that the host has replaced, and many that it does not give back
lose()
{
	hostctl fault remap@1
	write "shared 1 512 16" $dir/convert
	hostctl fault psc-stuck@1x0
	write "shared 1 600 300" $dir/convert
	hostctl fault ''
	echo "lost: $(field $dir/status poisoned_pages)"
}

# convert_for_ever: two regions at a time, until it is refused; here it goes on when they do
convert_for_ever()
{
	begun=$(hostctl get psc)
	for id in 2 3; do
		write "alloc 1M" $dir/pool
		while write "shared $id" $dir/convert && write "private $id" $dir/convert; do
			:
		done &
	done
	for _ in $(seq 100); do
		[ "$(hostctl get psc)" -lt $((begun + 20)) ] || return 0
		sleep 0.1
	done
	echo "nobody converts anything"
	exit 1
}

# refused CLAIM WHY
refused()
{
	expect_errno EBUSY "$1" write disk /sys/power/state
	check "the module says: $2" log_says "no hibernation: $2"
}

# 64 pages, the whole region, and one chunk of the heap, the other being idle; then none.
hibernate()
{
	plan 4
	refused "no hibernation while pages are shared" "1088 pages are shared, 0 poisoned"
	write "private 1" $dir/convert
	write "convert snp_psc private" $client
	write "heap free first 3 sleeping" $client
	lose
	refused "nor when pages are lost" "0 pages are shared, 301 poisoned"
	finish
}

next=$1 end=$2
shift 2
[ "$(hostctl get resets)" = 0 ] || end=again
[ "$end" != hibernate-alone ] || write disk /sys/power/state
others=$(shared_pages)
share
case $end in
panic)	crash ;;
beside)	convert_for_ever; crash ;;
strike)	strike "$@" ;;
lost)	lose; crash ;;
kexec)	expect load; convert_for_ever; ./crash_kexec start ;;
kexec-lost) lose; expect load; ./crash_kexec start ;;
reboot)	convert_for_ever; reboot -f ;;
hibernate) hibernate ;;
again)	write "private 1" $dir/convert; exit ;;
esac
sleep 60
echo "still alive"
exit 1
