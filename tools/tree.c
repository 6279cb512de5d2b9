// SPDX-License-Identifier: GPL-2.0
/*
 * The files that are read and written: those of the module's debugfs directory by
 * their names, others by their paths. What keeps one from doing so is said in words.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snp-psc.h"

#define DEBUGFS	"/sys/kernel/debug"

const char *tree_root = "";

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];
	const char *dir = *name == '/' ? "" : DEBUGFS "/snp_psc/";

	if (snprintf(path, sizeof(path), "%s%s%s", tree_root, dir, name) >= (int)sizeof(path))
		die(STATUS_USAGE, "%s: too long a path", tree_root);
	return path;
}

/* A debugfs that is mounted has something in it. */
static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return true;
	do
		entry = readdir(dir);
	while (entry && *entry->d_name == '.');
	closedir(dir);
	return !entry;
}

static void cant_find(const char *name)
{
	if (*name == '/')
		die(STATUS_ACCESS, "%s: no such file", path_of(name));
	if (is_empty(path_of(DEBUGFS)))
		die(STATUS_NO_MODULE, "%s: empty, do: mount -t debugfs none %s", path_of(DEBUGFS),
		    DEBUGFS);
	if (access(path_of(DEBUGFS "/snp_psc"), F_OK))
		die(STATUS_NO_MODULE, "the module is not loaded, do: modprobe snp_psc");
	die(STATUS_NO_MODULE, "%s: no such file, the module is older than this command",
	    path_of(name));
}

static void cant_open(const char *name, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		cant_find(name);
		break;
	case EACCES:
		die(STATUS_ACCESS, "%s: only root can, try: sudo snp-psc", path_of(name));
	case EPERM:
		die(STATUS_ACCESS, "%s: the kernel is locked down, which closes debugfs; see %s",
		    path_of(name), "/sys/kernel/security/lockdown");
	default:
		die(STATUS_ACCESS, "%s: %s", path_of(name), strerror(error));
	}
}

static int open_file(const char *name, int flags)
{
	int fd = open(path_of(name), flags | O_CLOEXEC);

	if (fd < 0)
		cant_open(name, errno);
	return fd;
}

/* All of a file, in one piece; NUL-terminated, and nowhere else a NUL. */
char *tree_read(const char *name)
{
	int fd = open_file(name, O_RDONLY);
	size_t len = 0, room = 1 << 16;
	char *text = must(malloc(room));
	ssize_t n;

	while ((n = read(fd, text + len, room - len - 1)) > 0) {
		len += (size_t)n;
		if (len + 1 == room)
			text = must(realloc(text, room *= 2));
	}
	if (n < 0)
		die(STATUS_ACCESS, "%s: %s", path_of(name), strerror(errno));
	close(fd);
	text[len] = '\0';
	if (strlen(text) != len)
		die(STATUS_FORMAT, "%s: not text", path_of(name));
	if (len && text[len - 1] != '\n')
		die(STATUS_FORMAT, "%s: its last line is cut short", path_of(name));
	return text;
}

static const char *refusal(int error)
{
	static const struct {
		int error;
		const char *what;
	} refusals[] = {
		{ EINVAL,	"not accepted, dmesg says why" },
		{ ENOENT,	"no such region, see: snp-psc pool" },
		{ ERANGE,	"not within the region, or too large a number" },
		{ E2BIG,	"regions may have a quarter of the memory, not more" },
		{ ENOMEM,	"out of memory" },
		{ EBUSY,	"the guest reboots or hibernates" },
		{ EIO,		"the host refused, all is as it was" },
		{ ENOTRECOVERABLE, "pages are lost, dmesg says why" },
		{ EOPNOTSUPP,	"this guest can't convert memory, see: snp-psc status" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].error == error)
			return refusals[i].what;
	return strerror(error);
}

/* One write(), for that is one command. */
void tree_write(const char *name, const char *words)
{
	int fd = open_file(name, O_WRONLY);
	size_t len = strlen(words);
	ssize_t n = write(fd, words, len);

	if (n < 0)
		die(STATUS_REFUSED, "%s: %s", words, refusal(errno));
	if ((size_t)n != len)
		die(STATUS_REFUSED, "%s: only %zd of its %zu characters were taken", words, n, len);
	close(fd);
}
