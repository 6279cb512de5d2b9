/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Batched page state changes in an AMD SEV-SNP guest.
 *
 * A confidential guest's memory is private. To talk to a device or to the host,
 * pages have to become shared, and private again afterwards. These functions do
 * what set_memory_decrypted() and set_memory_encrypted() do, many pages at a time
 * whether or not they are neighbours, and return an error where those stop the
 * guest.
 */
#ifndef _LINUX_SNP_PSC_H
#define _LINUX_SNP_PSC_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

struct page;

/**
 * DOC: What all of these have in common
 *
 * *Context*: process context, interrupts on, no spinlock held. They sleep: on a
 * mutex, for one conversion runs at a time, and in the page allocator, though not
 * for I/O. Not from memory reclaim.
 *
 * *Which pages*: order-0 or higher pages of the page allocator that the caller
 * owns and that nobody uses meanwhile: not user space, not a device, not through
 * another mapping. Pages of the kernel image and other reserved pages are
 * refused, and so are pages that somebody else made shared (swiotlb, another
 * driver, set_memory_decrypted()): our own books decide, not the page tables. So
 * these functions replace the kernel's in pairs, not one half of a pair.
 *
 * *Already there*: pages that already are as wanted are left alone, and that is a
 * success.
 *
 * *Contents*: undefined after a conversion in either direction, whether it
 * succeeded or failed. Clear what is secret before making it shared, and
 * trust nothing that is found in a page after it has become private.
 *
 * *All or nothing*: unless the error is -ENOTRECOVERABLE, every page is back in the
 * state it had. After -ENOTRECOVERABLE nobody may touch any page of the request
 * again, and none of them may be freed. Those whose state is unknown are not
 * present in the direct map, are marked PG_hwpoison where the kernel has that
 * flag, and hold an extra reference if they are order-0 or compound.
 *
 * *Without memory encryption* they do nothing and return 0, so that a driver can
 * always call them. *With memory encryption of another kind* (SEV and SEV-ES
 * without SNP, a VMPL other than 0, TDX, Hyper-V's vTOM, SME on a host) they call
 * the kernel's functions, run by run, and promise no more than those.
 *
 * Errors:
 *
 * ================== ==========================================================
 * -EINVAL            address not page-aligned, or neither in the direct map nor in
 *                    vmalloc space; no pages, or one twice; not RAM, reserved,
 *                    kernel image, mapped by user space; shared by somebody
 *                    else; already not present; lost by an earlier conversion;
 *                    in a large mapping whose memory type is not write-back;
 *                    a mapping in vmalloc space that has a hole, does not agree
 *                    with the direct map, or is part of a 2M leaf.
 *                    Nothing has happened.
 * -ENOMEM            out of memory. Nothing has happened, except that large
 *                    mappings may have been split.
 * -EBUSY             the guest reboots, starts another kernel or hibernates.
 *                    Nothing has happened.
 * -EOPNOTSUPP        an address in vmalloc space, where the kernel's functions are
 *                    called and take the direct map only. Nothing has happened.
 * -EIO               the host refused, or PVALIDATE did not do what it should.
 *                    Everything has been undone.
 * -ENOTRECOVERABLE   the same, and some pages are lost: see above.
 * ================== ==========================================================
 */

/**
 * snp_psc_set_memory_shared() - make a range of addresses shared
 * @addr:	page-aligned address in the direct map or in vmalloc space
 * @numpages:	how many 4K pages, at least one
 *
 * Like set_memory_decrypted(). In vmalloc space both mappings of the pages change, that
 * one and the direct map's. A large mapping that is converted in part is split to 4K,
 * once.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EINVAL, -ENOMEM, -EBUSY or -EOPNOTSUPP with nothing done; -EIO with
 * everything undone; -ENOTRECOVERABLE: leak the range.
 */
int __must_check snp_psc_set_memory_shared(unsigned long addr, int numpages);

/**
 * snp_psc_set_memory_private() - make a range of addresses private again
 * @addr:	page-aligned address in the direct map or in vmalloc space
 * @numpages:	how many 4K pages, at least one
 *
 * Like set_memory_encrypted(), for pages that one of these functions made shared.
 *
 * Context: Process context, may sleep.
 * Return: as snp_psc_set_memory_shared()
 */
int __must_check snp_psc_set_memory_private(unsigned long addr, int numpages);

/**
 * snp_psc_set_pages_shared() - make any pages shared
 * @pages:	4K pages in any order, none twice; of a compound page each that is meant
 * @npages:	how many, at least one
 *
 * All of them in one go: at most ceil(@npages / 253) VMGEXITs and one TLB flush, no
 * matter where they are, if the host does not stop half-way. 512 pages that make up
 * a 2M block count as one.
 *
 * Context: Process context, may sleep.
 * Return: as snp_psc_set_memory_shared()
 */
int __must_check snp_psc_set_pages_shared(struct page **pages, unsigned long npages);

/**
 * snp_psc_set_pages_private() - make any pages private again
 * @pages:	4K pages in any order, none twice
 * @npages:	how many, at least one
 *
 * Context: Process context, may sleep.
 * Return: as snp_psc_set_memory_shared()
 */
int __must_check snp_psc_set_pages_private(struct page **pages, unsigned long npages);

void *__snp_psc_alloc_shared(size_t size, gfp_t gfp, const char *client);

/**
 * snp_psc_alloc_shared() - get memory that is shared
 * @size:	in bytes, at most what the page allocator has in one piece (4 MiB); rounded up
 *		to whole pages, which nobody else has a part of
 * @gfp:	GFP_KERNEL, GFP_NOIO...; what can't block (GFP_ATOMIC, GFP_NOWAIT) gets what is
 *		shared already, or nothing: who never can block keeps a piece from before.
 *		Zones and other flags do not matter.
 *
 * Memory comes out of chunks of 2M that are shared as a whole, so that 512 pages cost one
 * VMGEXIT. It is zeroed, physically contiguous, in the direct map (virt_to_phys() is what
 * the host has to know), and aligned to its size rounded up to a power of two.
 * Not for dma_map_single() and its like, which take it for private.
 *
 * Context: Any but NMI (with PREEMPT_RT: any that may take a spinlock_t); may sleep if
 * @gfp allows it, then not from memory reclaim.
 * Return: the address; NULL if @size is 0 or too large, there is no memory, the host
 * refused, or the guest reboots or hibernates.
 */
static inline void * __must_check snp_psc_alloc_shared(size_t size, gfp_t gfp)
{
	return __snp_psc_alloc_shared(size, gfp, KBUILD_MODNAME);
}

/**
 * snp_psc_free_shared() - give back memory of snp_psc_alloc_shared()
 * @addr:	what that returned, or NULL
 * @size:	what it was asked for, in bytes
 *
 * The memory is zeroed, and stays shared for others; a chunk that nobody uses is turned
 * private later, when there is another one. See that the host has done with it before.
 *
 * Context: Any but NMI.
 */
void snp_psc_free_shared(void *addr, size_t size);

#endif /* _LINUX_SNP_PSC_H */
