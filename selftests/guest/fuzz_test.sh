#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
# run: -f build/garbage
#
# fuzz_test.sh [COUNT [SEED]]: garbage into every file, by four writers at once
#
# COUNT is how many writes each file gets, 500 by default. 100,000 of them are
#
#	selftests/runner/modules 6.1
#	make garbage
#	selftests/runner/run -k 6.1 -t 3600 -f build/garbage -f build/6.1/snp_psc.ko \
#		selftests/guest/fuzz_test.sh 100000
#
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

count=${1:-500} seed=${2:-1}

# What the kernel's own caches take and give. 500 writes to each file that leak
# 256 bytes each are more than this.
noise=128

# All that garbage must not change.
everything()
{
	cat $dir/pool $dir/convert $dir/stats $dir/batch_max $dir/transport $dir/audit
	grep -v '^cpu' $dir/status
	grep -v '^# pages' $dir/shared_ranges
}

free_pages()
{
	cat /proc/sys/vm/stat_refresh
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n }' /proc/zoneinfo
}

# The only region has a number that no part of a number in the garbage is.
only_region_7()
{
	for id in 1 2 3 4 5 6; do
		write "alloc 4K" "$dir/pool" && write "free $id" "$dir/pool" || return
	done
	write "alloc 8M" "$dir/pool" && write "shared 7 100 600" "$dir/convert"
}

# write_all NUMBER: the same commands as the others, about other pages
write_all()
{
	for first in 0 300 700 1100 1500 1900; do
		write "shared 7 $((first + $1)) 77" "$dir/convert"
		write $((first / 10 + 1)) "$dir/batch_max"
		write "private 7 $((first + $1)) 55" "$dir/convert"
	done
}

# Where the kernel has fault injection there are directories of its own, too.
knobs()
{
	find "$dir" -maxdepth 1 -type f | sort
}

# As long as any file is open the module stays: there have to be moments in which none is.
read_all()
{
	while [ -e "$dir/status" ] && [ ! -e /tmp/enough ]; do
		cat "$dir"/*
		usleep 50000
	done >/dev/null 2>&1
}

unload_at_last()
{
	for _ in $(seq 200); do
		! rmmod snp_psc 2>&- || return 0
	done
	return 1
}

plan 14
dmesg -n 1	# no line of the log on the serial port for each of them
check "the module loads" load
check "a region" only_region_7
# shellcheck disable=SC2046 # words
check "garbage to begin with" ./garbage $((seed + 1)) 40 $(knobs)

before=$(everything) free_before=$(free_pages)
# shellcheck disable=SC2046 # words
check "$count writes of garbage, seed $seed, to each file: none is accepted" \
	./garbage "$seed" "$count" $(knobs)
equal "nothing has changed" "$before" "$(everything)"
lost=$((free_before - $(free_pages)))
echo "#= pages_lost $lost"
if dmesg | grep -q 'kasan: .* initialized'; then
	skip "KASAN keeps what is freed for a while" "no memory is lost"
else
	check "no memory is lost" [ $lost -le $noise ]
fi

echo "# several at once"
for number in 1 2 3; do
	write_all $number &
done
wait
equal "the region has all its pages" 2048 "$(awk 'NR > 1 { n += $3 } END { print n }' $dir/pool)"
equal "books and page tables agree" "# pfn count books tables" "$(cat $dir/audit)"
equal "they agree on how many are shared" "$(awk '$5 == "shared" { n += $3 } END { print n }' $dir/pool)" \
	"$(field $dir/status shared_pages)"

echo "# unload"
exec 5<>$dir/pool
check "an open file keeps the module" not rmmod snp_psc
equal "it can still be read" "7" "$(tail -n 1 <&5 | cut -d ' ' -f 1)"
exec 5<&-
read_all &
read_all &
check "the module unloads while files are read" unload_at_last
touch /tmp/enough
wait
check "its files are gone" [ ! -e $dir ]
check "the kernel did not complain" clean_dmesg
finish
