/* pg.h - a connection to PostgreSQL: statements with bound parameters out, rows in binary in, nothing ever written */
#ifndef IO_PG_H
#define IO_PG_H

#include <poll.h>

#include "base/bytes.h"
#include "base/error.h"
#include "io/wait.h"

struct pg;

enum {
	PG_COLUMNS_MAX = 32,		/* of a row; a statement with more is refused */
	PG_FIELD_MAX = 64 << 20,	/* bytes of one value */
	PG_CONNECT_TIMEOUT_MS = 5000,
	PG_PARAMETERS_MAX = 8,
};

struct pg_options {
	const char *conninfo;		/* libpq's keywords or URI; NULL: the environment, services, .pgpass alone */
	const char *application;	/* application_name */
	/* of the server for each statement, and here for silence (a second later); 0: none */
	uint32_t statement_timeout_ms;
	struct io_wait wait;
	const volatile bool *stop;	/* NULL, or what a signal handler sets: each wait ends soon after */
};

/*
 * Is there a password in it? Such a one must not come from argv, where ps shows it. What cannot be parsed has none: pg_open
 * will say so.
 */
bool pg_conninfo_secret(const char *conninfo);

/*
 * Connects, at most PG_CONNECT_TIMEOUT_MS (or connect_timeout of the conninfo) for all addresses. The session is
 * read-only (default_transaction_read_only=on), has the statement_timeout, no JIT, and speaks UTF-8 (what a database of
 * SQL_ASCII holds comes as it is). These are asked for with the connection, at no further round trip. A pooler that
 * refuses that (pgbouncer: "unsupported startup parameter") is connected to again without. Where they were refused, or
 * dropped without a word, each statement is sent within BEGIN READ ONLY, SET LOCAL and COMMIT, still in one round trip:
 * no state of the session is needed, so transaction pooling will do. NULL: the error names the server and says what it
 * said, never the password. Names are looked up by libpq, which waits for that without regard to *stop. A row is in
 * memory as a whole before it is looked at here; what bounds it until then is the protocol (1 GiB).
 */
struct pg *pg_open(const struct pg_options *, struct error *);
/*
 * The same in two steps, between which the caller has something else to do. pg_open_begin fails for a bad conninfo
 * alone; what else is wrong is told by pg_open_end, which waits, and after which (false) pg_close is still to be
 * called. The strings of the options must be there until then.
 */
struct pg *pg_open_begin(const struct pg_options *, struct error *);
bool pg_open_end(struct pg *, struct error *);
void pg_close(struct pg *);
/* "host:port/database" or "/folder/of/socket:port/database". For messages. */
const char *pg_name(const struct pg *);

/* A value for $1, $2, ...; arrays go in binary, so that nothing in a text needs quoting. */
enum pg_kind { PG_INT8, PG_TEXT, PG_INT8_ARRAY, PG_TEXT_ARRAY };
struct pg_parameter {
	enum pg_kind kind;
	size_t count;			/* of an array */
	const int64_t *numbers;		/* PG_INT8 (one), PG_INT8_ARRAY; they and the texts are not needed after the call */
	const struct bytes *texts;	/* PG_TEXT (one), PG_TEXT_ARRAY; must be pg_text_good */
};
/* Can PostgreSQL hold it as text? UTF-8 without NUL. What cannot be there need not be asked for. */
bool pg_text_good(struct bytes);

/*
 * Sends one statement, which may not be more than one; its rows come by pg_try. The rows of the one before must have been
 * read to the end. False: not sent, the connection is lost.
 */
bool pg_query(struct pg *, const char *sql, const struct pg_parameter *, size_t count, struct error *);
/*
 * The same without parameters for many rows: COPY (sql) TO STDOUT (FORMAT binary), which was measured to take a fifth of the
 * client's CPU and a sixtieth of the memory.
 */
bool pg_copy(struct pg *, const char *sql, struct error *);

/*
 * One row, good until the next pg_try. A value is in PostgreSQL's binary form (big-endian); unset (data NULL): NULL, or
 * none came.
 */
struct pg_row {
	size_t count;
	struct bytes fields[PG_COLUMNS_MAX];
};

enum pg_tried { PG_FAILED, PG_LATER, PG_ROW, PG_END };
/*
 * The next row, without waiting: PG_LATER, it is not there yet; PG_END: that was all, the next statement may be sent.
 * PG_FAILED: the server refused the statement (pg_lost says no: others may follow) or the connection is lost, or *stop
 * was set (then the statement was cancelled: PQcancel; "interrupted"). Errors have the server's words, its SQLSTATE and
 * hint, in one line, without what a terminal would act on.
 */
enum pg_tried pg_try(struct pg *, struct pg_row *, struct error *);
/* The same, waiting. Never PG_LATER. */
enum pg_tried pg_next(struct pg *, struct pg_row *, struct error *);
/* Has a statement been sent whose end was not read? Then there is something to wait for, which pg_poller names. */
bool pg_busy(const struct pg *);
struct pollfd pg_poller(const struct pg *);
/* Is the connection of no further use? Then only pg_close is left. */
bool pg_lost(const struct pg *);
/* The five characters of SQLSTATE of the last refusal; "" when it had none. */
const char *pg_sqlstate(const struct pg *);
/* How many statements were sent, BEGIN and its kin not counted: the round trips. */
uint64_t pg_trips(const struct pg *);

/*
 * Values of a row: an integer of 2, 4 or 8 bytes, a boolean, a timestamp with time zone (microseconds since 1970). False,
 * and nothing is set: NULL, another size, or a time that is infinite or beyond what 63 bits hold.
 */
bool pg_int(struct bytes field, int64_t *number);
bool pg_bool(struct bytes field, bool *value);
bool pg_time(struct bytes field, int64_t *us);

#endif
