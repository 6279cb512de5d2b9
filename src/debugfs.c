// SPDX-License-Identifier: GPL-2.0
/* Knobs and pictures, /sys/kernel/debug/snp_psc/. See Documentation/debugfs.rst. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cc_platform.h>
#include <linux/cpu.h>
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/efi.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mem_encrypt.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>

#include "api.h"
#include "compat.h"
#include "convert.h"
#include "debugfs.h"
#include "fault.h"
#include "ghcb_check.h"
#include "heap.h"
#include "hw.h"
#include "inventory.h"
#include "pool.h"
#include "psc.h"
#include "ranges.h"
#include "stats.h"

enum {
	COMMAND_MAX = 80,	/* longer than any valid command */
	ARGS_MAX = 4,
};

/**
 * struct knob - one file
 * @name:	its name
 * @usage:	what can be written, NULL if nothing can
 * @show:	prints what is read
 * @run:	does what is written: words, and how many. On an error @why says what is
 *		wrong, or stays NULL if the log has it already.
 */
struct knob {
	const char *name;
	const char *usage;
	void (*show)(struct seq_file *m);
	int (*run)(char **args, int n, const char **why);
};

static struct dentry *dir;

/* One command at a time: a file's text and its effect belong together. */
static DEFINE_MUTEX(lock);

/* ---- parse ---- */

/* A number with K, M or G. memparse() overflows silently. */
static int parse_size(char *text, unsigned long *size)
{
	static const char units[] = "KMG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, toupper(text[len - 1])) : NULL;
	unsigned int shift = unit ? 10 * (unit - units + 1) : 0;
	int err;

	if (unit)
		text[len - 1] = '\0';
	err = kstrtoul(text, 0, size);
	if (err)
		return err;
	if (*size > ULONG_MAX >> shift)
		return -ERANGE;
	*size <<= shift;
	return 0;
}

/* ---- status ---- */

/* Addresses and bitmaps of the MSR protocol. What the host does not say is 0. */
static void show_answer(struct seq_file *m, const char *what, u64 value)
{
	if (value == PSC_MSR_DATA)
		seq_printf(m, " %s none", what);
	else if (value)
		seq_printf(m, " %s %#llx", what, value);
	else
		seq_printf(m, " %s unknown", what);
}

static void show_cpus(struct seq_file *m)
{
	struct psc_ghcb_report r;
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		if (psc_ghcb_report(cpu, &r))
			continue;
		seq_printf(m, "cpu %d: msr %#llx version %u registered %s", cpu, r.msr, r.version,
			   str_yes_no(r.registered));
		show_answer(m, "preferred", r.preferred);
		show_answer(m, "features", r.features);
		seq_printf(m, " in_use %u backup %u: %s\n", r.claimed, r.backup,
			   r.why_not ?: "usable");
	}
	cpus_read_unlock();
}

/* Firmware uses whatever the MSR names, and there must be no other than the kernel's. */
static unsigned int cpus_with_another_ghcb(void)
{
	struct psc_ghcb_report r;
	unsigned int n = 0;
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		n += !psc_ghcb_report(cpu, &r) && r.gpa && (r.msr & PSC_MSR_DATA) != r.gpa;
	cpus_read_unlock();
	return n;
}

static void transport_show(struct seq_file *m)
{
	seq_printf(m, "transport: %s\n", psc_transport->name);
	seq_printf(m, "why: %s\n", psc_transport->why);
}

static const char *guest_kind(void)
{
	if (boot_cpu_has(X86_FEATURE_TDX_GUEST))
		return "TDX";
	if (!cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return "not encrypted";
	if (!sme_me_mask)
		return "vTOM";
	if (cc_platform_has(CC_ATTR_GUEST_SEV_SNP))
		return "SEV-SNP";
	return cc_platform_has(CC_ATTR_GUEST_STATE_ENCRYPT) ? "SEV-ES" : "SEV";
}

static void status_show(struct seq_file *m)
{
	unsigned int gate = psc_gate();

	transport_show(m);
	seq_printf(m, "guest: %s\nvmpl: %u\n", guest_kind(), snp_psc_vmpl());
	seq_printf(m, "gate: %s\n", gate & PSC_GATE_REBOOT ? "closed, reboot" :
				    gate & PSC_GATE_HIBERNATE ? "closed, hibernation" : "open");
	seq_printf(m, "flush: %s\n", snp_psc_hw_flush_name());
	seq_printf(m, "efi_runtime: %s\nghcb_moved: %u\n",
		   str_on_off(efi_enabled(EFI_RUNTIME_SERVICES)), cpus_with_another_ghcb());
	seq_printf(m, "shared_pages: %lu\n", psc_books_total());
	seq_printf(m, "poisoned_pages: %lu\n", psc_books_poisoned());
	psc_heap_show_totals(m);
	show_cpus(m);
	psc_ranges_show_totals(m);
}

/* ---- selftest ---- */

/* The host once more about every GHCB. What came of it is in status, too. */
static int selftest_run(char **args, int n, const char **why)
{
	struct psc_ghcb_report r;
	int cpu, err = -EOPNOTSUPP;

	if (n != 1 || strcmp(args[0], "1")) {
		*why = "not a command";
		return -EINVAL;
	}
	*why = "this guest has no GHCB that could be used";
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		if (psc_ghcb_recheck(cpu) || psc_ghcb_report(cpu, &r))
			continue;
		if (err == -EOPNOTSUPP)
			err = 0;
		if (!r.why_not)
			continue;
		*why = r.why_not;
		err = -EIO;
	}
	cpus_read_unlock();
	return err;
}

/* ---- pool ---- */

static int pool_alloc(char *size, const char **why)
{
	unsigned long bytes;
	int err = parse_size(size, &bytes);

	if (err) {
		*why = "not a size";
		return err;
	}
	if (!bytes || bytes % PAGE_SIZE) {
		*why = "not a number of whole pages";
		return -EINVAL;
	}
	err = psc_pool_alloc(bytes / PAGE_SIZE);
	*why = err == -E2BIG ? "more than a quarter of this guest's memory" : "out of memory";
	return err;
}

/* What the engine has not explained in the log itself. */
static const char *explain(int err)
{
	switch (err) {
	case -ENOENT:		return "no such region";
	case -ERANGE:		return "not within the region";
	case -ENOMEM:		return "out of memory";
	case -EBUSY:		return "the guest reboots or hibernates";
	case -EOPNOTSUPP:	return "this guest can't convert memory, see status";
	default:		return NULL;
	}
}

static int pool_free(char *text, const char **why)
{
	unsigned long id;
	int err = kstrtoul(text, 0, &id);

	if (err) {
		*why = "not a region's number";
		return err;
	}
	err = psc_pool_free(id);
	*why = explain(err);
	return err;
}

static int pool_run(char **args, int n, const char **why)
{
	if (n == 2 && !strcmp(args[0], "alloc"))
		return pool_alloc(args[1], why);
	if (n == 2 && !strcmp(args[0], "free"))
		return pool_free(args[1], why);
	*why = "not a command";
	return -EINVAL;
}

/* ---- convert ---- */

static struct {
	const char *op;
	unsigned long id, first, count;
	int result;
	u64 ns;
	struct psc_counts counts;
} last = { .op = "none" };

static void convert_show(struct seq_file *m)
{
	seq_printf(m, "op %s\nid %lu\nfirst %lu\ncount %lu\nresult %d\nns %llu\n", last.op, last.id,
		   last.first, last.count, last.result, last.ns);
	seq_printf(m, "vmgexits %llu\nentries %llu\npvalidates %llu\npvalidates_2m %llu\n",
		   last.counts.c[PSC_VMGEXITS], last.counts.c[PSC_ENTRIES],
		   last.counts.c[PSC_PVALIDATES], last.counts.c[PSC_PVALIDATES_2M]);
	seq_printf(m, "flushes %llu\n", last.counts.c[PSC_FLUSHES]);
}

static int convert_parse(char **args, int n, unsigned long *numbers, const char **why)
{
	int i, err;

	if (n < 2 || n > 4 || (strcmp(args[0], "shared") && strcmp(args[0], "private"))) {
		*why = "not a command";
		return -EINVAL;
	}
	for (i = 1; i < n; i++) {
		err = kstrtoul(args[i], 0, &numbers[i - 1]);
		if (err) {
			*why = "not a number";
			return err;
		}
	}
	if (n == 4 && !numbers[2]) {
		*why = "no pages";
		return -EINVAL;
	}
	return 0;
}

static int convert_run(char **args, int n, const char **why)
{
	unsigned long numbers[3] = {}, count;
	struct psc_counts counts = {};
	u64 start = ktime_get_ns();
	bool shared;
	int err;

	err = convert_parse(args, n, numbers, why);
	if (err)
		return err;
	shared = !strcmp(args[0], "shared");
	if (!psc_transport->convert) {
		*why = explain(-EOPNOTSUPP);
		return -EOPNOTSUPP;
	}
	count = numbers[2];
	err = psc_pool_convert(numbers[0], numbers[1], &count, shared, &counts);
	*why = explain(err);
	if (err == -ENOENT || err == -ERANGE)
		return err;

	last.op = shared ? "shared" : "private";
	last.id = numbers[0];
	last.first = numbers[1];
	last.count = count;
	last.result = err;
	last.ns = ktime_get_ns() - start;
	last.counts = counts;
	return err;
}

/* ---- stats, batch_max ---- */

static void stats_show(struct seq_file *m)
{
	psc_pause();
	psc_counts_show(m);
	psc_resume();
}

static int stats_reset_run(char **args, int n, const char **why)
{
	if (n != 1 || strcmp(args[0], "1")) {
		*why = "not a command";
		return -EINVAL;
	}
	psc_pause();
	psc_counts_reset();
	psc_resume();
	return 0;
}

static void batch_max_show(struct seq_file *m)
{
	seq_printf(m, "%u\n", READ_ONCE(psc_batch_max));
}

static int batch_max_run(char **args, int n, const char **why)
{
	unsigned int max;
	int err = n == 1 ? kstrtouint(args[0], 0, &max) : -EINVAL;

	if (!err && (max < 1 || max > PSC_MAX_ENTRIES))
		err = -ERANGE;
	*why = err == -EINVAL ? "not a number" : "not within 1 to 253";
	if (!err)
		WRITE_ONCE(psc_batch_max, max);
	return err;
}

/* ---- files ---- */

static const struct knob knobs[] = {
	{ "status", NULL, status_show, NULL },
	{ "pool", "alloc SIZE | free ID", psc_pool_show, pool_run },
	{ "convert", "shared|private ID [first [count]]", convert_show, convert_run },
	{ "heap", NULL, psc_heap_show, NULL },
	{ "poisoned", NULL, psc_books_show_poisoned, NULL },
	{ "shared_ranges", NULL, psc_ranges_show, NULL },
	{ "audit", NULL, psc_ranges_audit, NULL },
	{ "stats", NULL, stats_show, NULL },
	{ "stats_reset", "1", NULL, stats_reset_run },
	{ "transport", NULL, transport_show, NULL },
	{ "selftest", "1", show_cpus, selftest_run },
	{ "batch_max", "1..253", batch_max_show, batch_max_run },
};

static int knob_show(struct seq_file *m, void *unused)
{
	const struct knob *k = m->private;

	mutex_lock(&lock);
	if (k->show)
		k->show(m);
	mutex_unlock(&lock);
	return 0;
}

static int knob_open(struct inode *inode, struct file *file)
{
	return single_open(file, knob_show, inode->i_private);
}

/* Cut @text into words. Return how many, or more than ARGS_MAX. */
static int split_words(char *text, char **args)
{
	char *word;
	int n = 0;

	while ((word = strsep(&text, " \t\n")) && n <= ARGS_MAX) {
		if (!*word)
			continue;
		if (n < ARGS_MAX)
			args[n] = word;
		n++;
	}
	return n;
}

static int knob_run(const struct knob *k, char *text, const char **why)
{
	char *args[ARGS_MAX];
	int n = split_words(text, args);
	int err;

	if (n < 1 || n > ARGS_MAX) {
		*why = "not a command";
		return -EINVAL;
	}
	mutex_lock(&lock);
	err = k->run(args, n, why);
	mutex_unlock(&lock);
	return err;
}

/* One line for each refused write. Only root gets here; a loop of his is slowed down. */
static void complain(const struct knob *k, const char *text, const char *why)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 500);
	int len = strlen(text);

	if (!__ratelimit(&limit))
		return;
	if (len && text[len - 1] == '\n')
		len--;
	if (k->usage)
		pr_notice("%s: \"%*pE\": %s, want: %s\n", k->name, len, text, why, k->usage);
	else
		pr_notice("%s: \"%*pE\": %s\n", k->name, len, text, why);
}

static ssize_t knob_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	const struct knob *k = ((struct seq_file *)file->private_data)->private;
	char text[COMMAND_MAX + 1] = "", original[COMMAND_MAX + 1];
	const char *why = NULL;
	int err;

	if (copy_from_user(text, buf, min_t(size_t, len, COMMAND_MAX)))
		return -EFAULT;
	memcpy(original, text, sizeof(original));
	if (!k->run) {
		why = "can only be read";
		err = -EPERM;
	} else if (len > COMMAND_MAX || strlen(text) != len) {
		why = "too long, or not text";
		err = -EINVAL;
	} else {
		err = knob_run(k, text, &why);
	}
	if (err && why)
		complain(k, original, why);
	return err ?: len;
}

static const struct file_operations knob_fops = {
	.owner		= THIS_MODULE,
	.open		= knob_open,
	.read		= seq_read,
	.write		= knob_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/** psc_debugfs_init() - make the files; without them the module works, too */
void psc_debugfs_init(void)
{
	size_t i;

	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		debugfs_create_file(knobs[i].name, 0600, dir, (void *)&knobs[i], &knob_fops);
	psc_fault_init(dir);
}

/** psc_debugfs_exit() - remove the files and wait for those who use them */
void psc_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
}
