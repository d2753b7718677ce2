/* rdb_private.h - what the parts of the RDB codec share */
#ifndef CODEC_RDB_PRIVATE_H
#define CODEC_RDB_PRIVATE_H

#include "codec/rdb.h"

/*
 * What is read at a time (an opcode with what belongs to it, a key, a member) is read whole or not at all: when the
 * window ends within it, nothing of it has happened yet, and it is read again from its first byte when there is more.
 * So none of these functions keeps a state, except for values that are passed over, which have no bound: there each
 * element is such a piece, and the bytes of a string are counted down.
 */
enum rdb_read {
	READ_BAD,	/* the error is filled */
	READ_MORE,	/* at least private->missing bytes more than there are */
	READ_FULL,	/* private->text has no room for it: private->room in all would do */
	READ_DONE,
};

enum rdb_state {
	STATE_HEAD, STATE_OPCODES, STATE_PAYLOAD, STATE_KEY, STATE_COUNTED, STATE_PACKING, STATE_PACKED, STATE_PASSING,
	STATE_VALUE, STATE_CHECKSUM, STATE_END, STATE_BAD,
};

/*
 * A type of value. layout is what it is made of, for passing over it:
 *
 *	s  a string		l  a length		f  a number as text, with its size in a byte before it
 *	4 8 W  so many bytes (W: 16)	m  what a module wrote, with its own marks
 *	(...)  a length, then so many times what is in the parentheses
 */
struct rdb_type {
	const char *name;
	enum rdb_kind kind;
	const char *layout;
};

enum { LOOPS_MAX = 3 };	/* within one another: the entries of consumers of groups of a stream */

/* A value that is one string: a listpack, a ziplist, an intset; at any other time all is NULL. */
struct rdb_packed {
	const uint8_t *first, *at, *last;	/* last: its end mark, or of an intset its end */
	uint64_t offset;	/* in the stream; of a compressed one that of the string, */
	bool unpacked;		/* then this is set */
	uint64_t elements, count;	/* seen; announced, or RDB_COUNT_LATER */
	size_t previous, width;	/* of a ziplist the size of the entry before; of an intset that of a number */
};

struct rdb_private {
	bool checksum, last, taken;
	bool payload;
	enum rdb_state state;
	const uint8_t *start, *at, *end;	/* the window, and how far it is read */
	uint64_t missing;
	size_t room;
	const char *doing;	/* for messages: outside of keys what is being read */

	const uint8_t *summed;	/* the checksum of all before it */
	uint64_t sum;

	const struct rdb_type *type;	/* of the key at hand; NULL between keys */
	struct buf key;		/* its name when the window goes or when it was packed */
	char module[10];
	uint64_t number, left;	/* members of it that were read; counted ones to come */

	struct buf text, blob;	/* texts that do not stand in the window; a packed value that was compressed */
	struct rdb_packed packed;

	const char *layout;	/* what is passed over next */
	struct { const char *body; uint64_t left; } loops[LOOPS_MAX];
	unsigned depth;
	uint64_t skip, skip_offset;	/* bytes of a string to pass over, and where it began */

	struct rdb_member members[RDB_MEMBERS_MAX];
};

/* The place of a byte of the window in the stream. */
static inline uint64_t rdb_offset(const struct rdb *rdb, const uint8_t *at)
{
	return rdb->offset + (uint64_t)(at - rdb->private->start);
}

/* Puts before a message what was being read: the key, the member. */
void rdb_place(const struct rdb *, struct error *);
/* READ_BAD, with the error. */
#define rdb_fail_at(rdb, offset, error, ...) (fail_input(error, offset, __VA_ARGS__), rdb_place(rdb, error), READ_BAD)
#define rdb_fail(rdb, at, error, ...) rdb_fail_at(rdb, rdb_offset(rdb, at), error, __VA_ARGS__)

/* `size` bytes are wanted from `at` on. */
static inline enum rdb_read rdb_need(struct rdb_private *p, const uint8_t *at, uint64_t size)
{
	if (size <= (size_t)(p->end - at))
		return READ_DONE;
	p->missing = size - (size_t)(p->end - at);
	return READ_MORE;
}

/* ---- rdb_key.c */

/* The name outlives the window it stands in. */
void rdb_keep_key(struct rdb *);
/* Type and name, from where nothing is read yet; a payload has no name. Gives RDB_KEY. */
enum rdb_read rdb_read_key(struct rdb *, enum rdb_event *, struct error *);
/* After RDB_KEY, when it is known whether its members are wanted. */
enum rdb_read rdb_begin_value(struct rdb *, struct error *);
/* Gives RDB_VALUE when they were. Also at the end of what was passed over between keys. */
enum rdb_read rdb_end_value(struct rdb *, enum rdb_event *);

/* ---- rdb_value.c: each reads at *at and moves it behind what it read */

/* How a string is kept. */
struct rdb_string {
	enum { STRING_RAW, STRING_NUMBER, STRING_LZF } form;
	uint64_t size;		/* in the stream */
	uint64_t unpacked;	/* as text, if it is raw or compressed */
};

enum rdb_read rdb_read_length(struct rdb *, const uint8_t **at, uint64_t *length, struct error *);
/* The head of a string: its bytes follow. */
enum rdb_read rdb_read_string(struct rdb *, const uint8_t **at, struct rdb_string *, struct error *);
/* A string that is to be kept: are its sizes within the bounds, and can the smaller one make the larger? */
enum rdb_read rdb_check_size(struct rdb *, const uint8_t *from, const struct rdb_string *, struct error *);
enum rdb_read rdb_bad_lzf(struct rdb *, const uint8_t *from, const struct rdb_string *, struct error *);
/* A text of at most RDB_TEXT_MAX bytes: a view of the window, or of private->text behind what is in there. */
enum rdb_read rdb_read_text(struct rdb *, const uint8_t **at, struct bytes *text, struct error *);
/* The same with private->text to itself. */
enum rdb_read rdb_read_text_alone(struct rdb *, const uint8_t **at, struct bytes *text, struct error *);
/* Gives RDB_MEMBERS of a counted value by *event. READ_DONE without an event: there are no more. */
enum rdb_read rdb_counted(struct rdb *, enum rdb_event *event, struct error *);
/* Such a thing is passed over next, */
void rdb_pass_over(struct rdb_private *, const char *layout);
/* and so is what is left of it. */
enum rdb_read rdb_pass(struct rdb *, struct error *);

/* ---- rdb_packed.c */

/* How many members the value at `at` says it has, if as much of it is there. */
enum rdb_read rdb_packed_count(struct rdb *, const uint8_t *at, uint64_t *count, struct error *);
/* Begins a packed value. */
enum rdb_read rdb_packed_open(struct rdb *, struct error *);
/* As rdb_counted. */
enum rdb_read rdb_packed_members(struct rdb *, enum rdb_event *event, struct error *);

#endif
