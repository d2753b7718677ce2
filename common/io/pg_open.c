/* pg_open.c - how a connection to PostgreSQL is made, read-only from its first statement on, also through a pooler */
#include "io/pg_private.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* --- what the user says --- */

static bool is_uri(const char *conninfo)
{
	return strncmp(conninfo, "postgresql://", 13) == 0 || strncmp(conninfo, "postgres://", 11) == 0;
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
	for (; options && options->keyword; options++)
		if (strcmp(options->keyword, keyword) == 0)
			return options->val && *options->val ? options->val : NULL;
	return NULL;
}

bool pg_conninfo_secret(const char *conninfo)
{
	PQconninfoOption *options = conninfo ? PQconninfoParse(conninfo, NULL) : NULL;
	bool secret = value_of(options, "password") || value_of(options, "sslpassword");

	PQconninfoFree(options);
	return secret;
}

/*
 * libpq's complaints repeat what it could not read, which may be a piece of a password: one with a blank, or one in a URI
 * with a character that means something there (what follows it is then taken for host, port or database).
 */
static bool check_conninfo(const char *conninfo, struct error *error)
{
	PQconninfoOption *options;
	const char *host, *port, *database;
	bool good;

	if (!conninfo || (!is_uri(conninfo) && !strchr(conninfo, '=')))	/* then it names a database */
		return true;
	options = PQconninfoParse(conninfo, NULL);
	if (!options)
		return fail_usage(error, "a connection to PostgreSQL is told by keyword=value ... or by "
				  "postgresql://user@host:port/database, which this is not");
	host = value_of(options, "host");
	port = value_of(options, "port");
	database = value_of(options, "dbname");
	good = (!port || port[strspn(port, "0123456789,")] == 0) && (!host || !strchr(host, '@')) &&
	       (!is_uri(conninfo) || !database || !strchr(database, '@'));
	PQconninfoFree(options);
	return good || fail_usage(error, "a host, port or database of PostgreSQL that can be none; "
				  "in a URI what is special (@ : / ? %%) is written as %%XX");
}

/* --- what is asked for --- */

static void ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

/*
 * The options that the user wants, wherever they are said: in the conninfo, a service file, the environment. libpq puts them
 * together when it begins to connect; here to an address that is none, so that it comes no further.
 */
static void find_options(const char *conninfo, struct buf *found)
{
	static const char *const keywords[] = { "dbname", "hostaddr", "password", NULL };
	const char *const values[] = { conninfo, "-", "-", NULL };
	PGconn *connection = PQconnectStartParams(keywords, values, 1);
	PQconninfoOption *options = connection ? PQconninfo(connection) : NULL;
	const char *wanted = value_of(options, "options");

	if (wanted)
		buf_format(found, "%s ", wanted);
	PQconninfoFree(options);
	PQfinish(connection);
}

/*
 * IntervalStyle matters to nobody who reads in binary; but the server tells when it changes. It is the sign that these
 * options came through: a pooler may be told to drop them without a word.
 */
static void add_options(struct buf *options, uint32_t timeout_ms)
{
	buf_text(options, "-c default_transaction_read_only=on -c IntervalStyle=iso_8601 -c jit=off");
	if (timeout_ms)
		buf_format(options, " -c statement_timeout=%u", timeout_ms);
}

static bool options_hold(PGconn *connection)
{
	const char *read_only = PQparameterStatus(connection, "default_transaction_read_only");
	const char *sign = PQparameterStatus(connection, "IntervalStyle");

	return read_only && strcmp(read_only, "on") == 0 && sign && strcmp(sign, "iso_8601") == 0;
}

/* --- connecting --- */

static void make_name(struct pg *pg)
{
	const char *host = PQhost(pg->connection), *port = PQport(pg->connection), *database = PQdb(pg->connection);
	char words[PG_WORDS_ROOM];

	pg->name.size = 0;
	if (!host || !*host)
		buf_text(&pg->name, "PostgreSQL");
	else
		buf_format(&pg->name, *host != '/' && strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port ? port : "");
	if (database && *database)
		buf_format(&pg->name, "/%s", database);
	pg_print_words(words, buf_string(&pg->name));
	pg->name.size = 0;
	buf_text(&pg->name, words);
	buf_string(&pg->name);
}

/* What was said of the last address, without what is said in front of it. */
static const char *last_words(const char *text)
{
	const char *words = text;

	for (const char *line = text; line && *line; line = strchr(line, '\n'), line += !!line)
		if (strncmp(line, "connection to server", 20) == 0)
			words = line;
	if (strncmp(words, "connection to server", 20) == 0 && strstr(words, " failed: "))
		words = strstr(words, " failed: ") + 9;
	return words;
}

/* "FATAL:  28P01: words" is what the server's errors look like: takes the code and gives the words. */
static const char *take_sqlstate(const char *text, char sqlstate[6])
{
	const char *code = strstr(text, ":  ");

	*sqlstate = 0;
	if (!code || code - text > 20)
		return text;
	code += 3;
	for (size_t i = 0; i < 5; i++)
		if (!isupper((unsigned char)code[i]) && !isdigit((unsigned char)code[i]))
			return text;
	if (code[5] != ':' || code[6] != ' ')
		return text;
	memcpy(sqlstate, code, 5);
	sqlstate[5] = 0;
	return code + 7;
}

static bool not_connected(struct pg *pg, struct error *error)
{
	const char *name, *text;
	char words[PG_WORDS_ROOM];

	make_name(pg);
	name = pg_name(pg);
	text = take_sqlstate(last_words(PQerrorMessage(pg->connection)), pg->sqlstate);
	if (PQconnectionNeedsPassword(pg->connection))
		return fail_system(error,
				   "cannot connect to %s: a password is wanted (it is taken from $PGPASSWORD and ~/.pgpass)",
				   name);
	pg_print_words(words, text);
	return *pg->sqlstate ? fail_system(error, "cannot connect to %s: %s (%s)", name, words, pg->sqlstate)
			     : fail_system(error, "cannot connect to %s: %s", name, words);
}

/* When the connection must be there, if the user says how long that may take. 0: no matter when. */
static uint64_t end_of_patience(PGconn *connection, uint64_t begin)
{
	PQconninfoOption *options = PQconninfo(connection);
	const char *said = value_of(options, "connect_timeout");
	long seconds = said ? strtol(said, NULL, 10) : PG_CONNECT_TIMEOUT_MS / 1000;

	PQconninfoFree(options);
	return seconds > 0 ? begin + (uint64_t)seconds * 1000 : 0;
}

/* Waits so long for what libpq waits for; returns what poll returns. */
static int poll_connecting(const struct pg *pg, int at_most_ms)
{
	struct pollfd poller = { .fd = PQsocket(pg->connection),
				 .events = pg->polling == PGRES_POLLING_READING ? POLLIN : POLLOUT };

	return poll(&poller, 1, at_most_ms);
}

/* Waits for what libpq waits for. */
static bool wait_to_connect(struct pg *pg, struct error *error)
{
	uint64_t end = end_of_patience(pg->connection, pg->begin_ms), now;
	int count = 0;

	if (pg->options.wait.before)
		pg->options.wait.before(pg->options.wait.context);
	while (!pg_stopped(pg)) {
		now = pg_now_ms();
		count = poll_connecting(pg, !end || now + PG_STOP_CHECK_MS < end ? PG_STOP_CHECK_MS :
					now < end ? (int)(end - now) : 0);
		if (count > 0)
			return true;
		if (count < 0 && errno != EINTR && errno != EAGAIN)
			return fail_system(error, "cannot wait for %s: %s", pg_name(pg), strerror(errno));
		if (end && now >= end) {
			make_name(pg);
			return fail_system(error, "cannot connect to %s: no answer within %ju s", pg_name(pg),
					   (uintmax_t)(end - pg->begin_ms) / 1000);
		}
	}
	make_name(pg);
	return fail_system(error, "%s: interrupted", pg_name(pg));
}

/*
 * Begins to connect with these options, or, when they are NULL, with those that the user wants and no others. What fails
 * is found by finish_connecting.
 */
static void begin_connecting(struct pg *pg, const char *options)
{
	/* what comes later counts; of what is NULL nothing is said */
	static const char *const keywords[] = { "dbname", "options", "fallback_application_name", NULL };
	const char *const values[] = { pg->options.conninfo, options, pg->options.application, NULL };

	PQfinish(pg->connection);
	pg->connection = PQconnectStartParams(keywords, values, 1);
	if (!pg->connection)
		out_of_memory();
	PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
	PQsetErrorVerbosity(pg->connection, PQERRORS_VERBOSE);
	make_name(pg);
	pg->polling = PQstatus(pg->connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
}

static bool finish_connecting(struct pg *pg, struct error *error)
{
	while (pg->polling != PGRES_POLLING_OK) {
		if (pg->polling == PGRES_POLLING_FAILED)
			return not_connected(pg, error);
		if (!wait_to_connect(pg, error))
			return false;
		pg->polling = PQconnectPoll(pg->connection);
	}
	make_name(pg);
	return PQsetnonblocking(pg->connection, 1) == 0 || not_connected(pg, error);
}

/* A pooler says 08P01 to the options, a server before PostgreSQL 11 says 42704 to jit. */
static bool options_refused(const struct pg *pg, const struct error *error)
{
	return strstr(error->message, "startup parameter") || strcmp(pg->sqlstate, "08P01") == 0 ||
	       strcmp(pg->sqlstate, "42704") == 0;
}

/* The session is not ours, so its settings are those of each transaction. */
static void set_up_statements(struct pg *pg)
{
	pg->setup[pg->setups++] = "BEGIN READ ONLY";
	if (pg->options.statement_timeout_ms) {
		snprintf(pg->set_timeout, sizeof pg->set_timeout, "SET LOCAL statement_timeout = %u",
			 pg->options.statement_timeout_ms);
		pg->setup[pg->setups++] = pg->set_timeout;
	}
	if (PQserverVersion(pg->connection) >= 110000)
		pg->setup[pg->setups++] = "SET LOCAL jit = off";
}

/* A database of SQL_ASCII may hold any bytes, and its server refuses to send as UTF-8 what is none. */
static bool set_encoding(struct pg *pg, struct error *error)
{
	const char *of_server = PQparameterStatus(pg->connection, "server_encoding");
	const char *of_client = PQparameterStatus(pg->connection, "client_encoding");
	bool ascii = of_server && strcmp(of_server, "SQL_ASCII") == 0;

	if (of_client && strcmp(of_client, ascii ? "SQL_ASCII" : "UTF8") == 0)
		return true;
	if (!pg->setups)
		return pg_run(pg, ascii ? "SET client_encoding = 'SQL_ASCII'" : "SET client_encoding = 'UTF8'", error);
	pg->setup[pg->setups++] = ascii ? "SET LOCAL client_encoding = 'SQL_ASCII'" : "SET LOCAL client_encoding = 'UTF8'";
	return true;
}

struct pg *pg_open_begin(const struct pg_options *options, struct error *error)
{
	struct buf wanted = { 0 };
	struct pg *pg;

	if (!check_conninfo(options->conninfo, error))
		return NULL;
	pg = calloc(1, sizeof *pg);
	if (!pg)
		out_of_memory();
	pg->options = *options;
	pg->begin_ms = pg_now_ms();
	find_options(options->conninfo, &wanted);
	add_options(&wanted, options->statement_timeout_ms);
	begin_connecting(pg, buf_string(&wanted));
	buf_free(&wanted);
	/* its first words go out, so that the server has something to do meanwhile */
	while ((pg->polling == PGRES_POLLING_READING || pg->polling == PGRES_POLLING_WRITING) && poll_connecting(pg, 0) > 0)
		pg->polling = PQconnectPoll(pg->connection);
	return pg;
}

bool pg_open_end(struct pg *pg, struct error *error)
{
	struct error first = { 0 };
	bool connected = finish_connecting(pg, &first);

	if (!connected && options_refused(pg, &first)) {
		begin_connecting(pg, NULL);
		connected = finish_connecting(pg, error);
	} else if (!connected) {
		*error = first;
	}
	if (!connected)
		return false;
	if (!options_hold(pg->connection))
		set_up_statements(pg);
	return set_encoding(pg, error);
}

struct pg *pg_open(const struct pg_options *options, struct error *error)
{
	struct pg *pg = pg_open_begin(options, error);

	if (!pg || pg_open_end(pg, error))
		return pg;
	pg_close(pg);
	return NULL;
}
