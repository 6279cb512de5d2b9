// SPDX-License-Identifier: GPL-2.0
/*
 * efivars: variables of the firmware, written, read and deleted on all CPUs at once
 *
 *	efivars run DIR OPERATIONS SEED	at random; a read must give what was written last
 *	efivars check DIR		all of them are as the last run has left them
 *	efivars put DIR NAME TEXT	one variable
 *	efivars get DIR NAME		its text
 *
 * DIR is an efivarfs. What a variable holds follows from the seed and from how often it has
 * been written. That is kept in a variable, too, so that a check can come after a reboot, and
 * a run goes on where the last one ended. Nothing else may be in DIR's name space.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host/types.h"

#define GUID		"c3a4b0de-6f8e-4f0a-9f4e-5d1f0c9a7b21"
#define LEDGER		"Ledger"

enum {
	WORKERS_MAX = 8,
	VARIABLES = 8,		/* of a worker */
	ATTRIBUTES = 7,
	HEAD = sizeof(u32),
	DATA_MIN = 4,
	DATA_MAX = 100,
	BUFFER = 1024,
};

/* Which version of each variable was written last, 0 if it is not there. */
struct ledger {
	u32 workers, seed, runs;
	u32 last[WORKERS_MAX];			/* the greatest version so far */
	u32 version[WORKERS_MAX][VARIABLES];
};

/* What the workers share with their parent. */
static struct {
	struct ledger ledger;
	struct { unsigned long writes, reads, deletes, wrong; } count[WORKERS_MAX];
} *all;

static const char *dir;

/* ---- random numbers and what follows from them ---- */

static u64 mix(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static u32 any(u64 *state, u32 below)
{
	*state += 0x9e3779b97f4a7c15ull;
	return (mix(*state) >> 32) % below;
}

/* Attributes and data; returns how many bytes. */
static size_t value(unsigned int worker, unsigned int variable, u32 version, u8 *to)
{
	u64 state = mix((u64)all->ledger.seed << 32 | version);
	u32 attributes = ATTRIBUTES;
	size_t n, i;

	state = mix(state + worker * VARIABLES + variable);
	n = DATA_MIN + any(&state, DATA_MAX - DATA_MIN + 1);
	memcpy(to, &attributes, HEAD);
	for (i = 0; i < n; i++)
		to[HEAD + i] = any(&state, 256);
	return HEAD + n;
}

/* ---- variables are files ---- */

static const char *path(const char *name)
{
	static char buffer[256];

	snprintf(buffer, sizeof(buffer), "%s/%s-" GUID, dir, name);
	return buffer;
}

static const char *nth(unsigned int worker, unsigned int variable)
{
	static char name[32];

	snprintf(name, sizeof(name), "Cpu%uVariable%u", worker, variable);
	return path(name);
}

/* efivarfs protects what it does not know. */
static void unprotect(const char *file)
{
	int fd = open(file, O_RDONLY), none = 0;

	if (fd < 0)
		return;
	ioctl(fd, FS_IOC_SETFLAGS, &none);
	close(fd);
}

static bool write_file(const char *file, const void *data, size_t n)
{
	ssize_t written;
	int fd;

	unprotect(file);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		return false;
	written = write(fd, data, n);
	close(fd);
	return written == (ssize_t)n;
}

/* How many bytes there are; -1 if the file is not there. */
static ssize_t read_file(const char *file, void *data)
{
	int fd = open(file, O_RDONLY);
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	n = read(fd, data, BUFFER);
	close(fd);
	return n;
}

static bool delete_file(const char *file)
{
	unprotect(file);
	return !unlink(file);
}

/* ---- one worker ---- */

static bool complain(unsigned int worker, unsigned int variable, const char *what)
{
	fprintf(stderr, "CPU %u, variable %u, version %u: %s%s%s\n", worker, variable,
		all->ledger.version[worker][variable], what, errno ? ": " : "",
		errno ? strerror(errno) : "");
	all->count[worker].wrong++;
	return false;
}

static bool put(unsigned int worker, unsigned int variable)
{
	struct ledger *l = &all->ledger;
	u8 wanted[BUFFER];
	size_t n;

	l->version[worker][variable] = ++l->last[worker];
	n = value(worker, variable, l->last[worker], wanted);
	all->count[worker].writes++;
	return write_file(nth(worker, variable), wanted, n) ||
	       complain(worker, variable, "can't be written");
}

static bool look(unsigned int worker, unsigned int variable)
{
	u32 version = all->ledger.version[worker][variable];
	u8 wanted[BUFFER], found[BUFFER];
	ssize_t n;

	errno = 0;
	n = read_file(nth(worker, variable), found);
	all->count[worker].reads += !!version;
	if (!version)
		return n < 0 ? errno == ENOENT || complain(worker, variable, "is not just absent") :
			       complain(worker, variable, "is there though deleted");
	if (n < 0)
		return complain(worker, variable, "can't be read");
	if (n != (ssize_t)value(worker, variable, version, wanted) || memcmp(found, wanted, n))
		return complain(worker, variable, "has another value");
	return true;
}

static bool drop(unsigned int worker, unsigned int variable)
{
	if (!all->ledger.version[worker][variable])
		return look(worker, variable);
	all->count[worker].deletes++;
	if (!delete_file(nth(worker, variable)))
		return complain(worker, variable, "can't be deleted");
	all->ledger.version[worker][variable] = 0;
	return true;
}

/* Operations that firmware has heard of. */
static unsigned long count(unsigned int worker)
{
	return all->count[worker].writes + all->count[worker].reads + all->count[worker].deletes;
}

static int work(unsigned int worker, unsigned long operations)
{
	u64 state = mix((u64)all->ledger.runs << 32 | all->ledger.seed) + worker;
	bool good = true;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(worker, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		warn("CPU %u", worker);
	while (good && count(worker) < operations) {
		unsigned int variable = any(&state, VARIABLES), what = any(&state, 10);

		good = (what < 4 ? put : what < 8 ? look : drop)(worker, variable);
	}
	return !good;
}

/* ---- all of them ---- */

/* As many variables as should be there, and no other. */
static bool is_complete(void)
{
	struct dirent *entry;
	long n = 0;
	DIR *d = opendir(dir);

	if (!d)
		err(1, "%s", dir);
	while ((entry = readdir(d)))
		n += !strncmp(entry->d_name, "Cpu", 3);
	closedir(d);
	for (unsigned int i = 0; i < WORKERS_MAX * VARIABLES; i++)
		n -= !!all->ledger.version[i / VARIABLES][i % VARIABLES];
	if (n)
		fprintf(stderr, "%ld variables too many\n", n);
	return !n;
}

static bool all_right(void)
{
	bool good = is_complete();

	for (unsigned int i = 0; i < all->ledger.workers * VARIABLES; i++)
		good &= look(i / VARIABLES, i % VARIABLES);
	return good;
}

static bool read_ledger(void)
{
	u8 data[BUFFER];

	if (read_file(path(LEDGER), data) != (ssize_t)(HEAD + sizeof(all->ledger)))
		return false;
	memcpy(&all->ledger, data + HEAD, sizeof(all->ledger));
	return true;
}

static void write_ledger(void)
{
	struct { u32 attributes; struct ledger ledger; } data = { ATTRIBUTES, all->ledger };

	if (!write_file(path(LEDGER), &data, sizeof(data)))
		err(1, "%s", path(LEDGER));
}

static void report(void)
{
	unsigned long writes = 0, reads = 0, deletes = 0, wrong = 0;

	for (unsigned int i = 0; i < WORKERS_MAX; i++) {
		writes += all->count[i].writes;
		reads += all->count[i].reads;
		deletes += all->count[i].deletes;
		wrong += all->count[i].wrong;
	}
	printf("operations %lu writes %lu reads %lu deletes %lu wrong %lu\n",
	       writes + reads + deletes, writes, reads, deletes, wrong);
}

static int run(unsigned long operations, u32 seed)
{
	unsigned int workers = sysconf(_SC_NPROCESSORS_ONLN), i;
	bool good = true;
	int status;

	if (workers > WORKERS_MAX)
		errx(64, "more than %d CPUs", WORKERS_MAX);
	if (!read_ledger())
		all->ledger = (struct ledger){ .workers = workers, .seed = seed };
	all->ledger.runs++;
	for (i = 0; i < workers; i++)
		if (!fork())
			_exit(work(i, operations / workers));
	while (wait(&status) > 0)
		good &= !status;
	good &= all_right();
	write_ledger();
	report();
	return !good;
}

static int check(void)
{
	bool good;

	if (!read_ledger())
		err(1, "%s", path(LEDGER));
	good = all_right();
	report();
	return !good;
}

static int put_text(const char *name, const char *text)
{
	u32 attributes = ATTRIBUTES;
	u8 data[BUFFER];
	size_t n = strlen(text);

	if (n > BUFFER - HEAD)
		errx(64, "too long");
	memcpy(data, &attributes, HEAD);
	memcpy(data + HEAD, text, n);
	if (!write_file(path(name), data, HEAD + n))
		err(1, "%s", path(name));
	return 0;
}

static int get_text(const char *name)
{
	u8 data[BUFFER];
	ssize_t n = read_file(path(name), data);

	if (n < HEAD)
		err(1, "%s", path(name));
	printf("%.*s\n", (int)(n - HEAD), (char *)data + HEAD);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		err(1, "mmap");
	dir = argv[2];
	if (!strcmp(what, "run") && argc == 5)
		return run(strtoul(argv[3], NULL, 0), strtoul(argv[4], NULL, 0));
	if (!strcmp(what, "check") && argc == 3)
		return check();
	if (!strcmp(what, "put") && argc == 5)
		return put_text(argv[3], argv[4]);
	if (!strcmp(what, "get") && argc == 4)
		return get_text(argv[3]);
	errx(64, "usage: efivars run DIR OPERATIONS SEED | check DIR | put DIR NAME TEXT | %s",
	     "get DIR NAME");
}
