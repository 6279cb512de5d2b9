// SPDX-License-Identifier: GPL-2.0
/* Runs a target on files, or all files of a directory: no fuzzer needed, any compiler will do. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

static bool replay_file(const char *path)
{
	static u8 data[1 << 16];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		return false;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	fuzz_one((struct input) { data, size });
	return true;
}

/* How many inputs were run. */
static unsigned int replay(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;
	struct dirent *entry;
	char name[4096];

	if (!dir)
		return replay_file(path);
	while ((entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			n += replay_file(name);
	}
	closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	unsigned int n = 0;
	int i;

	for (i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("%u inputs\n", n);
	return !n;
}
