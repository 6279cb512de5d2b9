// SPDX-License-Identifier: GPL-2.0
/* The ports of ports.h, and those by which a guest resets the computer or turns it off. */
#include "machine.h"

#define PORT_KEYBOARD		0x64
#define KEYBOARD_RESET		0xfe
#define PORT_RESET		0xcf9
#define RESET_CPU		0x04
#define PORT_PM1_CONTROL	0x604
#define PM1_SLEEP_ENABLE	(1 << 13)

#define MACHINE_COUNTER_NAME(name, what) #name,

static struct {
	u32 select;
	u64 gfn;
	u32 word;
	u64 answer;	/* of the last command or read */
	char plan[64];
	unsigned int plan_length;
} ports;

static u64 counter(u32 select)
{
	u32 which = (select & 0xffff) - SEL_COUNTER, vcpu = select >> 16;
	u64 sum = 0;
	int id;

	if (which >= NR_MACHINE_COUNTERS)
		return 0;
	for (id = 0; id < machine.nr_vcpus; id++) {
		const struct vcpu *v = &vcpus[id];

		if (vcpu && vcpu != (u32)id + 1)
			continue;
		sum += which < HOST_NR_COUNTERS ? v->host.counters[which] : v->counters[which];
	}
	return sum;
}

/* Of a guest that can't ask any more. */
void counters_print(void)
{
	static const char * const names[] = { MACHINE_COUNTERS(MACHINE_COUNTER_NAME) };
	u32 c;

	for (c = 0; c < NR_MACHINE_COUNTERS; c++)
		if (counter(SEL_COUNTER + c))
			print("counter %s %lu\n", names[c], counter(SEL_COUNTER + c));
}

static void reset_counters(void)
{
	int id;

	for (id = 0; id < machine.nr_vcpus; id++) {
		memset(vcpus[id].counters, 0, sizeof(vcpus[id].counters));
		memset(vcpus[id].host.counters, 0, sizeof(vcpus[id].host.counters));
	}
}

static u32 page_state(void)
{
	struct rmp_entry e;

	if (ports.gfn >= machine.host.nr_pages)
		return 0;
	e = machine.host.rmp[ports.gfn];
	return (e.assigned ? PAGE_ASSIGNED : 0) | (e.validated ? PAGE_VALIDATED : 0) |
	       (e.vmsa ? PAGE_VMSA : 0) | (e.huge ? PAGE_HUGE : 0) | (e.private ? PAGE_PRIVATE : 0);
}

static u32 extent(void)
{
	const struct rmp_entry *rmp = machine.host.rmp;
	u64 end = ports.gfn;

	while (end < machine.host.nr_pages && rmp[end].private == rmp[ports.gfn].private)
		end++;
	return end - ports.gfn;
}

static u64 *host_view(void)
{
	return machine.host.ops->shared_page(NULL, ports.gfn << PAGE_SHIFT);
}

static u32 next_extent(void)
{
	u32 n = extent();

	ports.gfn += n;
	return n;
}

/* The host writes the page; a private one it can't. */
static u32 fill(u32 seed)
{
	u64 *p = host_view();
	unsigned int i;

	for (i = 0; p && i < PAGE_SIZE / 8; i++)
		p[i] = PAGE_PATTERN(seed, i);
	return !!p;
}

/* The host reads the page; of a private one it sees ciphertext, in which nothing matches. */
static u32 match(u32 seed)
{
	const u64 *p = host_view();
	unsigned int i, n = 0;

	for (i = 0; p && i < PAGE_SIZE / 8; i++)
		n += p[i] == PAGE_PATTERN(seed, i);
	return n;
}

static u32 *word(void)
{
	u32 *p = (u32 *)host_view();

	return p && ports.word < PAGE_SIZE / sizeof(*p) ? p + ports.word : NULL;
}

static u64 peek(void)
{
	const u32 *p = word();

	return p ? 1ull << 32 | *p : 0;
}

static void poke(u32 value)
{
	u32 *p = word();

	if (p)
		*p = value;
}

/* A plan that is too long is cut off, and no plan by that. */
static void fault(char c)
{
	if (ports.plan_length < sizeof(ports.plan) - 1)
		ports.plan[ports.plan_length++] = c;
	if (c)
		return;
	ports.plan[ports.plan_length] = 0;
	ports.answer = host_fault_arm(&machine.host, ports.plan);
	ports.plan_length = 0;
}

static u64 read(void)
{
	switch (ports.select) {
	case SEL_MAGIC:
		return MACHINE_MAGIC;
	case SEL_VCPUS:
		return machine.nr_vcpus;
	case SEL_STATE:
		return page_state();
	case SEL_EXTENT:
		return extent();
	case SEL_EXTENTS:
		return next_extent();
	case SEL_VALUE:
		return peek();
	case SEL_CANARY:
		return canaries_seen();
	case SEL_STRUCK:
		return machine.host.fault.struck;
	case SEL_FAULT:
	case SEL_FILL:
	case SEL_MATCH:
		return ports.answer;
	}
	return counter(ports.select);
}

static void write(struct vcpu *v, u32 value)
{
	switch (ports.select) {
	case SEL_EXIT:
		finish(value ? FAILED : PASSED, NULL, "the guest says %u", value);
	case SEL_RESET:
		return reset_counters();
	case SEL_ICR:
		insns_count(v, value);
		return apic_trap();
	case SEL_LOG:
		return log_dump();
	case SEL_STEPS:
		return steps_count_faults(v, value);
	case SEL_SWITCH:
		machine.switch_cpus = value;
		break;
	case SEL_CANARY:
		return canary_watch(value);
	case SEL_NMI_BEFORE:
		return nmi_at_vmgexit(v, value, false);
	case SEL_NMI_BEHIND:
		return nmi_at_vmgexit(v, value, true);
	case SEL_NMI_AFTER:
		return nmi_after(v, value);
	case SEL_NMI_FROM:
		return nmi_from(v, value);
	case SEL_NMI_STEP:
		return step_nmi_at(value >> 24, value & 0xffffff);
	case SEL_NMI_STORM:
		return nmi_storm(value);
	case SEL_FAULT:
		return fault(value);
	case SEL_GFN:
		ports.gfn = value;
		break;
	case SEL_FILL:
		ports.answer = fill(value);
		break;
	case SEL_MATCH:
		ports.answer = match(value);
		break;
	case SEL_WORD:
		ports.word = value;
		break;
	case SEL_VALUE:
		return poke(value);
	}
}

static u32 in(struct vcpu *v, u16 port, unsigned int size)
{
	switch (port) {
	case PORT_SELECT:
		return ports.select;
	case PORT_VALUE:
		ports.answer = read();
		return ports.answer;
	case PORT_VALUE_HI:
		return ports.answer >> 32;
	case PORT_FIRMWARE:
		return firmware_pointer_is_good(v);
	}
	return size == 4 ? inl(port) : size == 2 ? inw(port) : inb(port);
}

static void out(struct vcpu *v, u16 port, unsigned int size, u32 value)
{
	switch (port) {
	case PORT_SELECT:
		ports.select = value;
		return;
	case PORT_VALUE:
		return write(v, value);
	case PORT_FIRMWARE:
		return firmware_says(v, value);
	case PORT_KEYBOARD:
		if ((u8)value == KEYBOARD_RESET)
			return guest_reset(v, "reset through the keyboard controller");
		break;
	case PORT_RESET:
		if (value & RESET_CPU)
			return guest_reset(v, "reset through port 0xcf9");
		break;
	case PORT_PM1_CONTROL:
		if (value & PM1_SLEEP_ENABLE)
			finish(GUEST_DIED, v, "powered off without a verdict");
		break;
	}
	if (size == 4)
		outl(port, value);
	else if (size == 2)
		outw(port, value);
	else
		outb(port, value);
}

void port_access(struct vcpu *v, u16 port, unsigned int size, bool is_in, u32 *value)
{
	u32 mask = size == 4 ? 0xffffffff : size == 2 ? 0xffff : 0xff;

	if (is_in)
		*value = in(v, port, size) & mask;
	else
		out(v, port, size, *value & mask);
}

static bool is_ours(u16 port)
{
	return port >= PORT_SELECT && port < PORT_SELECT + 16;
}

/* Our own ports are a back door, not a device: no #VC, so that counting does not count itself. */
void ports_access(struct vcpu *v)
{
	u64 info = v->vmcb.exit_info_1;
	unsigned int size = IOIO_SIZE(info);
	u32 value = v->regs[RAX];

	if (machine.es && !is_ours(IOIO_PORT(info)))
		return vc_inject(v, EXIT_IOIO);
	if (info & IOIO_STRING)
		finish(MACHINE_BUG, v, "string I/O on port 0x%lx", IOIO_PORT(info));
	v->vmcb.save.rip = v->vmcb.exit_info_2;
	port_access(v, IOIO_PORT(info), size, info & IOIO_IN, &value);
	if (info & IOIO_IN) {
		if (size == 4)
			v->regs[RAX] = value;
		else
			memcpy(&v->regs[RAX], &value, size);
	}
}

void ports_init(u8 *iopm)
{
	static const struct { u16 first, n; } trapped[] = {
		{ PORT_SELECT, 16 }, { PORT_KEYBOARD, 1 }, { PORT_RESET, 1 },
		{ PORT_PM1_CONTROL, 2 },
	};
	unsigned int i, port;

	for (i = 0; i < ARRAY_SIZE(trapped); i++)
		for (port = trapped[i].first; port < trapped[i].first + trapped[i].n; port++)
			iopm[port / 8] |= 1 << port % 8;
}
