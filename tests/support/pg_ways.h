/* pg_ways.h - one PostgreSQL by three ways (itself, and two poolers), what unit tests say to it and expect */
#ifndef SUPPORT_PG_WAYS_H
#define SUPPORT_PG_WAYS_H

#include "base/buf.h"
#include "io/pg.h"
#include "tests/support/pg.h"

static struct pg_server server, pooler, deaf_pooler;
static char direct[128], pooled[128], deaf[128];
static const char *const ways[] = { direct, pooled, deaf };
static size_t way_count;	/* without pgbouncer one */
static PGconn *writer;
static volatile bool stop;

static inline struct pg *open_with(struct pg_options options)
{
	struct error error = { 0 };
	struct pg *pg;

	options.application = "pg_server";
	options.stop = &stop;
	pg = pg_open(&options, &error);
	if (!pg)
		fail_msg("%s", error.message);
	return pg;
}

static inline struct pg *open_to(const char *conninfo)
{
	return open_with((struct pg_options){ .conninfo = conninfo });
}

static inline void send_statement(struct pg *pg, bool copy, const char *sql)
{
	struct error error = { 0 };

	if (!(copy ? pg_copy(pg, sql, &error) : pg_query(pg, sql, NULL, 0, &error)))
		fail_msg("%s", error.message);
}

/* The rows to their end, as a text. */
static inline enum pg_tried read_rows(struct pg *pg, struct buf *text, struct error *error)
{
	enum pg_tried tried;
	struct pg_row row;

	while ((tried = pg_next(pg, &row, error)) == PG_ROW) {
		for (size_t i = 0; i < row.count; i++) {
			buf_format(text, row.fields[i].data ? "%zu:" : "NULL", row.fields[i].size);
			buf_append(text, row.fields[i].data, row.fields[i].size);
			buf_byte(text, '|');
		}
		buf_byte(text, '\n');
	}
	assert_false(pg_busy(pg));
	return tried;
}

static inline void assert_rows(struct pg *pg, bool copy, const char *sql, struct bytes want)
{
	struct error error = { 0 };
	struct buf text = { 0 };

	send_statement(pg, copy, sql);
	assert_true(pg_busy(pg));
	if (read_rows(pg, &text, &error) != PG_END)
		fail_msg("%s: %s", sql, error.message);
	if (!bytes_equal(buf_bytes(&text), want))
		fail_msg("%s: %s", sql, buf_string(&text));
	buf_free(&text);
}

/* Refused, and the connection goes on. */
static inline void assert_refused(struct pg *pg, bool copy, const char *sql, const char *sqlstate, const char *words)
{
	struct error error = { 0 };
	struct buf text = { 0 };

	send_statement(pg, copy, sql);
	assert_int_equal(read_rows(pg, &text, &error), PG_FAILED);
	if (!strstr(error.message, words) || strncmp(error.message, pg_name(pg), strlen(pg_name(pg))) != 0)
		fail_msg("%s: \"%s\", which should have \"%s\" in it", sql, error.message, words);
	assert_string_equal(pg_sqlstate(pg), sqlstate);
	assert_false(pg_lost(pg));
	buf_free(&text);
	assert_rows(pg, copy, "select 'on'::text", bytes_of("2:on|\n"));
	assert_string_equal(pg_sqlstate(pg), "");
}

/* Leaves the test when test_start has found no server. */
static inline void need_server(void **state)
{
	(void)state;
	if (!way_count)
		skip();
}

/* --- the servers --- */

static inline void start_pooler(struct pg_server *started, char conninfo[128], const char *setting)
{
	pg_pooler_start(started, &server, setting);
	snprintf(conninfo, sizeof direct, "host=%s port=6432 user=postgres dbname=postgres", started->folder.path);
	PQfinish(pg_connect(conninfo));
}

static inline void fill(void)
{
	char conninfo[160];
	PGconn *bytes;

	pg_do(writer, "create sequence numbers");
	pg_do(writer, "create table mine (a int)");
	pg_do(writer, "create role nobody login");
	pg_do(writer, "create role guarded login password 'hunter2'");
	pg_do(writer, "create database bytes encoding 'SQL_ASCII' template template0");
	pg_do(writer, "create database latin encoding 'LATIN1' template template0");
	pg_do(writer, "create database sealed");
	pg_do(writer, "alter database sealed set default_transaction_read_only = on");
	snprintf(conninfo, sizeof conninfo, "%s dbname=bytes", direct);
	bytes = pg_connect(conninfo);
	pg_do(bytes, "create table bytes (a text)");
	pg_do(bytes, "insert into bytes values (E'\\xff'), ('abc'), (E'\\xc3\\xa4')");
	PQfinish(bytes);
}

/* The first test: all servers are there after it, or as many as are installed. */
static inline void test_start(void **state)
{
	char programs[PATH_MAX];

	(void)state;
	if (!pg_programs(programs))
		pg_missing("postgresql");
	pg_server_start(&server, programs);
	snprintf(direct, sizeof direct, "host=%s user=postgres dbname=postgres", server.folder.path);
	writer = pg_connect(direct);
	fill();
	way_count = 1;
	if (access("/usr/sbin/pgbouncer", X_OK) != 0)
		pg_missing("pgbouncer");
	/* one that refuses options, and one that is told to drop them without a word */
	start_pooler(&pooler, pooled, "");
	start_pooler(&deaf_pooler, deaf, "ignore_startup_parameters = options");
	way_count = COUNT(ways);
}

/* Nothing of who runs the test. */
static inline int clean_environment(void **state)
{
	static const char *const names[] = { "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD",
					     "PGOPTIONS", "PGSERVICE",
					     "PGAPPNAME", "PGCLIENTENCODING", "PGCONNECT_TIMEOUT" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	return 0;
}

static inline int stop_servers(void **state)
{
	(void)state;
	PQfinish(writer);
	pg_server_stop(&deaf_pooler);
	pg_server_stop(&pooler);
	pg_server_stop(&server);
	return 0;
}

#endif
