// SPDX-License-Identifier: GPL-2.0
/*
 * The few ACPI tables that a kernel needs to find its CPUs, the I/O APIC and
 * the power management timer of QEMU's PC: RSDP, XSDT, FADT, an empty DSDT, MADT.
 */
#include "machine.h"

#define PM_BASE		0x600	/* where SeaBIOS leaves the PIIX4's */

struct header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision;
	char creator_id[4];
	u32 creator_revision;
} __packed;

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum, reserved[3];
} __packed;

struct xsdt {
	struct header header;
	u64 tables[2];
} __packed;

struct fadt {
	struct header header;
	u32 facs, dsdt;
	u8 reserved_2c, profile;
	u16 sci_irq;
	u32 smi_port;
	u8 acpi_enable, acpi_disable, s4bios_req, pstate_control;
	u32 pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer;
	u32 gpe0, gpe1;
	u8 pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length;
	u8 reserved_5c[0x74 - 0x5c];
} __packed;

struct madt {
	struct header header;
	u32 local_apic, flags;
	struct { u8 type, length, processor, apic_id; u32 flags; } __packed cpus[MAX_VCPUS];
	struct { u8 type, length, id, reserved; u32 address, gsi_base; } __packed ioapic;
	struct { u8 type, length, bus, irq; u32 gsi; u16 flags; } __packed timer;
} __packed;

static u8 checksum(const void *p, u32 bytes)
{
	const u8 *byte = p;
	u8 sum = 0;

	while (bytes--)
		sum -= *byte++;
	return sum;
}

static struct { u64 gpa, end; } space;

static void *take(u64 bytes, u64 *gpa)
{
	void *p = guest_memory(space.gpa, bytes);

	BUG_ON(!p || space.gpa + bytes > space.end);
	*gpa = space.gpa;
	space.gpa += (bytes + 15) & ~15ull;
	return memset(p, 0, bytes);
}

static void seal(struct header *h, const char *signature, u32 length, u8 revision)
{
	memcpy(h->signature, signature, sizeof(h->signature));
	h->length = length;
	h->revision = revision;
	memcpy(h->oem_id, "SNPPSC", sizeof(h->oem_id));
	memcpy(h->oem_table_id, "MACHINE ", sizeof(h->oem_table_id));
	memcpy(h->creator_id, "SNPM", sizeof(h->creator_id));
	h->checksum = 0;
	h->checksum = checksum(h, length);
}

static u64 build_fadt(void)
{
	u64 gpa, dsdt_gpa;
	struct fadt *f = take(sizeof(*f), &gpa);
	struct header *dsdt = take(sizeof(*dsdt), &dsdt_gpa);

	seal(dsdt, "DSDT", sizeof(*dsdt), 2);
	f->dsdt = dsdt_gpa;
	f->sci_irq = 9;
	f->pm1a_event = PM_BASE;
	f->pm1a_control = PM_BASE + 4;
	f->pm_timer = PM_BASE + 8;
	f->pm1_event_length = 4;
	f->pm1_control_length = 2;
	f->pm_timer_length = 4;
	seal(&f->header, "FACP", sizeof(*f), 1);
	return gpa;
}

static u64 build_madt(void)
{
	u64 gpa;
	struct madt *m = take(sizeof(*m), &gpa);
	int id;

	m->local_apic = APIC_BASE;
	m->flags = 1;			/* there are 8259s, too */
	for (id = 0; id < MAX_VCPUS; id++) {
		m->cpus[id].type = 0;
		m->cpus[id].length = sizeof(m->cpus[id]);
		m->cpus[id].processor = id;
		m->cpus[id].apic_id = id;
		m->cpus[id].flags = id < machine.nr_vcpus;
	}
	m->ioapic.type = 1;
	m->ioapic.length = sizeof(m->ioapic);
	m->ioapic.address = IOAPIC_BASE;
	m->timer.type = 2;		/* ISA IRQ 0 arrives at pin 2 */
	m->timer.length = sizeof(m->timer);
	m->timer.gsi = 2;
	seal(&m->header, "APIC", sizeof(*m), 1);
	return gpa;
}

u64 acpi_build(u64 gpa, u64 bytes)
{
	u64 rsdp_gpa, xsdt_gpa;
	struct rsdp *r;
	struct xsdt *x;

	space.gpa = gpa;
	space.end = gpa + bytes;
	r = take(sizeof(*r), &rsdp_gpa);
	x = take(sizeof(*x), &xsdt_gpa);
	x->tables[0] = build_fadt();
	x->tables[1] = build_madt();
	seal(&x->header, "XSDT", sizeof(*x), 1);
	memcpy(r->signature, "RSD PTR ", sizeof(r->signature));
	r->revision = 2;
	r->length = sizeof(*r);
	r->xsdt = xsdt_gpa;
	r->checksum = checksum(r, 20);
	r->extended_checksum = checksum(r, sizeof(*r));
	return rsdp_gpa;
}
