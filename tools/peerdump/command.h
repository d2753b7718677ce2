/* command.h - one change of one key: kept as what it is made of, so that it can be said as often as it takes */
#ifndef PEERDUMP_COMMAND_H
#define PEERDUMP_COMMAND_H

#include "cli/report.h"
#include "codec/rdb.h"
#include "text/time.h"
#include "tools/peerdump/peerdump.h"

enum command_verb {
	COMMAND_ZADD, COMMAND_SADD, COMMAND_SREM, COMMAND_EXPIRE,
	COMMAND_RESTORE,	/* its parts say the same, so that the payload need not be kept */
	COMMAND_WAIT,		/* for a replica that has all before it; belongs to no key */
	COMMAND_VERBS
};

enum {
	COMMAND_KEY_MAX = 64,		/* "ext_" and base64 of an info hash, a passkey, a key in an older form */
	COMMAND_MEMBERS_MAX = 256,	/* in one command: more of them save nothing and make others wait */
	COMMAND_WORDS_MAX = 2 + 2 * COMMAND_MEMBERS_MAX,
	COMMAND_SCORE_ROOM = TIME_ROOM,
};

extern const char *const command_names[COMMAND_VERBS];

/* Where a command belongs that must be said again. */
enum command_again {
	COMMAND_GOOD,		/* it need not be */
	COMMAND_AGAIN,		/* to whoever has its slot then */
	COMMAND_ASK,		/* to `node`, after ASKING */
};

struct command {
	struct command *next;		/* in its lane or list */
	struct command *parts;		/* of RESTORE: the ZADDs that do the same; their owner is this */
	const char *file;		/* the first line that it comes from, */
	uint64_t line;
	uint32_t line_count;		/* and how many they are */
	uint32_t member_count;
	enum database database;
	enum command_verb verb;
	enum command_again again;
	size_t node;			/* of COMMAND_ASK */
	uint16_t slot;			/* of its key in a cluster */
	bool asking;			/* it was sent after ASKING, whose answer comes before its own */
	bool placed;			/* it is where ASK wanted it, which the map of slots does not say */
	bool expires;			/* its key gets an EXPIRE once it is done */
	bool answered, refused;
	bool new_known;
	uint64_t new_members;		/* as the first answer says */
	size_t kept;			/* what it takes, as its lane has counted it */
	size_t key_size, size;		/* size: of the members */
	uint8_t key[COMMAND_KEY_MAX];
	uint8_t members[];		/* of each: score (8), size (4), bytes */
};

/*
 * A copy of all of this. EXPIRE has one member, the seconds, and RESTORE one, the milliseconds. The caller frees it, or
 * hands it on.
 */
struct command *command_new(enum database, enum command_verb, struct bytes key, const struct rdb_member *, size_t count);
void command_free(struct command *);
/* One that says the same as `parts`, a list that is its own then. */
struct command *command_restore(struct command *parts, struct bytes milliseconds);
struct bytes command_key(const struct command *);
/* Where its first line stands. */
struct place command_place(const struct command *);
/* Is it for this key? */
bool command_is_for(const struct command *, const struct command *other);
/* What it takes in memory. */
size_t command_bytes(const struct command *);

/* The words of a command, good as long as the command is and this struct stays where it is. */
struct command_words {
	size_t count;
	struct bytes all[COMMAND_WORDS_MAX];
	char scores[COMMAND_MEMBERS_MAX][COMMAND_SCORE_ROOM];
};
/* Of RESTORE all but the payload. */
void command_say(const struct command *, struct command_words *);

/* A list of them, in order. Start with { 0 }. */
struct command_list { struct command *first, *last; };
void command_list_add(struct command_list *, struct command *);
/* The first, or NULL. */
struct command *command_list_take(struct command_list *);

#endif
