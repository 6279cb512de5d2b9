// SPDX-License-Identifier: GPL-2.0
/* The machine's log, on QEMU's debug console, and the end of a run. */
#include <stdarg.h>

#include "machine.h"

#define PORT_DEBUGCON	0xe9
#define PORT_DEBUG_EXIT	0xf4

static void put(char c)
{
	outb(PORT_DEBUGCON, c);
}

static void put_string(const char *s)
{
	while (*s)
		put(*s++);
}

static void put_number(u64 n, unsigned int base, int width)
{
	char digits[20];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n || i < width);
	while (i)
		put(digits[--i]);
}

/* %s, %d, %u, %x and their l forms, each with an optional zero-padded width of one digit. */
static void vprint(const char *fmt, va_list args)
{
	for (; *fmt; fmt++) {
		bool is_long = false;
		int width = 1;
		u64 n;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		fmt++;
		if (*fmt == '0')
			width = *++fmt - '0', fmt++;
		if (*fmt == 'l')
			is_long = true, fmt++;
		switch (*fmt) {
		case 's':
			put_string(va_arg(args, const char *));
			break;
		case 'd':
			n = va_arg(args, int);
			if ((int)n < 0) {
				put('-');
				n = -n;
			}
			put_number(n, 10, width);
			break;
		default:
			n = is_long ? va_arg(args, u64) : va_arg(args, unsigned int);
			put_number(n, *fmt == 'x' ? 16 : 10, width);
		}
	}
}

void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprint(fmt, args);
	va_end(args);
}

void finish(enum verdict verdict, const struct vcpu *v, const char *fmt, ...)
{
	static const char * const names[] = {
		[PASSED] = "passed", [FAILED] = "failed", [GUEST_DIED] = "guest died",
		[VIOLATION] = "violation", [HOST_STOPPED] = "host stopped the guest",
		[MACHINE_BUG] = "bug in the machine",
	};
	va_list args;

	if (verdict > FAILED) {
		counters_print();
		print("struck %u\n", machine.host.fault.struck);
		log_dump();
	}
	print("machine: %s: ", names[verdict]);
	va_start(args, fmt);
	vprint(fmt, args);
	va_end(args);
	if (v)
		print(" (vCPU %d, RIP 0x%lx, CPL %d)", v->id, v->vmcb.save.rip, v->vmcb.save.cpl);
	print("\n");
	for (;;)
		outl(PORT_DEBUG_EXIT, verdict);
}

__noreturn void machine_trapped(u64 vector, u64 error, u64 rip, u64 cr2);

void machine_trapped(u64 vector, u64 error, u64 rip, u64 cr2)
{
	finish(MACHINE_BUG, NULL, "exception %lu, error 0x%lx, RIP 0x%lx, CR2 0x%lx",
	       vector, error, rip, cr2);
}
