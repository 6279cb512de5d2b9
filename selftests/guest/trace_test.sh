#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# The tracepoints: what is in each of them, when each is hit, and the recipes of
# Documentation/debugfs.rst.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

tracing=/sys/kernel/debug/tracing
events=$tracing/events/snp_psc

# trace COMMAND...: with all our events on; what they say is left in $tracing/trace
trace()
{
	echo >"$tracing/trace"
	echo 1 >"$events/enable"
	"$@"
	status=$?
	echo 0 >"$events/enable"
	return "$status"
}

# hits EVENT: what its lines say
hits()
{
	sed -n "s/.*: snp_psc_$1: //p" $tracing/trace
}

# value KEY: of key=value lines
value()
{
	sed -n "s/.*\<$1=\([^ ]*\).*/\1/p"
}

sum()
{
	awk '{ n += $1 } END { print n + 0 }'
}

# runs N: of page numbers, one a line, cut after each N of them
runs()
{
	sort -n | awk -v most="$1" '
		$1 != last + 1 || (NR - 1) % most == 0 { n++ }
		{ last = $1 }
		NR % most == 0 { print n; n = 0 }
		END { if (n) print n }'
}

plan 37
check "no events without the module" [ ! -e $events ]
check "the module loads" load
equal "the events are those of the documentation" \
	"convert_begin convert_end poison pvalidate undo vmgexit vmgexit_msr" \
	"$(cd $events && echo snp_psc_* | sed 's/snp_psc_//g')"
insmod ./snp_psc_client.ko

echo "# a region"
write "alloc 4M" $dir/pool
check "it becomes shared" trace write "shared 1" $dir/convert
equal "a conversion of 1024 pages begins" "to=shared pages=1024" "$(hits convert_begin)"
equal "it ends, all of them converted" "to=shared pages=1024 result=0" "$(hits convert_end)"
equal "one VMGEXIT" 1 "$(hits vmgexit | wc -l)"
equal "2 blocks, both done" "shared 2 2" \
	"$(hits vmgexit | value to) $(hits vmgexit | value entries) $(hits vmgexit | value "done")"
equal "the host has no complaint" "0x0 0x0" \
	"$(hits vmgexit | value info_1) $(hits vmgexit | value info_2)"
equal "how long interrupts were off is what stats says" "$(field $dir/stats irqs_off_ns_max)" \
	"$(hits vmgexit | value ns)"
grep ': snp_psc_' $tracing/trace | sed 's/^/# | /'
equal "nothing else was hit" 3 "$(grep -c ': snp_psc_' $tracing/trace)"
check "the same once more" trace write "shared 1" $dir/convert
equal "ends with no page that was not shared" "to=shared pages=0 result=0" "$(hits convert_end)"
equal "and without a VMGEXIT" "" "$(hits vmgexit)"

echo "# scattered pages"
write "alloc 600" $client
write pfns $client
cp $client pfns
check "they become shared" trace write "pages snp_psc shared" $client
equal "600 entries in 3 VMGEXITs" "253 253 94" "$(hits vmgexit | value entries | tr '\n' ' ' | sed 's/ $//')"
equal "in as many runs as the page numbers have, cut at each VMGEXIT" \
	"$(runs 253 <pfns)" "$(hits vmgexit | value runs)"
check "they become private" trace write "pages snp_psc private" $client
equal "600 entries for private" "private 600" \
	"$(hits vmgexit | value to | sort -u) $(hits vmgexit | value "done" | sum)"
equal "interrupts were on wherever an event was hit" "" "$(grep '\] d.*: snp_psc_' $tracing/trace)"

echo "# hosts that refuse"
hostctl fault psc-firmware-error
expect_errno EIO "a conversion fails" trace write "pages snp_psc shared" $client
equal "the VMGEXIT has the host's answer" 0x200000005 "$(hits vmgexit | value info_2 | head -n 1)"
equal "the conversion goes back" "to=shared units=253" "$(hits undo)"
equal "and ends with EIO" "to=shared pages=600 result=-5" "$(hits convert_end)"
hostctl fault remap
expect_errno ENOTRECOVERABLE "a page is exchanged" trace write "pages snp_psc shared" $client
lost=$(awk 'END { printf "%#x", $1 }' $dir/poisoned)
equal "PVALIDATE changed nothing there" "pfn=$lost pages=1 validate=0 result=255" "$(hits pvalidate)"
equal "that page is lost" "pfn=$lost pages=1" "$(hits poison)"
equal "the conversion ends so" -131 "$(hits convert_end | value result)"
equal "interrupts were on wherever an event was hit" "" "$(grep '\] d.*: snp_psc_' $tracing/trace)"

echo "# the recipes"
echo 'hist:keys=entries:vals=runs,ns' >$events/snp_psc_vmgexit/trigger
echo 'hist:keys=common_pid.execname,shared:vals=pages' >$events/snp_psc_convert_end/trigger
echo 'stacktrace:5 if shared == 1' >$events/snp_psc_convert_begin/trigger
write "private 1 0 100" $dir/convert
write "shared 1 0 100" $dir/convert
check "VMGEXITs by their entries: 2 of 100 pages" \
	grep -q 'entries: *100 .*hitcount: *2 .*runs: *2 ' $events/snp_psc_vmgexit/hist
check "who converts, and how much" \
	grep -q 'dd .*shared: *1 .*hitcount: *1 .*pages: *100' $events/snp_psc_convert_end/hist
check "where a conversion came from" grep -q '=> *psc_pool_convert' $tracing/trace
sed 's/^/# | /' $events/snp_psc_vmgexit/hist $events/snp_psc_convert_end/hist
grep -v '^#' $tracing/trace | tail -n 12 | sed 's/^/# | /'
echo '!hist:keys=entries:vals=runs,ns' >$events/snp_psc_vmgexit/trigger
echo '!hist:keys=common_pid.execname,shared:vals=pages' >$events/snp_psc_convert_end/trigger
echo '!stacktrace' >$events/snp_psc_convert_begin/trigger

write "free 1" $dir/pool
rmmod snp_psc_client
check "the module unloads" rmmod snp_psc
check "by the MSR protocol" insmod ./snp_psc.ko transport=msr
write "alloc 4K" $dir/pool
check "a page becomes shared" trace write "shared 1" $dir/convert
equal "one VMGEXIT" 1 "$(hits vmgexit_msr | value exits)"
check "the kernel did not complain" clean_dmesg
finish
