/* check_site.c - userstats check: the inputs of the schema, indexes, and values that cannot match */
#include "tools/userstats/check.h"

#include <inttypes.h>

static void take_number(void *number, const struct pg_row *row)
{
	*(int64_t *)number = row->count ? stores_int(row->fields[0]) : SIGNED_UNSET;
}

/* One statement that gives one number, or no row: SIGNED_UNSET. False: refused, which was told. */
static bool ask_number(struct stores *stores, const char *sql, int64_t *number)
{
	*number = SIGNED_UNSET;
	stores_query(stores, sql, NULL, 0);
	return stores_rows(stores, take_number, number);
}

/* Its columns are there, have types that cast, and may be read: one row is enough to know. */
static void check_input(struct stores *stores, const struct schema_shape *shape)
{
	struct buf sql = { 0 };
	int64_t ignored;

	buf_text(&sql, "SELECT ");
	for (size_t i = 0; shape->columns[i]; i++)
		buf_format(&sql, "%s%s::%s", i ? ", " : "", shape->columns[i], shape->types[i]);
	buf_format(&sql, " FROM @%s AS input LIMIT 1", shape->name);
	if (ask_number(stores, buf_string(&sql), &ignored))
		check_tell(stores->run, FINDING_OK, "input", "columns and types are as they should be", NULL, "%s: %s",
			   shape->name, ignored == SIGNED_UNSET ? "no rows" : "rows");
	else
		check_tell(stores->run, FINDING_ERROR, "input", "cannot be read; see stderr for what PostgreSQL said", NULL,
			   "%s", shape->name);
	buf_free(&sql);
}

static void check_index(struct stores *stores, const char *table, const char *column, const char *detail)
{
	struct buf sql = { 0 };
	int64_t found;

	buf_format(&sql,
		   "SELECT count(*)::bigint FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = "
		   "i.indkey[0] "
		   "WHERE i.indrelid = to_regclass('%s') AND a.attname = '%s' AND i.indisvalid AND i.indpred IS "
		   "NULL",
		   table, column);
	if (ask_number(stores, buf_string(&sql), &found)) {
		sql.size = 0;
		buf_format(&sql, "CREATE INDEX CONCURRENTLY ON %s (%s)", table, column);
		check_tell(stores->run, found ? FINDING_OK : FINDING_NOTE, "index", found ? NULL : detail,
			   found ? NULL : buf_string(&sql), "%s(%s): %s", table, column, found ? "there" : "missing");
	}
	buf_free(&sql);
}

/* What joins nothing, whatever Redis has. */
static void check_values(struct stores *stores)
{
	static const struct {
		const char *topic, *sql, *detail;
	} wanted[] = {
		{ "info hashes",
		  "SELECT count(*)::bigint FROM @torrents t WHERE t.info_hash IS NULL OR t.info_hash::text !~ "
		  "'^([0-9a-f]{40}|[0-9A-F]{40})$'",
		  "torrents without 40 hexadecimal digits in one case: never found in Redis, or not by name" },
		{ "info hashes twice",
		  "SELECT (count(*) - count(DISTINCT lower(t.info_hash::text)))::bigint FROM @torrents t",
		  "torrents that share one: both are shown with the same live peers" },
		{ "passkeys",
		  "SELECT count(*)::bigint FROM @users u WHERE u.passkey IS NULL OR octet_length(u.passkey::text) <> 32",
		  "users without one of 32 bytes: never live" },
	};
	int64_t count;

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (ask_number(stores, wanted[i].sql, &count))
			check_tell(stores->run, count ? FINDING_WARNING : FINDING_OK, wanted[i].topic,
				   count ? wanted[i].detail : NULL, NULL, "%" PRId64 " wrong", count);
}

void check_site(struct stores *stores)
{
	for (size_t i = 0; i < SCHEMA_INPUTS; i++)
		check_input(stores, &schema_shapes[i]);
	if (stores->schema.built_in) {
		check_index(stores, "torrent", "infohash", "without it, look-ups by info hash read all torrents");
		check_index(stores, "torrent_status", "uid",
			    "without it, what a user completed is found by reading all rows");
	}
	check_values(stores);
}
