/* journal.h - what prune removes, written down before it is removed, byte for byte, so that load can put it back */
#ifndef PEERDUMP_JOURNAL_H
#define PEERDUMP_JOURNAL_H

#include "base/buf.h"
#include "text/writer.h"
#include "tools/peerdump/peerdump.h"

/* One record for each member (verb prune). */
struct pruned {
	struct bytes reason;		/* "stale", "foreign", "orphan_ext" */
	struct bytes key, member;	/* as they are in Redis */
	struct bytes score;		/* of a zset's member, as Redis writes it; unset: it was one of a set */
	uint64_t ttl;			/* of the key, seconds; unset: it did not expire */
	/* what these bytes mean, for people and other tools: nothing of it is needed to put them back */
	struct bytes info_hash;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint64_t port;			/* unset: the member is no peer */
	struct timestamp seen;
};

extern const struct record pruned_record;

struct journal {
	struct run *run;
	int file;		/* -1: stdout, through run->output */
	struct writer writer;	/* of a file */
	struct buf buf;
};

/*
 * Opens --journal for appending, or takes stdout, and so in a dry run. False: it was reported; nothing needs closing then.
 * An option that would leave out a part of what must be whole is a usage error, and so is a terminal that would be
 * the only one to know.
 */
bool journal_open(struct journal *, struct run *);
void journal_put(struct journal *, const struct pruned *);
/*
 * Everything that was put is where it will survive: written, and where that can be asked for, on the disk. False: it
 * is not, and nothing may be removed. What failed on stdout is in output.error and not in *error.
 */
bool journal_keep(struct journal *, struct error *);
void journal_close(struct journal *);

#endif
