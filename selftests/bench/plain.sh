#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The bench where there is no machine that counts, as in a real SNP guest
#
# Here there is no encryption, so the calls do nothing: what is asked for is a row for each,
# with the time by the TSC and without what only the machine knows.
# shellcheck source=../guest/ktap.sh
. ./ktap.sh

plan 4
sh ./bench.sh times contiguous:64:3:kernel,ghcb253 buffers-1:16:3:kernel,pool >/tmp/rows 2>&1
check "the bench runs to its end" test $? -eq 0
equal "a row for each case, way and direction" 6 "$(grep -c '^#+ times ' /tmp/rows)"
equal "all with cycles and time" 6 "$(grep -c ' cycles=[1-9][0-9]* ns=[1-9]' /tmp/rows)"
check "none with what the machine counts" not grep ' runs=' /tmp/rows
grep '^#+' /tmp/rows
finish
