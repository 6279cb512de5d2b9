# SPDX-License-Identifier: GPL-2.0
#
# What one task holds at a time at most, in bytes, from the kernel's trace of its allocations
#
# Pages, and pieces of the slab allocator up to two pages; what is larger consists of pages.

function field(name,    at, rest) {
	at = index($0, " " name "=")
	if (!at)
		return ""
	rest = substr($0, at + length(name) + 2)
	sub(/ .*/, "", rest)
	return rest
}

function pages(order,    n) {
	for (n = 4096; order > 0; order--)
		n *= 2
	return n
}

function hold(key, n) {
	held += n - size[key]
	size[key] = n
	if (held > most)
		most = held
}

/ kmalloc: /		{ hold(field("ptr"), field("bytes_alloc")) }
/ kfree: /		{ if (field("ptr") in size) hold(field("ptr"), 0) }
/ mm_page_alloc: /	{ hold("pfn" field("pfn"), pages(field("order"))) }
/ mm_page_free: /	{ if ("pfn" field("pfn") in size) hold("pfn" field("pfn"), 0) }
END			{ print most + 0 }
