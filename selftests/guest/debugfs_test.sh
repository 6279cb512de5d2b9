#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# Every file of the module's debugfs directory: what it is, what it takes, what it
# refuses and how, and that nothing is lost at unload. The words are those of
# Documentation/debugfs.rst.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# What the module counts for all of region 1; entries for most of it, page by page; VMGEXITs
# for 511 pages and 3 blocks at 100 entries each, and for 64 pages at one each.
case $transport in
ghcb)	vmgexits=1 entries=4 pvalidates=2048 flushes=1 most=495 hundreds=6 ones=64 ;;
msr)	vmgexits=2048 entries=4 pvalidates=2048 flushes=1 most=495 hundreds=2047 ones=64 ;;
kernel)	vmgexits=0 entries=0 pvalidates=0 flushes=0 most=0 hundreds=0 ones=0 ;;
esac

# Every write that is refused: file, errno, text. Region 1 has 2048 pages.
refused_writes()
{
	cat <<-END
	status EPERM 1
	stats EPERM 1
	poisoned EPERM 1
	heap EPERM 1
	transport EPERM msr
	shared_ranges EPERM 1
	audit EPERM 1
	selftest EINVAL 0
	selftest EINVAL 1 1
	selftest EINVAL again
	stats_reset EINVAL 0
	stats_reset EINVAL 1 1
	stats_reset EINVAL x
	stats_reset EINVAL
	stats_reset EINVAL -1
	stats_reset EINVAL 01
	stats_reset EINVAL 0x1
	stats_reset EINVAL 11
	stats_reset EINVAL 1 0
	stats_reset EINVAL yes
	selftest EINVAL
	selftest EINVAL -1
	selftest EINVAL 18446744073709551617
	batch_max EINVAL x
	batch_max EINVAL 1.5
	batch_max EINVAL -1
	batch_max EINVAL 1 2
	batch_max ERANGE 0
	batch_max ERANGE 254
	batch_max ERANGE 4294967297
	batch_max ERANGE 18446744073709551616
	batch_max ERANGE 0x100
	batch_max ERANGE 0376
	batch_max EINVAL -253
	batch_max EINVAL 1K
	batch_max EINVAL 0x
	batch_max EINVAL 08
	batch_max EINVAL 1,2
	batch_max EINVAL 253;
	batch_max EINVAL '1'
	batch_max EINVAL 1e2
	batch_max EINVAL
	pool EINVAL
	pool EINVAL nonsense
	pool EINVAL alloc
	pool EINVAL alloc 0
	pool EINVAL alloc 5000
	pool EINVAL alloc -4096
	pool EINVAL alloc 8Q
	pool EINVAL alloc M
	pool EINVAL alloc 4K 4K
	pool EINVAL ALLOC 4K
	pool ERANGE alloc 99999999999999999999
	pool ERANGE alloc 99999999999999999K
	pool E2BIG alloc 1G
	pool E2BIG alloc 18446744073709547520
	pool EINVAL free
	pool EINVAL free x
	pool EINVAL free -1
	pool EINVAL free 1 1
	pool EINVAL alloc 4095
	pool EINVAL alloc 1.5M
	pool EINVAL alloc 4 K
	pool EINVAL alloc 4KB
	pool EINVAL alloc 0x1000x
	pool EINVAL alloc -1
	pool EINVAL alloc 0M
	pool EINVAL alloc 8M free 1
	pool EINVAL free 1,1
	pool EINVAL free all
	pool EINVAL FREE 1
	pool EINVAL free 1K
	pool EINVAL shared 1
	pool ERANGE alloc 18446744073709551616
	pool ERANGE alloc 18014398509481984K
	pool ERANGE alloc 17179869184G
	pool E2BIG alloc 0xfffffffffffff000
	pool E2BIG alloc 17179869183G
	pool ENOENT free 4294967297
	pool ENOENT free 18446744073709551615
	pool ENOENT free 0
	pool ENOENT free 2
	pool ERANGE free 99999999999999999999
	convert EINVAL
	convert EINVAL nonsense
	convert EINVAL shared
	convert EINVAL private
	convert EINVAL Shared 1
	convert EINVAL shared x
	convert EINVAL shared -1
	convert EINVAL shared 1 x
	convert EINVAL shared 1 -1
	convert EINVAL shared 1 0 x
	convert EINVAL shared 1 0 -1
	convert EINVAL shared 1 0 0
	convert EINVAL shared 1 0 1 1
	convert EINVAL shared 1,0,1
	convert EINVAL shared 1 0x
	convert EINVAL private 1 1K
	convert EINVAL shared 1 0 8M
	convert EINVAL shared 1 0 1;
	convert EINVAL shared 1-2
	convert EINVAL shared shared
	convert EINVAL 1 shared
	convert EINVAL shared 1 0 1 private 1
	convert EINVAL shared 08
	convert ENOENT private 4294967297
	convert ENOENT shared 0x100000001 0 1
	convert ERANGE shared 1 99999999999999999999
	convert ERANGE private 1 0 99999999999999999999
	convert ERANGE private 1 4294967296
	convert ERANGE private 1 0 4294967297
	convert ERANGE shared 1 0x8000000000000000 0x8000000000000000
	convert ENOENT shared 0
	convert ENOENT shared 2
	convert ENOENT private 18446744073709551615
	convert ERANGE shared 99999999999999999999
	convert ERANGE shared 1 2048
	convert ERANGE shared 1 2047 2
	convert ERANGE shared 1 0 2049
	convert ERANGE private 1 1 2048
	convert ERANGE shared 1 1 18446744073709551615
	convert ERANGE shared 1 18446744073709551615 2
	convert EINVAL shared 1 0 1 and then so many words that no command could ever be so long as this one is
	END
}

# All that a refused write must not change.
everything()
{
	cat $dir/pool $dir/convert $dir/stats $dir/batch_max
}

# What the log has to say of them: which file, which text.
complaints()
{
	refused_writes | sed 's/^\([a-z_]*\) [A-Z0-9]* *\(.*\)/\1: \2/' | awk '
		{ at = index($0, ": "); print substr($0, 1, at - 1), substr($0, at + 2, 80) }'
}

complained()
{
	dmesg | sed -n 's/.*snp_psc: \([a-z_]*\): "\(.*\)": .*/\1 \2/p'
}

# pages STATE: how many pages of all regions are in it
pages()
{
	awk -v state="$1" '$5 == state { n += $3 } END { print n + 0 }' $dir/pool
}

# pfns_of ID: a few page frame numbers of a region, the first and the last among them
pfns_of()
{
	awk -v id="$1" '$1 == id { print $4; print $4 + int($3 / 2); print $4 + $3 - 1 }' $dir/pool
}

memory_free()
{
	sync
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
}

bad=$(refused_writes | wc -l)
plan $((bad + 84))

before_load=$(memory_free)
check "the module loads" load
equal "the files are those of the documentation" \
	"audit batch_max convert heap poisoned pool selftest shared_ranges stats stats_reset status transport" \
	"$(cd $dir && echo *)"
for file in "$dir"/*; do
	file=${file##*/}
	equal "$file: mode 0600" 600 "$(stat -c %a "$dir/$file")"
	check "$file: can be read" cat "$dir/$file"
done

equal "status: transport" "$transport" "$(field $dir/status transport)"
equal "status: guest" "SEV-SNP 0" "$(field $dir/status guest) $(field $dir/status vmpl)"
equal "status: gate" open "$(field $dir/status gate)"
equal "status: efi_runtime, ghcb_moved" "off 0" \
	"$(field $dir/status efi_runtime) $(field $dir/status ghcb_moved)"
equal "status: shared_pages" 0 "$(field $dir/status shared_pages)"
equal "status: one line a CPU, all usable" "$(nproc)" "$(grep -c '^cpu [0-9]*: .*usable$' $dir/status)"
equal "transport: as status says" "$(head -n 2 $dir/status)" "$(cat $dir/transport)"
check "selftest: 1" write 1 $dir/selftest
equal "selftest: as status says" "$(grep '^cpu' $dir/status)" "$(cat $dir/selftest)"
equal "pool: empty but for its header" "# id first count pfn state" "$(cat $dir/pool)"
equal "convert: nothing yet" none "$(field $dir/convert op)"
equal "batch_max: 253" 253 "$(cat $dir/batch_max)"
equal "stats: all zero" 0 "$(awk '{ n += $2 } END { print n }' $dir/stats)"

check "pool: alloc 8M" write "alloc 8M" $dir/pool
equal "pool: 2048 private pages" 2048 "$(pages private)"

echo "# every write that is refused"
before=$(everything)
while read -r file errno text; do
	expect_errno "$errno" "$file: \"$text\": $errno" write "$text" "$dir/$file"
done <<END
$(refused_writes)
END
equal "nothing has changed" "$before" "$(everything)"
equal "one line in the log for each" "$(complaints)" "$(complained)"

echo "# conversions"
check "convert: shared 1" write "shared 1" $dir/convert
equal "convert: result" 0 "$(field $dir/convert result)"
equal "convert: count" 2048 "$(field $dir/convert count)"
equal "convert: VMGEXITs" "$vmgexits" "$(field $dir/convert vmgexits)"
equal "convert: entries, a block each" "$entries" "$(field $dir/convert entries)"
equal "convert: PVALIDATEs of 2M" "$entries" "$(field $dir/convert pvalidates_2m)"
equal "convert: PVALIDATEs of 4K, for the RMP has no more" "$pvalidates" "$(field $dir/convert pvalidates)"
equal "convert: flushes" "$flushes" "$(field $dir/convert flushes)"
equal "pool: 2048 shared pages" 2048 "$(pages shared)"
equal "status: shared_pages" 2048 "$(field $dir/status shared_pages)"
# shellcheck disable=SC2046 # page numbers
check "the host says shared" host_says shared $(pfns_of 1)

check "convert: shared 1 once more is no error" write "shared 1" $dir/convert
equal "convert: and costs nothing" 0 \
	"$(sed 1,6d $dir/convert | awk '{ n += $2 } END { print n }')"
check "convert: private 1 10 20" write "private 1 10 20" $dir/convert
equal "pool: 20 private pages" 20 "$(pages private)"
equal "pool: they begin at page 10" "10 20" "$(awk '$5 == "private" { print $2, $3 }' $dir/pool)"
check "convert: private 1, of which a part is private already" write "private 1" $dir/convert
equal "convert: only the rest was converted: 492 pages, 3 blocks" "$most" "$(field $dir/convert entries)"
equal "pool: 2048 private pages" 2048 "$(pages private)"
# shellcheck disable=SC2046 # page numbers
check "the host says private" host_says private $(pfns_of 1)
check "convert: private 1 2047, the last page, private already" write "private 1 2047" $dir/convert

check "batch_max: 100" write 100 $dir/batch_max
check "convert: shared 1 1 with 100 entries a VMGEXIT" write "shared 1 1" $dir/convert
equal "convert: 511 pages and 3 blocks: VMGEXITs" "$hundreds" "$(field $dir/convert vmgexits)"
check "batch_max: 1" write 1 $dir/batch_max
check "convert: private 1 1 64 with 1 entry a VMGEXIT" write "private 1 1 64" $dir/convert
equal "convert: VMGEXITs" "$ones" "$(field $dir/convert vmgexits)"
check "batch_max: 253" write 253 $dir/batch_max

check "stats_reset: 1" write 1 $dir/stats_reset
equal "stats: all zero" 0 "$(awk '{ n += $2 } END { print n }' $dir/stats)"

pfns=$(pfns_of 1)
check "pool: free 1, although most of it is shared" write "free 1" $dir/pool
# shellcheck disable=SC2086 # page numbers
check "the host says private" host_says private $pfns
check "pool: alloc 12K" write "alloc 12K" $dir/pool
equal "pool: numbers are not used twice" 2 "$(awk 'NR > 1 { print $1; exit }' $dir/pool)"

echo "# unload"
check "pool: alloc 64M" write "alloc 64M" $dir/pool
check "convert: shared 3" write "shared 3" $dir/convert
pfns=$(pfns_of 3)
check "the module unloads while a region is shared" rmmod snp_psc
# shellcheck disable=SC2086 # page numbers
check "the host says private" host_says private $pfns
check "nothing was leaked" not eval "dmesg | grep 'snp_psc: .*\(leaked\|lost\|stay\)'"
lost=$((before_load - $(memory_free)))
check "the memory is back ($lost kB less are free)" test $lost -lt 16384
check "the kernel did not complain" clean_dmesg
finish
