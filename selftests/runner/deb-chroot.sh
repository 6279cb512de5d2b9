#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# deb-chroot.sh VERSION: in a Debian that has nothing yet: install, build, remove, purge
#
# In /deb are the packages and, for each kernel, RELEASE/headers. Leaves claims, a line
# "STATUS CLAIM" each, the modules as RELEASE/snp_psc.ko, and mok.pub in /deb/out.
set -u
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
version=$1
releases=$(cd /deb && echo [0-9]*)
cd /deb && mkdir out || exit

# claim TEXT COMMAND...
claim()
{
	text=$1
	shift
	status=0
	"$@" >/deb/output 2>&1 || status=1
	echo "$status $text" >>/deb/out/claims
	[ $status -eq 0 ] || sed 's/^/# /' /deb/output
}

# What dpkg's hooks would do for a kernel that is installed.
kernels_are_there()
{
	for release in $releases; do
		mkdir -p "/lib/modules/$release"
		ln -s "/deb/$release/headers" "/lib/modules/$release/build"
		touch "/lib/modules/$release/modules.order" "/lib/modules/$release/modules.builtin"
	done
}

status_is()
{
	dkms status -k "$release" | tee /dev/stderr | grep -q "snp_psc/$version, $release, x86_64: $1"
}

# installed MODULE: its path
installed()
{
	find "/lib/modules/$release/updates" -name "$1.ko*" 2>/dev/null | grep .
}

is_ours()
{
	[ "$(modinfo -F version "$(installed snp_psc)")" = "$version" ] &&
		modinfo -F vermagic "$(installed snp_psc)" | grep -q "^$release "
}

has_signer()
{
	modinfo -F signer "$(installed snp_psc)" | grep .
}

keep_module()
{
	mkdir "/deb/out/$release"
	case $(installed snp_psc) in
	*.xz)	xz -dc "$(installed snp_psc)" >"/deb/out/$release/snp_psc.ko" ;;
	*)	cp "$(installed snp_psc)" "/deb/out/$release/snp_psc.ko" ;;
	esac
}

nothing()
{
	! "$@" 2>/dev/null | grep .
}

left_behind()
{
	find / -xdev -path /deb -prune -o -path /proc -prune -o -path /sys -prune -o \
		\( -name '*snp*psc*' ! -path '/var/log/*' ! -path '/var/lib/dkms/mok*' \) -print
}

kernels_are_there
claim "apt installs both packages" apt-get install -y ./snp-psc-dkms_*.deb ./snp-psc-tools_*.deb
claim "the command says its version" sh -c "snp-psc --version | grep -qw '$version'"
claim "it has a manual page" test -s /usr/share/man/man8/snp-psc.8.gz
for release in $releases; do
	claim "$release: DKMS has built and installed it" status_is installed
	[ "$status" -eq 0 ] || cat /var/lib/dkms/snp_psc/*/build/make.log
	claim "$release: it is of this version and for this kernel" is_ours
	claim "$release: it is signed with this system's own key" has_signer
	claim "$release: so has it the heap for processes" installed snp_psc_dma_heap
	keep_module
done
cp /var/lib/dkms/mok.pub out
release=${releases%% *}
claim "dkms remove takes it from one kernel" dkms remove "snp_psc/$version" -k "$release"
claim "and only from that" sh -c "! ls /lib/modules/$release/updates/dkms/snp_psc.ko* 2>/dev/null &&
	[ \$(dkms status snp_psc | grep -c installed) -eq $(($(echo "$releases" | wc -w) - 1)) ]"
claim "apt removes both packages" apt-get remove -y snp-psc-dkms snp-psc-tools
claim "DKMS knows nothing of it any more" nothing dkms status snp_psc
for release in $releases; do
	claim "$release: the module is gone" nothing installed snp_psc
done
# Without files of configuration there is nothing left that apt would know of.
claim "dpkg purges them" dpkg --purge snp-psc-dkms snp-psc-tools
claim "nothing is left behind" nothing left_behind
exit 0
