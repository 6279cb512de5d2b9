#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# What shared_ranges lists is what the host's RMP has as shared, page for page, whoever
# shared it; and where the books and the page tables disagree, audit says so.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

parameters=/sys/module/snp_psc_random/parameters

# merge: extents on stdin, first page and count, as few as can be
merge()
{
	sort -n | awk '
		NR > 1 && $1 <= end { end = $1 + $2 > end ? $1 + $2 : end; next }
		NR > 1 { print first, end - first }
		{ first = $1; end = $1 + $2 }
		END { if (NR) print first, end - first }'
}

rows()
{
	grep -v '^#' $dir/"$1"
}

# sum FILE [OWNER]: pages in its rows
sum()
{
	rows "$1" | awk -v owner="$2" 'owner == "" || $5 == owner { n += $2 } END { print n + 0 }'
}

guest_shared()
{
	rows shared_ranges | merge
}

# Of all that the guest may use.
host_shared()
{
	grep '^[0-9a-f].* : System RAM' /proc/iomem | while IFS=' -' read -r start end _; do
		first=$((0x$start / 4096))
		hostctl shared $first $(((0x$end + 1) / 4096 - first))
	done | merge
}

# as_the_host CLAIM
as_the_host()
{
	equal "$1" "$(host_shared)" "$(guest_shared)"
}

swiotlb_at_boot()
{
	dmesg | sed -n 's/.*software IO TLB: mapped \[mem \(0x[0-9a-f]*\)-\(0x[0-9a-f]*\)\].*/\1 \2/p' |
		while read -r start end; do
			echo $((start / 4096)) $(((end + 1 - start) / 4096))
		done
}

# The CPUs' numbers and GHCBs, from the MSRs.
ghcbs()
{
	msrs | while read -r cpu msr; do
		echo "$((msr / 4096)) 1 $cpu"
	done
}

# All pages that are shared in the image mapping alone are of its bss.
image_in_bss()
{
	bss=$(sed -n 's/^ *\([0-9a-f]*\)-\([0-9a-f]*\) : Kernel bss/0x\1 0x\2/p' /proc/iomem)
	rows shared_ranges | awk '$5 == "image" { print $1, $1 + $2 - 1 }' | while read -r first last; do
		[ $((first * 4096)) -ge $((${bss% *})) ] && [ $((last * 4096)) -le $((${bss#* })) ] ||
			echo "$first to $last"
	done
}

# The last line: key value key value...
cost()
{
	sed -n "s/^# pages.* $1 \([0-9]*\).*/\1/p;s/^# $1 \([0-9]*\) .*/\1/p" $dir/shared_ranges
}

requests()
{
	awk 'NR > 1 { n += $3 } END { print n + 0 }' "$parameters/counts"
}

thousand_requests()
{
	while [ "$(requests)" -lt 1000 ]; do
		write 5000 "$parameters/pages" || return
	done
}

# 100 pieces of region 1, to and fro; what is asked follows from the number.
hundred_pieces()
{
	i=0
	while [ "$i" -lt 100 ]; do
		op=shared first=$((i * 7919 % 2000)) count=$((i * 31 % 47 + 1))
		[ $((i % 3)) -gt 0 ] || op=private
		write "$op 1 $first $count" "$dir/convert" || return
		i=$((i + 1))
	done
}

header_only()
{
	equal "$1" "# pfn count books tables" "$(cat $dir/audit)"
}

plan 40
check "the module loads" load
check "something is shared" [ "$(sum shared_ranges)" -gt 0 ]
as_the_host "shared_ranges is what the host says"
equal "no page is listed twice" "$(sum shared_ranges)" \
	"$(guest_shared | awk '{ n += $2 } END { print n }')"
equal "the bounce buffers are where the kernel says" "$(swiotlb_at_boot)" \
	"$(rows shared_ranges | awk '$5 == "swiotlb"' | merge)"
equal "each CPU's GHCB is where its MSR says" "$(ghcbs | sort)" \
	"$(rows shared_ranges | awk '$5 == "ghcb" { print $1, $2, $6 }' | sort)"
check "part of the kernel image is shared in its own mapping alone" [ "$(sum shared_ranges image)" -gt 0 ]
equal "its bss" "" "$(image_in_bss)"
equal "none of it is ours" 0 $(($(sum shared_ranges region) + $(sum shared_ranges api)))
equal "one look-up for each 2M" "$(cost pages)" $(($(cost lookups) * 512))
header_only "audit: no disagreement"

echo "# a region"
write "alloc 8M" $dir/pool
check "parts of a region become shared" write "shared 1 3 600" $dir/convert
as_the_host "shared_ranges is what the host says"
equal "600 pages are the region's" "600 1" \
	"$(sum shared_ranges region) $(rows shared_ranges | awk '$5 == "region" { print $6 }' | sort -u)"
check "100 pieces of it, to and fro" hundred_pieces
as_the_host "shared_ranges is what the host says"
equal "as many are the region's as pool says" "$(awk '$5 == "shared" { n += $3 } END { print n }' $dir/pool)" \
	"$(sum shared_ranges region)"

echo "# random requests"
check "the callers load" insmod ./snp_psc_random.ko seed=8
check "1000 random requests" thousand_requests
as_the_host "shared_ranges is what the host says"
equal "no page is listed twice" "$(sum shared_ranges)" \
	"$(guest_shared | awk '{ n += $2 } END { print n }')"
equal "ours are as many as the books have" "$(field $dir/status shared_pages)" \
	$(($(sum shared_ranges region) + $(sum shared_ranges heap) + $(sum shared_ranges api)))
for owner in region heap api swiotlb ghcb image other; do
	echo "#= $owner $(sum shared_ranges $owner)"
done
equal "status has the total" "$(sum shared_ranges)" "$(field $dir/status mapped_shared)"
equal "and how many of them are whose" \
	"$(for owner in region heap api swiotlb ghcb image other; do sum shared_ranges $owner; done)" \
	"$(sed -n 's/^mapped_shared_.*: //p' $dir/status)"
header_only "audit: no disagreement"
check "the callers unload" rmmod snp_psc_random
as_the_host "shared_ranges is what the host says"

echo "# the heap"
insmod ./snp_psc_client.ko
check "a driver allocates a shared page" write "heap alloc 1 4096 sleeping" $client
equal "the heap's pages are as many as it says" "$(field $dir/status heap_pages)" \
	"$(sum shared_ranges heap)"
as_the_host "shared_ranges is what the host says"
write "heap free first 1 sleeping" $client

echo "# disagreements"
write "alloc contiguous 64" $client
check "64 pages become shared" write "pages snp_psc shared" $client
check "the kernel makes 16 of them private" write "convert kernel private 8 16" $client
equal "audit: these 16, shared in the books, private in the page tables" "16 shared private" \
	"$(rows audit | awk '{ print $2, $3, $4 }')"
as_the_host "shared_ranges is what the host says"
check "all become private" write "pages snp_psc private" $client
header_only "audit: no disagreement"

hostctl fault psc-stuckx0
expect_errno ENOTRECOVERABLE "a host that does nothing more costs the page" \
	write "convert snp_psc shared 0 1" $client
hostctl fault ""
header_only "audit: a lost page is not present, no disagreement"
equal "shared_ranges: a lost page is not there" "" \
	"$(rows shared_ranges | awk -v lost="$(rows poisoned)" '$1 <= lost + 0 && lost + 0 < $1 + $2')"
check "the kernel did not complain" clean_dmesg
finish
