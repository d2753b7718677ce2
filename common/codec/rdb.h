/* rdb.h - Redis's RDB format: files, and the payloads of DUMP and RESTORE */
#ifndef CODEC_RDB_H
#define CODEC_RDB_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/error.h"

/*
 * RDB versions 5 to 12 (Redis 2.8 to 8.4, Valkey to 8.1). The layout, all lengths and opcodes as in Redis's own
 * rdb.h of those versions:
 *
 *	"REDIS" "0011"			magic and version, four decimal digits
 *	opcodes and keys:
 *	  250 text text			AUX: redis-ver, ctime, ...
 *	  254 length			SELECTDB: what follows is in that database
 *	  251 length length		RESIZEDB: how many keys, and how many that expire
 *	  252 milliseconds (8, LE)	EXPIRETIME_MS of the next key;  253 seconds (4, LE)
 *	  248 length, 249 byte		IDLE, FREQ of the next key
 *	  244 length length length	SLOT_INFO;  245 text: FUNCTION2;  247: MODULE_AUX
 *	  type text value		a key: its type, its name, its value
 *	  255				EOF, and from version 5 on a CRC-64 of all before it (8, LE; 0: not computed)
 *
 * A payload of DUMP: type, value, RDB version (2, LE), CRC-64 of all before it (8, LE).
 *
 * Nothing is read here and nothing is kept but a scratch buffer for what is compressed: bytes come in windows, events go
 * out, whose views look into the window or the scratch.
 */
enum {
	RDB_VERSION_MIN = 5, RDB_VERSION_MAX = 12,
	RDB_MEMBERS_MAX = 512,		/* of one event */
	/* A key, a member, or a value that is one string (listpack, ziplist, intset), unpacked; a longer one is an error. */
	RDB_TEXT_MAX = 64 << 20,
};

/*
 * An error's offset is where the element begins that is wrong or that the data end within (a string, a length, a
 * member, a key, an opcode), counted from the first byte of the stream; in a value that was compressed, where that begins.
 */

/* What a value is, whatever its encoding. */
enum rdb_kind { RDB_STRING, RDB_LIST, RDB_SET, RDB_ZSET, RDB_HASH, RDB_STREAM, RDB_MODULE };

/* A member of a zset, or of a set (score 0). */
struct rdb_member {
	struct bytes text;
	double score;
};

enum rdb_event {
	RDB_BAD,	/* *error says what, where, in which key; nothing more will come */
	RDB_MORE,	/* the window is used up to rdb->used: call rdb_window with what follows, at least rdb->want bytes */
	RDB_AUX,	/* aux_name, aux_value */
	RDB_DATABASE,	/* database: the keys that follow are in it */
	RDB_KEY,	/* key, kind, type, type_name, expire_ms, count. To have its members, call rdb_take now */
	RDB_MEMBERS,	/* members[0..member_count) of a key that was taken: all of it in as many events as it takes */
	RDB_VALUE,	/* the value of a key that was taken ends here */
	RDB_END,	/* the end, and the checksum is right or not looked at; what follows rdb->used is something else */
};

struct rdb {
	/* of the event */
	struct bytes aux_name, aux_value;
	uint64_t database;
	struct bytes key;		/* good until RDB_VALUE, or the next event if it is not taken */
	enum rdb_kind kind;
	uint8_t type;			/* as the file has it */
	const char *type_name;		/* as TYPE says it: "zset", "string"; of a module the name in its id: "SeederMap" */
	int64_t expire_ms;		/* since 1970; INT64_MIN: it does not expire */
	/*
	 * How many members the value (zset, set) says it has; RDB_COUNT_LATER when it does not say (65535 and more in a
	 * listpack or a ziplist). Only to read all of it tells whether it is true; then a lie is an error.
	 */
	uint64_t count;
	const struct rdb_member *members;	/* these and their texts: good until the next call */
	size_t member_count;
	size_t used;			/* of RDB_MORE and RDB_END: bytes of the window that are done with */
	size_t want;			/* of RDB_MORE: what the next window should hold, if so much follows */
	uint64_t offset;		/* of the window's first byte; set it after rdb_open if something was before */
	unsigned version;
	struct rdb_private *private;
};
#define RDB_COUNT_LATER UINT64_MAX

/*
 *	rdb_open(&rdb, true);
 *	while ((event = rdb_next(&rdb, &error)) != RDB_END && event != RDB_BAD)
 *		if (event == RDB_MORE) {
 *			input_skip(input, rdb.used);
 *			window = input_fill(input, rdb.want, &error);
 *			rdb_window(&rdb, window, window.size < rdb.want);
 *		} ...
 *
 * Memory: 12 KB; the longest key; what was compressed, at most LZF_GROWTH times the bytes that are there, and RDB_TEXT_MAX.
 * A file may be one window, or many: of them the largest is the largest packed value, key or member that is wanted.
 */
void rdb_open(struct rdb *, bool checksum);
/* The bytes from rdb->used of the former window on, and more; last: nothing follows them. */
void rdb_window(struct rdb *, struct bytes window, bool last);
enum rdb_event rdb_next(struct rdb *, struct error *);
/* After RDB_KEY: its members are wanted. Only zsets and sets have some; of others just RDB_VALUE comes. */
void rdb_take(struct rdb *);
void rdb_close(struct rdb *);

/*
 * A payload of DUMP: afterwards rdb_next gives one RDB_KEY (without a name), RDB_MEMBERS, RDB_VALUE, RDB_END, or RDB_BAD.
 * The struct is opened once and used for one payload after the other. False, with an error: cut, of a version that is not
 * known, or its checksum is wrong (if rdb_open was told to look). Offsets count from the payload's first byte.
 */
bool rdb_payload(struct rdb *, struct bytes payload, struct error *);

/*
 * Appends the payload that makes RESTORE create a zset of these members: at least one, no text twice, no score a NaN (a
 * server may take what has such faults, and have a broken key). version is that of the server's own payloads, 6 to
 * RDB_VERSION_MAX; a newer server takes it, too. Few and short members become a listpack, which servers keep as it is.
 */
void rdb_encode_zset(struct buf *, const struct rdb_member *, size_t count, unsigned version);

#endif
