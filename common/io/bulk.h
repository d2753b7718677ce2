/* bulk.h - many commands to a server or a cluster: in bounded bursts, each where its key is, answers as they come */
#ifndef IO_BULK_H
#define IO_BULK_H

#include "io/nodes.h"

struct bulk;

/*
 * One round trip serves as many commands as fit into a burst, so that a page of any size takes one or two of them, and no
 * server has more than BULK_FLIGHT of our commands before it at any time (99 of 100 of other clients' PINGs stay
 * below a few ms). The next half of a burst is sent when the first half is answered.
 */
enum {
	BULK_FLIGHT = 1000,	/* commands at a node, sent and not answered */
	BULK_WAITING = 4000,	/* put and not answered, all together: then bulk_room says no */
	BULK_PAGE = 1000,	/* COUNT of SCAN */
};

/*
 * The nodes stay the caller's, and must outlive it. No replies may be due there when it is opened; if answers are due
 * when it is closed, the connections are of no further use.
 */
struct bulk *bulk_open(struct nodes *);
void bulk_close(struct bulk *);
/*
 * May more be put? Later commands go behind earlier ones; nothing is lost if it is not asked, but memory has this bound
 * only if it is.
 */
bool bulk_room(const struct bulk *);
/*
 * Adds one command; words[1] is its key, words[0] its name. tag: comes back with the answer. Nothing is sent before
 * bulk_try, but a node of a cluster is connected to. Words are copied, and those for a cluster are kept until the answer.
 */
void bulk_put(struct bulk *, uint64_t tag, size_t count, const struct bytes *words);
/*
 * Begins to go through all keys (SCAN, never KEYS): they come as answers of kind keys, each page about BULK_PAGE of them and
 * possibly some twice (also from two nodes of a cluster); the next page is asked for while there is room for
 * what is likely to be put for it. When all nodes are through, the map of slots is read again, and a node that has a
 * slot by now that it had not when its SCAN began, and one that was lost meanwhile, is read from the beginning, until there
 * is none (at most 16 times: then BULK_FAILED). Not covered: a key of a slot that is still on its way when all are
 * through, or that went and came back; a key that came into being meanwhile.
 */
void bulk_scan(struct bulk *);

/* An answer, good until the next bulk_try (commands may be put meanwhile). */
struct bulk_answer {
	bool keys;			/* a page of keys: items are strings, tag means nothing; there may be none */
	uint64_t tag;
	const struct redis_item *items;	/* items[0] is the reply itself, as in redis_reply; of keys: just the keys */
	size_t count;
};

enum bulk_tried { BULK_FAILED, BULK_LATER, BULK_ANSWER, BULK_END };
/*
 * The next answer, without waiting for it. BULK_END: nothing is due. Of one server, answers come in the order of the
 * commands; of a cluster, in that of each node, but for those that are put again. MOVED, ASK and TRYAGAIN are followed;
 * a node that is lost is waited for as long as a command may take, and so is a slot that nobody serves (commands are
 * read-only, so they are put again). To look for who serves its slots is a wait of a second or so, each time. A reply
 * of kind REDIS_ERROR that is left (WRONGTYPE, NOPERM; TRYAGAIN for too long) is an answer. BULK_FAILED, from then on:
 * a connection is lost for good, also because it was silent for too long (redis_wait says of such a one that it is
 * ready); or SCAN is refused; or interrupted.
 */
enum bulk_tried bulk_try(struct bulk *, struct bulk_answer *, struct error *);
/*
 * The connections that answers are due on, for redis_wait: at most `room` of them. There may be none after BULK_LATER:
 * then it is a moment's wait, for a node that is lost or commands that were put off.
 */
size_t bulk_connections(const struct bulk *, struct redis **all, size_t room);
/* How many commands were sent, and how many bursts (round trips) they took, all nodes together. */
uint64_t bulk_commands(const struct bulk *);
uint64_t bulk_trips(const struct bulk *);

#endif
