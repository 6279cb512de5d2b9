// SPDX-License-Identifier: GPL-2.0
/*
 * crash_kexec load|crash KERNEL COMMAND-LINE: load a kernel, as "kexec -s -l" and "-p" do
 * crash_kexec start: start it, as "kexec -e" does: the reboot notifiers are called
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load(const char *kernel, const char *cmdline, unsigned long flags)
{
	int fd = open(kernel, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_kexec_file_load, fd, -1, strlen(cmdline) + 1, cmdline,
			      KEXEC_FILE_NO_INITRAMFS | flags))
		err(1, "%s", kernel);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "load"))
		load(argv[2], argv[3], 0);
	else if (argc == 4 && !strcmp(argv[1], "crash"))
		load(argv[2], argv[3], KEXEC_FILE_ON_CRASH);
	else if (argc == 2 && !strcmp(argv[1], "start"))
		err(1, "%ld", syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
				      LINUX_REBOOT_CMD_KEXEC, NULL));
	else
		errx(2, "usage: crash_kexec load|crash KERNEL COMMAND-LINE, or start");
	return 0;
}
