#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh WIDTH COLOUR CHARSET: what make demo shows, from inside the guest
#
# Loads the module, converts a region of 8 MiB both ways through debugfs, then
# 1,000 of its pages one by one, asks the host whether it sees what it should
# see, and compares with the kernel's own way for the same pages.
. ./ktap.sh
. ./machine.sh

width=$1 colour=$2 charset=$3
measured=/tmp/measured
report=/tmp/report
words=$((2048 * 512))

say()
{
	printf '\n%s\n' "$*"
}

# The region's pages as the pool lists them, one line each: index pfn state.
pages()
{
	awk '$1 == 1 { for (i = 0; i < $3; i++) print $2 + i, $4 + i, $5 }' "$dir/pool"
}

# Four pages a character: two beside each other, two above each other.
map()
{
	pages | awk -v width="$width" -v colour="$colour" -v charset="$charset" '
		BEGIN {
			if (charset == "UTF-8")
				split("▘ ▝ ▀ ▖ ▌ ▞ ▛ ▗ ▚ ▐ ▜ ▄ ▙ ▟ █", glyph, " ")
			else
				split(". . : . : : + . : : + : + + #", glyph, " ")
			glyph[0] = " "
			split("1 2 4 8", bit, " ")
			on = colour ? "\033[93;44m" : "|"
			off = colour ? "\033[0m" : "|"
		}
		$3 == "shared" {
			x = $1 % (2 * width)
			y = int($1 / (2 * width))
			cell[int(y / 2) * width + int(x / 2)] += bit[1 + y % 2 * 2 + x % 2]
		}
		END {
			for (c = 0; c < NR / 4; c += width) {
				line = ""
				for (i = c; i < c + width; i++)
					line = line glyph[cell[i] + 0]
				print "  " on line off
			}
		}'
}

# of_region COMMAND...: run it with PFN and COUNT of each contiguous piece of the region
of_region()
{
	pages | awk '
		$2 != pfn + n { if (n) print pfn, n; pfn = $2; n = 0 }
		{ n++ }
		END { print pfn, n }' |
	while read -r pfn count; do
		"$@" "$pfn" "$count" || return
	done
}

sum()
{
	awk '{ n += $1 } END { print n + 0 }'
}

# host_sees STATE: how many of the region's pages the host has in it
host_sees()
{
	of_region hostctl page | grep -c "^$1"
}

host_fills()
{
	hostctl fill "$2" "$1" "$3"
}

host_matches()
{
	hostctl match "$2" "$1" "$3"
}

guest_fills()
{
	write "fill $2 $3 $1" "$client"
}

guest_matches()
{
	write "match $2 $3 $1" "$client" && awk '$1 == "matched" { print $2 }' "$client"
}

# What the machine has counted: VMGEXITs for page state changes, entries, PVALIDATEs, broadcasts.
counted()
{
	hostctl counters | awk '
		$1 == "psc" || $1 == "msr_psc" { vmgexits += $2 }
		$1 == "psc_entries" { entries = $2 }
		$1 == "pvalidate_4k" || $1 == "pvalidate_2m" { pvalidates += $2 }
		$1 == "icr_calls" { broadcasts = $2 }
		END { print vmgexits, entries, pvalidates, broadcasts }'
}

vmgexits()
{
	counted | cut -d ' ' -f 1
}

# convert_all WHAT WAY OP: the region's pages or the client's scattered ones
convert_all()
{
	case $1 in
	region)	of_region range "$2" "$3" ;;
	pages)	write "pages $2 $3" "$client" ;;
	esac
}

range()
{
	write "range $*" "$client"
}

# measure WHAT WAY: three times to shared and back, after one that splits what
# there is to split. The other CPUs are kept awake, for nobody tells a sleeping
# one to flush.
measure()
{
	for round in settle 1 2 3; do
		for op in shared private; do
			hostctl reset
			convert_all "$1" "$2" "$op" || return
			[ "$round" = settle ] || echo "$1 $2 $op $(counted)" >>"$measured"
		done
	done
}

compare()
{
	keep_awake
	taskset -p 1 $$ >/dev/null
	for what in region pages; do
		for way in snp_psc kernel; do
			check "$way: $what to shared and back" measure $what $way
		done
	done
}

# The least of each three, as a table and under the names that others compare.
report()
{
	awk '
		BEGIN {
			title["region"] = "2,048 pages to "; title["pages"] = "1,000 scattered to "
			prefix["region"] = ""; prefix["pages"] = "scattered_"
			printf "  %-28s %9s %8s %11s %11s\n",
				"", "VMGEXITs", "entries", "PVALIDATEs", "TLB flushes"
		}
		{ name = $1 " " $3 }
		!(name in seen) { seen[name]; names[++n] = name }
		{
			key = $2 " " name
			if (!(key in flushes) || $7 < flushes[key]) {
				flushes[key] = $7
				vmgexits[key] = $4
				entries[key] = $5
				pvalidates[key] = $6
			}
		}
		function row(key, label) {
			printf "  %-28s %9d %8d %11d %11d\n", label,
				vmgexits[key], entries[key], pvalidates[key], flushes[key]
		}
		END {
			for (i = 1; i <= n; i++) {
				split(names[i], word, " ")
				row("snp_psc " names[i], title[word[1]] word[2])
				row("kernel " names[i], "  by set_memory_*()")
			}
			for (what in prefix) {
				p = prefix[what]
				ours = "snp_psc " what " shared"
				theirs = "kernel " what " shared"
				print "#= " p "psc_vmgexits " vmgexits[ours]
				print "#= " p "psc_entries " entries[ours]
				print "#= " p "flushes " flushes[ours]
				print "#= " p "kernel_psc_vmgexits " vmgexits[theirs]
				print "#= " p "kernel_flushes " flushes[theirs]
			}
		}' "$measured"
}

load()
{
	insmod ./snp_psc.ko && insmod ./snp_psc_client.ko mark=1
}

one_by_one()
{
	seq 0 2047 | shuf -n 1000 | while read -r index; do
		echo "shared 1 $index 1" >"$dir/convert" || return
	done
}

uptime()
{
	cut -d ' ' -f 1 /proc/uptime
}

start=$(uptime)
plan 23
say "Loading snp_psc.ko"
check "the kernel is a guest under SEV-SNP" eval "dmesg | grep -q 'AMD SEV SEV-ES SEV-SNP'"
check "snp_psc.ko loads" load
sed 's/^/# /' "$dir/status"

say "8 MiB of private memory (a dot is a page: blank when private, bright when shared)"
check "debugfs: echo alloc 8M >pool" write "alloc 8M" "$dir/pool"
map
equal "the host has 2,048 private pages" 2048 "$(host_sees private)"

say "To shared"
hostctl reset
check "debugfs: echo shared 1 >convert" write "shared 1" "$dir/convert"
equal "that took 1 VMGEXIT for 4 blocks of 2M, as the machine counts it" 1 \
	"$(vmgexits)"
map
of_region host_fills 1
equal "the guest reads all that the host writes into them" $words "$(of_region guest_matches 1 | sum)"
of_region guest_fills 2
equal "the host reads all that the guest writes into them" $words "$(of_region host_matches 2 | sum)"

say "Back to private"
check "debugfs: echo private 1 >convert" write "private 1" "$dir/convert"
map
of_region guest_fills 3
equal "the host finds nothing of what the guest writes now" 0 "$(of_region host_matches 3 | sum)"
check "nor can it write there" not of_region host_fills 4

say "1,000 single pages of it, picked at random"
hostctl reset
check "debugfs: echo shared 1 INDEX 1 >convert, 1,000 times" one_by_one
equal "each of them was a VMGEXIT" 1000 "$(vmgexits)"
map
equal "the host agrees about each page" "1000 1048" "$(host_sees shared) $(host_sees private)"
hostctl reset
check "debugfs: echo private 1 >convert" write "private 1" "$dir/convert"
equal "all in one go it took ceil(1000/253) VMGEXITs" 4 "$(vmgexits)"

say "The kernel's own way, for the same pages"
write "alloc 1000" "$client"
compare
report >"$report"
cat "$report"
equal "2,048 pages need one TLB flush" 1 "$(sed -n 's/^#= flushes //p' "$report")"
equal "1,000 scattered ones need no more" 1 "$(sed -n 's/^#= scattered_flushes //p' "$report")"
check "the kernel did not complain" clean_dmesg
echo "#= pages $(pages | wc -l)"
echo "#= kernel $(uname -r)"
echo "$start $(uptime)" | awk '{ print "#= script_s " $2 - $1 }'
finish
