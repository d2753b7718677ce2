/* bulk_private.h - what bulk.c and bulk_cluster.c share: the commands on their way, node by node */
#ifndef IO_BULK_PRIVATE_H
#define IO_BULK_PRIVATE_H

#include "io/bulk.h"

/* A command of a cluster, kept until it is answered: it may have to be said again. Of a single server none is. */
struct bulk_kept {
	struct bulk_kept *next;
	uint64_t tag;
	int64_t trouble_us;	/* when it was first put off by the cluster itself; 0: it was not */
	unsigned hints;		/* that it has followed */
	size_t count, room;
	struct bytes words[];	/* what they view stands behind them; room bytes, all together */
};

enum bulk_kind { BULK_COMMAND, BULK_PAGE_OF_KEYS, BULK_ASKING };

/* What a reply will be to. */
struct bulk_pending {
	enum bulk_kind kind;
	uint32_t size;		/* bytes of the command */
	union {
		uint64_t tag;		/* of a single server */
		struct bulk_kept *kept;	/* of a cluster */
	};
};

struct bulk_feed {
	struct bulk_pending *ring;
	size_t capacity;	/* a power of two, or 0 */
	size_t first, count;	/* queued and not answered */
	size_t flight;		/* of them, sent */
	size_t held;		/* bytes of those that are not */
	enum { BULK_SCAN_NONE, BULK_SCAN_WANTED, BULK_SCAN_DUE } scan;
	char cursor[24];
	bool lost;		/* not connected before bulk_mend has found that it may be tried again */
	int64_t lost_us;	/* when it was lost; 0: it has answered since */
};

struct bulk {
	struct nodes *nodes;
	struct bulk_feed *feeds;	/* as nodes->all */
	size_t turn;			/* which one is tried first */
	size_t due;			/* commands and pages, not answered */
	bool fresh;			/* something was queued since all feeds were looked at */
	struct error failure;		/* the end of it */
	uint64_t commands, trips;
	/* keys */
	bool scanning;
	unsigned rounds;
	size_t scans_wanted, scans_due;
	uint16_t scanned[NODES_SLOTS];	/* whose keys are or were asked for, when it had the slot; NODES_NONE: nobody's */
	/* of a cluster */
	struct bulk_kept *unused, *later, **later_end;
	int64_t mend_us;		/* when the lost and those put off are looked after; 0: there are none */
};

/* Queues what is said to a connected node, behind what is held there. */
void bulk_queue(struct bulk *, size_t node, struct bulk_pending, size_t count, const struct bytes *words);
/* Takes the first of those that are queued there. */
struct bulk_pending bulk_take(struct bulk_feed *);
/* Nothing more of its keys is asked for, and what was is not enough. */
void bulk_scan_again(struct bulk *, size_t node);

/* Is it connected? If it is not, that is tried; then it may be lost. */
bool bulk_connect(struct bulk *, size_t node);
/* The connection failed: all that was put there will be put again, or bulk->failure is set. */
void bulk_lose(struct bulk *, size_t node, const struct error *why);
/* Looks after those that are lost and put off, if it is time. */
void bulk_mend(struct bulk *);
/* Keeps a command, and queues it where its key is or puts it off. */
void bulk_put_kept(struct bulk *, uint64_t tag, size_t count, const struct bytes *words);
/* The reply was an error. False: it is an answer like any other. */
bool bulk_follow(struct bulk *, struct bulk_kept *, struct bytes words);
/* It is answered. */
void bulk_forget(struct bulk *, struct bulk_kept *);
/* Frees what is kept. */
void bulk_free_kept(struct bulk *);

#endif
