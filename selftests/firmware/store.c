// SPDX-License-Identifier: GPL-2.0
/*
 * The variable store. One half of the flash is in use: a head with a generation, then
 * variables, one behind the other, the newest last. What a variable's state is changes
 * by clearing bits, so that a reset at any point leaves the old value or the new one.
 * When the half is full, what is alive moves to the other half, whose head comes last.
 *
 * In memory there is only where each variable is (edk2 keeps a copy of them all): what
 * somebody reads is read from the flash.
 */
#include "firmware.h"

#define HALF_MAGIC	0x454c424149524156ull

enum {
	HALF		= FLASH_BYTES / 2,
	VARIABLE_START	= 0x55aa,
	STATE_WRITING	= 0x7f,
	STATE_ADDED	= 0x3f,
	STATE_DELETED	= 0x3d,
	ENTRIES		= 256,
	PIECE		= 64,
};

/* Written in this order: what has its magic has all. */
struct half {
	u32 generation, pad;
	u64 magic;
};

/* Where a variable is, and what it is called, more or less. */
struct entry {
	u32 at, bytes, hash;
};

static struct {
	bool open;
	u32 base, end;		/* of the half in use, and of what is written in it */
	u32 generation;
	u32 used;		/* bytes that are alive */
	u32 n;
	struct entry entries[ENTRIES];
	u16 name[NAME_BYTES_MAX / sizeof(u16)];	/* the one that is looked at */
} store;

static u32 bytes_of(const struct variable *v)
{
	return (sizeof(*v) + v->name_bytes + v->data_bytes + 7) & ~7u;
}

static bool is_sane(const struct variable *v)
{
	return v->start == VARIABLE_START && v->name_bytes <= NAME_BYTES_MAX &&
	       v->data_bytes <= DATA_BYTES_MAX;
}

static u32 hash(const u16 *name, u32 bytes, const struct efi_guid *vendor)
{
	u32 h = vendor->low ^ vendor->high, i;

	for (i = 0; i < bytes / sizeof(*name); i++)
		h = (h ^ name[i]) * 0x01000193;
	return h;
}

bool store_get(int which, struct variable *v)
{
	return flash_read(store.entries[which].at, v, sizeof(*v)) && is_sane(v);
}

bool store_name(int which, u16 *name, u32 bytes)
{
	return flash_read(store.entries[which].at + sizeof(struct variable), name, bytes);
}

bool store_data(int which, void *data, u32 bytes)
{
	struct variable v;

	return store_get(which, &v) &&
	       flash_read(store.entries[which].at + sizeof(v) + v.name_bytes, data, bytes);
}

/* Its index, or -1. */
int store_find(const u16 *name, u32 bytes, const struct efi_guid *vendor)
{
	u32 h = hash(name, bytes, vendor), i;
	struct variable v;

	for (i = 0; i < store.n; i++) {
		if (store.entries[i].hash != h || !store_get(i, &v) || v.name_bytes != bytes ||
		    memcmp(&v.vendor, vendor, sizeof(*vendor)))
			continue;
		if (store_name(i, store.name, bytes) && !memcmp(store.name, name, bytes))
			return i;
	}
	return -1;
}

static void forget(u32 which)
{
	store.used -= store.entries[which].bytes;
	for (store.n--; which < store.n; which++)
		store.entries[which] = store.entries[which + 1];
}

static void remember(u32 at, u32 bytes, u32 hash)
{
	store.entries[store.n++] = (struct entry){ at, bytes, hash };
	store.used += bytes;
}

static bool set_state(u32 at, u8 state)
{
	return flash_program(at + __builtin_offsetof(struct variable, state), &state, 1);
}

efi_status store_remove(int which)
{
	if (!set_state(store.entries[which].at, STATE_DELETED))
		return EFI_DEVICE_ERROR;
	forget(which);
	return EFI_SUCCESS;
}

/* A reset between the last two steps of store_add() leaves two of a name: the newer counts. */
static bool take_in(u32 at, const struct variable *v)
{
	static u16 name[NAME_BYTES_MAX / sizeof(u16)];
	int old;

	if (v->state != STATE_ADDED)
		return true;
	if (store.n == ENTRIES || !flash_read(at + sizeof(*v), name, v->name_bytes))
		return false;
	old = store_find(name, v->name_bytes, &v->vendor);
	if (old >= 0 && store_remove(old))
		return false;
	remember(at, bytes_of(v), hash(name, v->name_bytes, &v->vendor));
	return true;
}

/* Something that never got as far as its sizes leaves no room behind it. */
static bool scan(void)
{
	u32 limit = store.base + HALF;
	struct variable v;

	store.end = store.base + sizeof(struct half);
	while (store.end + sizeof(v) <= limit) {
		if (!flash_read(store.end, &v, sizeof(v)))
			return false;
		if (v.start == 0xffff)
			return true;
		if (!is_sane(&v))
			break;
		if (!take_in(store.end, &v))
			return false;
		store.end += bytes_of(&v);
	}
	store.end = limit;
	return true;
}

static bool erase_half(u32 base)
{
	u32 at;

	for (at = base; at < base + HALF; at += FLASH_BLOCK)
		if (!flash_erase(at))
			return false;
	return true;
}

static bool begin_half(u32 base, u32 generation)
{
	const struct half head = { generation, 0, HALF_MAGIC };

	store.base = base;
	store.generation = generation;
	return flash_program(base, &head, sizeof(head));
}

/* A new chip has no half in use. */
bool store_open(void)
{
	struct half heads[2];
	u32 i;

	if (store.open)
		return true;
	for (i = 0; i < 2; i++) {
		if (!flash_read(i * HALF, &heads[i], sizeof(heads[i])))
			return false;
		if (heads[i].magic == HALF_MAGIC && heads[i].generation > store.generation) {
			store.base = i * HALF;
			store.generation = heads[i].generation;
		}
	}
	if (!store.generation && (!erase_half(0) || !begin_half(0, 1)))
		return false;
	store.open = scan();
	return store.open;
}

static bool copy(u32 from, u32 to, u32 bytes)
{
	u8 piece[PIECE];

	while (bytes) {
		u32 n = bytes < PIECE ? bytes : PIECE;

		if (!flash_read(from, piece, n) || !flash_program(to, piece, n))
			return false;
		from += n;
		to += n;
		bytes -= n;
	}
	return true;
}

/* What is alive moves to the other half. Until that has its head the old one counts. */
static bool reclaim(void)
{
	u32 base = store.base ^ HALF, at = base + sizeof(struct half), i;

	if (!erase_half(base))
		return false;
	for (i = 0; i < store.n; i++) {
		struct entry *e = &store.entries[i];

		if (!copy(e->at, at, e->bytes))
			return false;
		e->at = at;
		at += e->bytes;
	}
	store.end = at;
	return begin_half(base, store.generation + 1);
}

static bool make_room(u32 bytes)
{
	u32 i;

	if (store.end + bytes <= store.base + HALF)
		return true;
	if (store.used + bytes > store_size())
		return false;
	if (reclaim())
		return true;
	/* Nobody knows any more where what is. */
	store.open = false;
	store.generation = 0;
	for (i = store.n; i; i--)
		forget(i - 1);
	return false;
}

static bool write_new(u32 at, const struct variable *v, const u16 *name, const void *data)
{
	struct variable head = *v;

	head.start = VARIABLE_START;
	head.state = STATE_WRITING;
	head.reserved = 0xff;
	return flash_program(at, &head, sizeof(head)) &&
	       flash_program(at + sizeof(head), name, v->name_bytes) &&
	       flash_program(at + sizeof(head) + v->name_bytes, data, v->data_bytes) &&
	       set_state(at, STATE_ADDED);
}

/* In the place of the one that has its name, if there is one: first the new, then the old. */
efi_status store_add(const struct variable *v, const u16 *name, const void *data)
{
	int old = store_find(name, v->name_bytes, &v->vendor);
	u32 bytes = bytes_of(v), at;

	if ((old < 0 && store.n == ENTRIES) || !make_room(bytes))
		return EFI_OUT_OF_RESOURCES;
	at = store.end;
	store.end += bytes;
	if (!write_new(at, v, name, data) ||
	    (old >= 0 && !set_state(store.entries[old].at, STATE_DELETED)))
		return EFI_DEVICE_ERROR;
	if (old >= 0)
		forget(old);
	remember(at, bytes, hash(name, v->name_bytes, &v->vendor));
	return EFI_SUCCESS;
}

u32 store_count(void)
{
	return store.n;
}

u32 store_size(void)
{
	return HALF - sizeof(struct half);
}

u32 store_used(void)
{
	return store.used;
}
