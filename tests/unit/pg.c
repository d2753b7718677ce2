/* pg.c - PostgreSQL without a server: values, parameters, rows of COPY, what a conninfo gives away, and servers that lie */
#include "../support/unit.h"

#include <endian.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/pg_private.h"

#define BYTES(text) (struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 }
#define HEAD "PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0"
#define MARK "\xff\xff"

/* --- values --- */

static void test_integers(void **state)
{
	static const struct { struct bytes field; int64_t number; bool good; } rows[] = {
		{ BYTES("\x12\x34"), 0x1234, true },
		{ BYTES("\xff\xfe"), -2, true },
		{ BYTES("\0\1\2\3"), 0x10203, true },
		{ BYTES("\x80\0\0\0"), INT32_MIN, true },
		{ BYTES("\1\2\3\4\5\6\7\x8"), 0x0102030405060708, true },
		{ BYTES("\xff\xff\xff\xff\xff\xff\xff\xfd"), -3, true },
		{ BYTES(""), 0, false }, { BYTES("\1"), 0, false }, { BYTES("\1\2\3"), 0, false },
		{ BYTES("\1\2\3\4\5\6\7\x8\x9"), 0, false }, { { NULL, 0 }, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t number = 77;

		assert_int_equal(pg_int(rows[i].field, &number), rows[i].good);
		assert_int_equal(number, rows[i].good ? rows[i].number : 77);
	}
}

static void test_other_values(void **state)
{
	bool value = false;
	int64_t us = 5;

	(void)state;
	assert_true(pg_bool(BYTES("\1"), &value) && value);
	assert_true(pg_bool(BYTES("\0"), &value) && !value);
	assert_false(pg_bool(BYTES("\2"), &value) || pg_bool(BYTES(""), &value) || pg_bool(BYTES("\0\0"), &value));
	assert_false(pg_bool((struct bytes){ NULL, 0 }, &value));
	assert_true(pg_time(BYTES("\0\0\0\0\0\0\0\1"), &us));
	assert_int_equal(us, 946684800000001);
	assert_true(pg_time(BYTES("\xff\xfc\xa2\xfe\xc4\xc8\x20\0"), &us));
	assert_int_equal(us, 0);
	us = 5;
	assert_false(pg_time(BYTES("\x7f\xff\xff\xff\xff\xff\xff\xff"), &us));	/* infinity */
	assert_false(pg_time(BYTES("\x80\0\0\0\0\0\0\0"), &us));
	assert_false(pg_time(BYTES("\0\0\0\1"), &us) || pg_time((struct bytes){ NULL, 0 }, &us));
	assert_true(pg_text_good(BYTES("")) && pg_text_good(BYTES("a\"\\'\xc3\xa4\n")));
	assert_false(pg_text_good(BYTES("a\0b")) || pg_text_good(BYTES("\xff")) || pg_text_good(BYTES("\xc3")));
}

static void test_words(void **state)
{
	static const struct { const char *text, *words; } rows[] = {
		{ "", "" }, { "plain", "plain" }, { "first\nsecond", "first" }, { "blanks \t\r\n", "blanks ??" },
		{ "\x1b[2Jx\x07\x7f", "?[2Jx??" }, { "\xc3\xa4\xff", "\xc3\xa4?" },
		{ "\xc2\x9b" "31m\xc2\xa0", "?31m\xc2\xa0" },
	};
	char words[PG_WORDS_ROOM], text[2 * PG_WORDS_ROOM + 1] = "";

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(pg_print_words(words, rows[i].text), rows[i].words);
	for (size_t i = 0; i < PG_WORDS_ROOM; i++)
		memcpy(text + 2 * i, "\xc3\xa4", 2);
	assert_int_equal(strlen(pg_print_words(words, text)), (PG_WORDS_ROOM - 1) / 2 * 2);
}

/* --- parameters --- */

static void assert_encoded(const struct pg_parameter *parameter, uint32_t type, struct bytes want)
{
	struct buf buf = { 0 };

	assert_int_equal(pg_encode(&buf, parameter), type);
	assert_int_equal(buf.size, want.size);
	if (want.size)
		assert_memory_equal(buf.data, want.data, want.size);
	buf_free(&buf);
}

static void test_parameters(void **state)
{
	static const int64_t numbers[] = { -2, 0x0102030405060708 };
	const struct bytes texts[] = { BYTES("a\"\\"), BYTES("") };

	(void)state;
	assert_encoded(&(struct pg_parameter){ PG_INT8, .numbers = numbers }, 20, BYTES("\xff\xff\xff\xff\xff\xff\xff\xfe"));
	assert_encoded(&(struct pg_parameter){ PG_TEXT, .texts = texts }, 25, BYTES("a\"\\"));
	assert_encoded(&(struct pg_parameter){ PG_TEXT, .texts = texts + 1 }, 25, BYTES(""));
	assert_encoded(&(struct pg_parameter){ PG_INT8_ARRAY, .count = 0 }, 1016, BYTES("\0\0\0\0\0\0\0\0\0\0\0\x14"));
	assert_encoded(&(struct pg_parameter){ PG_INT8_ARRAY, 2, .numbers = numbers }, 1016,
		       BYTES("\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\2\0\0\0\1\0\0\0\x8\xff\xff\xff\xff\xff\xff\xff\xfe"
			     "\0\0\0\x8\1\2\3\4\5\6\7\x8"));
	assert_encoded(&(struct pg_parameter){ PG_TEXT_ARRAY, .count = 0 }, 1009, BYTES("\0\0\0\0\0\0\0\0\0\0\0\x19"));
	assert_encoded(&(struct pg_parameter){ PG_TEXT_ARRAY, 2, .texts = texts }, 1009,
		       BYTES("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\3a\"\\\0\0\0\0"));
}

/* --- rows --- */

static void test_rows(void **state)
{
	struct bytes message = BYTES(HEAD "\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0" "\0\1\0\0\0\1c" "\0\0" MARK);
	struct pg_rows rows = { 0 };
	struct pg_row row;
	struct error error = { 0 };

	(void)state;
	assert_int_equal(pg_parse_row(&rows, &message, &row, &error), PG_FOUND);
	assert_int_equal(row.count, 3);
	assert_true(bytes_is(row.fields[0], "ab"));
	assert_null(row.fields[1].data);
	assert_true(row.fields[2].data && !row.fields[2].size);
	assert_int_equal(pg_parse_row(&rows, &message, &row, &error), PG_FOUND);
	assert_true(row.count == 1 && bytes_is(row.fields[0], "c"));
	assert_int_equal(pg_parse_row(&rows, &message, &row, &error), PG_FOUND);
	assert_int_equal(row.count, 0);
	assert_int_equal(pg_parse_row(&rows, &message, &row, &error), PG_LAST);
	assert_int_equal(pg_parse_row(&rows, &message, &row, &error), PG_NOTHING);
	assert_true(rows.ended && !message.size && !error.kind);
}

static void test_bad_rows(void **state)
{
	static const struct { struct bytes message; const char *why; } rows[] = {
		{ BYTES("PGCOPY"), "head" },
		{ BYTES("PGCOPY\n\xff\r\n\1\0\0\0\0\0\0\0\0"), "head" },
		{ BYTES("PGCOPY\n\xff\r\n\0\0\1\0\0\0\0\0\0"), "unknown flags 0x10000" },
		{ BYTES("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\5abc"), "5 more bytes, of which 3 are there" },
		{ BYTES(HEAD "\0"), "before the number of its values" },
		{ BYTES(HEAD "\0\x21"), "33 columns; there may be at most 32" },
		{ BYTES(HEAD "\xff\xfe"), "65534 columns" },
		{ BYTES(HEAD "\0\1\0\0\0"), "before the size" },
		{ BYTES(HEAD "\0\1\0\0\0\4abc"), "a value of 4 bytes, of which 3 are there" },
		{ BYTES(HEAD "\0\1\xff\xff\xff\xfe"), "more than 64 MiB" },
		{ BYTES(HEAD "\0\1\4\0\0\1"), "more than 64 MiB" },
		{ BYTES(HEAD MARK "\0\0"), "more rows after the last one" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes copy = exact_copy(rows[i].message.data, rows[i].message.size), rest = copy;
		struct pg_rows parsed = { 0 };
		struct error error = { 0 };
		struct pg_row row;
		enum pg_found found;

		while ((found = pg_parse_row(&parsed, &rest, &row, &error)) == PG_FOUND || found == PG_LAST)
			;
		assert_int_equal(found, PG_BAD);
		if (!strstr(error.message, rows[i].why))
			fail_msg("\"%s\", which should have \"%s\" in it", error.message, rows[i].why);
		free_copy(copy);
	}
}

/* As many rows as there are, whatever they are made of: every value lies in the message. */
static void parse_all(struct bytes message)
{
	struct bytes rest = message;
	struct pg_rows rows = { 0 };
	struct error error = { 0 };
	struct pg_row row;
	enum pg_found found;

	while ((found = pg_parse_row(&rows, &rest, &row, &error)) == PG_FOUND || found == PG_LAST) {
		assert_true(found == PG_LAST || row.count <= PG_COLUMNS_MAX);
		for (size_t i = 0; found == PG_FOUND && i < row.count; i++)
			if (row.fields[i].data)
				assert_true(row.fields[i].data >= message.data &&
					    row.fields[i].data + row.fields[i].size <= message.data + message.size);
	}
	assert_int_equal(found == PG_BAD, error.kind != ERROR_NONE);
	assert_true(found == PG_BAD || !rest.size);
}

static void test_any_rows(void **state)
{
	struct bytes good = BYTES(HEAD "\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0" "\0\1\0\0\0\1c" "\0\2\0\0\0\4abcd\0\0\0\0" MARK);
	uint64_t seed = 4711;

	(void)state;
	for (size_t size = 0; size <= good.size; size++) {
		struct bytes copy = exact_copy(good.data, size);

		parse_all(copy);
		free_copy(copy);
	}
	for (unsigned i = 0; i < 200000; i++) {
		struct bytes copy = exact_copy(good.data, 19 + next_random(&seed) % (good.size - 18));
		uint8_t *data = (uint8_t *)(uintptr_t)copy.data;

		for (unsigned j = next_random(&seed) % 4 + 1; j--;)
			data[next_random(&seed) % copy.size] = (uint8_t)(next_random(&seed) >> 20) & (j & 1 ? 3 : 255);
		if (i % 3 == 0)
			fill_random(&seed, data + 19, copy.size - 19);
		parse_all(copy);
		free_copy(copy);
	}
}

/* --- what the user says --- */

static void test_secret(void **state)
{
	static const char *const secret[] = {
		"password=x", "host=h password = 'a b'", "postgresql://u:p@h/d", "postgres://h/d?password=x",
		"host=h sslpassword=k",
	};
	static const char *const open_[] = {
		"", "database", "host=h user=u", "password=", "password=''", "postgresql://u@h/d", "host=h passfile=/x",
		"= =", "password",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(secret); i++)
		assert_true(pg_conninfo_secret(secret[i]));
	for (size_t i = 0; i < COUNT(open_); i++)
		assert_false(pg_conninfo_secret(open_[i]));
	assert_false(pg_conninfo_secret(NULL));
}

/* What cannot be read may be a password whose blank or @ was not written as it must be. */
static void test_no_password_in_messages(void **state)
{
	static const char *const rows[] = {
		"host=/nowhere password=a hunter2", "host=/nowhere password='hunter2", "hunter2 = x",
		"host=/nowhere hunter2=x",
		"postgresql://u:a@hunter2@/d", "postgresql://u:hunter2/a@h/d", "postgresql://u:/hunter2@h/d",
		"postgresql://u:a%zzhunter2@h",
		"postgresql://u:[hunter2@h", "postgresql://u:a@h:hunter2", "postgresql://u@h?hunter2",
		"host=/nowhere port=hunter2",
		"host=/nowhere password=hunter2", "postgresql://u:hunter2@/d?host=/nowhere", "host=x@hunter2",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = { 0 };

		assert_null(pg_open(&(struct pg_options){ .conninfo = rows[i] }, &error));
		assert_true(error.kind != ERROR_NONE && *error.message);
		if (strstr(error.message, "hunter2"))
			fail_msg("%s: %s", rows[i], error.message);
	}
}

/* --- a fake server, for one connection --- */

/* What it says: messages of the protocol, or, of type '!', bytes as they are. */
struct saying { char type; struct bytes bytes; };

static void say(struct buf *to, const struct saying *sayings)
{
	for (; sayings->type; sayings++) {
		uint32_t size = htobe32((uint32_t)sayings->bytes.size + 4);

		if (sayings->type != '!') {
			buf_byte(to, (uint8_t)sayings->type);
			buf_append(to, &size, 4);
		}
		buf_append(to, sayings->bytes.data, sayings->bytes.size);
	}
}

struct fake {
	const struct saying *greeting, *answer;	/* to the start, and to the first statement */
	int listener;
	pthread_t thread;
};

static char directory[] = "/tmp/peerutils-pg-XXXXXX";
static char conninfo[128];

/* Hears something, then speaks. */
static bool converse(int fd, const struct saying *sayings)
{
	struct buf out = { 0 };
	char heard[4096];
	bool good;

	if (!sayings || read(fd, heard, sizeof heard) <= 0)
		return false;
	say(&out, sayings);
	good = send(fd, out.data, out.size, MSG_NOSIGNAL) == (ssize_t)out.size;
	buf_free(&out);
	return good;
}

static void *run_fake(void *context)
{
	const struct fake *fake = context;
	int fd = accept(fake->listener, NULL, NULL);
	char rest[4096];

	close(fake->listener);	/* what would cancel a statement finds nobody */
	if (converse(fd, fake->greeting))
		converse(fd, fake->answer);
	shutdown(fd, SHUT_WR);
	while (read(fd, rest, sizeof rest) > 0)
		;
	close(fd);
	return NULL;
}

static void start_fake(struct fake *fake)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	snprintf(name.sun_path, sizeof name.sun_path, "%s/.s.PGSQL.5432", directory);
	unlink(name.sun_path);
	fake->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fake->listener, (struct sockaddr *)&name, sizeof name), 0);
	assert_int_equal(listen(fake->listener, 1), 0);
	assert_int_equal(pthread_create(&fake->thread, NULL, run_fake, fake), 0);
}

static void assert_has(const struct error *error, const char *text)
{
	if (!strstr(error->message, text) || !strstr(error->message, directory))
		fail_msg("\"%s\", which should have \"%s\" in it", error->message, text);
}

static void test_bad_greetings(void **state)
{
	static const struct { struct saying greeting[2]; const char *why; } rows[] = {
		{ { { 'E', BYTES("SFATAL\0C53300\0Mtoo many \x1b[2Jclients\0\0") } }, "too many ?[2Jclients (53300)" },
		{ { { '!', BYTES("HTTP/1.1 400 Bad Request\r\n\r\n") } }, "cannot connect to" },
		{ { { '!', BYTES("R") } }, "server closed the connection unexpectedly" },
		{ { { 'R', BYTES("\0\0\0\x63") } }, "authentication method 99" },
		{ { { 'R', BYTES("\0\0\0\3") } }, "a password is wanted" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake fake = { .greeting = rows[i].greeting };
		struct error error = { 0 };

		start_fake(&fake);
		assert_null(pg_open(&(struct pg_options){ .conninfo = conninfo }, &error));
		assert_has(&error, rows[i].why);
		pthread_join(fake.thread, NULL);
	}
}

static const struct saying welcome[] = { { 'R', BYTES("\0\0\0\0") }, { 'Z', BYTES("I") }, { 0 } };

/* What a statement comes to that is answered so: how many rows of "x", and why no more of them. */
static unsigned read_answer(const struct saying *answer, bool copy, const char *why, bool lost)
{
	struct fake fake = { .greeting = welcome, .answer = answer };
	struct error error = { 0 };
	struct pg_row row;
	enum pg_tried tried;
	unsigned count = 0;
	struct pg *pg;

	start_fake(&fake);
	pg = pg_open(&(struct pg_options){ .conninfo = conninfo }, &error);
	if (!pg)
		fail_msg("%s", error.message);
	assert_true(copy ? pg_copy(pg, "select x", &error) : pg_query(pg, "select x", NULL, 0, &error));
	while ((tried = pg_next(pg, &row, &error)) == PG_ROW)
		count += row.count == 1 && bytes_is(row.fields[0], "x");
	assert_int_equal(tried, why ? PG_FAILED : PG_END);
	if (why)
		assert_has(&error, why);
	assert_int_equal(pg_lost(pg), lost);
	assert_false(pg_busy(pg));
	pg_close(pg);
	pthread_join(fake.thread, NULL);
	return count;
}

/* The session is not ours then, so the statement is begun with others. */
#define BEGUN { 'C', BYTES("BEGIN\0") }, { 'C', BYTES("SET\0") }
#define OUT { 'H', BYTES("\1\0\1\0\1") }
#define ROW { 'd', BYTES(HEAD "\0\1\0\0\0\1x") }
#define LAST { 'd', BYTES(MARK) }
#define DONE { 'c', BYTES("") }, { 'C', BYTES("COPY 1\0") }, { 'C', BYTES("COMMIT\0") }, { 'Z', BYTES("I") }

static void test_bad_answers(void **state)
{
	static const struct { const char *why; unsigned rows; bool lost; struct saying answer[16]; } rows[] = {
		{ NULL, 1, false, { BEGUN, OUT, ROW, LAST, DONE } },
		{ "without the mark that they are all", 1, true, { BEGUN, OUT, ROW, DONE } },
		{ "the connection is lost: server closed", 1, true, { BEGUN, OUT, ROW } },
		{ "the connection is lost", 1, true, { BEGUN, OUT, ROW, { '!', BYTES("d\0\0") } } },
		{ "head of a binary COPY", 0, false, { BEGUN, OUT, { 'd', BYTES("xx") }, DONE } },
		{ "more rows after the last one", 1, false, { BEGUN, OUT, ROW, LAST, LAST, DONE } },
		{ "the connection is lost", 0, true, { BEGUN } },
		{ "the connection is lost", 0, true, { { '!', BYTES("C") } } },
		{ "an answer that is none", 0, true, { { 'G', BYTES("\0\0\0") } } },
		{ "an answer that is none", 0, true, { { 'T', BYTES("\0\1a\0\0\0\0\0\0\0\0\0\0\x14\0\x8\0\0\0\0\0\0") },
						       { 'D', BYTES("\0\1\0\0\0\1x") }, { 'C', BYTES("SELECT 1\0") },
						       { 'Z', BYTES("I") } } },
		{ "no (42P01)", 0, false, { { 'E', BYTES("SERROR\0C42P01\0Mno\nway\0\0") }, { 'Z', BYTES("I") } } },
		{ "gone (57P01)", 1, true, { BEGUN, OUT, ROW, { 'E', BYTES("SFATAL\0C57P01\0Mgone\0\0") } } },
		{ "the connection is lost", 0, true, { { '!', BYTES("\1\2\3\4\5\6\7\x8") } } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(read_answer(rows[i].answer, true, rows[i].why, rows[i].lost), rows[i].rows);
}

#define DID(tag) { '1', BYTES("") }, { '2', BYTES("") }, { 'n', BYTES("") }, { 'C', BYTES(tag "\0") }
#define HAS(row) { '1', BYTES("") }, { '2', BYTES("") }, { 'T', BYTES("\0\1a" row) }
#define TEXT "\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\0\0\0\0\0\1"
#define X { 'D', BYTES("\0\1\0\0\0\1x") }
#define COMMITTED DID("COMMIT"), { 'Z', BYTES("I") }

/* The same of a pipeline. */
static void test_bad_pipelines(void **state)
{
	static const struct { const char *why; unsigned rows; bool lost; struct saying answer[24]; } rows[] = {
		{ NULL, 2, false, { DID("BEGIN"), DID("SET"), HAS(TEXT), X, X, { 'C', BYTES("SELECT 2\0") },
				    { 'Z', BYTES("T") }, COMMITTED } },
		{ "the connection is lost", 2, true,
		  { DID("BEGIN"), DID("SET"), HAS(TEXT), X, X, { 'C', BYTES("SELECT 2\0") }, { 'Z', BYTES("T") } } },
		{ "the connection is lost", 2, true, { DID("BEGIN"), DID("SET"), HAS(TEXT), X, X } },
		{ "the connection is lost", 0, true, { DID("BEGIN"), DID("SET"), { '1', BYTES("") } } },
		{ "the connection is lost", 0, true, { DID("BEGIN"), DID("SET") } },
		{ "the connection is lost", 0, true, { DID("BEGIN") } },
		{ "no (25001)", 0, false, { { 'E', BYTES("SERROR\0C25001\0Mno\0\0") }, { 'Z', BYTES("I") }, COMMITTED } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(read_answer(rows[i].answer, false, rows[i].why, rows[i].lost), rows[i].rows);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	/* nothing of who runs the test */
	snprintf(conninfo, sizeof conninfo, "host=%s port=5432 user=u dbname=d passfile=/none gssencmode=disable",
		 directory);
	return 0;
}

static int remove_directory(void **state)
{
	char path[sizeof directory + 20];

	(void)state;
	snprintf(path, sizeof path, "%s/.s.PGSQL.5432", directory);
	unlink(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_other_values),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bad_rows),
		cmocka_unit_test(test_any_rows),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_no_password_in_messages),
		cmocka_unit_test(test_bad_greetings),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_bad_pipelines),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
