/* pg_private.h - what the files of the connection to PostgreSQL share: its state, binary values, the rows of COPY */
#ifndef IO_PG_PRIVATE_H
#define IO_PG_PRIVATE_H

#include <libpq-fe.h>

#include "base/buf.h"
#include "io/pg.h"

enum {
	/* how long a wait lasts before *stop is looked at again: a signal just before it is then late, not lost */
	PG_STOP_CHECK_MS = 250,
	PG_SETUP_MAX = 4,	/* statements before one of the caller's */
	PG_WORDS_ROOM = 200,	/* of a server's words in a message */
};

/*
 * The rows of COPY (FORMAT binary): a head of "PGCOPY\n\xff\r\n\0", 4 bytes of flags (bit 16: OIDs, long gone), 4 bytes
 * of the size of what extends the head; each row: 2 bytes, how many values, or -1 after the last row; each value:
 * 4 bytes of size, or -1 for NULL, and the bytes. Big-endian. One message never ends inside of a row, as the protocol
 * promises, so rows are parsed where they lie. Start with { 0 }.
 */
struct pg_rows {
	bool begun;	/* the head was there */
	bool ended;
};

enum pg_found { PG_BAD, PG_NOTHING, PG_FOUND, PG_LAST };
/*
 * The next row in what is left of a message, which is shortened by it. PG_NOTHING: the message is used up. PG_LAST: the
 * mark after the last row. PG_BAD, with an error: no such rows, or one that is over PG_COLUMNS_MAX or PG_FIELD_MAX.
 */
enum pg_found pg_parse_row(struct pg_rows *, struct bytes *message, struct pg_row *, struct error *);

/*
 * A row of so many values, which are still to be filled in. Those behind them are unset: a server may send fewer than
 * it was asked for.
 */
void pg_begin_row(struct pg_row *, size_t count);

/* A value in binary is appended to the buffer; returns its type (OID). */
uint32_t pg_encode(struct buf *, const struct pg_parameter *);

struct pg {
	PGconn *connection;
	struct pg_options options;
	PostgresPollingStatusType polling;	/* while it connects: what libpq waits for */
	uint64_t begin_ms;	/* when it began to */
	struct buf name;
	/* sent before each statement, where the session is not ours; the first is BEGIN */
	const char *setup[PG_SETUP_MAX];
	size_t setups;
	char set_timeout[48];	/* one of them */
	bool lost;		/* the connection is of no further use */
	bool busy;		/* a statement was sent, and its end not read */
	bool unsent;		/* a part of it is still here */
	bool copy;		/* the statement is a COPY */
	bool copying;		/* whose rows are coming */
	bool discard;		/* rows are not handed out any more */
	bool rolled_back;	/* ROLLBACK was sent after the statement */
	unsigned syncs;		/* how many ends of a pipeline are to come */
	unsigned ends;		/* results that were ended by nothing, one after the other */
	PGresult *result;	/* has the row that is lent out */
	char *message;		/* the same of COPY, and what follows it there */
	struct bytes rest;
	struct pg_rows rows;
	struct error problem;	/* of the statement, told when its end was read */
	char sqlstate[6];
	uint64_t silent_ms;	/* when nothing came for the first time; 0: something did */
	uint64_t trips;
};

/* The end of this connection; what failed first is told. */
void pg_give_up(struct pg *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pg_connection_lost(struct pg *);
/* The row that was lent out ends here. */
void pg_take_back(struct pg *);
/* The next row, PG_LATER, or PG_END: the statement is over, and pg->problem says whether it failed. Never waits. */
enum pg_tried pg_advance(struct pg *, struct pg_row *);
/* Sends a statement of our own and reads to its end. */
bool pg_run(struct pg *, const char *sql, struct error *);
bool pg_stopped(const struct pg *);
/* The monotonic clock in milliseconds. */
uint64_t pg_now_ms(void);
/*
 * The start of the first line of a text, which may be anybody's, without what a terminal would act on: UTF-8 stays, control
 * characters and what is no UTF-8 become "?". Returns words.
 */
const char *pg_print_words(char words[PG_WORDS_ROOM], const char *text);
/*
 * Asks the server to end the statement that runs. That takes a connection of its own, which a dead network holds up
 * for minutes: false when it was not made in time.
 */
bool pg_cancel(PGconn *);

#endif
