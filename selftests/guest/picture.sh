#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run: -f build/static/snp-psc
#
# What selftests/tools/picture makes Documentation/map.png of: regions that are shared as
# a whole, in part and here and there, and a page that the host got lost.
exec 3>&1 >/dev/null

insmod ./snp_psc.ko
./snp-psc alloc 96M
./snp-psc convert shared 1 0 12288
./snp-psc convert shared 1 14000 700
i=0
while [ $i -lt 20 ]; do
	./snp-psc convert shared 1 $((15000 + 450 * i)) $((1 + 20 * i))
	i=$((i + 1))
done
./snp-psc alloc 64M
./snp-psc convert shared 2
hostctl fault replay@1
./snp-psc convert private 2 10000 100 2>&1
hostctl fault ''

echo '# snp-psc map' >&3
exec >&3
COLUMNS=80 LINES=26 ./snp-psc map
