#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
# run: -f build/static/snp-psc
#
# The command snp-psc against the live module: every subcommand says what debugfs says,
# and the picture is that of shared_ranges, cell by cell. make check has built it:
#
#	make -C tools O=$PWD/build/static LDFLAGS=-static
. ./ktap.sh
. ./machine.sh

# fails STATUS WORDS COMMAND...: 1 claim
fails()
{
	status=$1 words=$2
	shift 2
	found=0
	output=$("$@" 2>&1 >/dev/null) || found=$?
	case "$found $output" in
	"$status snp-psc: "*"$words"*) ok "$*: $status, $words" ;;
	*)	not_ok "$*: $status, $words" "found $found: $output" ;;
	esac
}

# pages_of OWNER: in shared_ranges
pages_of()
{
	awk -v owner="$1" '$5 == owner { n += $2 } END { print n + 0 }' $dir/shared_ranges
}

# drawn_of OWNER: in the legend of the picture in the file "map"
drawn_of()
{
	awk -v owner="$1" '$2 == owner { gsub(",", "", $5); n = $5 } END { print n + 0 }' map
}

# What each cell has to be, from /proc/iomem, shared_ranges and poisoned, beside what it is
# in the file "map"; the cells that are not, are printed. Of cells with pages of several
# owners only the size of the letter is looked at.
wrong_cells()
{
	awk '
	function hex(text,	i, n) {
		for (i = 1; i <= length(text); i++)
			n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
		return n
	}
	function add(pages, first, end,	c, from, to) {
		for (c = int(first / cell); c * cell < end; c++) {
			from = first > c * cell ? first : c * cell
			to = end < (c + 1) * cell ? end : (c + 1) * cell
			pages[c] += to - from
		}
	}
	function letter(c, owner) {
		if (who[c] && who[c] != owner)
			mixed[c] = 1
		who[c] = owner
	}
	FILENAME == "map" && /^one cell/ {
		unit["KiB"] = 0.25
		unit["MiB"] = 256
		unit["GiB"] = 262144
		cell = $3 * unit[substr($4, 1, 3)]
	}
	FILENAME == "map" && /^0x/ {
		row[hex(substr($1, 3)) / 4096] = substr($0, index($0, "|") + 1)
	}
	FILENAME == "/proc/iomem" && /System RAM/ {
		split($1, at, "-")
		add(ram, int((hex(at[1]) + 4095) / 4096), int((hex(at[2]) + 1) / 4096))
	}
	FILENAME ~ /shared_ranges|poisoned/ && !/^#/ {
		add(shared, $1, $1 + $2)
		for (c = int($1 / cell); c * cell < $1 + $2; c++)
			letter(c, NF == 2 ? "x" : substr($5, 1, 1))
	}
	END {
		for (first in row)
			for (x = 1; x < length(row[first]); x++) {
				c = first / cell + x - 1
				want = shared[c] ? who[c] : ram[c] ? "." : " "
				if (shared[c] && shared[c] >= ram[c])
					want = toupper(want)
				is = substr(row[first], x, 1)
				n++
				if (is != want && !(mixed[c] && is == toupper(is) == (want == toupper(want))))
					print "page", c * cell, "is", is, "want", want
			}
		if (n < 100)
			print n, "cells"
	}' map /proc/iomem $dir/shared_ranges $dir/poisoned
}

# drawn CLAIM: 9 claims about the picture
drawn()
{
	check "$1: map" eval './snp-psc map >map'
	equal "$1: each cell is what debugfs says" "" "$(wrong_cells)"
	for owner in region heap api swiotlb ghcb image other; do
		equal "$1: pages of $owner" "$(pages_of $owner)" "$(drawn_of $owner)"
	done
}

plan 66
fails 4 "not loaded, do: modprobe snp_psc" ./snp-psc status
load || exit

echo "# status"
check "status" eval './snp-psc status >status'
equal "status: transport" "transport $transport" "$(awk '/^transport/ { print $1, $2 }' status)"
equal "status: GHCBs" "GHCBs 2 of 2 can be borrowed" "$(grep GHCBs status | tr -s ' ')"
equal "status: a line for each of debugfs' but those of the CPUs" "$(sed '/^cpu/d; s/:.*//' $dir/status)" \
	"$(sed '/^GHCBs/d; s/ .*//' status)"

echo "# regions"
drawn "nothing converted"
equal "alloc 8M" "region 1" "$(./snp-psc alloc 8M)"
./snp-psc convert shared 1 | sed 's/ in .*s: / in some time: /' >converted
equal "convert shared 1" "2,048 pages shared in some time: 1 VMGEXIT, 4 entries, \
2,048 PVALIDATEs of 4K, 4 PVALIDATEs of 2M, 1 TLB flush" "$(cat converted)"
equal "2,048 pages are the region's" 2048 "$(pages_of region)"
drawn "a region is shared"
check "convert private 1 10 20" ./snp-psc convert private 1 10 20
equal "pool: as debugfs" "$(sed 1d $dir/pool)" "$(./snp-psc pool | awk 'NR > 1 { print $1, $2, $3, $4, $5 }')"
drawn "of the region a part is private"

echo "# counters"
equal "stats: as debugfs" "$(grep -v '_ns\|_le_' $dir/stats)" \
	"$(./snp-psc stats | awk 'NF == 2 && !/_ns/ { gsub(",", "", $2); print $1, $2 }')"
equal "stats: a line for each" "$(wc -l <$dir/stats)" "$(./snp-psc stats | wc -l)"
equal "stats --json: as debugfs" "$(cat $dir/stats)" \
	"$(./snp-psc stats --json | sed -n 's/^  "\([^"]*\)": \([0-9]*\),*$/\1 \2/p')"
equal "audit" "books and page tables agree on every page" "$(./snp-psc audit)"

echo "# refusals"
fails 1 "dmesg says why" ./snp-psc convert frobnicate 1
fails 1 "dmesg says why" ./snp-psc alloc 5000
fails 1 "a quarter of the memory" ./snp-psc alloc 100G
fails 1 "no such region" ./snp-psc free 7
fails 1 "no such region" ./snp-psc convert shared 7
fails 1 "not within the region" ./snp-psc convert shared 1 2048
hostctl fault psc-bad-entryx2
fails 1 "the host refused" ./snp-psc free 1
hostctl fault replay@1
fails 1 "pages are lost" ./snp-psc convert private 1 0 10
hostctl fault ''
equal "the lost page is drawn" 1 "$(./snp-psc map | awk '$2 == "lost" { print $5 }')"
drawn "a page is lost"
check "free 1" ./snp-psc free 1
equal "pool: nothing" 1 "$(./snp-psc pool | wc -l)"

echo "# without what it takes"
mkdir -p /etc
echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
fails 3 "only root can" su nobody -c './snp-psc map'
umount /sys/kernel/debug
fails 4 "mount -t debugfs" ./snp-psc map
mount -t debugfs none /sys/kernel/debug
check "the module unloads" rmmod snp_psc
equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
