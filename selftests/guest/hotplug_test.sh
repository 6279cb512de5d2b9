#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# CPUs that go and come back. The kernel takes a CPU's GHCB to halt it and never gives it
# back. After one time the module borrows all the same, after two that CPU uses the MSR
# protocol. With exits as #VC such a kernel panics by itself, at its next nested
# exception: so without them here. And by the kernel's own functions without NMIs.
#
# run: -s 5 -o es=off
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

# flags CPU: of its GHCB and of its backup
flags()
{
	sed -n "s/^cpu $1: .* in_use \\(.\\) backup \\(.\\): .*/\\1 \\2/p" $dir/status
}

msr_info()
{
	sed -n "s/^cpu $1: msr 0x[0-9a-f]*\\(...\\) .*/\\1/p" $dir/status
}

verdict()
{
	sed -n "s/^cpu $1: .* backup .: //p" $dir/status
}

replug()
{
	echo 0 >"/sys/devices/system/cpu/cpu$1/online" && echo 1 >"/sys/devices/system/cpu/cpu$1/online"
}

# convert COMMAND CPU
convert()
{
	on_cpu "$2" sh -c ". ./ktap.sh; write '$1' $dir/convert"
}

# takes N: VMGEXITs by GHCB and by MSR for N conversions of region 1
takes()
{
	case $transport in
	ghcb)	echo "$1" 0 ;;
	msr)	echo 0 $(($1 * 100)) ;;
	kernel)	echo $(($1 * runs)) 0 ;;
	esac
}

# converter ID: there and back, once at least, until told to stop; says how often
converter()
{
	n=0
	while [ $n = 0 ] || [ ! -e /tmp/stop ]; do
		write "shared $1" $dir/convert && write "private $1" $dir/convert || return
		n=$((n + 1))
	done
	echo $n
}

# 5 claims
nmis()
{
	echo "# NMIs find the GHCB in use, and its backup free"
	write 1 $dir/stats_reset
	hostctl nmi storm 5
	rounds=0
	while [ $rounds -lt 10 ] && convert "shared 1" 1 && convert "private 1" 1; do
		rounds=$((rounds + 1))
	done
	hostctl nmi storm 0
	equal "once, and an NMI every 5 exits: conversions there and back" 10 $rounds
	check "once, and an NMI every 5 exits: there were some" test "$(hostctl get nmis)" -gt 10
	retries=$(field $dir/stats retries)
	case $transport in
	ghcb)	equal "once, and an NMI every 5 exits: nothing was lost on the way" 0 "$retries" ;;
	msr)	check "once, and an NMI every 5 exits: what was lost was asked again" \
			test "$retries" -gt 0 ;;
	esac
	equal "once, and an NMI every 5 exits: the flag is left as it was" "1 0" "$(flags 1)"
	check "to shared, for later" convert "shared 1" 1
}

# 10 claims
goes_again()
{
	echo "# one goes again"
	lines=$(dmesg | grep -c 'snp_psc: CPU 1')
	check "CPU 1 goes and comes back again" replug 1
	equal "twice: GHCB and backup look in use" "1 1" "$(flags 1)"
	info=$(msr_info 1)
	equal "twice: status has the reason" "GHCB and backup are both marked as in use" "$(verdict 1)"
	hostctl reset
	check "twice: to private all the same" convert "private 1" 1
	check "twice: to shared" convert "shared 1" 1
	asked "twice: by the MSR protocol" 0 200
	equal "twice: flags and MSR are left as they were" "1 1 $info" "$(flags 1) $(msr_info 1)"
	equal "twice: the log has the reason once" 1 $(($(dmesg | grep -c 'snp_psc: CPU 1') - lines))
	hostctl reset
	check "twice: to private on CPU 0" convert "private 1" 0
	# shellcheck disable=SC2046 # a number for each count
	asked "twice: another CPU as ever" $(takes 1)
}

dmesg -n 1
case $transport in
kernel)	plan 41 ;;
*)	plan 56 ;;
esac
check "the module loads" load
for cpu in 0 1 2 3; do
	check "a region for CPU $cpu, of 100 pages" write "alloc 400K" $dir/pool
done
runs=$(awk '$1 == 1 { print $4, $3 }' $dir/pool | sort -n |
	awk '$1 != end { n++ } { end = $1 + $2 } END { print n }')
equal "before: nothing is in use" "0 0" "$(flags 3)"
hostctl reset
check "CPU 3 goes and comes back" replug 3
kernels=$(($(hostctl get vmgexit_msr) - 3))	# registrations, and three questions of the module's
equal "fresh: the MSR holds the answer to the registration" 013 "$(msr_info 3)"
equal "fresh: the GHCB looks in use" "1 0" "$(flags 3)"
hostctl reset
check "fresh: to shared" convert "shared 1" 3
check "fresh: to private" convert "private 1" 3
# shellcheck disable=SC2046 # a number for each count
asked "fresh: VMGEXITs by GHCB and by MSR" $(takes 2)

echo "# a host that refuses the module's registration; the kernel would not survive that of its own"
hostctl fault register-refused@$kernels
check "CPU 4 goes and comes back, after $kernels registrations of the kernel's" replug 4
hostctl fault ''
equal "refused: status has the reason" "the host refuses to register the GHCB" "$(verdict 4)"
hostctl reset
check "refused: to shared" convert "shared 1" 4
check "refused: to private" convert "private 1" 4
case $transport in
ghcb)	asked "refused: by the MSR protocol" 0 200 ;;
*)	# shellcheck disable=SC2046 # a number for each count
	asked "refused: VMGEXITs by GHCB and by MSR" $(takes 2) ;;
esac
check "selftest: the host has come to its senses" write 1 $dir/selftest
equal "selftest: the GHCB is usable" usable "$(verdict 4)"

echo "# each AP goes once while all convert"
for id in 1 2 3 4; do
	converter $id >/tmp/rounds$id 2>/tmp/errors$id &
done
for cpu in 1 2; do
	check "CPU $cpu goes and comes back" replug $cpu
	sleep 0.3
done
touch /tmp/stop
wait
for id in 1 2 3 4; do
	check "converter $id never failed: $(cat /tmp/rounds$id /tmp/errors$id)" \
		test -s /tmp/rounds$id
done
for cpu in 1 2; do
	equal "once: CPU $cpu: the GHCB looks in use" "1 0" "$(flags $cpu)"
	equal "once: CPU $cpu: and is usable" usable "$(verdict $cpu)"
	check "once: CPU $cpu: the host has confirmed it" \
		grep -q "^cpu $cpu: .* registered yes" $dir/status
	hostctl reset
	check "once: CPU $cpu: to shared" convert "shared 1" $cpu
	check "once: CPU $cpu: to private" convert "private 1" $cpu
	# shellcheck disable=SC2046 # a number for each count
	asked "once: CPU $cpu: VMGEXITs by GHCB and by MSR" $(takes 2)
	equal "once: CPU $cpu: the flag is left as it was" "1 0" "$(flags $cpu)"
done

if [ "$transport" != kernel ]; then
	nmis
	goes_again
fi
check "the module unloads" rmmod snp_psc
check "the kernel did not complain" clean_dmesg
finish
