/* pending.h - the commands of a scan: what they say, and those whose replies are still to come, in their order */
#ifndef PEERDUMP_PENDING_H
#define PEERDUMP_PENDING_H

#include "base/number.h"
#include "tools/peerdump/keys.h"

enum {
	SCAN_PAGE = 100,	/* keys that one SCAN asks for */
	SCAN_PART = 500,	/* members of a part: one costs what two of a whole set do */
};

enum pending_kind {
	PENDING_PAGE,	/* SCAN */
	PENDING_SLOT,	/* the keys of a slot that moves */
	PENDING_ASKING,	/* before a command about a slot that is on its way to the node */
	PENDING_ASK,	/* something about a key */
	PENDING_WHOLE,	/* all members of a key */
	PENDING_PART,	/* some of them */
};

struct pending_command {
	enum pending_kind kind;
	enum scan_ask ask;	/* of PENDING_ASK */
	bool asking;		/* ASKING comes before it */
	uint16_t slot;		/* of PENDING_SLOT, */
	uint32_t limit;		/* and how many keys it may have */
	struct scan_key *key;	/* NULL: PENDING_PAGE, PENDING_SLOT */
};

/* The words of a command, which look into its key and in here. */
struct pending_words {
	struct bytes words[5];
	size_t count;
	char text[PEER_EXT_SIZE + PEER_KEY_SIZE], number[NUMBER_ROOM];
};

/* cursor: of PENDING_PAGE and PENDING_PART. */
void pending_say(struct pending_words *, const struct pending_command *, const char *cursor);
/* The name of the command, for messages. */
const char *pending_name(const struct pending_command *);
/* The key that the command is about, which is not always the one that it is asked for. text: room for it. */
struct bytes pending_subject(const struct pending_command *, char text[PEER_EXT_SIZE + PEER_KEY_SIZE]);

/* Start with { 0 }. */
struct pending {
	struct pending_command *ring;
	size_t first, count, capacity;	/* capacity: a power of two, or 0 */
};

void pending_put(struct pending *, struct pending_command);
/* The first of them; there must be one. */
struct pending_command pending_take(struct pending *);
/* The same, left there. */
static inline const struct pending_command *pending_head(const struct pending *pending)
{
	return &pending->ring[pending->first];
}
void pending_free(struct pending *);

#endif
