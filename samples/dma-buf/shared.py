#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Memory that a process of a confidential guest shares with the host."""
import fcntl
import mmap
import os
import struct

ALLOC = 0xC0184800  # DMA_HEAP_IOCTL_ALLOC of <linux/dma-heap.h>


def shared_memory(size):
    """A descriptor of so many bytes; any process that has it can map it."""
    request = struct.pack("QIIQ", size, 0, os.O_RDWR | os.O_CLOEXEC, 0)
    heap = os.open("/dev/dma_heap/snp_psc_shared", os.O_RDWR | os.O_CLOEXEC)
    try:
        return struct.unpack("QIIQ", fcntl.ioctl(heap, ALLOC, request))[1]
    finally:
        os.close(heap)


if __name__ == "__main__":
    SIZE = 1 << 20
    buffer = shared_memory(SIZE)
    with mmap.mmap(buffer, SIZE) as memory:
        assert not any(memory[:])
        memory[:6] = b"hello\n"
        print(memory[:6].decode(), end="")
    os.close(buffer)
