# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034
#
# The module, its test client and the machine, as shell tests ask for them
#
#	. ./ktap.sh
#	. ./machine.sh
#	check "the module loads" load
#	write "alloc 1M" $dir/pool
#	asked "by GHCB, not by MSR" 1 0
#
# With "run -a transport=msr" the module is loaded so: init has it in its environment.

dir=/sys/kernel/debug/snp_psc
client=/sys/kernel/debug/snp_psc_client/run
transport=${transport:-ghcb}
features=/sys/kernel/debug/sched/features
awake=

load()
{
	insmod ./snp_psc.ko transport="$transport"
}

# field FILE KEY
field()
{
	sed -n "s/^$2:* //p" "$1"
}

# states: how many pages of all regions are private, shared, poisoned
states()
{
	awk 'NR > 1 { n[$5] += $3 }
		END { print n["private"] + 0, n["shared"] + 0, n["poisoned"] + 0 }' $dir/pool
}

# msrs: the GHCB MSR of each CPU
msrs()
{
	sed -n 's/^cpu \([0-9]*\): msr \(0x[0-9a-f]*\) .*/\1 \2/p' $dir/status
}

# chosen: the transport, and why
chosen()
{
	paste -s -d " " $dir/transport
}

# log_says WORDS: for check, in the module's last line
log_says()
{
	dmesg | grep 'snp_psc: ' | tail -n 1 | grep -F "$1" || { dmesg | tail -n 3; return 1; }
}

# on_cpu CPU COMMAND...
on_cpu()
{
	mask=$(printf %x $((1 << $1)))
	shift
	taskset "$mask" "$@"
}

# ---- the machine ----

# costs CLAIM COUNTER EXPECTED: what the machine has counted since "hostctl reset"
costs()
{
	equal "$1" "$3" "$(hostctl get "$2")"
}

# asked CLAIM GHCB MSR: so many VMGEXITs for page state changes by either
asked()
{
	equal "$1" "$2 $3" "$(hostctl get psc) $(hostctl get msr_psc)"
}

# keep_awake: all CPUs but the first one, for a sleeping one is told of nothing. Broadcasts are
# counted by their vector, which the scheduler uses, too: to wake tasks, and on 7.2 for timers.
keep_awake()
{
	for cpu in $(seq 1 $(($(nproc) - 1))); do
		taskset -c "$cpu" hostctl awake &
		awake="$awake $!"
	done
	scheduled=$(tr ' ' '\n' <$features | grep -E '^(NO_)?(HRTICK|TTWU_QUEUE)$')
	schedule NO_HRTICK NO_TTWU_QUEUE
}

# let_sleep: no more, if they are
let_sleep()
{
	# shellcheck disable=SC2086 # words
	[ -z "$awake" ] || { kill $awake; schedule $scheduled; }
	awake=
}

# schedule FEATURE...
schedule()
{
	for feature; do
		echo "$feature" >$features || echo "# the scheduler has no $feature"
	done
}

# some_pfns: a few of the client's pages
some_pfns()
{
	write pfns $client
	sed -n '1p;2p;$p' $client
}

# client_runs: runs of neighbours among the client's pages, few of them long
client_runs()
{
	write pfns $client
	sort -n $client | awk '$1 != last + 1 { n++ } { last = $1 } END { print n }'
}

# host_says STATE PFN...
host_says()
{
	state=$1
	shift
	for pfn; do
		hostctl page "$pfn" | grep -q "^$state" || return
	done
}

# audit_is_content: for check, books and page tables agree
audit_is_content()
{
	cat $dir/audit && [ "$(grep -vc '^#' $dir/audit)" = 0 ]
}

# host_agrees [REGION]: for check, each page of it, or of all, is to the host what it is to us
host_agrees()
{
	sed "1d${1:+;/^$1 /!d}" $dir/pool | while read -r _ _ n pfn state; do
		case $state in
		private)	pattern='^private assigned validated' ;;
		shared)		pattern='^shared$' ;;
		*)		continue ;;
		esac
		! hostctl page "$pfn" "$n" | grep -v "$pattern" || exit 1
	done
}

# host_reads SEED PFN...: the host's view of each page holds this pattern
host_reads()
{
	seed=$1
	shift
	for pfn; do
		[ "$(hostctl match "$pfn" "$seed")" = 512 ] || return
	done
}

# host_writes SEED PFN...
host_writes()
{
	seed=$1
	shift
	for pfn; do
		hostctl fill "$pfn" "$seed" || return
	done
}
