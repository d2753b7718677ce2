/* faults.h - what can be wrong with keys and members: a row for each fault, and how it is told */
#ifndef PEERDUMP_FAULTS_H
#define PEERDUMP_FAULTS_H

#include "base/distinct.h"
#include "tools/peerdump/peerdump.h"
#include "tools/peerdump/source.h"

enum fault {
	FAULT_FOREIGN_MEMBER, FAULT_NO_ADDRESS, FAULT_PORT_ZERO, FAULT_SPECIAL_ADDRESS, FAULT_IPV4_MAPPED,
	FAULT_DUPLICATE_ENDPOINT, FAULT_STALE, FAULT_FUTURE_SCORE, FAULT_BAD_SCORE, FAULT_NO_TTL, FAULT_ORPHAN_EXT,
	FAULT_BAD_PASSKEY_LENGTH, FAULT_BAD_HASH, FAULT_NO_TORRENT, FAULT_WRONG_TYPE, FAULT_MODULE_TYPE, FAULT_OLD_KEY,
	FAULT_UNKNOWN_KEY,
	FAULTS
};

enum {
	/* Endpoints of one torrent that are remembered, 11 bytes each; duplicates of further ones are not found. */
	CHECK_ENDPOINTS_MAX = 300000,
	CHECK_FUTURE_S = 10,	/* how far the tracker's clock may be ahead of the server's */
};

struct check {
	struct run *run;
	struct source *source;
	bool users;			/* the users database is being read */
	bool finished;			/* to the end */
	const char *place;
	const struct scan_key *key;
	uint64_t counts[FAULTS];
	struct distinct endpoints;
	struct buf message;
};

#define check_nothing bytes_at(NULL, 0)	/* no member: the fault is the key's */

/*
 * Prints a problem of check->key. member may be unset. format says what was found, the fault's row why that
 * is wrong; NULL: the row says it all.
 */
void check_put(struct check *, enum fault, struct bytes member, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The members of a zset. */
void check_entries(struct check *, const struct piece *);
uint64_t check_total(const struct check *);
/* The summary. */
void check_end(struct check *);

#endif
