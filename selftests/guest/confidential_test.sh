#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# What the host gets to see. The machine looks into each page at the moment at which it
# becomes shared: what stands there is what a host could read whose hardware does not
# encrypt. Of memory that others have left full of secrets the heap and the regions hand
# over nothing but zeros; and what is private again is out of the host's sight.
#
# Kernels that zero all they hand out would hide a heap that does not.
# run: -M 320 -o es=off -a init_on_alloc=0
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

secret=7 pages=64

# secrets: most of the memory that is free is full of them afterwards
secrets()
{
	mkdir -p /tmp/fill
	mount -t ramfs none /tmp/fill
	tr '\0' S </dev/zero | head -c $(($(awk '/^MemFree/ { print $2 }' /proc/meminfo) * 3 / 4))k \
		>/tmp/fill/secrets
	umount /tmp/fill
	echo 3 >/proc/sys/vm/drop_caches
}

# hands_over CLAIM SHARED DISCLOSED COMMAND...: pages that it makes shared, and not as zeros
hands_over()
{
	claim=$1 expected="0 $2 $3" status=0
	shift 3
	hostctl reset
	"$@" || status=$?
	equal "$claim" "$expected" \
		"$status $(hostctl get pages_shared) $(hostctl get disclosed)"
}

# heap COMMAND: of the client's
heap()
{
	write "heap $*" $client
}

# shrinks: for check, to the one chunk that is kept
shrinks()
{
	i=0
	until [ "$(field "$dir/status" heap_chunks)" = 1 ]; do
		[ $((i += 1)) -lt 200 ] || return
		sleep 0.1
	done
}

# first_piece: its PFN
first_piece()
{
	heap pieces
	sed -n '1s/ .*//p' $client
}

# region COLUMN: of the first extent of the first region
region()
{
	awk -v column="$1" '$1 == 1 { print $column; exit }' $dir/pool
}

# matches WHO PFN N: words of the secret that are found there
matches()
{
	case $1 in
	host)	hostctl match "$2" $secret "$3" ;;
	guest)	write "match $2 $3 $secret" $client && field $client matched ;;
	esac
}

plan 24
check "the module loads" load
check "so does its client" insmod ./snp_psc_client.ko

secrets
write "alloc $pages" $client
hostctl reset
write "convert snp_psc shared" $client
dirty=$(hostctl get disclosed)
echo "# of $pages pages of the allocator $dirty were not zero"
check "memory of the allocator is full of secrets" [ "$dirty" -ge $((pages / 2)) ]
check "that is private again" write "convert snp_psc private" $client
write "fillpages $secret" $client
hands_over "who shares pages of his own hands over what stands in them" $pages $pages \
	write "convert snp_psc shared" $client
write "convert snp_psc private" $client
write free $client

hands_over "of the heap's pages none has anything in it" 1024 0 heap alloc 600 4096 sleeping
hands_over "nor has a large piece" 1024 0 heap alloc 1 4194304 sleeping
pfn=$(first_piece)
equal "of a piece that it was handed the host sees zeros" "0 0" \
	"$(hostctl peek "$pfn" 0) $(hostctl peek "$pfn" 1023)"
write "fill $pfn 1 $secret" $client
equal "what its user writes the host sees" 512 "$(matches host "$pfn" 1)"
check "the user gives it back" heap free first 1 sleeping
equal "the host sees nothing of it any more" "0 0" \
	"$(matches host "$pfn" 1) $(hostctl peek "$pfn" 0)"
check "all pieces are given back" heap free random 600 sleeping
check "it shrinks" shrinks
secrets
hands_over "a heap that grows once more is as clean" 1024 0 heap alloc 1600 4096 sleeping
check "all of them are given back" heap free random 1600 sleeping

write "alloc 4M" $dir/pool
pfn=$(region 4) n=$(region 3)
hands_over "of a region's pages none has anything in it" 1024 0 write "shared 1" $dir/convert
check "the host writes into it" hostctl fill "$pfn" $secret "$n"
equal "and reads that" $((n * 512)) "$(matches host "$pfn" "$n")"
check "it becomes private again" write "private 1" $dir/convert
equal "the host has it as private, and the guest has validated it" \
	"$n private assigned validated" "$(hostctl page "$pfn" "$n" | uniq -c | sed 's/ huge$//' | xargs)"
write "fill $pfn $n $secret" $client
equal "what the guest writes there it finds there" $((n * 512)) "$(matches guest "$pfn" "$n")"
equal "the host does not" 0 "$(matches host "$pfn" "$n")"
check "it can't look at all" not hostctl peek "$pfn" 0
check "the kernel did not complain" clean_dmesg
finish
