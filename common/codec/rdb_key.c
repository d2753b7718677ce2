/* rdb_key.c - the keys of an RDB file: their types and names, and where their values begin and end */
#include "codec/rdb_private.h"

enum { MODULE_NAME = 9 };	/* characters of the name of a module's type */

/*
 * By their number in the file; the layouts are those of rdbLoadObject in Redis's rdb.c. 6 and 8 never were in a release.
 * In a hash with TTLs each field has one; in 24 and 25 they are relative to a time that comes first. A stream: nodes
 * with ids, the number of entries, ids (two lengths each; more of them from 19 on), groups with their pending entries,
 * consumers with theirs (from 21 on two times of each).
 */
static const struct rdb_type types[] = {
	[0] = { "string", RDB_STRING, "s" },
	[1] = { "list", RDB_LIST, "(s)" },
	[2] = { "set", RDB_SET, "(s)" },
	[3] = { "zset", RDB_ZSET, "(sf)" },
	[4] = { "hash", RDB_HASH, "(ss)" },
	[5] = { "zset", RDB_ZSET, "(s8)" },
	[7] = { "module", RDB_MODULE, "lm" },
	[9] = { "hash", RDB_HASH, "s" },		/* zipmap */
	[10] = { "list", RDB_LIST, "s" },		/* ziplist */
	[11] = { "set", RDB_SET, "s" },			/* intset */
	[12] = { "zset", RDB_ZSET, "s" },		/* ziplist */
	[13] = { "hash", RDB_HASH, "s" },		/* ziplist */
	[14] = { "list", RDB_LIST, "(s)" },		/* ziplists */
	[15] = { "stream", RDB_STREAM, "(ss)lll(sll(W8l)(s8(W)))" },
	[16] = { "hash", RDB_HASH, "s" },		/* listpack */
	[17] = { "zset", RDB_ZSET, "s" },		/* listpack */
	[18] = { "list", RDB_LIST, "(ls)" },		/* listpacks, and elements that are too large for one */
	[19] = { "stream", RDB_STREAM, "(ss)llllllll(slll(W8l)(s8(W)))" },
	[20] = { "set", RDB_SET, "s" },			/* listpack */
	[21] = { "stream", RDB_STREAM, "(ss)llllllll(slll(W8l)(s88(W)))" },
	[22] = { "hash", RDB_HASH, "(lss)" },		/* TTLs, of the candidates of 7.4 */
	[23] = { "hash", RDB_HASH, "s" },		/* listpack with TTLs, likewise */
	[24] = { "hash", RDB_HASH, "8(lss)" },
	[25] = { "hash", RDB_HASH, "8s" },
};
enum { TYPES = sizeof types / sizeof *types };

void rdb_keep_key(struct rdb *rdb)
{
	struct rdb_private *p = rdb->private;

	if (!p->type || !rdb->key.data || rdb->key.data == p->key.data)
		return;
	p->key.size = 0;
	buf_reserve(&p->key, rdb->key.size + 1);	/* + 1: an empty name is a name */
	buf_append(&p->key, rdb->key.data, rdb->key.size);
	rdb->key = buf_bytes(&p->key);
}

/* The 9 characters of a type's name in the upper 54 bits of a module's id. */
static void name_module(struct rdb *rdb, uint64_t id)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (int i = 0; i < MODULE_NAME; i++)
		rdb->private->module[i] = characters[id >> (58 - 6 * i) & 63];
	rdb->type_name = rdb->private->module;
}

static enum rdb_read check_type(struct rdb *rdb, uint8_t type, struct error *error)
{
	struct rdb_private *p = rdb->private;

	if (type < TYPES && types[type].layout)
		return READ_DONE;
	if (type == 6)
		return rdb_fail(rdb, p->at, error, "6, a module's value as only candidates of 4.0 wrote it: "
				"where it ends cannot be known");
	return rdb_fail(rdb, p->at, error, "%u, want one that RDB versions up to %d have", type, RDB_VERSION_MAX);
}

/* What can be known of the value before it is read: how many members, or a module's name. */
static enum rdb_read look_ahead(struct rdb *rdb, const uint8_t *at, struct error *error)
{
	const struct rdb_type *type = rdb->private->type;
	uint64_t id;
	enum rdb_read got = READ_DONE;

	rdb->count = RDB_COUNT_LATER;
	if (type->kind == RDB_MODULE) {
		got = rdb_read_length(rdb, &at, &id, error);
		if (got == READ_DONE)
			name_module(rdb, id);
	} else if (type->kind == RDB_ZSET || type->kind == RDB_SET) {
		got = *type->layout == '(' ? rdb_read_length(rdb, &at, &rdb->count, error) :
		      rdb_packed_count(rdb, at, &rdb->count, error);
	}
	return got;
}

enum rdb_read rdb_read_key(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	struct rdb_private *p = rdb->private;
	const uint8_t *at = p->at;
	enum rdb_read got;

	p->doing = p->payload ? "payload" : "type or opcode";
	if ((got = rdb_need(p, at, 1)) != READ_DONE || (got = check_type(rdb, *at, error)) != READ_DONE)
		return got;
	rdb->type = *at++;
	p->taken = false;
	rdb->key = (struct bytes){ NULL, 0 };
	if (!p->payload) {
		p->doing = "name of a key";
		if ((got = rdb_read_text_alone(rdb, &at, &rdb->key, error)) != READ_DONE)
			return got;
	}
	p->type = &types[rdb->type];
	rdb->kind = p->type->kind;
	rdb->type_name = p->type->name;
	if (rdb->key.data && rdb->key.data == p->text.data)
		rdb_keep_key(rdb);
	if ((got = look_ahead(rdb, at, error)) != READ_DONE) {
		/* the key is read again when there is more; only the message about its end needs it now */
		p->type = p->last ? p->type : NULL;
		return got;
	}
	p->at = at;
	p->number = 0;
	p->state = STATE_KEY;
	*event = RDB_KEY;
	return READ_DONE;
}

void rdb_take(struct rdb *rdb)
{
	rdb->private->taken = true;
}

enum rdb_read rdb_begin_value(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;

	if (!p->taken || (p->type->kind != RDB_ZSET && p->type->kind != RDB_SET)) {
		rdb_pass_over(p, p->type->layout);
		return READ_DONE;
	}
	if (*p->type->layout != '(') {
		p->state = STATE_PACKING;
		return READ_DONE;
	}
	p->state = STATE_COUNTED;
	return rdb_read_length(rdb, &p->at, &p->left, error);
}

enum rdb_read rdb_end_value(struct rdb *rdb, enum rdb_event *event)
{
	struct rdb_private *p = rdb->private;

	p->state = p->payload ? STATE_END : STATE_OPCODES;
	if (!p->type)	/* an opcode that was passed over; IDLE and FREQ come between an expiry and its key */
		return READ_DONE;
	if (p->taken)
		*event = RDB_VALUE;
	p->type = NULL;
	p->taken = false;
	rdb->expire_ms = INT64_MIN;
	return READ_DONE;
}
