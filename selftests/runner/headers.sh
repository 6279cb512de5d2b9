# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Headers for a kernel whose own ones need newer compilers and libraries than a
# Debian 12 has: its source, configured as Debian did it and prepared with gcc 12.
# Nothing but the configuration and the list of exports is taken from Debian's.

# What is first in the tree's Makefile. The kernel was built with a pahole that
# knows BTF, and options that structs depend on need that; none of it is run.
overrides()
{
	cat <<-'END'
		override CC = gcc-12
		override HOSTCC = gcc-12
		override PAHOLE = $(srctree)/pahole
	END
}

# unpack_source NAME: but for the code that no module needs
unpack_source()
{
	tree=linux-source-$1
	set -- --exclude="$tree/arch/[!x]*/*.[chdS]*"
	for part in drivers fs net sound samples tools/testing Documentation; do
		set -- "$@" --exclude="$tree/$part/*.[ch]"
	done
	tar -xJf "root/usr/src/$tree.tar.xz" --anchored "$@"
	rm "root/usr/src/$tree.tar.xz"
	mv "$tree" headers
}

# prepare_headers NAME RELEASE: makes headers/ of what the packages in root/ hold
prepare_headers()
{
	debian=root/usr/src/linux-headers-$2
	unpack_source "$1"
	cp "$debian/.config" "$debian/Module.symvers" headers
	version=$(make -s -C headers kernelversion)
	echo "${2#"$version"}" >headers/localversion-debian
	{ overrides; cat headers/Makefile; } >headers/Makefile.new
	mv headers/Makefile.new headers/Makefile
	printf '#!/bin/sh\necho v1.30\n' >headers/pahole
	chmod 755 headers/pahole
	make -s -C headers olddefconfig modules_prepare >&2
	grep -qF "\"$2\"" headers/include/generated/utsrelease.h ||
		die "linux-source-$1 is not the source of $2"
	rm -rf "$debian"
}
