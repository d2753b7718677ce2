/* completed.c - userstats completed: the torrents that users completed */
#include "tools/userstats/ids.h"
#include "tools/userstats/records.h"
#include "tools/userstats/watch.h"

#include "base/table.h"

/*
 * The join with the users is an inner one, which goes through the rows of the site in parallel where no index on the
 * user serves; so those who completed nothing come by themselves. A row without a torrent number is such a user.
 */
#define NAMED_SQL \
	"SELECT c.n, c.uid, c.username::text, c.tid, t.info_hash::text, i.title::text, c.upload, c.download FROM (" \
	"SELECT u.n, u.uid, u.username, s.tid::bigint AS tid, s.upload::bigint AS upload, s.download::bigint AS download " \
	"FROM " NAMES_USERS_SQL " u JOIN @status s ON s.uid = u.uid WHERE s.finished::boolean " \
	"UNION ALL SELECT u.n, u.uid, u.username, NULL, NULL, NULL FROM " NAMES_USERS_SQL " u) c " \
	"LEFT JOIN @torrents t ON t.tid = c.tid LEFT JOIN @titles i ON i.tid = c.tid ORDER BY 1, 4"

#define ALL_SQL \
	"SELECT s.uid::bigint, s.tid::bigint, s.upload::bigint, s.download::bigint FROM @status s " \
	"WHERE s.finished::boolean ORDER BY 1, 2"

/* ---- of those who were named */

/* seen: uid to 1 + the place of the name that he was named by first. */
static bool print_named(struct stores *stores, struct names *names, struct table *seen, const struct pg_row *row)
{
	size_t place;
	int64_t uid = stores_int(row->fields[1]);
	struct table_entry *user;
	uint8_t hash[HASH_SIZE];
	struct completed_line line = {
		.uid = uid, .username = row->fields[2], .tid = stores_int(row->fields[3]),
		.info_hash = stores_hash_text(row->fields[4], hash),
		.title = row->fields[5], .upload = stores_int(row->fields[6]), .download = stores_int(row->fields[7]),
	};

	if (!stores_place(row->fields[0], names->count, &place))
		return true;
	user = table_add(seen, bytes_at(&uid, sizeof uid), NULL);
	names->names[place].found = true;
	if (!user->count)
		user->count = place + 1;
	if (user->count != place + 1 || line.tid == SIGNED_UNSET)
		return true;
	return watch_put(stores, &line);
}

static void look_named(struct stores *stores, struct names *names)
{
	struct pg_parameter parameters[PG_PARAMETERS_MAX];
	struct table seen = { .limit = 0 };
	struct event event;
	bool wanted = true, ended = false;

	stores_query(stores, NAMED_SQL, parameters, names_parameters(names, parameters));
	while (stores_next(stores, &event)) {
		if (event.kind == EVENT_ROW && wanted)
			wanted = print_named(stores, names, &seen, &event.row);
		ended |= event.kind == EVENT_END && !event.failed;
	}
	table_free(&seen);
	if (ended)
		names_missing(names);
}

/* ---- of all */

static bool print_row(struct stores *stores, const struct ids *ids, const struct pg_row *row)
{
	int64_t uid = stores_int(row->fields[0]), tid = stores_int(row->fields[1]);
	uint32_t user = ids_uid(ids, uid), torrent = ids_tid(ids, tid);
	struct completed_line line = {
		.uid = uid, .tid = tid, .upload = stores_int(row->fields[2]), .download = stores_int(row->fields[3]),
	};

	if (user != IDS_NONE)
		line.username = ids->users[user].name;
	if (torrent != IDS_NONE) {
		line.title = ids->torrents[torrent].title;
		line.info_hash = bytes_at(ids->torrents[torrent].hashed ? ids->torrents[torrent].hash : NULL, HASH_SIZE);
	}
	return watch_put(stores, &line);
}

static void look_all(struct stores *stores)
{
	struct ids ids;
	struct event event;
	bool wanted = true;

	if (ids_load(&ids, stores, IDS_USERS | IDS_TORRENTS | IDS_NAMES | IDS_TITLES | IDS_TITLED)) {
		stores_copy(stores, ALL_SQL);
		while (wanted && stores_next(stores, &event))
			if (event.kind == EVENT_ROW)
				wanted = print_row(stores, &ids, &event.row);
	}
	ids_free(&ids);
}

static void completed_look(struct stores *stores, struct names *names)
{
	names_resolve(names, stores);
	if (names->all)
		look_all(stores);
	else
		look_named(stores, names);
}

void completed_run(struct run *run)
{
	static const struct watch_of of = { .keys = 3, .wanted = STORE_BIT(STORE_PG), .look = completed_look };
	struct names names;

	if (names_open(&names, run, NAMES_USERS)) {
		watch_run(run, &names, &of, STORE_BIT(STORE_PG));
		names_close(&names);
	}
}
