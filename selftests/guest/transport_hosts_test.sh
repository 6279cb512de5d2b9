#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# Hosts that make difficulties about GHCBs: what the module says and does then. Whatever
# it is, it is said, nothing is asked for ever, and memory is converted all the same.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

pages=64
attempts=9	# at most, for a question

# A fault plan of the host's (selftests/host/fault.c) while the module is loaded; what
# status says of each CPU then; and how many questions by the MSR protocol the load takes
# on a CPU.
hosts()
{
	cat <<-END
	none|registered yes preferred none features 0x3|usable|3
	register-refusedx0|registered no preferred none features 0x3|the host refuses to register the GHCB|3
	register-otherx0|registered no preferred none features 0x3|the host registers another page than the GHCB|3
	preferred-gpax0|registered no preferred 0x7000 features 0x3|the host refuses to register the GHCB|3
	msr-unansweredx0|registered no preferred unknown features unknown|the host does not answer the registration of the GHCB|$((3 * attempts))
	msr-garbagex0|registered no preferred unknown features unknown|the host does not answer the registration of the GHCB|$((3 * attempts))
	END
}

# cpus STANDING VERDICT: how many are described so
cpus()
{
	grep -c "^cpu [0-9]*: msr 0x[0-9a-f]* version [0-9] $1 in_use 0 backup 0: $2\$" $dir/status
}

# convert ID CPU: there and back, on that CPU
convert()
{
	on_cpu "$2" sh -c ". ./ktap.sh
		write 'shared $1' $dir/convert && write 'private $1' $dir/convert"
}

# load PLAN [PARAMETER]: while the host is like that
load()
{
	plan=$1
	shift
	[ "$plan" = none ] || hostctl fault "$plan"
	status=0
	insmod ./snp_psc.ko "$@" || status=$?
	hostctl fault ''
	return "$status"
}

# all_refuse PLAN REASON: 3 claims, no GHCB can be borrowed
all_refuse()
{
	equal "$1: transport" "transport: msr why: $2" "$(chosen)"
	hostctl reset
	convert 1 0
	asked "$1: $pages pages there and back, by MSR" 0 $((2 * pages))
	rmmod snp_psc
	expect_errno EOPNOTSUPP "$1: transport=ghcb: refused" load "$1" transport=ghcb
	check "$1: because of: $2" log_says "transport=ghcb: $2"
}

none_refuses()
{
	equal "$1: transport" "transport: ghcb why: the GHCB's layout is proven" \
		"$(chosen)"
	hostctl reset
	convert 1 0
	asked "$1: $pages pages there and back, by GHCB" 2 0
	check "$1: transport=ghcb" sh -c 'rmmod snp_psc; insmod ./snp_psc.ko transport=ghcb'
	check "$1: the module unloads" rmmod snp_psc
}

# host PLAN STANDING VERDICT QUESTIONS: 9 claims
host()
{
	hostctl reset
	lines=$(dmesg | grep -c 'snp_psc: CPU')
	check "$1: the module loads" load "$1"
	equal "$1: questions" $((ncpus * $4)) "$(hostctl get vmgexit_msr)"
	equal "$1: status: $2: $3" "$ncpus" "$(cpus "$2" "$3")"
	before=$(msrs)
	[ "$3" = usable ] && told=0 || told=$ncpus
	equal "$1: the log has each CPU once that is refused" "$told" \
		$(($(dmesg | grep -c 'snp_psc: CPU') - lines))
	write "alloc $((pages * 4))K" $dir/pool
	write "shared 1" $dir/convert
	write "private 1" $dir/convert
	equal "$1: the MSRs are as they were" "$before" "$(msrs)"
	if [ "$3" = usable ]; then
		none_refuses "$1"
	else
		all_refuse "$1" "$3"
	fi
}

# One CPU's GHCB is refused, and usable later on: each CPU goes its own way.
one_cpu()
{
	lines=$(dmesg | grep -c 'snp_psc: CPU')
	check "one CPU is refused: the module loads" load register-refused
	equal "one CPU is refused: transport" ghcb "$(field $dir/status transport)"
	equal "one CPU is refused: status says which" 1 "$(grep -c \
		'^cpu 0: .* registered no .*: the host refuses to register the GHCB$' $dir/status)"
	write "alloc $((pages * 4))K" $dir/pool
	hostctl reset
	check "on CPU 0" convert 1 0
	asked "on CPU 0: by MSR" 0 $((2 * pages))
	hostctl reset
	check "on CPU 1" convert 1 1
	asked "on CPU 1: by GHCB" 2 0
	convert 1 0
	equal "the log has it once" 1 $(($(dmesg | grep -c 'snp_psc: CPU') - lines))

	hostctl fault register-refused@1
	expect_errno EIO "selftest: now CPU 1 is refused" write 1 $dir/selftest
	check "selftest: the reason is in the log" log_says "the host refuses to register the GHCB"
	equal "selftest: CPU 0 is usable" 1 "$(grep -c '^cpu 0: .*: usable$' $dir/selftest)"
	hostctl fault ''
	hostctl reset
	convert 1 0
	asked "on CPU 0: by GHCB" 2 0
	hostctl reset
	convert 1 1
	asked "on CPU 1: by MSR" 0 $((2 * pages))
	check "selftest: a host that has come to its senses" write 1 $dir/selftest
	hostctl reset
	convert 1 1
	asked "on CPU 1: by GHCB" 2 0
	check "the module unloads" rmmod snp_psc
}

ncpus=$(nproc)
dmesg -n 1
plan $((9 * $(hosts | wc -l) + 16 + 2))
hosts >/tmp/hosts
while IFS='|' read -r plan standing verdict questions <&3; do
	host "$plan" "$standing" "$verdict" "$questions"
done 3</tmp/hosts
one_cpu

equal "no violation" 0 "$(hostctl get violations)"
check "the kernel did not complain" clean_dmesg
finish
