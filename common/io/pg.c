/* pg.c - a connection to PostgreSQL: statements with bound parameters out, rows in binary in, nothing ever written */
#include "io/pg_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"

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
	return pg->stop && *pg->stop;
}

uint64_t pg_now_ms(void)
{
	return (uint64_t)clock_monotonic_us() / 1000;
}

const char *pg_print_words(char words[PG_WORDS_ROOM], const char *text)
{
	size_t size = 0;

	for (struct bytes rest = bytes_of(text); rest.size && rest.data[0] != '\n';) {
		unsigned length = utf8_next(rest), taken = length ? length : 1;
		/* U+0080..U+009F are control characters, too */
		bool control = !length || rest.data[0] < ' ' || rest.data[0] == 0x7f || (rest.data[0] == 0xc2 && rest.data[1] < 0xa0);

		if (size + taken >= PG_WORDS_ROOM)
			break;
		if (control)
			words[size++] = '?';
		else
			memcpy(words + size, rest.data, taken);
		size += control ? 0 : taken;
		rest = bytes_after(rest, taken);
	}
	while (size && isspace((unsigned char)words[size - 1]))
		size--;
	words[size] = 0;
	return words;
}

/* --- failures --- */

/* The end of this connection; the first failure of the statement is what is told. */
__attribute__((format(printf, 2, 3)))
static void give_up(struct pg *pg, const char *format, ...)
{
	char why[PG_WORDS_ROOM];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	pg->lost = true;
	fail_system(&pg->problem, "%s: %s", pg_name(pg), why);
}

static void connection_lost(struct pg *pg)
{
	char words[PG_WORDS_ROOM];

	pg_print_words(words, PQerrorMessage(pg->connection));
	give_up(pg, "the connection is lost: %s", *words ? words : "the server closed it");
}

/* What the server said of the statement; without a code these are words of libpq, for which there was no server any more. */
static void refused(struct pg *pg, const PGresult *result)
{
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE), *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char words[PG_WORDS_ROOM];

	if (PQstatus(pg->connection) == CONNECTION_BAD && !code) {
		connection_lost(pg);
		return;
	}
	if (pg->problem.kind)
		return;
	snprintf(pg->sqlstate, sizeof pg->sqlstate, "%s", code ? code : "");
	pg_print_words(words, primary ? primary : PQresultErrorMessage(result));
	if (code)
		fail_system(&pg->problem, "%s: %s (%.5s)", pg_name(pg), words, code);
	else
		fail_system(&pg->problem, "%s: %s", pg_name(pg), words);
	if (hint)
		error_suffix(&pg->problem, "; hint: %s", pg_print_words(words, hint));
}

/* --- receiving --- */

/* The row that was lent out ends here. */
static void take_back(struct pg *pg)
{
	PQclear(pg->result);
	pg->result = NULL;
	if (pg->message && !pg->rest.size) {
		PQfreemem(pg->message);
		pg->message = NULL;
	}
}

/* Takes what is there, which may be nothing; *more: something came. With encryption libpq may have had it already. */
static void receive(struct pg *pg, bool *more)
{
	struct pollfd poller = { .fd = PQsocket(pg->connection), .events = POLLIN };
	int sent;

	*more = poll(&poller, 1, 0) > 0;
	if (*more)
		pg->silent_ms = 0;
	else if (!PQsslInUse(pg->connection) && !PQgssEncInUse(pg->connection))
		return;
	if (!PQconsumeInput(pg->connection)) {
		connection_lost(pg);
		return;
	}
	if (pg->unsent) {
		sent = PQflush(pg->connection);
		pg->unsent = sent > 0;
		if (sent < 0)
			connection_lost(pg);
	}
}

/* A row of more columns than anybody asks for, or a value that is too large: nobody reads the others. */
static void refuse_rows(struct pg *pg, const char *why)
{
	fail_system(&pg->problem, "%s: %s", pg_name(pg), why);
	pg->discard = true;
	if (!pg_cancel(pg->connection))
		pg->lost = true;
}

static bool fill_row(struct pg *pg, const PGresult *result, struct pg_row *row)
{
	int columns = PQnfields(result);

	if (pg->discard)
		return false;
	if (columns > PG_COLUMNS_MAX) {
		refuse_rows(pg, "a row of more columns than are taken");
		return false;
	}
	row->count = (size_t)columns;
	for (int i = 0; i < columns; i++) {
		int size = PQgetlength(result, 0, i);

		if (size > PG_FIELD_MAX) {
			refuse_rows(pg, "a value of more bytes than are taken");
			return false;
		}
		row->fields[i] = PQgetisnull(result, 0, i) ? (struct bytes){ 0 } : bytes_at(PQgetvalue(result, 0, i), (size_t)size);
	}
	return true;
}

static enum pg_tried end_statement(struct pg *pg)
{
	if (PQpipelineStatus(pg->connection) != PQ_PIPELINE_OFF && !pg->lost && !PQexitPipelineMode(pg->connection))
		connection_lost(pg);
	pg->busy = pg->unsent = false;
	return PG_END;
}

/*
 * No more results: of one statement of a pipeline, or of all. A transaction that a COPY has left open, for it failed, is
 * ended by ROLLBACK.
 */
static enum pg_tried end_results(struct pg *pg)
{
	PGTransactionStatusType status = PQtransactionStatus(pg->connection);

	if (pg->syncs) {
		if (pg->ends++)
			give_up(pg, "the end of a statement did not come");
		if (pg->lost)
			return end_statement(pg);
		PQsetSingleRowMode(pg->connection);
		return PG_LATER;
	}
	if (!pg->setups || pg->lost || (status != PQTRANS_INTRANS && status != PQTRANS_INERROR))
		return end_statement(pg);
	if (pg->rolled_back || !PQsendQuery(pg->connection, "ROLLBACK")) {
		give_up(pg, "a transaction could not be ended");
		return end_statement(pg);
	}
	pg->rolled_back = pg->unsent = true;
	return PG_LATER;
}

/* One result that is no row. */
static enum pg_tried take_result(struct pg *pg, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
	case PGRES_PIPELINE_ABORTED:
		return PG_LATER;
	case PGRES_PIPELINE_SYNC:
		return pg->syncs && --pg->syncs ? PG_LATER : end_statement(pg);
	case PGRES_FATAL_ERROR:
	case PGRES_BAD_RESPONSE:
		refused(pg, result);
		return PG_LATER;
	case PGRES_COPY_OUT:
		if (pg->wants_copy && !pg->lost) {
			pg->copying = true;
			pg->wants_copy = false;
			return PG_LATER;
		}
		break;
	default:
		break;
	}
	give_up(pg, pg->lost ? "the connection is lost" : "an answer that is none to a statement that asks for rows");
	return end_statement(pg);
}

static enum pg_tried next_result(struct pg *pg, struct pg_row *row)
{
	while (pg->busy && !pg->copying) {
		PGresult *result;
		enum pg_tried tried;

		if (!pg->lost && PQisBusy(pg->connection))
			return PG_LATER;
		result = PQgetResult(pg->connection);
		if (result) {
			pg->ends = 0;
			if (PQresultStatus(result) == PGRES_SINGLE_TUPLE && fill_row(pg, result, row)) {
				pg->result = result;
				return PG_ROW;
			}
		}
		tried = !result ? end_results(pg) : PQresultStatus(result) == PGRES_SINGLE_TUPLE ? PG_LATER : take_result(pg, result);
		PQclear(result);
		if (tried == PG_END)
			return PG_END;
	}
	return PG_LATER;
}

static enum pg_tried next_copied(struct pg *pg, struct pg_row *row)
{
	struct error problem = { 0 };
	int size;

	for (;;) {
		if (pg->message) {
			switch (pg->discard ? PG_NOTHING : pg_parse_row(&pg->rows, &pg->rest, row, &problem)) {
			case PG_FOUND:
				return PG_ROW;
			case PG_BAD:
				refuse_rows(pg, problem.message);
				break;
			case PG_LAST:
			case PG_NOTHING:
				break;
			}
			if (pg->discard)
				pg->rest.size = 0;
			if (pg->rest.size)
				continue;
			PQfreemem(pg->message);
			pg->message = NULL;
		}
		size = PQgetCopyData(pg->connection, &pg->message, 1);
		if (size > 0) {
			pg->rest = bytes_at(pg->message, (size_t)size);
			continue;
		}
		if (size == 0 && !pg->lost)
			return PG_LATER;
		/* the end, of which the results that follow say whether it is a good one */
		pg->copying = false;
		return PG_LATER;
	}
}

/* The next row of what is here, or PG_END: the statement is over, and pg->problem says whether it failed. */
static enum pg_tried take_row(struct pg *pg, struct pg_row *row)
{
	enum pg_tried tried;
	bool copying;

	take_back(pg);
	do {
		copying = pg->copying;
		tried = copying ? next_copied(pg, row) : next_result(pg, row);
	} while (tried == PG_LATER && copying != pg->copying);
	return tried;
}

/* The same with what has come meanwhile. */
static enum pg_tried advance(struct pg *pg, struct pg_row *row)
{
	enum pg_tried tried;

	for (bool more = true; (tried = take_row(pg, row)) == PG_LATER && more;)
		receive(pg, &more);
	return tried;
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
	while (advance(pg, &row) == PG_LATER) {
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
	uint64_t now = pg_now_ms(), limit = (uint64_t)pg->timeout_ms + GRACE_MS;

	if (!pg->silent_ms)
		pg->silent_ms = now;
	if (!pg->timeout_ms || now - pg->silent_ms < limit)
		return false;
	give_up(pg, "no answer within %ju s", (uintmax_t)limit / 1000);
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
	tried = advance(pg, row);
	if (tried == PG_LATER && !too_silent(pg))
		return PG_LATER;
	if (tried == PG_ROW || (tried == PG_END && !pg->problem.kind))
		return tried;
	pg->busy = false;
	return fail_with(pg, error);
}

enum pg_tried pg_next(struct pg *pg, struct pg_row *row, struct error *error)
{
	enum pg_tried tried = pg_try(pg, row, error);

	if (tried == PG_LATER && pg->wait.before)
		pg->wait.before(pg->wait.context);
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
	take_back(pg);
	pg->rows = (struct pg_rows){ 0 };
	pg->problem = (struct error){ 0 };
	pg->wants_copy = pg->copying = pg->discard = pg->rolled_back = false;
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
	connection_lost(pg);
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
	return PQsendQueryParams(pg->connection, sql, bound->count, bound->types, bound->values, bound->sizes, bound->formats, 1);
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
		return fail_system(error, "a statement with %zu parameters; there may be at most %d", count, PG_PARAMETERS_MAX);
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
	pg->wants_copy = true;
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
	take_back(pg);
	PQfreemem(pg->message);
	PQfinish(pg->connection);
	buf_free(&pg->name);
	free(pg);
}
