// SPDX-License-Identifier: GPL-2.0
/*
 * garbage: write what no file should accept
 *
 *	garbage SEED COUNT FILE...
 *
 * COUNT writes to each FILE, by several processes at once, the same for the same SEED: bytes,
 * words that mean something with numbers that do not, too long, from where there is no
 * memory, at any offset. A write that is accepted is printed, and the exit status is 1.
 *
 * For that nothing that a number may be cut into must be right: the files of snp_psc take 1, 1 to
 * 253, and the number of a region that there is, which 7 is if the test makes sure of it.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	WRITERS = 4,
	HUGE_SIZE = 1 << 20,
	TEXT_MAX = 256,		/* files take 80 */
};

static const char *const words[] = {
	"alloc", "free", "shared", "private", "Alloc", "all", "help", "status", "-h", "0", "254",
	"-1", "-4096", "0x", "0x100", "5000", "1.5", "1e3", "2Q", "M", "4294967297",
	"9223372036854775808", "18446744073709547520", "18446744073709551616",
	"99999999999999999999", "99999999999999999K",
	"%s%n", "../../etc", "\"", "'1'", "1;", "1,2", "one",
};

static uint64_t state;
static char *huge;

/* xorshift64* */
static uint64_t any(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 11) % below;
}

static size_t bytes(char *text)
{
	size_t len = any(TEXT_MAX);

	for (size_t i = 0; i < len; i++)
		text[i] = any(256);
	text[0] |= 0x80;	/* else a lonely 1 */
	return len;
}

/* No digit, no unit: neither makes a number out of none, nor another one out of one. */
static char separator(void)
{
	int c = any(4) ? (int)" \t\n  "[any(5)] : (int)any(256);

	return isalnum(c) ? '#' : c;
}

static size_t sentence(char *text)
{
	unsigned int n = any(7);
	size_t len = 0;

	while (n--) {
		len += sprintf(text + len, "%s", words[any(ARRAY_SIZE(words))]);
		text[len++] = separator();
	}
	return len;
}

static size_t garbled(char *text)
{
	size_t len = sentence(text), at;

	if (len) {
		at = any(len);
		memmove(text + at + 1, text + at, len - at);
		text[at] = separator();
		len++;
	}
	return len;
}

static ssize_t write_text(int fd, size_t (*make)(char *text))
{
	char text[2 * TEXT_MAX] = "";
	size_t len = make(text);
	ssize_t result = any(8) ? write(fd, text, len) : pwrite(fd, text, len, any(1ull << 40));

	if (result <= 0 || !len)
		return 0;
	printf("accepted: \"");
	for (size_t i = 0; i < len; i++)
		printf(isprint((unsigned char)text[i]) ? "%c" : "\\x%02x", (unsigned char)text[i]);
	puts("\"");
	return result;
}

static ssize_t write_once(int fd)
{
	switch (any(16)) {
	case 0:
		return write(fd, huge, any(HUGE_SIZE));
	case 1:
		return write(fd, (void *)any(1 << 12), 1 + any(1 << 12));
	case 2:
	case 3:
	case 4:
	case 5:
		return write_text(fd, bytes);
	case 6:
	case 7:
	case 8:
	case 9:
		return write_text(fd, garbled);
	default:
		return write_text(fd, sentence);
	}
}

static int writer(unsigned long seed, unsigned long count, char **files, int nr_files)
{
	int accepted = 0, fds[nr_files];

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (int i = 0; i < nr_files; i++) {
		fds[i] = open(files[i], O_RDWR);
		if (fds[i] < 0)
			err(2, "%s", files[i]);
	}
	for (unsigned long n = 0; n < count; n++)
		for (int i = 0; i < nr_files; i++)
			accepted += write_once(fds[i]) > 0;
	return accepted > 0;
}

int main(int argc, char **argv)
{
	unsigned long seed, count;
	int status, failed = 0;

	if (argc < 4)
		errx(2, "usage: garbage SEED COUNT FILE...");
	seed = strtoul(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	huge = mmap(NULL, HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (huge == MAP_FAILED)
		err(2, "mmap");
	for (size_t i = 0; i < HUGE_SIZE; i++)
		huge[i] = words[i % ARRAY_SIZE(words)][0];
	setlinebuf(stdout);

	for (int i = 0; i < WRITERS; i++) {
		unsigned long part = (count + WRITERS - 1 - i) / WRITERS;

		switch (fork()) {
		case 0:
			exit(writer(seed * WRITERS + i, part, argv + 3, argc - 3));
		case -1:
			err(2, "fork");
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}
