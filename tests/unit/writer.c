/* writer.c - one record in every form: lines, marks, headers, JSON, CSV, chosen columns, and the room that it takes */
#include "../support/unit.h"

#include "text/writer.h"

#include "codec/frame.h"
#include "codec/peer.h"

static const uint8_t hash[] = "\x86\xd4\xc8\x00\x24\xa4\x69\xbe\x4c\x50\xbc\x5a\x10\x2c\xf7\x17\x80\x31\x00\x74";
#define HASH "86d4c80024a469be4c50bc5a102cf71780310074"

/* Printed into a block of the size that writer_room says, and not a byte more. */
static void check(const struct record *record, const void *value, struct writer_options options, const char *want)
{
	struct error error = { 0 };
	struct writer writer;
	char *at, *end;

	if (!writer_init(&writer, record, &options, &error))
		fail_msg("%s", error.message);
	at = malloc(writer_room(&writer, value));
	end = writer_put(&writer, at, value);
	if ((size_t)(end - at) != strlen(want) || memcmp(at, want, strlen(want)) != 0)
		fail_msg("\n%.*s instead of\n%s", (int)(end - at), at, want);
	free(at);
	writer_free(&writer);
}

static void test_frame(void **state)
{
	struct frame frame;
	struct writer_options plain = { 0 }, iso = { .iso = true }, 
		json = { .format = WRITER_JSON }, csv = { .format = WRITER_CSV };

	(void)state;
	record_clear(&frame_record, &frame);
	check(&frame_record, &frame, plain, "frame\t0\tstarted\t0\t-\t-\t-\t-\t0\t-\t-\n");
	check(&frame_record, &frame, json,
	      "{\"type\":\"frame\",\"version\":0,\"event\":\"started\",\"numwant\":0,\"info_hash\":null,"
	      "\"passkey\":null,\"ipv4\":null,\"ipv6\":null,\"port\":0,\"draft\":null,\"time\":null}\n");
	check(&frame_record, &frame, csv, "frame,0,started,0,,,,,0,,\n");
	frame = (struct frame){ 1, 7, 50, 6881, { { 203, 0, 113, 7 } }, { { 0x20, 1, 0xd, 0xb8, [15] = 7 } },
		bytes_at(hash, 20), bytes_of("p\xff\t\""), bytes_of("not printed"), bytes_at("\xbe\xef", 2),
		{ 1700000000250000 } };
	check(&frame_record, &frame, plain,
	      "frame\t1\t7\t50\t" HASH "\tp\\xff\\t\"\t203.0.113.7\t2001:db8::7\t6881\tbeef\t1700000000.250000\n");
	check(&frame_record, &frame, iso,
	      "frame\t1\t7\t50\t" HASH "\tp\\xff\\t\"\t203.0.113.7\t2001:db8::7\t6881\tbeef\t2023-11-14T22:13:20.250000Z\n");
	check(&frame_record, &frame, json,
	      "{\"type\":\"frame\",\"version\":1,\"event\":7,\"numwant\":50,\"info_hash\":\"" HASH "\","
	      "\"passkey\":\"p\xef\xbf\xbd\\t\\\"\",\"passkey_hex\":\"70ff0922\",\"ipv4\":\"203.0.113.7\","
	      "\"ipv6\":\"2001:db8::7\",\"port\":6881,\"draft\":\"beef\",\"time\":1700000000.250000}\n");
	json.iso = true;
	json.columns = "time";
	check(&frame_record, &frame, json, "{\"time\":\"2023-11-14T22:13:20.250000Z\"}\n");
	check(&frame_record, &frame, csv,
	      "frame,1,7,50," HASH ",\\x70ff0922,203.0.113.7,2001:db8::7,6881,beef,1700000000.250000\n");
}

static void test_columns(void **state)
{
	static const struct { const char *columns, *want; } rows[] = {
		{ "port", "6881\n" },
		{ "port,info_hash", "6881\t" HASH "\n" },
		{ "type", "peer\n" },
		{ "port,type", "6881\tpeer\n" },
		{ "port,port,type,type,port", "6881\t6881\tpeer\tpeer\t6881\n" },
		{ "+port", "peer\t" HASH "\t-\t-\t6881\t-\t6881\n" },
		{ "+port,seen", "peer\t" HASH "\t-\t-\t6881\t-\t6881\t-\n" },
		{ "+port,+type", "peer\t" HASH "\t-\t-\t6881\t-\t6881\tpeer\n" },
		{ "ipv4", "-\n" },
	};
	struct peer peer;

	(void)state;
	record_clear(&peer_record, &peer);
	peer.port = 6881;
	peer.info_hash = bytes_at(hash, 20);
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&peer_record, &peer, (struct writer_options){ .columns = rows[i].columns }, rows[i].want);
}

static void test_refused(void **state)
{
	static const struct { const char *columns, *unset, *message; } rows[] = {
#define WANT "want type info_hash ipv4 ipv6 port seen"
		{ "", NULL, "'' is no column of peer records: " WANT },
		{ "+", NULL, "'' is no column of peer records: " WANT },
		{ ",port", NULL, "'' is no column of peer records: " WANT },
		{ "port,", NULL, "'' is no column of peer records: " WANT },
		{ "Port", NULL, "'Port' is no column of peer records: " WANT },
		{ "port seen", NULL, "'port seen' is no column of peer records: " WANT },
		{ "++port", NULL, "'+port' is no column of peer records: " WANT },
		{ "\033[2J", NULL, "'\\x1b[2J' is no column of peer records: " WANT },
		{ NULL, "a\tb", "--unset: 'a\\tb' would be read as something else" },
		{ NULL, "\n", "--unset: '\\n' would be read as something else" },
		{ NULL, "#N/A", "--unset: '#N/A' would be read as something else" },
		{ NULL, "{}", "--unset: '{}' would be read as something else" },
		{ NULL, "\\\\", "--unset: '\\\\\\\\' would be read as something else" },
		{ NULL, "\\t", "--unset: '\\\\t' would be read as something else" },
		{ NULL, "a\\x00", "--unset: 'a\\\\x00' would be read as something else" },
	};
	struct writer writer;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct writer_options options = { .columns = rows[i].columns, .unset = rows[i].unset };
		struct error error = { 0 };

		assert_false(writer_init(&writer, &peer_record, &options, &error));
		assert_int_equal(error.kind, ERROR_USAGE);
		assert_string_equal(error.message, rows[i].message);
	}
}

/* As many columns as there can be, each a text at its longest; then one more. */
static void test_many_columns(void **state)
{
	struct buf columns = { 0 }, want = { 0 };
	struct leecher leecher = { bytes_at(NULL, 0), bytes_at("\1\1\1\1\1\1\1\1\1\1", 10) };
	struct error error = { 0 };
	struct writer writer;

	(void)state;
	for (int i = 0; i <= RECORD_FIELDS_MAX; i++) {
		buf_text(&columns, i ? ",passkey" : "passkey");
		buf_text(&want, i ? "\t" : "");
		for (int j = 0; j < 10; j++)
			buf_text(&want, "\\x01");
	}
	buf_text(&want, "\n");
	check(&leecher_record, &leecher, (struct writer_options){ .columns = buf_string(&columns) }, buf_string(&want));
	buf_text(&columns, ",passkey");
	assert_false(writer_init(&writer, &leecher_record, &(struct writer_options){ .columns = buf_string(&columns) },
				 &error));
	assert_string_equal(error.message, "more than 64 columns");
	buf_free(&columns);
	buf_free(&want);
}

static void test_marks(void **state)
{
	static const struct { const char *unset; struct bytes passkey; const char *want; } rows[] = {
#define NONE { NULL, 0 }
#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
		{ "\\N", NONE, "leecher\t\\N\t\\N\n" },
		{ "\\N", TEXT("\\N"), "leecher\t\\N\t\\\\N\n" },
		{ "\\N", TEXT("-"), "leecher\t\\N\t\\x2d\n" },
		{ "", NONE, "leecher\t\t\n" },
		{ "NULL", NONE, "leecher\tNULL\tNULL\n" },
		{ "NULL", TEXT("NULL"), "leecher\tNULL\t\\x4eULL\n" },
		{ "NULL", TEXT("NULLs"), "leecher\tNULL\tNULLs\n" },
		{ "NULL", TEXT(""), "leecher\tNULL\t\n" },
		{ "x", TEXT("x"), "leecher\tx\t\\x78\n" },
		{ "\xe2\x88\x85", TEXT("\xe2\x88\x85"), "leecher\t\xe2\x88\x85\t\\xe2\\x88\\x85\n" },
		{ "an unset mark that is longer than any", NONE,
		  "leecher\tan unset mark that is longer than any\tan unset mark that is longer than any\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct leecher leecher = { { NULL, 0 }, rows[i].passkey };

		check(&leecher_record, &leecher, (struct writer_options){ .unset = rows[i].unset }, rows[i].want);
	}
	/* JSON and CSV have marks of their own */
	struct leecher leecher = { { NULL, 0 }, bytes_of("x") };
	check(&leecher_record, &leecher, (struct writer_options){ .format = WRITER_JSON, .unset = "x" },
	      "{\"type\":\"leecher\",\"info_hash\":null,\"passkey\":\"x\"}\n");
	check(&leecher_record, &leecher, (struct writer_options){ .format = WRITER_CSV, .unset = "x" }, "leecher,,x\n");
}

/* A text that would begin a line as a header or as JSON. */
static void test_line_beginnings(void **state)
{
	static const struct { const char *passkey, *columns, *unset, *want; } rows[] = {
		{ "#port", "passkey", NULL, "\\x23port\n" },
		{ "#port", "passkey,passkey", NULL, "\\x23port\t#port\n" },
		{ "{\"port\":1}", "passkey", NULL, "\\x7b\"port\":1}\n" },
		{ "#", "passkey", "NULL", "\\x23\n" },
		{ "#", "+passkey", NULL, "leecher\t-\t#\t#\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct leecher leecher = { { NULL, 0 }, bytes_of(rows[i].passkey) };

		check(&leecher_record, &leecher,
		      (struct writer_options){ .columns = rows[i].columns, .unset = rows[i].unset }, rows[i].want);
	}
}

static void test_headers(void **state)
{
	static const struct { enum writer_format format; const char *columns, *want; } rows[] = {
		{ WRITER_LINES, NULL, "#type\tinfo_hash\tpasskey\n" },
		{ WRITER_LINES, "passkey", "#passkey\n" },
		{ WRITER_LINES, "passkey,type,passkey", "#passkey\ttype\tpasskey\n" },
		{ WRITER_CSV, NULL, "type,info_hash,passkey\n" },
		{ WRITER_CSV, "passkey", "passkey\n" },
		{ WRITER_JSON, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = { 0 };
		struct buf out = { 0 };
		struct writer writer;

		assert_true(writer_init(&writer, &leecher_record,
					&(struct writer_options){ rows[i].format, rows[i].columns, NULL, false }, &error));
		writer_header(&writer, &out);
		assert_string_equal(buf_string(&out), rows[i].want);
		writer_free(&writer);
		buf_free(&out);
	}
}

static void test_cells(void **state)
{
	struct leecher leecher = { { NULL, 0 }, bytes_of("a\tb") };
	struct error error = { 0 };
	struct buf out = { 0 };
	struct writer writer;

	(void)state;
	assert_true(writer_init(&writer, &leecher_record, &(struct writer_options){ 0 }, &error));
	for (size_t i = 0; i < writer.count; i++) {
		buf_format(&out, "%s=", writer_name(&writer, i));
		writer_cell(&writer, i, &leecher, &out);
		buf_text(&out, ";");
	}
	assert_string_equal(buf_string(&out), "type=leecher;info_hash=-;passkey=a\\tb;");
	writer_free(&writer);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many_columns),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_line_beginnings),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
