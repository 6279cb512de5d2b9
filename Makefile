# SPDX-License-Identifier: GPL-2.0
#
# What people type. A kernel that builds the module itself reads Kbuild only.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.1
BUILD := $(CURDIR)/build
RUNNER := selftests/runner

.PHONY: all
all:		## build snp_psc.ko for the running kernel, or for KDIR=
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

.PHONY: machine
machine:
	$(MAKE) -C selftests/machine O=$(BUILD)/machine

.PHONY: hostctl
hostctl: $(BUILD)/hostctl

$(BUILD)/hostctl: selftests/guest/hostctl.c selftests/machine/ports.h
	mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -Wno-unused-parameter -std=gnu11 -static -o $@ $<
