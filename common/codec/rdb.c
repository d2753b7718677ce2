/* rdb.c - RDB files and payloads: windows, head, opcodes, checksum */
#include "codec/rdb.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crc64.h"
#include "codec/rdb_private.h"
#include "text/escape.h"

enum {
	MAGIC_SIZE = 9, CHECKSUM_SIZE = 8, FOOTER_SIZE = 10,	/* of a payload: version and checksum */
	SUM_PART = 128 << 10,	/* bytes that are summed at a time, while they are in the cache */
	WANT_MAX = 64 << 10,	/* more is asked for only as more comes: what is announced may be a lie */
};

enum {
	OPCODE_SLOT_INFO = 244, OPCODE_FUNCTION2 = 245, OPCODE_FUNCTION_PRE_GA = 246, OPCODE_MODULE_AUX = 247,
	OPCODE_IDLE = 248, OPCODE_FREQ = 249, OPCODE_AUX = 250, OPCODE_RESIZEDB = 251, OPCODE_EXPIRETIME_MS = 252,
	OPCODE_EXPIRETIME = 253, OPCODE_SELECTDB = 254, OPCODE_EOF = 255,
};

void rdb_place(const struct rdb *rdb, struct error *error)
{
	const struct rdb_private *p = rdb->private;
	char member[64] = "";
	struct brief brief;

	if (p->type && p->taken && p->number && rdb->count != RDB_COUNT_LATER)
		snprintf(member, sizeof member, ", member %ju of %ju", (uintmax_t)p->number, (uintmax_t)rdb->count);
	else if (p->type && p->taken && p->number)
		snprintf(member, sizeof member, ", member %ju", (uintmax_t)p->number);
	if (p->type && rdb->key.data)
		error_prefix(error, "key '%s' (%s)%s", escape_brief(&brief, rdb->key), rdb->type_name, member);
	else if (p->type)
		error_prefix(error, "%s%s", rdb->type_name, member);
	else
		error_prefix(error, "%s", p->doing);
}

/* ---- windows */

void rdb_open(struct rdb *rdb, bool checksum)
{
	struct rdb_private *p = calloc(1, sizeof *p);

	if (!p)
		out_of_memory();
	*rdb = (struct rdb){ .private = p, .expire_ms = INT64_MIN };
	p->checksum = checksum;
	p->state = STATE_HEAD;
	p->doing = "head";
}

void rdb_close(struct rdb *rdb)
{
	if (!rdb->private)
		return;
	buf_free(&rdb->private->key);
	buf_free(&rdb->private->text);
	buf_free(&rdb->private->blob);
	free(rdb->private);
	*rdb = (struct rdb){ 0 };
}

void rdb_window(struct rdb *rdb, struct bytes window, bool last)
{
	struct rdb_private *p = rdb->private;

	rdb->offset += rdb->used;
	rdb->used = 0;
	p->start = p->at = p->summed = window.data;
	p->end = window.size ? window.data + window.size : window.data;
	p->last = last;
}

static void sum_up(struct rdb_private *p)
{
	if (p->checksum && !p->payload)
		p->sum = crc64(p->sum, p->summed, (size_t)(p->at - p->summed));
	p->summed = p->at;
}

static enum rdb_event ask_for_more(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	size_t left = (size_t)(p->end - p->at), patience = left > WANT_MAX / 2 ? left : WANT_MAX / 2;
	uint64_t missing = p->missing;

	if (p->last) {
		fail_input(error, p->skip ? p->skip_offset : rdb_offset(rdb, p->at),
			   "the data ends within it, want at least %ju more bytes", (uintmax_t)missing);
		rdb_place(rdb, error);
		return RDB_BAD;
	}
	rdb_keep_key(rdb);
	sum_up(p);
	rdb->used = (size_t)(p->at - p->start);
	rdb->want = left + (missing < patience ? (size_t)missing : patience);
	return RDB_MORE;
}

/* ---- the head, the end */

static enum rdb_read read_head(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	struct bytes head = { p->at, (size_t)(p->end - p->at) };
	struct brief brief;
	unsigned version = 0;
	enum rdb_read got;

	head.size = head.size < MAGIC_SIZE ? head.size : MAGIC_SIZE;
	got = rdb_need(p, p->at, MAGIC_SIZE);
	if (got != READ_DONE && !p->last)
		return got;
	if (head.size && memcmp(head.data, "REDIS", head.size < 5 ? head.size : 5) != 0)
		return rdb_fail(rdb, p->at, error, bytes_begin(head, "VALKEY") ?
				"'%s', the format of Valkey 9 and later, want \"REDIS\" and a version up to 0012" :
				"'%s', want \"REDIS\": is it compressed, or no RDB file?", escape_brief(&brief, head));
	if (got != READ_DONE)
		return got;
	for (int i = 5; i < MAGIC_SIZE; i++) {
		if (head.data[i] < '0' || head.data[i] > '9')
			return rdb_fail(rdb, p->at + 5, error, "version '%s', want four digits",
					escape_brief(&brief, bytes_after(head, 5)));
		version = version * 10 + head.data[i] - '0';
	}
	if (version < RDB_VERSION_MIN || version > RDB_VERSION_MAX)
		return rdb_fail(rdb, p->at + 5, error, "RDB version %u, want %d to %d", version,
				RDB_VERSION_MIN, RDB_VERSION_MAX);
	rdb->version = version;
	p->at += MAGIC_SIZE;
	p->state = STATE_OPCODES;
	return READ_DONE;
}

static uint64_t load64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, 8);
	return le64toh(value);
}

static enum rdb_read read_checksum(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	uint64_t found;
	enum rdb_read got;

	p->doing = "checksum";
	if ((got = rdb_need(p, p->at, CHECKSUM_SIZE)) != READ_DONE)
		return got;
	sum_up(p);
	found = load64(p->at);
	/* 0: the server was told to compute none */
	if (p->checksum && found && found != p->sum)
		return rdb_fail(rdb, p->at, error, "%016jx, want %016jx: the file is damaged somewhere before",
				(uintmax_t)found, (uintmax_t)p->sum);
	p->at += CHECKSUM_SIZE;
	p->state = STATE_END;	/* whose step says so */
	return READ_DONE;
}

static enum rdb_read read_end(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	struct rdb_private *p = rdb->private;

	p->doing = "payload";
	if (p->payload && p->at != p->end)
		return rdb_fail(rdb, p->at, error, "%zu bytes after the value, want none", (size_t)(p->end - p->at));
	rdb->used = (size_t)(p->at - p->start);
	*event = RDB_END;
	return READ_DONE;
}

/* ---- opcodes */

static enum rdb_read read_aux(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	struct rdb_private *p = rdb->private;
	enum rdb_read got;

	p->text.size = 0;
	for (;;) {
		const uint8_t *at = p->at + 1;

		got = rdb_read_text(rdb, &at, &rdb->aux_name, error);
		if (got == READ_DONE)
			got = rdb_read_text(rdb, &at, &rdb->aux_value, error);
		if (got == READ_DONE) {
			p->at = at;
			*event = RDB_AUX;
		}
		if (got != READ_FULL)
			return got;
		p->text.size = 0;
		buf_reserve(&p->text, p->room);
	}
}

static enum rdb_read read_expire(struct rdb *rdb, size_t size)
{
	struct rdb_private *p = rdb->private;
	enum rdb_read got = rdb_need(p, p->at, 1 + size);
	uint32_t seconds;

	if (got != READ_DONE)
		return got;
	if (size == 8) {
		rdb->expire_ms = (int64_t)load64(p->at + 1);
	} else {
		memcpy(&seconds, p->at + 1, 4);
		rdb->expire_ms = (int64_t)(int32_t)le32toh(seconds) * 1000;
	}
	p->at += 1 + size;
	return READ_DONE;
}

static enum rdb_read read_database(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	const uint8_t *at = rdb->private->at + 1;
	enum rdb_read got = rdb_read_length(rdb, &at, &rdb->database, error);

	if (got != READ_DONE)
		return got;
	rdb->private->at = at;
	*event = RDB_DATABASE;
	return READ_DONE;
}

static enum rdb_read read_opcode(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	static const struct { const char *name, *layout; } passed[] = {
		[OPCODE_SLOT_INFO - OPCODE_SLOT_INFO] = { "SLOT_INFO", "lll" },
		[OPCODE_FUNCTION2 - OPCODE_SLOT_INFO] = { "FUNCTION2", "s" },
		[OPCODE_MODULE_AUX - OPCODE_SLOT_INFO] = { "MODULE_AUX", "lm" },
		[OPCODE_IDLE - OPCODE_SLOT_INFO] = { "IDLE", "l" },
		[OPCODE_FREQ - OPCODE_SLOT_INFO] = { "FREQ", "1" },
		[OPCODE_RESIZEDB - OPCODE_SLOT_INFO] = { "RESIZEDB", "ll" },
	};
	struct rdb_private *p = rdb->private;
	uint8_t opcode;

	p->doing = "type or opcode";
	if (rdb_need(p, p->at, 1) != READ_DONE)
		return READ_MORE;
	opcode = *p->at;
	switch (opcode) {
	case OPCODE_EOF:
		p->at++;
		p->state = STATE_CHECKSUM;
		return READ_DONE;
	case OPCODE_SELECTDB:
		p->doing = "SELECTDB";
		return read_database(rdb, event, error);
	case OPCODE_EXPIRETIME:
		p->doing = "EXPIRETIME";
		return read_expire(rdb, 4);
	case OPCODE_EXPIRETIME_MS:
		p->doing = "EXPIRETIME_MS";
		return read_expire(rdb, 8);
	case OPCODE_AUX:
		p->doing = "AUX";
		return read_aux(rdb, event, error);
	case OPCODE_FUNCTION_PRE_GA:
		return rdb_fail(rdb, p->at, error, "opcode 246, a function as only candidates of 7.0 wrote it");
	default:
		break;
	}
	if (opcode < OPCODE_SLOT_INFO)
		return rdb_read_key(rdb, event, error);
	p->doing = passed[opcode - OPCODE_SLOT_INFO].name;
	rdb_pass_over(p, passed[opcode - OPCODE_SLOT_INFO].layout);
	p->at++;
	return READ_DONE;
}

/* ---- events */

static enum rdb_read step(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	struct rdb_private *p = rdb->private;
	enum rdb_read got;

	switch (p->state) {
	case STATE_HEAD:
		return read_head(rdb, error);
	case STATE_OPCODES:
		return read_opcode(rdb, event, error);
	case STATE_PAYLOAD:
		return rdb_read_key(rdb, event, error);
	case STATE_KEY:
		return rdb_begin_value(rdb, error);
	case STATE_COUNTED:
		got = rdb_counted(rdb, event, error);
		break;
	case STATE_PACKING:
		return rdb_packed_open(rdb, error);
	case STATE_PACKED:
		got = rdb_packed_members(rdb, event, error);
		break;
	case STATE_PASSING:
		got = rdb_pass(rdb, error);
		break;
	case STATE_VALUE:
		return rdb_end_value(rdb, event);
	case STATE_CHECKSUM:
		return read_checksum(rdb, error);
	case STATE_END:
		return read_end(rdb, event, error);
	default:
		return READ_BAD;
	}
	if (got == READ_DONE && *event == RDB_BAD)
		p->state = STATE_VALUE;
	return got;
}

enum rdb_event rdb_next(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	enum rdb_event event = RDB_BAD;
	enum rdb_read got;

	do {
		if ((size_t)(p->at - p->summed) >= SUM_PART)
			sum_up(p);
		got = step(rdb, &event, error);
	} while (got == READ_DONE && event == RDB_BAD);
	if (got == READ_MORE)
		event = ask_for_more(rdb, error);
	if (got == READ_BAD || event == RDB_BAD) {
		p->state = STATE_BAD;
		return RDB_BAD;
	}
	return event;
}

bool rdb_payload(struct rdb *rdb, struct bytes payload, struct error *error)
{
	struct rdb_private *p = rdb->private;
	const uint8_t *footer;
	uint64_t sum;

	p->state = STATE_BAD;
	if (payload.size < FOOTER_SIZE + 1)
		return fail_input(error, 0, "payload of %zu bytes, want at least %d", payload.size, FOOTER_SIZE + 1);
	footer = payload.data + payload.size - FOOTER_SIZE;
	rdb->version = footer[0] | (unsigned)footer[1] << 8;
	if (rdb->version > RDB_VERSION_MAX)
		return fail_input(error, payload.size - FOOTER_SIZE, "payload of RDB version %u, want at most %d",
				  rdb->version, RDB_VERSION_MAX);
	if (p->checksum) {
		sum = crc64(0, payload.data, payload.size - CHECKSUM_SIZE);
		if (sum != load64(footer + 2))
			return fail_input(error, payload.size - CHECKSUM_SIZE, "payload with checksum %016jx, want %016jx",
					  (uintmax_t)load64(footer + 2), (uintmax_t)sum);
	}
	rdb->offset = 0;
	rdb->used = 0;
	rdb->expire_ms = INT64_MIN;
	p->start = p->at = payload.data;
	p->end = footer;
	p->last = p->payload = true;
	p->type = NULL;
	p->skip = 0;
	p->state = STATE_PAYLOAD;
	return true;
}
