#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# A host that refuses, or makes no sense, in the middle of a conversion: either
# every page is back in the state it had, or the call says that it is not and
# the pages in doubt are lost, not the guest.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# A fault plan of the host's (selftests/host/fault.c), which strikes at the second
# occasion, once or for ever (x0); what a region is to become, in three descriptors
# of at most 100 entries; the errno; and how many of its 256 pages are private, shared
# and poisoned then.
cases_ghcb()
{
	cat <<-END
	psc-partial@1x0 shared none 0 256 0
	psc-partial@1x0 private none 256 0 0
	psc-generic@1 shared none 0 256 0
	psc-generic@1 private none 256 0 0
	psc-2-4@1 shared none 0 256 0
	psc-2-4@1 private none 256 0 0
	psc-bad-entry@1 shared EIO 256 0 0
	psc-bad-entry@1 private EIO 0 256 0
	psc-exception@1 shared EIO 256 0 0
	psc-exception@1 private EIO 0 256 0
	psc-2-5@1 shared EIO 256 0 0
	psc-2-5@1 private EIO 0 256 0
	psc-cur-beyond@1 shared EIO 256 0 0
	psc-cur-beyond@1 private EIO 0 256 0
	psc-end-lowered@1 shared EIO 256 0 0
	psc-end-lowered@1 private EIO 0 256 0
	psc-reserved@1 shared EIO 256 0 0
	psc-reserved@1 private EIO 0 256 0
	psc-stuck@1x0 shared ENOTRECOVERABLE 56 0 200
	psc-stuck@1x0 private ENOTRECOVERABLE 0 56 200
	psc-2-5@1x0 shared ENOTRECOVERABLE 56 0 200
	psc-2-5@1x0 private ENOTRECOVERABLE 0 56 200
	remap@1 shared ENOTRECOVERABLE 255 0 1
	replay@1 private ENOTRECOVERABLE 0 255 1
	END
}

# A page is an occasion here. An answer may be lost eight times in a row.
cases_msr()
{
	cat <<-END
	msr-psc-error@150 shared EIO 256 0 0
	msr-psc-error@150 private EIO 0 256 0
	msr-psc-error@150x0 shared ENOTRECOVERABLE 56 0 200
	msr-psc-error@150x0 private ENOTRECOVERABLE 0 56 200
	msr-garbage@150 shared none 0 256 0
	msr-garbage@150 private none 256 0 0
	msr-garbage@150x0 shared ENOTRECOVERABLE 56 0 200
	msr-garbage@150x0 private ENOTRECOVERABLE 0 56 200
	msr-unanswered@150 shared none 0 256 0
	msr-unanswered@150 private none 256 0 0
	msr-unanswered@150x8 shared none 0 256 0
	msr-unanswered@150x9 shared EIO 256 0 0
	msr-unanswered@150x9 private EIO 0 256 0
	msr-unanswered@150x0 private ENOTRECOVERABLE 0 56 200
	remap@1 shared ENOTRECOVERABLE 255 0 1
	replay@1 private ENOTRECOVERABLE 0 255 1
	END
}

# What refuses one request and all that are made to undo it.
refuses_twice()
{
	case $transport in
	msr)	echo msr-psc-errorx2 ;;
	*)	echo psc-bad-entryx2 ;;
	esac
}

# attempt PLAN OP ERRNO PRIVATE SHARED POISONED: 5 claims about a new region, number $id
attempt()
{
	id=$((id + 1))
	write "alloc 1M" $dir/pool
	[ "$2" = shared ] || write "shared $id" $dir/convert
	before=$(msrs)
	hostctl fault "$1"
	if [ "$3" = none ]; then
		check "$1: to $2 succeeds" write "$2 $id" $dir/convert
	else
		expect_errno "$3" "$1: to $2: $3" write "$2 $id" $dir/convert
	fi
	hostctl fault ''
	equal "$1: to $2: private, shared, poisoned pages" "$4 $5 $6" "$(states)"
	check "$1: to $2: guest and host agree about each that is not poisoned" host_agrees
	equal "$1: to $2: the MSRs are as they were" "$before" "$(msrs)"
	poisoned=$((poisoned + $6))
	check "$1: to $2: free" write "free $id" $dir/pool
}

plan $((5 * $("cases_$transport" | wc -l) + 12))
load && write 100 $dir/batch_max || exit
id=0 poisoned=0
while read -r line; do
	# shellcheck disable=SC2086 # words
	attempt $line
done <<END
$("cases_$transport")
END

# A page that is lost while a region is freed must not leave the others shared.
id=$((id + 1)) poisoned=$((poisoned + 1))
write "alloc 1M" $dir/pool
write "shared $id" $dir/convert
hostctl fault replay@1
expect_errno ENOTRECOVERABLE "free, and a page is lost" write "free $id" $dir/pool
hostctl fault ''
equal "the region is gone" 1 "$(wc -l <$dir/pool)"

id=$((id + 1))
write "alloc 1M" $dir/pool
write "shared $id" $dir/convert
hostctl fault "$(refuses_twice)"
expect_errno EIO "free, and the host refuses" write "free $id" $dir/pool
hostctl fault ''
check "the region is still there, and free works now" write "free $id" $dir/pool

equal "the books know the poisoned pages" $poisoned "$(field $dir/status poisoned_pages)"
equal "and list all of them" $poisoned "$(awk '!/^#/ { n += $2 } END { print n + 0 }' $dir/poisoned)"
equal "nothing else is shared" 0 "$(field $dir/status shared_pages)"
id=$((id + 1))
write "alloc 1M" $dir/pool
check "the next conversion succeeds" write "shared $id" $dir/convert

echo "# poisoned pages are still there"
timeout 4 cat /proc/kcore >/dev/null 2>&1
ok "root reads all memory"
check "the module unloads" rmmod snp_psc
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
