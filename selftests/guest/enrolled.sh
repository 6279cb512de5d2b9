#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# enrolled.sh: signed modules only, and firmware's db has the certificate of this module's signer
#
# The first boot puts it there, as the owner of a machine does in its firmware's set-up. Kernels read db
# when they start: the second one knows the key.
# shellcheck source=ktap.sh
. ./ktap.sh
# shellcheck source=machine.sh
. ./machine.sh

vars=/tmp/efivars
db=$vars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f

converts()
{
	write "alloc 8M" "$dir/pool" && write "shared 1" "$dir/convert" &&
		write "private 1" "$dir/convert" && write "free 1" "$dir/pool"
}

as_it_is()
{
	cp snp_psc.ko /tmp/other.ko
}

# The signature's end is a magic string.
without_signature()
{
	head -c "$(($(wc -c <snp_psc.ko) - 1))" snp_psc.ko >/tmp/other.ko
}

with_another_byte()
{
	as_it_is && printf X | dd of=/tmp/other.ko bs=1 seek=4095 conv=notrunc
}

# refused HOW
refused()
{
	"$1" && ! insmod /tmp/other.ko && [ ! -e /sys/module/snp_psc ]
}

unsigned_modules()
{
	dmesg | grep -c 'Loading of unsigned module is rejected'
}

insmod ./efivarfs.ko && mkdir -p $vars && mount -t efivarfs none $vars || exit
if [ ! -e $db ]; then
	refused as_it_is || exit
	dd if=signature_list of=$db bs=8192 && reboot -f
	exit 1
fi
plan 8
equal "the kernel wants signed modules" Y "$(cat /sys/module/module/parameters/sig_enforce)"
check "firmware has the certificate" cmp signature_list $db
check "a module that is not signed is refused" refused without_signature
before=$(unsigned_modules)
check "so is one that has been changed" refused with_another_byte
equal "and not for want of a signature" "$before" "$(unsigned_modules)"
check "the signed one loads" insmod ./snp_psc.ko
check "it converts" converts
check "it unloads" rmmod snp_psc
finish
