// SPDX-License-Identifier: GPL-2.0
/*
 * A ring that a guest shares with its host: an example of what snp_psc is for.
 *
 * The guest asks numbers, the host answers each with another one. Both see one page of
 * 32-bit words:
 *
 *	word 0		how many questions the guest has asked so far
 *	word 1		how many of them the host has answered
 *	words 2 to 9	the questions, each of which its answer replaces; number n, counted
 *			from 0, is in word 2 + n % 8
 *
 *	# insmod snp_psc.ko && insmod snp_psc_ring.ko
 *	# cd /sys/kernel/debug/snp_psc_ring
 *	# cat pfn			where the ring is: the host has to know
 *	# echo 12 >ring			ask; "No space left on device": 8 are under way
 *	# cat ring			take an answer; "Resource temporarily unavailable":
 *					there is none yet
 *
 * A real driver would tell its host the address by a register of its device, ring a bell
 * after each question, and take an interrupt for each answer. The host's part, in shell, is
 * in selftests/guest/ring_test.sh.
 */
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/snp_psc.h>
#include <asm/barrier.h>

enum { SLOTS = 8 };

/*
 * The host can write all of this, at any time. So a word is read once, looked at, and
 * used; what the guest goes by is in variables of its own, never read from here.
 */
struct ring {
	__le32 asked;
	__le32 answered;
	__le32 slot[SLOTS];
};

static DEFINE_MUTEX(lock);
static struct ring *ring;
static u32 asked;	/* questions */
static u32 taken;	/* answers; those in between are under way, or wait for a reader */

static int ring_ask(void *unused, u64 question)
{
	int err = 0;

	if (question > U32_MAX)
		return -ERANGE;
	mutex_lock(&lock);
	if (asked - taken == SLOTS) {
		err = -ENOSPC;
	} else {
		WRITE_ONCE(ring->slot[asked % SLOTS], cpu_to_le32(question));
		asked++;
		/* The question first. The host runs on another CPU even if we have one only. */
		virt_store_release(&ring->asked, cpu_to_le32(asked));
	}
	mutex_unlock(&lock);
	return err;
}

/* A host that has answered more than was asked, or takes answers back, makes no sense. */
static int ring_answer(void *unused, u64 *answer)
{
	u32 answered;
	int err = 0;

	mutex_lock(&lock);
	/* The answer last. */
	answered = le32_to_cpu(virt_load_acquire(&ring->answered));
	if (answered - taken > asked - taken) {
		err = -EPROTO;
	} else if (answered == taken) {
		err = -EAGAIN;
	} else {
		*answer = le32_to_cpu(READ_ONCE(ring->slot[taken % SLOTS]));
		taken++;
	}
	mutex_unlock(&lock);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(ring_fops, ring_answer, ring_ask, "%llu\n");

static struct dentry *dir;
static unsigned long pfn;

/* Zeroed, and shared already: nothing to convert, and no error but one to deal with. */
static int __init ring_init(void)
{
	ring = snp_psc_alloc_shared(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	pfn = PHYS_PFN(virt_to_phys(ring));
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_ulong("pfn", 0400, dir, &pfn);
	debugfs_create_file("ring", 0600, dir, NULL, &ring_fops);
	return 0;
}

/*
 * A real driver first stops its device and waits for it: from here on the page is
 * somebody else's, and what the host writes there still, he gets.
 */
static void __exit ring_exit(void)
{
	debugfs_remove_recursive(dir);
	snp_psc_free_shared(ring, sizeof(*ring));
}

module_init(ring_init);
module_exit(ring_exit);

MODULE_DESCRIPTION("A ring shared with the host, an example for snp_psc");
MODULE_AUTHOR("The snp_psc authors");
MODULE_LICENSE("GPL");
