/* pg.c - a connection to PostgreSQL: statements with bound parameters out, rows in binary in, nothing ever written */
#include "io/pg_private.h"

#include <stdlib.h>

#include "base/clock.h"

enum {
	SETTLE_MS = 3000,	/* for a cancelled statement to end */
	GRACE_MS = 1000,	/* for the server to notice first that its time is up */
	PARAMETERS_SIZE_MAX = 1 << 30,	/* what the protocol can hold */
};

const char *pg_name(const struct pg *pg)
{
	return pg->name.size ? (const char *)pg->name.data : "PostgreSQL";
}

bool pg_busy(const struct pg *pg)
{
	return pg->busy;
}

bool pg_lost(const struct pg *pg)
{
	return pg->lost;
}

const char *pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

uint64_t pg_trips(const struct pg *pg)
{
	return pg->trips;
}

struct pollfd pg_poller(const struct pg *pg)
{
	return (struct pollfd){ .fd = PQsocket(pg->connection), .events = (short)(pg->unsent ? POLLIN | POLLOUT : POLLIN) };
}

bool pg_stopped(const struct pg *pg)
{
	return pg->options.stop && *pg->options.stop;
}

uint64_t pg_now_ms(void)
{
	return (uint64_t)clock_monotonic_us() / 1000;
}

/* --- the end of a statement, before its time --- */

static void wait_a_moment(const struct pg *pg, uint64_t at_most_ms)
{
	struct pollfd poller = pg_poller(pg);

	poll(&poller, 1, at_most_ms < PG_STOP_CHECK_MS ? (int)at_most_ms : PG_STOP_CHECK_MS);
}

/* Has the statement ended by the server and reads what is still on its way. */
static void settle(struct pg *pg)
{
	uint64_t end, now;
	struct pg_row row;

	pg->discard = true;
	if (pg->lost)
		return;
	if (!pg_cancel(pg->connection))
		pg->lost = true;
	end = pg_now_ms() + SETTLE_MS;
	while (!pg->lost && pg_advance(pg, &row) == PG_LATER) {
		now = pg_now_ms();
		if (now >= end)
			pg->lost = true;
		else
			wait_a_moment(pg, end - now);
	}
}

/* Nothing came, and that for too long? */
static bool too_silent(struct pg *pg)
{
	uint64_t now = pg_now_ms(), limit = (uint64_t)pg->options.statement_timeout_ms + GRACE_MS;

	if (!pg->silent_ms)
		pg->silent_ms = now;
	if (!pg->options.statement_timeout_ms || now - pg->silent_ms < limit)
		return false;
	pg_give_up(pg, "no answer within %ju s", (uintmax_t)limit / 1000);
	return true;
}

static enum pg_tried fail_with(const struct pg *pg, struct error *error)
{
	if (!error->kind)
		*error = pg->problem;
	return PG_FAILED;
}

enum pg_tried pg_try(struct pg *pg, struct pg_row *row, struct error *error)
{
	enum pg_tried tried;

	if (!pg->busy) {
		fail_system(error, "%s: a row was expected of no statement", pg_name(pg));
		return PG_FAILED;
	}
	if (pg_stopped(pg)) {
		fail_system(&pg->problem, "%s: interrupted", pg_name(pg));
		settle(pg);
		pg->busy = false;
		return fail_with(pg, error);
	}
	tried = pg_advance(pg, row);
	if (tried == PG_LATER && !pg->lost && !too_silent(pg))
		return PG_LATER;
	if (tried == PG_LATER)
		pg_connection_lost(pg);
	if (tried == PG_ROW || (tried == PG_END && !pg->problem.kind))
		return tried;
	pg->busy = false;
	return fail_with(pg, error);
}

enum pg_tried pg_next(struct pg *pg, struct pg_row *row, struct error *error)
{
	enum pg_tried tried = pg_try(pg, row, error);

	if (tried == PG_LATER && pg->options.wait.before)
		pg->options.wait.before(pg->options.wait.context);
	for (; tried == PG_LATER; tried = pg_try(pg, row, error))
		wait_a_moment(pg, PG_STOP_CHECK_MS);
	return tried;
}

/* --- statements --- */

/* Nothing of the statement before is left. */
static bool begin_statement(struct pg *pg, struct error *error)
{
	if (pg->lost)
		return fail_system(error, "%s: the connection was given up", pg_name(pg));
	if (pg->busy)
		return fail_system(error, "%s: a statement was to be sent before the end of another", pg_name(pg));
	pg_take_back(pg);
	pg->rows = (struct pg_rows){ 0 };
	pg->problem = (struct error){ 0 };
	pg->copy = pg->copying = pg->discard = pg->rolled_back = false;
	pg->syncs = pg->ends = 0;
	pg->silent_ms = 0;
	*pg->sqlstate = 0;
	return true;
}

/* It goes out as far as the socket takes it; pg_try sees to the rest. */
static bool finish_sending(struct pg *pg, bool sent, struct error *error)
{
	int left = sent ? PQflush(pg->connection) : -1;

	pg->busy = left >= 0;
	pg->unsent = left > 0;
	if (left >= 0)
		return true;
	pg_connection_lost(pg);
	fail_with(pg, error);
	return false;
}

bool pg_run(struct pg *pg, const char *sql, struct error *error)
{
	struct pg_row row;
	enum pg_tried tried;

	if (!begin_statement(pg, error) || !finish_sending(pg, PQsendQuery(pg->connection, sql), error))
		return false;
	while ((tried = pg_next(pg, &row, error)) == PG_ROW)
		;
	return tried == PG_END;
}

static bool send_plain(struct pg *pg, const char *sql)
{
	return PQsendQueryParams(pg->connection, sql, 0, NULL, NULL, NULL, NULL, 1);
}

/* The parameters as libpq wants them. */
struct bound {
	Oid types[PG_PARAMETERS_MAX];
	const char *values[PG_PARAMETERS_MAX];
	int sizes[PG_PARAMETERS_MAX], formats[PG_PARAMETERS_MAX];
	int count;
};

static bool send_bound(struct pg *pg, const char *sql, const struct bound *bound)
{
	return PQsendQueryParams(pg->connection, sql, bound->count, bound->types, bound->values, bound->sizes,
				 bound->formats, 1);
}

/*
 * A failure in a pipeline skips what follows it up to the next end, so COMMIT has an end of its own: it ends the transaction
 * in any case.
 */
static bool send_pipeline(struct pg *pg, const char *sql, const struct bound *bound)
{
	bool sent = PQenterPipelineMode(pg->connection);

	for (size_t i = 0; sent && i < pg->setups; i++)
		sent = send_plain(pg, pg->setup[i]);
	pg->syncs = 2;
	return sent && send_bound(pg, sql, bound) && PQpipelineSync(pg->connection) && send_plain(pg, "COMMIT") &&
	       PQpipelineSync(pg->connection);
}

bool pg_query(struct pg *pg, const char *sql, const struct pg_parameter *parameters, size_t count, struct error *error)
{
	struct bound bound = { .count = (int)count };
	size_t ends[PG_PARAMETERS_MAX] = { 0 };
	struct buf values = { 0 };
	bool sent;

	if (!begin_statement(pg, error))
		return false;
	if (count > PG_PARAMETERS_MAX)
		return fail_system(error, "a statement with %zu parameters; there may be at most %d", count,
				   PG_PARAMETERS_MAX);
	for (size_t i = 0; i < count; i++) {
		bound.types[i] = pg_encode(&values, &parameters[i]);
		ends[i] = values.size;
	}
	buf_string(&values);	/* there is always something to point to */
	for (size_t i = 0; i < count; i++) {
		size_t begin = i ? ends[i - 1] : 0;

		bound.values[i] = (const char *)values.data + begin;
		bound.sizes[i] = (int)(ends[i] - begin);
		bound.formats[i] = 1;
	}
	pg->trips++;
	sent = values.size <= PARAMETERS_SIZE_MAX;
	if (!sent)
		fail_system(&pg->problem, "%s: parameters of more than %d MiB", pg_name(pg), PARAMETERS_SIZE_MAX >> 20);
	else
		sent = pg->setups ? send_pipeline(pg, sql, &bound) : send_bound(pg, sql, &bound);
	buf_free(&values);
	if (sent)
		PQsetSingleRowMode(pg->connection);
	return finish_sending(pg, sent, error);
}

/* In a pipeline there is no COPY: there all is one string. */
bool pg_copy(struct pg *pg, const char *sql, struct error *error)
{
	struct buf text = { 0 };
	bool sent;

	if (!begin_statement(pg, error))
		return false;
	for (size_t i = 0; i < pg->setups; i++)
		buf_format(&text, "%s; ", pg->setup[i]);
	buf_format(&text, "COPY (%s) TO STDOUT (FORMAT binary)%s", sql, pg->setups ? "; COMMIT" : "");
	pg->copy = true;
	pg->trips++;
	sent = pg->setups ? PQsendQuery(pg->connection, buf_string(&text)) : send_plain(pg, buf_string(&text));
	buf_free(&text);
	return finish_sending(pg, sent, error);
}

void pg_close(struct pg *pg)
{
	if (!pg)
		return;
	if (pg->busy && !pg->lost)	/* else the server would work on for nobody */
		settle(pg);
	pg_take_back(pg);
	PQfreemem(pg->message);
	PQfinish(pg->connection);
	buf_free(&pg->name);
	free(pg);
}
