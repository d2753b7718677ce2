/* roles.h - what a live pair of a user and a torrent is: its role, by the site's row of it and the torrent's poster */
#ifndef USERSTATS_ROLES_H
#define USERSTATS_ROLES_H

#include "tools/userstats/records.h"
#include "tools/userstats/stores.h"

/* What the site says of a pair. */
struct standing {
	bool known;	/* it was asked and answered */
	bool row, finished;
	bool poster;	/* the user posted the torrent */
};

/*
 * A row of any status counts; who posted it needs none. uploader: 1, a seeder only as the poster; COUNT_UNSET while the
 * role is not known.
 */
enum role role_of(const struct standing *, uint64_t *uploader);

/* Three columns that tell a standing, of a status row s and a title i, both by LEFT JOIN. */
#define STANDING_SQL "(s.uid IS NOT NULL)::boolean, s.finished::boolean, i.poster::text"
/* Reads them, from that column on; username: of the user, or unset. */
struct standing standing_of(const struct pg_row *, size_t column, struct bytes username);

/* Every row of the site: tid, uid, finished. For stores_copy. */
#define STATUS_SQL "SELECT s.tid::bigint, s.uid::bigint, s.finished::boolean FROM @status s"

/*
 * For page_send (page.h), of info hashes in hexadecimal and uids: place, tid, title, and a standing. One info hash may
 * be that of several torrents. The torrents come first and by themselves: beside the pairs, of whose info hashes the
 * planner knows nothing, all of the site's were hashed where there is no index on them. They are asked for in both
 * spellings, of which the site has one: that half is not there the CASE makes the planner believe, which takes a
 * condition that it knows nothing of for a half. Else it would go through all titles, too.
 */
#define ROLES_SQL \
	"WITH t AS MATERIALIZED (SELECT t.tid, lower(t.info_hash::text) AS hash FROM @torrents t " \
	"WHERE t.info_hash::text IN (SELECT unnest($1::text[]) UNION ALL SELECT upper(h) FROM unnest($1::text[]) h) " \
	"AND CASE WHEN t.info_hash IS NULL THEN false ELSE true END) " \
	"SELECT p.place, t.tid::bigint, i.title::text, " STANDING_SQL \
	" FROM unnest($1::text[], $2::bigint[], $3::bigint[]) p(hash, uid, place) LEFT JOIN t ON t.hash = p.hash " \
	"LEFT JOIN @titles i ON i.tid = t.tid LEFT JOIN @status s ON s.tid = t.tid AND s.uid = p.uid"

/* The order of lines by tid or uid: SIGNED_UNSET, what the site does not know, comes last. */
static inline bool role_number_before(int64_t a, int64_t b)
{
	return a != SIGNED_UNSET && (b == SIGNED_UNSET || a < b);
}

#endif
