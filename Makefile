# SPDX-License-Identifier: GPL-2.0
#
# What people type. A kernel that builds the module reads Kbuild instead.

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.1
KERNELS ?= $(shell sed '/^\#/d; s/\t.*//' selftests/kernels/debian)
SOAK_KERNELS ?= 6.12 7.2 6.1-debug
MINUTES ?= 2
RUNS ?= 3
BUILD := $(CURDIR)/build
RUNNER := selftests/runner
BENCH := selftests/bench
GUEST := garbage mapped crash_kexec efivars

.PHONY: all tools install dkms deb demo check kunit coverage lint docs fuzz mutate faults soak soak-machine
.PHONY: engine bench hostile zeropad crash matrix packages machine hostctl limits clean help
.PHONY: efi heap dmabuf $(GUEST)

all:		## build the modules for the running kernel, or the one of KDIR=
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:		## build the command, build/snp-psc
	@$(MAKE) -C tools O=$(BUILD)

install: all tools	## install both, and the manual page (as root); PREFIX=/usr/local
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	depmod
	$(MAKE) -C tools O=$(BUILD) install

dkms:		## hand the sources to DKMS, which builds and installs (as root)
	mkdir -p /usr/src/snp_psc-$(VERSION)
	cp -r Kbuild dkms.conf COPYING include src /usr/src/snp_psc-$(VERSION)
	dkms install snp_psc/$(VERSION)

deb:		## build packages for Debian, build/deb, and try them in a chroot and in the machine
	@$(RUNNER)/packages build-essential debhelper dh-dkms dpkg-dev fakeroot lintian mmdebstrap \
		bc bison flex libelf-dev libssl-dev python3 xz-utils
	@mkdir -p $(BUILD)/logs $(BUILD)/results
	@$(RUNNER)/check step deb $(RUNNER)/deb

demo:		## see it work in an SEV-SNP guest; KERNEL=6.1 or 6.12
	@$(RUNNER)/demo $(KERNEL)

check:		## run all tests, or only STEPS='hostile 12', by name or number
	@$(RUNNER)/check $(STEPS)

lint:		## run the checks of the sources alone
	@$(RUNNER)/packages shellcheck sparse clang codespell coccinelle libpython3-dev git python3-sphinx \
		graphviz bc bison flex libelf-dev libssl-dev python3 xz-utils
	@$(RUNNER)/lint

docs:		## build the documentation as a web site, build/docs/html
	@$(RUNNER)/packages python3-sphinx graphviz bc bison flex libelf-dev libssl-dev python3 xz-utils
	@$(RUNNER)/docs

fuzz:		## fuzz the host model; FUZZ_SECONDS=20 for each target
	@$(RUNNER)/packages clang libclang-rt-dev
	@$(MAKE) -C selftests/host fuzz

kunit:		## run the KUnit suites on the test kernels, building what is missing; TEST_KERNELS=
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev python3 xz-utils
	@$(RUNNER)/kunit $(TEST_KERNELS)

coverage:	## see which lines of src/ the KUnit suites execute
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev python3 xz-utils
	@$(RUNNER)/coverage

mutate:		## break the host model and src/ on purpose: their tests must fail
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev patch python3 xz-utils
	@$(RUNNER)/mutate
	@$(RUNNER)/check step mutants $(RUNNER)/mutants 6.1
	@sed -n 's/^#+ mutants name=//p' build/logs/mutants.ktap

faults:		## misbehaving hosts, and NMIs, against the kernel's way and the module; KERNEL=
	@$(RUNNER)/packages
	@$(RUNNER)/faults kernel $(KERNEL)
	@$(RUNNER)/faults ghcb $(KERNEL)
	@$(RUNNER)/faults msr $(KERNEL)
	@$(RUNNER)/nmis ghcb $(KERNEL)
	@$(RUNNER)/nmis msr $(KERNEL)

efi:		## variables of firmware, which uses the GHCBs that the module borrows, beside it; SEED=
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev patch python3 xz-utils
	@$(RUNNER)/report efi $(RUNNER)/efi all

engine:		## count what conversions cost, beside the least they can; all kernels
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev python3 xz-utils
	@SHOW='awk -f $(BENCH)/grid.awk -f $(BENCH)/table.awk' $(RUNNER)/report engine $(BENCH)/engine all

bench:		## the same work, the kernel's way and ours, with tables and pictures; COSTS=file
	@$(RUNNER)/packages gnuplot-nox bc bison flex libelf-dev libssl-dev python3 xz-utils
	@SHOW=$(BENCH)/report COSTS=$(COSTS) $(RUNNER)/report bench $(BENCH)/bench all

hostile: RUNS = 10000
hostile:	## random fault plans against random conversions; RUNS=10000 SEED=1 KERNELS=
	@$(RUNNER)/packages
	@SHOW='$(RUNNER)/hostile show' $(RUNNER)/report hostile \
		$(RUNNER)/hostile all $(RUNS) $(or $(SEED),1) $(KERNELS)

heap:		## the dma-buf heap and the kernels' own ways, on all kernels; SEED=
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev python3 xz-utils
	@$(RUNNER)/report heap $(RUNNER)/dmabuf

zeropad:	## read across pages while they are converted, by the kernel and by the module; SEED=
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev python3 xz-utils
	@$(RUNNER)/report zeropad $(RUNNER)/zeropad all

crash:		## panic, kdump, kexec, reboot, hibernate in mid-conversion; what the host gets to see
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev patch python3 xz-utils
	@$(RUNNER)/report crash $(RUNNER)/crash all
	@$(RUNNER)/check step confidential $(RUNNER)/mutants 6.1 confidential

soak:		## everything at once on each of SOAK_KERNELS; MINUTES=2 SEED= ROUNDS=
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev python3 xz-utils
	@SHOW='$(RUNNER)/soak show' $(RUNNER)/report soak $(RUNNER)/soak all $(MINUTES) $(SOAK_KERNELS)

matrix:		## build, with gcc and clang, boot and test on each kernel, KERNELS=; prints a table
	@$(RUNNER)/packages clang bc bison flex libelf-dev libssl-dev python3 xz-utils
	@mkdir -p $(BUILD)/logs $(BUILD)/results
	@$(RUNNER)/check step matrix $(RUNNER)/matrix $(KERNELS) && tail -n 5 $(BUILD)/logs/matrix.ktap

soak-machine:	## the kernels' own conversions under NMIs; MINUTES=2 RUNS=3 KERNELS=
	@$(RUNNER)/packages bc bison flex libelf-dev libssl-dev python3 xz-utils
	@$(RUNNER)/soak-machine $(MINUTES) $(RUNS) $(KERNELS)

packages:	## install the packages that demo and check need
	@$(RUNNER)/packages

machine:	## build the SNP machine, build/machine/hv.elf
	@$(MAKE) -C selftests/machine O=$(BUILD)/machine

hostctl: $(BUILD)/hostctl

# Commands in a table have the same parameters.
$(BUILD)/hostctl: selftests/guest/hostctl.c selftests/machine/ports.h
	mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -Wno-unused-parameter -std=gnu11 -static -o $@ $<

$(GUEST): %: $(BUILD)/%

$(GUEST:%=$(BUILD)/%): $(BUILD)/%: selftests/guest/%.c
	mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -std=gnu11 -static -o $@ $<

limits: $(BUILD)/limits

$(BUILD)/limits: selftests/bench/limits.c
	mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -std=gnu11 -static -o $@ $<

dmabuf: $(BUILD)/dmabuf $(BUILD)/shared

$(BUILD)/shared: samples/dma-buf/shared.c
	mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -static -o $@ $<

$(BUILD)/dmabuf: $(wildcard selftests/guest/dmabuf/*.[ch]) selftests/machine/ports.h
	mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -std=gnu11 -static -o $@ $(filter %.c,$^)

clean:		## remove all that was built; the cache of kernels stays
	rm -rf build
	[ ! -e $(KDIR) ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean

help:		## show this
	@sed -n 's/^\([a-z-]*\):.*##/make \1\t/p' Makefile
