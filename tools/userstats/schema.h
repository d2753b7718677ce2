/* schema.h - the site's tables as six named inputs, each one SQL query; the built-in ones, or those of a file */
#ifndef USERSTATS_SCHEMA_H
#define USERSTATS_SCHEMA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/*
 * All that is asked of PostgreSQL is asked of these. A column has the type given here or one that casts to it, numbers
 * one that compares with bigint; rows may be any number; what a site does not keep is NULL. Texts are compared as
 * text, which an index on a column of text or varchar serves.
 *
 *	users		uid bigint, username text, passkey text
 *	torrents	tid bigint, info_hash text (40 hexadecimal digits, all in lower case or all in upper case)
 *	titles		tid bigint, title text, poster text (the username of who posted it)
 *	counters	tid bigint, uploading bigint, downloading bigint, finished bigint: the site's own counters
 *	status		tid bigint, uid bigint, active boolean (the site takes the user for there), finished boolean,
 *			upload bigint, download bigint: one row for a user and a torrent
 *	accounts	uid bigint, upload bigint, download bigint, registered timestamptz, seen timestamptz
 *
 * Each query stands as a subquery in ours, where PostgreSQL looks through it: so a plain SELECT lets it use its
 * indexes, and one with DISTINCT, GROUP BY or a window function does not.
 */
enum schema_input {
	SCHEMA_USERS, SCHEMA_TORRENTS, SCHEMA_TITLES, SCHEMA_COUNTERS, SCHEMA_STATUS, SCHEMA_ACCOUNTS, SCHEMA_INPUTS
};

enum { SCHEMA_COLUMNS_MAX = 6, SCHEMA_FILE_MAX = 1 << 20 };

struct schema_shape {
	const char *name;
	const char *columns[SCHEMA_COLUMNS_MAX + 1];	/* ended by NULL */
	const char *types[SCHEMA_COLUMNS_MAX];
};
extern const struct schema_shape schema_shapes[SCHEMA_INPUTS];

struct schema {
	const char *name;		/* of the file, or "built-in" */
	bool built_in;
	const char *queries[SCHEMA_INPUTS];
};

/*
 * file NULL: this site's. In a file, "-- name: users" begins the query of that input, which ends before the next such line
 * or at a semicolon; other lines that begin with -- are comments. Each input must be there once.
 * The queries live in the arena. False: ERROR_SYSTEM or ERROR_INPUT with the line.
 */
bool schema_open(struct schema *, const char *file, struct arena *, struct error *);
/*
 * The text with each @input replaced by its query in parentheses: "SELECT u.uid::bigint FROM @users u WHERE ...". What
 * begins with @ and is none of them stays. The result is the buffer's, whose contents it replaces, with a NUL.
 */
const char *schema_sql(const struct schema *, const char *text, struct buf *);

#endif
