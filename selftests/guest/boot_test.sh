#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The machine itself, with no module: an unmodified kernel is at home in it.
# shellcheck source=ktap.sh
. ./ktap.sh

in_log()
{
	dmesg | grep "$1"
}

counted()
{
	[ "$(hostctl get "$1")" -gt 0 ]
}

# Shared from boot on: the swiotlb's, the second page is as good as any.
swiotlb_page()
{
	dmesg | sed -n 's/.*mapped \[mem \(0x[0-9a-f]*\)000-.*/\1/p' | tail -n 1
}

plan 18

check "the kernel says SEV-SNP is active" \
	in_log 'Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP'
check "the kernel has no warning, no oops and no lockup to report" clean_dmesg
equal "all vCPUs of the machine are online" "$(hostctl vcpus)" "$(nproc)"

check "VMGEXITs are counted" counted vmgexit
check "page state changes by NAE event are counted" counted psc
check "page state changes by the MSR protocol are counted" counted msr_psc
check "PVALIDATEs are counted" counted pvalidate_4k
equal "no PVALIDATE of the boot changed nothing" 0 "$(hostctl get pvalidate_no_change)"
equal "counters can be read one by one and as JSON" "$(hostctl get psc)" \
	"$(hostctl counters --json | sed 's/.*"psc": \([0-9]*\).*/\1/')"
sum=0
for vcpu in $(seq 0 $(($(nproc) - 1))); do
	n=$(hostctl counters -v "$vcpu" | awk '$1 == "psc" { print $2 }')
	sum=$((sum + n))
done
equal "the counters of the vCPUs add up" "$(hostctl get psc)" $sum
hostctl reset
equal "counters can be reset" 0 "$(hostctl get psc_entries)"
check "a vCPU that is not there has no counters" \
	not hostctl counters -v "$(nproc)"

page=$(swiotlb_page)
equal "the machine knows a shared page" shared "$(hostctl page "$page")"
hostctl fill "$page" 1
equal "what the host wrote into a shared page, it finds there" 512 "$(hostctl match "$page" 1)"
equal "another pattern it does not find" 0 "$(hostctl match "$page" 2)"
check "the machine knows a private page" \
	test "$(hostctl page 0x1000)" = "private assigned validated"
check "the host cannot write into a private page" not hostctl fill 0x1000 1
equal "no violation so far" 0 "$(hostctl get violations)"

finish
