/* pg_receive.c - what PostgreSQL says to a statement: rows of two kinds, refusals, the end */
#include "io/pg_private.h"

#include <stdarg.h>
#include <stdio.h>

/* --- failures --- */

void pg_give_up(struct pg *pg, const char *format, ...)
{
	char why[PG_WORDS_ROOM];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	pg->lost = true;
	fail_system(&pg->problem, "%s: %s", pg_name(pg), why);
}

void pg_connection_lost(struct pg *pg)
{
	char words[PG_WORDS_ROOM];

	pg_print_words(words, PQerrorMessage(pg->connection));
	pg_give_up(pg, "the connection is lost: %s", *words ? words : "the server closed it");
}

/* Then libpq waits for nothing any more: it ends every statement with an error. */
static bool dead(const struct pg *pg)
{
	return PQstatus(pg->connection) == CONNECTION_BAD;
}

/* What the server said of the statement; without a code these are words of libpq, for which there was no server any more. */
static void refused(struct pg *pg, const PGresult *result)
{
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE),
		   *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char words[PG_WORDS_ROOM];

	if (dead(pg) && !code) {
		pg_connection_lost(pg);
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

void pg_take_back(struct pg *pg)
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
	int left = pg->unsent ? PQflush(pg->connection) : 0;

	pg->unsent = left > 0;
	*more = poll(&poller, 1, 0) > 0;
	if (*more)
		pg->silent_ms = 0;
	else if (left >= 0 && !PQsslInUse(pg->connection) && !PQgssEncInUse(pg->connection))
		return;
	/* the reason may be among what came, so it is looked for there first */
	if (left < 0 || !PQconsumeInput(pg->connection))
		pg->lost = true;
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
	pg_begin_row(row, (size_t)columns);
	for (int i = 0; i < columns; i++) {
		int size = PQgetlength(result, 0, i);

		if (size > PG_FIELD_MAX) {
			refuse_rows(pg, "a value of more bytes than are taken");
			return false;
		}
		row->fields[i] =
			PQgetisnull(result, 0, i) ? bytes_of(NULL) : bytes_at(PQgetvalue(result, 0, i), (size_t)size);
	}
	return true;
}

static enum pg_tried end_statement(struct pg *pg)
{
	if (PQpipelineStatus(pg->connection) != PQ_PIPELINE_OFF && !pg->lost && !PQexitPipelineMode(pg->connection))
		pg_connection_lost(pg);
	if (pg->copy && !pg->rows.ended && !pg->problem.kind)
		pg_give_up(pg, "the rows end without the mark that they are all");
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
		if (pg->ends++) {
			pg_give_up(pg, "the end of a statement did not come");
			return end_statement(pg);
		}
		PQsetSingleRowMode(pg->connection);
		return PG_LATER;
	}
	if (!pg->setups || pg->lost || (status != PQTRANS_INTRANS && status != PQTRANS_INERROR))
		return end_statement(pg);
	if (pg->rolled_back || !PQsendQuery(pg->connection, "ROLLBACK")) {
		pg_give_up(pg, "a transaction could not be ended");
		return end_statement(pg);
	}
	pg->rolled_back = pg->unsent = true;
	return PG_LATER;
}

/* One result that is no row. */
static enum pg_tried take_result(struct pg *pg, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:	/* the end of rows that came one by one */
		if (PQntuples(result))
			break;
		return PG_LATER;
	case PGRES_COMMAND_OK:
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
		pg->copying = pg->copy && !dead(pg);
		if (pg->copying)
			return PG_LATER;
		break;
	default:
		break;
	}
	pg_give_up(pg, "an answer that is none to a statement that asks for rows");
	return end_statement(pg);
}

static enum pg_tried next_result(struct pg *pg, struct pg_row *row)
{
	while (pg->busy && !pg->copying) {
		PGresult *result;
		enum pg_tried tried;

		if (!dead(pg) && PQisBusy(pg->connection))
			return PG_LATER;
		result = PQgetResult(pg->connection);
		if (result) {
			pg->ends = 0;
			if (PQresultStatus(result) == PGRES_SINGLE_TUPLE && fill_row(pg, result, row)) {
				pg->result = result;
				return PG_ROW;
			}
		}
		tried = !result					       ? end_results(pg)
			: PQresultStatus(result) == PGRES_SINGLE_TUPLE ? PG_LATER
								       : take_result(pg, result);
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
		if (size == 0 && !dead(pg))
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

	pg_take_back(pg);
	do {
		copying = pg->copying;
		tried = copying ? next_copied(pg, row) : next_result(pg, row);
	} while (tried == PG_LATER && copying != pg->copying);
	return tried;
}

enum pg_tried pg_advance(struct pg *pg, struct pg_row *row)
{
	enum pg_tried tried;

	for (bool more = true; (tried = take_row(pg, row)) == PG_LATER && more;)
		receive(pg, &more);
	return tried;
}
