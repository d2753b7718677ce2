/* outer.h - what stands beside info in a torrent file, as the options of create and edit want it */
#ifndef BTINSPECT_OUTER_H
#define BTINSPECT_OUTER_H

#include "codec/bencode_change.h"
#include "tools/btinspect/btinspect.h"
#include "tools/btinspect/tiers.h"

/* The keys that the options can change, sorted. */
enum outer_key {
	OUTER_ANNOUNCE, OUTER_ANNOUNCE_LIST, OUTER_COMMENT, OUTER_COMMENT_UTF8, OUTER_CREATED_BY, OUTER_CREATED_BY_UTF8,
	OUTER_CREATED, OUTER_HTTP_SEEDS, OUTER_INFO, OUTER_NODES, OUTER_WEB_SEEDS,
	OUTER_KEYS
};
extern const char *const outer_names[OUTER_KEYS];

/* What is added to a list. */
struct outer_list {
	bool clear;		/* what was there goes: an empty word was among the options */
	struct bytes *elements;	/* bencoded */
	size_t count;
};

struct outer_replacement {
	struct bytes old, new;
};

/* The options, understood. What is not said is not changed. */
struct outer {
	const struct btinspect_options *options;
	bool replaces_trackers;		/* trackers instead of those that are there, perhaps none */
	struct tiers trackers, added;
	bool begin_tier;		/* while a file of trackers is read: the next one begins a tier */
	struct buf replacements;	/* struct outer_replacement, one after the other */
	struct outer_list http_seeds, nodes, web_seeds;
	const char *comment, *created_by;	/* NULL: as it is; "": none */
	const char *created;		/* likewise; else it is created_seconds */
	int64_t created_seconds;
};

/* ERROR_USAGE, or ERROR_SYSTEM of a file that cannot be read. Memory is the run's; close it in either case. */
bool outer_open(struct outer *, struct run *, struct error *);
/* Is there anything to change? */
bool outer_wants(const struct outer *);
/*
 * Finds the keys in the torrent file and sets what they shall be. OUTER_INFO is found and left as it is. meta: of the
 * same file. What is made for it lies in the arena. ERROR_INPUT: the file cannot be changed so.
 */
bool outer_change(const struct outer *, const struct metainfo *, struct bencode_change changes[OUTER_KEYS], struct arena *,
		  struct error *);
void outer_close(struct outer *);
/*
 * Can the torrent go to stdout, as --to=- wants it? Not among records and their headers, and not to a terminal.
 * ERROR_USAGE.
 */
bool outer_check_stdout(const struct run *, struct error *);

/*
 * Sets a change to that text (NULL: leaves it; empty: removes it), unless it is that text already. The key with .utf-8
 * follows where it is there.
 */
void outer_set_text(struct bencode_change *, struct bencode_change *utf8, const char *text, struct arena *);

#endif
