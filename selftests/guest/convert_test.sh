#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Conversions as the host sees them: what they cost, that shared is shared and
# private is private, and what the API refuses. All counts are the machine's.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# What 2048 neighbours in four blocks take: VMGEXITs by GHCB and by MSR, entries and runs at
# the host, 2M PVALIDATEs that are tried, leaves that the module splits, and what it counts
# itself; VMGEXITs for a part of them; TLB broadcasts. The kernel of 6.1 has no 2M entries.
case $transport in
ghcb)	asks='1 0' entries=4 runs=1 tried=4 split=1 counts='1 4 2048' part='8 0'
	broadcasts=1 ;;
msr)	asks='0 2048' entries=0 runs=0 tried=4 split=1 counts='2048 4 2048' part='0 511'
	broadcasts=1 ;;
kernel)	asks='9 0' entries=2048 runs=9 tried=0 split=0 counts='0 0 0' part='3 0'
	broadcasts=2 ;;
esac

# scattered: VMGEXITs for the client's 1000 pages
scattered()
{
	case $transport in
	ghcb)	echo 4 0 ;;
	msr)	echo 0 1000 ;;
	kernel)	echo "$(client_runs)" 0 ;;
	esac
}

# scattered_flushes: what they cost in TLB broadcasts
scattered_flushes()
{
	[ "$transport" = kernel ] && echo $((2 * $(client_runs))) || echo 1
}

# scattered_entries: what of them are entries of descriptors
scattered_entries()
{
	[ "$transport" = msr ] && echo 0 || echo 1000
}

# present PAGES: so many of them are present at their PVALIDATE
present()
{
	[ "$transport" = kernel ] && echo "$1" || echo 0
}

# region STATE: first page of the largest extent in that state, and its length
region()
{
	awk -v state="$1" '$5 == state && $3 > n { n = $3; pfn = $4 } END { print pfn, n }' $dir/pool
}

# broadcasts CLAIM EXPECTED COMMAND COMMAND: TLB broadcasts of a client's call that
# is done and undone, ten times unless the number is reached before. The smallest
# number counts, for what else goes on adds to it. Only a call to a CPU that has not
# answered an earlier one takes away: none is sent then. So let it answer first.
broadcasts()
{
	claim=$1 expected=$2 least=
	shift 2
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		for command; do
			usleep 50000
			hostctl reset
			write "$command" $client
			n=$(hostctl get icr_calls)
			[ "$n" -ge "${least:-$n}" ] || least=$n
			least=${least:-$n}
		done
		[ "$least" -gt "$expected" ] || break
	done
	equal "$claim" "$expected" "$least"
}

plan 78
load && insmod ./snp_psc_client.ko mark=1 || exit

echo "# contiguous"
check "a region of 8 MiB" write "alloc 8M" $dir/pool
[ "$transport" != ghcb ] || runs=$(sed 1d $dir/pool | wc -l)	# of the buddy allocator's making
check "a part of it becomes shared" write "shared 1 700 1" $dir/convert
equal "its block is split" "$split" "$(field $dir/stats splits)"
check "and private again" write "private 1 700" $dir/convert

# converts OP: 2048 pages in four blocks, of which one has no 2M leaf any more
converts()
{
	hostctl reset
	check "2048 pages become $1" write "$1 1" $dir/convert
	# shellcheck disable=SC2086 # a number for each count
	asked "to $1: VMGEXITs by GHCB and by MSR" $asks
	costs "to $1: $entries entries" psc_entries "$entries"
	costs "to $1: in $runs runs" psc_runs "$runs"
	costs "to $1: 2048 pages at the host" "pages_$1" 2048
	costs "to $1: $tried PVALIDATEs of 2M are tried" pvalidate_2m "$tried"
	costs "to $1: 2048 are done where the RMP has 4K entries" pvalidate_4k 2048
	costs "to $1: each of them changed something" pvalidate_no_change 0
	costs "to $1: pages present at their PVALIDATE" present_at_pvalidate "$(present 2048)"
	equal "to $1: the module counts VMGEXITs, entries, PVALIDATEs of its own" "$counts" \
		"$(awk '/^(vmgexits|entries|pvalidates) / { printf "%s%s", s, $2; s = " " }' $dir/convert)"
	equal "to $1: no block was split" "$split" "$(field $dir/stats splits)"
}
converts shared
converts private

check "batch_max: 64" write 64 $dir/batch_max
hostctl reset
write "shared 1 1 511" $dir/convert
# shellcheck disable=SC2086 # a number for each count
asked "511 pages, 64 entries at a time" $part
write 253 $dir/batch_max
write "private 1" $dir/convert

echo "# TLB broadcasts"
keep_awake
taskset -p 1 $$ >/dev/null
# shellcheck disable=SC2046 # fields of a line
set -- $(region private)
broadcasts "snp_psc: $broadcasts for $2 neighbours" "$broadcasts" \
	"range snp_psc shared $1 $2" "range snp_psc private $1 $2"
broadcasts "snp_psc: $broadcasts for 5 neighbours" "$broadcasts" \
	"range snp_psc shared $1 5" "range snp_psc private $1 5"
broadcasts "the kernel: two broadcasts for $2 neighbours" 2 \
	"range kernel shared $1 $2" "range kernel private $1 $2"
check "1000 scattered pages" write "alloc 1000" $client
flushes=$(scattered_flushes)
broadcasts "snp_psc: $flushes for 1000 scattered pages" "$flushes" "pages snp_psc shared" \
	"pages snp_psc private"
let_sleep
taskset -p ff $$ >/dev/null

echo "# scattered"
hostctl reset
check "1000 scattered pages become shared" write "pages snp_psc shared" $client
# shellcheck disable=SC2046 # a number for each count
asked "to shared: VMGEXITs" $(scattered)
costs "to shared: entries" psc_entries "$(scattered_entries)"
costs "to shared: pages present at their PVALIDATE" present_at_pvalidate "$(present 1000)"
# shellcheck disable=SC2046 # page numbers
check "the host says shared" host_says shared $(some_pfns)
write "fillpages 7" $client
# shellcheck disable=SC2046 # page numbers
check "what the guest writes, the host reads" host_reads 7 $(some_pfns)
# shellcheck disable=SC2046 # page numbers
check "the host writes" host_writes 8 $(some_pfns)
write "matchpages 8" $client
equal "what the host writes, the guest reads" 1536 "$(field $client matched)"

hostctl reset
check "they become private" write "pages snp_psc private" $client
# shellcheck disable=SC2046 # a number for each count
asked "to private: VMGEXITs" $(scattered)
costs "to private: pages present at their PVALIDATE" present_at_pvalidate "$(present 1000)"
# shellcheck disable=SC2046 # page numbers
check "the host says private" host_says private $(some_pfns)
write "fillpages 9" $client
# shellcheck disable=SC2046 # page numbers
check "what the guest writes, the host does not read" not host_reads 9 $(some_pfns)
# shellcheck disable=SC2046 # page numbers
check "nor can it write" not host_writes 9 $(some_pfns)
write "matchpages 9" $client
equal "the guest reads what it wrote" 512000 "$(field $client matched)"

echo "# our books and the kernel's"
check "the kernel makes them shared" write "pages kernel shared" $client
before=$(cat $dir/stats)
expect_errno EINVAL "to shared: refused, somebody else's" write "pages snp_psc shared" $client
expect_errno EINVAL "to private: refused, somebody else's" write "pages snp_psc private" $client
equal "nothing was done" "$before" "$(cat $dir/stats)"
check "the kernel makes them private" write "pages kernel private" $client
check "now they can become shared" write "pages snp_psc shared" $client
equal "status: shared_pages" 1000 "$(field $dir/status shared_pages)"
check "the kernel makes ours private" write "pages kernel private" $client
check "ours, private already: no error" write "pages snp_psc private" $client
equal "the books are right again" 0 "$(field $dir/status shared_pages)"
check "once more to shared" write "pages snp_psc shared" $client
check "and to private" write "pages snp_psc private" $client

echo "# what the API refuses"
before=$(cat $dir/stats)
# shellcheck disable=SC2046 # fields of a line
set -- $(region private)
while read -r what claim; do
	expect_errno EINVAL "$claim" write "try $what" $client
done <<END
twice a page twice
none no pages
nothing a count of 0
negative a negative count
unaligned an address within a page
text an address of a module
image a page of the kernel image
user a page that user space has mapped
beyond an address beyond all memory
END
expect_errno EINVAL "the first page of memory, reserved" write "range snp_psc shared 0 1" $client
ghcb=$(sed -n 's/^cpu 0: msr \(0x[0-9a-f]*\)000 .*/\1/p' $dir/status)
expect_errno EINVAL "a GHCB to private" write "range snp_psc private $ghcb 1" $client
expect_errno EINVAL "a GHCB to shared" write "range snp_psc shared $ghcb 1" $client
equal "nothing was done" "$before" "$(cat $dir/stats)"

check "free" write "free" $client
check "the client unloads" rmmod snp_psc_client
check "the module unloads" rmmod snp_psc
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
