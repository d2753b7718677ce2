/* schema.c - the site's tables as six named inputs: the built-in queries, and those of a file */
#include "tools/userstats/schema.h"

#include <inttypes.h>

#include "io/input.h"
#include "text/escape.h"

const struct schema_shape schema_shapes[SCHEMA_INPUTS] = {
	[SCHEMA_USERS] = { "users", { "uid", "username", "passkey" }, { "bigint", "text", "text" } },
	[SCHEMA_TORRENTS] = { "torrents", { "tid", "info_hash" }, { "bigint", "text" } },
	[SCHEMA_TITLES] = { "titles", { "tid", "title", "poster" }, { "bigint", "text", "text" } },
	[SCHEMA_COUNTERS] = { "counters", { "tid", "uploading", "downloading", "finished" },
			      { "bigint", "bigint", "bigint", "bigint" } },
	[SCHEMA_STATUS] = { "status", { "tid", "uid", "active", "finished", "upload", "download" },
			    { "bigint", "bigint", "boolean", "boolean", "bigint", "bigint" } },
	[SCHEMA_ACCOUNTS] = { "accounts", { "uid", "upload", "download", "registered", "seen" },
			      { "bigint", "bigint", "bigint", "timestamptz", "timestamptz" } },
};

static const char *const built_in[SCHEMA_INPUTS] = {
	[SCHEMA_USERS] = "SELECT id AS uid, username, passkey FROM users",
	[SCHEMA_TORRENTS] = "SELECT id AS tid, infohash AS info_hash FROM torrent",
	[SCHEMA_TITLES] = "SELECT id AS tid, title, poster FROM torrent_info",
	[SCHEMA_COUNTERS] = "SELECT id AS tid, uploading, downloading, finished FROM torrent_info",
	/* and the number itself, for drift, which says what it should be */
	[SCHEMA_STATUS] = "SELECT tid, uid, status < 2 AS active, finished, upload, download, status FROM torrent_status",
	[SCHEMA_ACCOUNTS] =
		"SELECT id AS uid, upload, download, registertime AS registered, lastactivity AS seen FROM user_info",
};

/* The input of that name; SCHEMA_INPUTS: there is none. */
static size_t find_input(struct bytes name)
{
	size_t i = 0;

	while (i < SCHEMA_INPUTS && !bytes_is(name, schema_shapes[i].name))
		i++;
	return i;
}

struct parsing {
	struct schema *schema;
	struct arena *arena;
	size_t input;		/* the one whose query is being read; SCHEMA_INPUTS: none yet */
	bool ended;		/* by a semicolon */
	struct buf query;
	uint64_t line;
};

static bool end_query(struct parsing *parsing, struct error *error)
{
	const char *name;
	struct bytes query = bytes_trim(buf_bytes(&parsing->query));

	if (parsing->input == SCHEMA_INPUTS)
		return true;
	name = schema_shapes[parsing->input].name;
	if (!query.size)
		return fail_system(error, "%s: line %" PRIu64 ": no query for %s", parsing->schema->name, parsing->line,
				   name);
	parsing->schema->queries[parsing->input] = arena_string(parsing->arena, query);
	parsing->query.size = 0;
	parsing->ended = false;
	return true;
}

static bool begin_query(struct parsing *parsing, struct bytes name, struct error *error)
{
	size_t input = find_input(name);
	struct brief brief;

	if (!end_query(parsing, error))
		return false;
	if (input == SCHEMA_INPUTS)
		return fail_system(error,
				   "%s: line %" PRIu64
				   ": '%s' is no input; want users, torrents, titles, counters, status, accounts",
				   parsing->schema->name, parsing->line, escape_brief(&brief, name));
	if (parsing->schema->queries[input])
		return fail_system(error, "%s: line %" PRIu64 ": %s is there twice", parsing->schema->name, parsing->line,
				   schema_shapes[input].name);
	parsing->input = input;
	return true;
}

static bool parse_line(struct parsing *parsing, struct bytes line, struct error *error)
{
	struct bytes text = bytes_trim(line);

	parsing->line++;
	if (bytes_begin(text, "-- name:"))
		return begin_query(parsing, bytes_trim(bytes_after(text, 8)), error);
	if (!text.size || bytes_begin(text, "--"))
		return true;
	if (parsing->input == SCHEMA_INPUTS || parsing->ended)
		return fail_system(error,
				   "%s: line %" PRIu64
				   ": text that belongs to no query; want \"-- name: users\" or another input",
				   parsing->schema->name, parsing->line);
	if (text.data[text.size - 1] == ';') {
		text.size--;
		parsing->ended = true;
	}
	if (memchr(text.data, ';', text.size) || memchr(text.data, 0, text.size))
		return fail_system(error, "%s: line %" PRIu64 ": a %s within the query of %s; want one statement",
				   parsing->schema->name, parsing->line,
				   memchr(text.data, 0, text.size) ? "NUL" : "semicolon",
				   schema_shapes[parsing->input].name);
	buf_append(&parsing->query, text.data, text.size);
	buf_append(&parsing->query, "\n", 1);
	return true;
}

static bool parse_file(struct parsing *parsing, struct input *input, struct error *error)
{
	struct bytes line = { 0 };
	uint64_t offset;

	while (input_line(input, &line, &offset, error)) {
		if (offset > SCHEMA_FILE_MAX)
			return fail_system(error, "%s: longer than %d bytes, which is no file of six queries", input->name,
					   SCHEMA_FILE_MAX);
		if (!parse_line(parsing, line, error))
			return false;
	}
	if (error->kind != ERROR_NONE || !end_query(parsing, error))
		return false;
	for (size_t i = 0; i < SCHEMA_INPUTS; i++)
		if (!parsing->schema->queries[i])
			return fail_system(error, "%s: no query for %s (want a line \"-- name: %s\")", input->name,
					   schema_shapes[i].name, schema_shapes[i].name);
	return true;
}

bool schema_open(struct schema *schema, const char *file, struct arena *arena, struct error *error)
{
	struct parsing parsing = { .schema = schema, .arena = arena, .input = SCHEMA_INPUTS };
	struct input input;
	bool good;

	*schema = (struct schema){ .name = file ? file : "built-in", .built_in = !file };
	if (!file) {
		memcpy(schema->queries, built_in, sizeof built_in);
		return true;
	}
	if (!input_open(&input, file, (struct io_wait){ NULL, NULL }, NULL, error))
		return false;
	good = parse_file(&parsing, &input, error);
	input_close(&input);
	buf_free(&parsing.query);
	return good;
}

const char *schema_sql(const struct schema *schema, const char *text, struct buf *sql)
{
	sql->size = 0;
	for (const char *at; (at = strchr(text, '@')); ) {
		size_t size = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz"), input = find_input(bytes_at(at + 1, size));

		buf_append(sql, text, (size_t)(at - text));
		text = at + 1 + size;
		if (input == SCHEMA_INPUTS)
			buf_append(sql, at, 1 + size);
		else
			buf_format(sql, "(%s)", schema->queries[input]);
	}
	buf_text(sql, text);
	return buf_string(sql);
}
