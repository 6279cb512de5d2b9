#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Failures on demand, in a kernel that has fault injection: each point at which a conversion
# can fail does so once, and so do the kernel's own functions, which nothing else makes
# fail. What those are called for is in no known state then, although here nothing has
# happened to it.
#
# run: -o es=off -t 900
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=8
id=0 poisoned=0

# new OP: a region, number $id, that can become shared or private
new()
{
	id=$((id + 1))
	write "alloc $((pages * 4))K" $dir/pool
	[ "$1" = shared ] || write "shared $id" $dir/convert
}

# arm NAME N TIMES: the N-th from now on fails, and the next until so many have; -1: for ever
arm()
{
	echo "$2" >"$dir/fault_$1/space"
	echo "$3" >"$dir/fault_$1/times"
	echo 100 >"$dir/fault_$1/probability"
}

disarm()
{
	echo 0 >"$dir/fault_$1/probability"
}

# attempt NAME N TIMES OP ERRNO PRIVATE SHARED POISONED: 3 claims
attempt()
{
	what="$transport: $1 fails, the $2., $3 times: to $4"
	arm "$1" "$2" "$3"
	expect_errno "$5" "$what: $5" write "$4 $id" $dir/convert
	disarm "$1"
	equal "$what: private, shared, poisoned pages" "$6 $7 $8" "$(states)"
	check "$what: guest and host agree about the others" host_agrees
	poisoned=$((poisoned + $8))
}

# ---- conversions of our own, in two descriptors of four pages ----

own_failures()
{
	cat <<-END
	psc 1 1 shared EIO 8 0 0
	psc 2 1 shared EIO 8 0 0
	psc 2 1 private EIO 0 8 0
	psc 2 -1 shared ENOTRECOVERABLE 0 0 8
	psc 2 -1 private ENOTRECOVERABLE 0 0 8
	pvalidate 6 1 shared EIO 8 0 0
	pvalidate 6 1 private EIO 0 8 0
	pvalidate 6 -1 shared ENOTRECOVERABLE 3 0 5
	END
}

# 4 claims a line
own()
{
	while read -r name n times op errno states; do
		new "$op"
		# shellcheck disable=SC2086 # a list
		attempt "$name" "$n" "$times" "$op" "$errno" $states
		check "$what: free" write "free $id" $dir/pool
	done
}

# The split of a 2M leaf, and of nothing else.
split_fails()
{
	id=$((id + 1))
	write "alloc 2M" $dir/pool
	arm split 1 1
	expect_errno ENOMEM "$transport: the split fails: to shared: ENOMEM" \
		write "shared $id 1 1" $dir/convert
	equal "$transport: the split fails: nothing has happened" "512 0 0" "$(states)"
	check "$transport: the split succeeds" write "shared $id 1 1" $dir/convert
	arm split 1 1
	check "$transport: there is nothing more to split" write "private $id" $dir/convert
	disarm split
	write "free $id" $dir/pool
}

# once N OP: the N-th time that something could fail in the shell's write, it does. It is this
# task's, so what is opened, or forked, would count as well; $left is 0 if it came to that.
once()
{
	exec 4<>/proc/thread-self/fail-nth
	echo "$1" >&4
	if echo "$2 $id" >&3; then status=0; else status=1; fi
	read -r left <&4
	echo 0 >&4
	exec 4>&-
	return $status
}

# every_failure OP: 2 claims; one failure at each place, until there is no other. With one page
# more than there is room for on the stack, their entries have to be allocated.
every_failure()
{
	pages=9
	new "$1"
	before=$(states)
	case $1 in
	shared)		after="0 $pages 0" back=private ;;
	private)	after="$pages 0 0" back=shared ;;
	esac
	n=0 failed=0 wrong='' left=0
	exec 3>$dir/convert
	while [ "$left" -eq 0 ]; do
		n=$((n + 1))
		if once $n "$1" 2>/dev/null; then
			expected=$after
		else
			expected=$before failed=$((failed + 1))
		fi
		[ "$(states)" = "$expected" ] || wrong="$wrong $n"
		[ "$expected" = "$before" ] || write "$back $id" $dir/convert
	done
	exec 3>&-
	equal "$transport: to $1: each time all pages are as they were, or as wanted" '' "$wrong"
	echo "# $((n - 1)) failures, $failed of them failed the conversion"
	check "$transport: to $1: PVALIDATEs, PSCs and others failed it" test $failed -gt $((pages + 2))
	write "free $id" $dir/pool
	pages=8
}

# Allocations that could sleep, and single pages.
fail_allocations()
{
	for attr in /sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc; do
		echo N >$attr/ignore-gfp-wait
		echo 0 >$attr/verbose
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

# ---- the kernel's, in three runs: pages 2 and 5 are as wanted already ----

kernel_failures()
{
	cat <<-END
	set_memory_busy 1 1 shared EBUSY 6 2 0
	set_memory_busy 2 1 shared ENOTRECOVERABLE 4 2 2
	set_memory_busy 3 1 private ENOTRECOVERABLE 2 4 2
	set_memory 1 1 shared ENOTRECOVERABLE 4 2 2
	set_memory 3 1 shared ENOTRECOVERABLE 4 2 2
	set_memory 3 2 shared ENOTRECOVERABLE 2 2 4
	set_memory 2 -1 private ENOTRECOVERABLE 2 2 4
	set_memory 3 -1 shared ENOTRECOVERABLE 0 2 6
	END
}

# 6 claims a line
kernels()
{
	while read -r name n times op errno states; do
		new "$op"
		write "$op $id 2 1" $dir/convert
		write "$op $id 5 1" $dir/convert
		before=$(msrs)
		# shellcheck disable=SC2086 # a list
		attempt "$name" "$n" "$times" "$op" "$errno" $states
		equal "$what: the MSRs are as they were" "$before" "$(msrs)"
		case $errno in
		EBUSY)	is_clean ;;
		*)	is_lost ;;
		esac
	done
}

is_clean()
{
	check "$what: and now it succeeds" write "$op $id" $dir/convert
	check "$what: free" write "free $id" $dir/pool
}

# What is free comes back with the next region.
is_lost()
{
	lost=$(awk '$5 == "poisoned" { for (i = 0; i < $3; i++) print $4 + i }' $dir/pool)
	expect_errno EINVAL "$what: lost pages are refused" write "$op $id" $dir/convert
	write "free $id" $dir/pool
	new shared
	check "$what: free: the lost pages are leaked" not in_a_region "$lost"
	write "free $id" $dir/pool
}

# in_a_region PFNS: any of them
in_a_region()
{
	awk -v pfns="$1" '
		{ for (i = split(pfns, pfn); i; i--) found += $4 <= pfn[i] && pfn[i] < $4 + $3 }
		END { exit !found }' "$dir/pool"
}

# ---- each transport ----

# 1 claim
start()
{
	check "$transport: the module loads" load
	for attr in "$dir"/fault_*; do
		echo 0 >"$attr/verbose"
	done
}

# 3 claims
end()
{
	equal "$transport: the books know the lost pages" $poisoned \
		"$(field $dir/status poisoned_pages)"
	equal "$transport: nothing is shared" 0 "$(field $dir/status shared_pages)"
	check "$transport: the module unloads" rmmod snp_psc
	id=0 poisoned=0
}

dmesg -n 1
own_failures >/tmp/own
kernel_failures >/tmp/kernels
plan $((4 * $(wc -l </tmp/own) + 4 + 2 * 8 + 6 * $(wc -l </tmp/kernels) + 4 + 2))
fail_allocations
transport=ghcb
start
write 4 $dir/batch_max
own </tmp/own
split_fails
every_failure shared
every_failure private
end

transport=msr
start
write 4 $dir/batch_max
every_failure shared
every_failure private
end

transport=kernel
start
kernels </tmp/kernels
end
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
