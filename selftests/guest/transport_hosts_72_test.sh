#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
#
# The same difficulties with the other KVM.
#
# run: -o host=kvm-7.2 -f selftests/guest/transport_hosts_test.sh
. ./transport_hosts_test.sh
