/* reader.c - streams of lines: tags, headers and what they bind, JSON, info hashes, and what a line is refused for */
#include "../support/unit.h"

#include "text/reader.h"

#include <stdio.h>

#include "base/buf.h"
#include "codec/frame.h"
#include "codec/peer.h"
#include "text/writer.h"

#define HASH "86d4c80024a469be4c50bc5a102cf71780310074"
#define HASH2 "a3d811736110e5781bcccea696762e6116c6e9c9"
#define KEY "0123456789abcdef0123456789abcdef"
#define FULL "frame\t1\tstarted\t50\t" HASH "\t" KEY "\t1.2.3.4\t-\t6881\t0000\t-"

static const struct record *const targets[] = { &frame_record, &peer_record, NULL };
static const struct record *const known[] = { &member_record, &leecher_record, NULL };

/* Every line and what it gives: "type source: fields", "." for nothing, or "!byte: message". */
static void read_stream(struct reader *reader, const char *stream, struct buf *out)
{
	struct bytes rest = bytes_of(stream);

	while (rest.data) {
		struct bytes part = bytes_split(rest, '\n', &rest), line = exact_copy(part.data, part.size);
		struct error error = { 0 };
		struct writer writer;
		struct reading reading;

		if (!rest.data && !part.size) {	/* after the last newline */
			free_copy(line);
			break;
		}
		switch (reader_line(reader, line, &reading, &error)) {
		case READER_NOTHING:
			buf_text(out, ".\n");
			break;
		case READER_BAD:
			assert_true(error.kind == ERROR_INPUT && error.offset <= line.size);
			buf_format(out, "!%u: %s\n", (unsigned)error.offset, error.message);
			break;
		case READER_RECORD:
			buf_format(out, "%s<%s", reading.record->name, reading.source ? reading.source->name : "");
			assert_true(writer_init(&writer, reading.record, &(struct writer_options){ 0 }, &error));
			for (size_t i = 0; i < reading.record->count; i++) {
				if (!(reading.present >> i & 1))
					continue;
				buf_format(out, " %s=", reading.record->fields[i].name);
				writer_cell(&writer, i + 1, reading.value, out);
			}
			buf_byte(out, '\n');
			writer_free(&writer);
			break;
		}
		free_copy(line);
	}
}

static void check(const char *unset, const char *stream, const char *want)
{
	struct buf out = { 0 };
	struct reader reader;

	reader_init(&reader, targets, known, unset);
	read_stream(&reader, stream, &out);
	if (strcmp(buf_string(&out), want))
		fail_msg("\n%s--- gives\n%s--- instead of\n%s", stream, buf_string(&out), want);
	reader_free(&reader);
	buf_free(&out);
}

#define FULL_READ \
	"frame<frame version=1 event=started numwant=50 info_hash=" HASH " passkey=" KEY \
	" ipv4=1.2.3.4 port=6881 draft=0000\n"

static void test_tagged(void **state)
{
	(void)state;
	check(NULL, FULL "\n", FULL_READ);
	check(NULL, "peer\t" HASH "\t-\t::1\t1\t1.5\n", "peer<peer info_hash=" HASH " ipv6=::1 port=1 seen=1.500000\n");
	/* fewer columns, more columns */
	check(NULL, "peer\t" HASH "\npeer\npeer\t" HASH "\t-\t-\t1\t-\tnew\tnewer\n",
	      "peer<peer info_hash=" HASH "\npeer<peer\npeer<peer info_hash=" HASH " port=1\n");
	/* of a type that is known: into the default, by the names of the columns */
	check(NULL, "member\tkey\t" HASH "\nleecher\t" HASH "\tkey\n",
	      "frame<member info_hash=" HASH " passkey=key\nframe<leecher info_hash=" HASH " passkey=key\n");
	/* what the line before set is not there any more */
	check(NULL, FULL "\nframe\t1\n", FULL_READ "frame<frame version=1\n");
	check(NULL, "\n\npeer\n", ".\n.\npeer<peer\n");
	/* an empty text is a text; a lone minus is none; a minus that is a text is escaped */
	check(NULL, "member\t\nmember\t-\nmember\t\\x2d\n",
	      "frame<member passkey=\nframe<member\nframe<member passkey=\\x2d\n");
}

static void test_refused(void **state)
{
	(void)state;
	check(NULL, "foo\tbar\n", "!0: 'foo' is no record type that is read here (such as frame)\n");
	check(NULL, "Frame\t1\n", "!0: 'Frame' is no record type that is read here (such as frame)\n");
	check(NULL, "framed\t1\n", "!0: 'framed' is no record type that is read here (such as frame)\n");
	check(NULL, " frame\t1\n", "!0: ' frame' is no record type that is read here (such as frame)\n");
	check(NULL, "\t1\n", "!0: '' is no record type that is read here (such as frame)\n");
	check(NULL, "frame\t256\n", "!6: version: '256' is not a number in 0..255\n");
	check(NULL, "frame\t1\tstarted\t50\tabc\n", "!19: info_hash: 'abc' is no info hash: want 40 hexadecimal digits, "
	      "32 characters of base32, 28 of base64 or a magnet link\n");
	check(NULL, "frame\t1\t\t50\n", "!8: event: '' is not one of started, completed, stopped, 0..255\n");
	check(NULL, "member\tab\\z\n", "!7: passkey: '\\\\z' begins with no escape, want \\\\ \\t \\n \\r or \\xHH\n");
	check(NULL, "frame\t1\r\n", "!6: version: '1\\r' is not a number in 0..255\n");
	/* the rest goes on */
	check(NULL, "frame\t256\n" FULL "\n", "!6: version: '256' is not a number in 0..255\n" FULL_READ);
}

static void test_binary(void **state)
{
	struct error error = { 0 };
	struct reading reading;
	struct reader reader;

	(void)state;
	reader_init(&reader, targets, known, NULL);
	assert_int_equal(reader_line(&reader, bytes_at("\1\0\62\0", 4), &reading, &error), READER_BAD);
	assert_string_equal(error.message, "holds NUL bytes: binary data where record lines were expected");
	error = (struct error){ 0 };
	assert_int_equal(reader_line(&reader, bytes_at("peer\0\t1", 7), &reading, &error), READER_BAD);
	/* a NUL in a text stands for itself */
	error = (struct error){ 0 };
	assert_int_equal(reader_line(&reader, bytes_at("member\ta\0b", 10), &reading, &error), READER_RECORD);
	assert_int_equal(((struct frame *)reading.value)->passkey.size, 3);
	reader_free(&reader);
}

static void test_unset_marks(void **state)
{
	(void)state;
	check("\\N", "member\t\\N\t\\N\nmember\t-\nmember\t\\\\N\n",
	      "frame<member\nframe<member passkey=\\x2d\nframe<member passkey=\\\\N\n");
	check("", "peer\t\t\t::1\t\nmember\t-\n", "peer<peer ipv6=::1\nframe<member passkey=\\x2d\n");
	check("NULL", "peer\tNULL\tNULL\tNULL\t1\tNULL\n", "peer<peer port=1\n");
	check("NULL", "peer\t-\n",
	      "!5: info_hash: '-' is no info hash: want 40 hexadecimal digits, 32 characters of base32, "
	      "28 of base64 or a magnet link\n");
}

static void test_header(void **state)
{
	(void)state;
	/* with the type: other columns, another order, unknown ones */
	check(NULL, "#type\tport\tcolour\tinfo_hash\nframe\t1\tred\t" HASH "\nframe\t2\tblue\t-\n",
	      ".\nframe<frame info_hash=" HASH " port=1\nframe<frame port=2\n");
	/* the type anywhere */
	check(NULL, "#port\ttype\n1\tpeer\n2\tpeer\n", ".\npeer<peer port=1\npeer<peer port=2\n");
	/* without a type: the default's columns */
	check(NULL, "#port\tipv4\n1\t1.2.3.4\n2\t-\n", ".\nframe< ipv4=1.2.3.4 port=1\nframe< port=2\n");
	/* one column, in which an empty line is an empty text */
	check(NULL, "#passkey\na\n\n-\n", ".\nframe< passkey=a\nframe< passkey=\nframe<\n");
	check(NULL, "#ipv4\n\n", ".\n!0: ipv4: '' is not an IPv4 address\n");
	/* fewer cells than the header has; more */
	check(NULL, "#type\tport\tipv4\npeer\t1\npeer\npeer\t1\t-\tmore\n",
	      ".\npeer<peer port=1\npeer<peer\npeer<peer port=1\n");
	/* a column twice: the last one that is set */
	check(NULL, "#port\tport\n1\t2\n1\t-\n", ".\nframe< port=2\nframe< port=1\n");
}

static void test_comments(void **state)
{
	(void)state;
	/* no header: a blank, an upper-case letter, nothing of ours */
	check(NULL, "# port ipv4\n" FULL "\n", ".\n" FULL_READ);
	check(NULL, "#Port\n" FULL "\n", ".\n" FULL_READ);
	check(NULL, "#\n" FULL "\n", ".\n" FULL_READ);
	check(NULL, "##\n" FULL "\n", ".\n" FULL_READ);
	check(NULL, "#colour\tshape\n" FULL "\n", ".\n" FULL_READ);
	check(NULL, "#port\t\tipv4\n" FULL "\n", ".\n" FULL_READ);
	/* one within a file does not end its header */
	check(NULL, "#type\tport\n# note\npeer\t1\n", ".\n.\npeer<peer port=1\n");
}

/* Whose lines a header speaks of, when several files stand one after the other. */
static void test_binding(void **state)
{
	(void)state;
	/* lines of another type have their own columns, before and after */
	check(NULL, "#type\tport\npeer\t1\nmember\tkey\npeer\t2\n",
	      ".\npeer<peer port=1\nframe<member passkey=key\npeer<peer port=2\n");
	/* a new header ends the one before */
	check(NULL, "#type\tport\npeer\t1\n#type\tipv4\npeer\t1.2.3.4\n",
	      ".\npeer<peer port=1\n.\npeer<peer ipv4=1.2.3.4\n");
	check(NULL, "#type\tport\npeer\t1\n#type\tipv4\nframe\t1.2.3.4\npeer\t" HASH "\n",
	      ".\npeer<peer port=1\n.\nframe<frame ipv4=1.2.3.4\npeer<peer info_hash=" HASH "\n");
	/* a file without header after one with */
	check(NULL, "#type\tport\tinfo_hash\nframe\t1\t-\n" FULL "\n", ".\nframe<frame port=1\n" FULL_READ);
	check(NULL, "#port\tipv4\n1\t-\n" FULL "\n", ".\nframe< port=1\n" FULL_READ);
	check(NULL, "#type\tport\tinfo_hash\nframe\t1\t-\n#port\tipv4\n" FULL "\n2\t-\n",
	      ".\nframe<frame port=1\n.\n" FULL_READ "frame< port=2\n");
	/* a header of a type that is not read here does not bind what follows */
	check(NULL, "#type\tcode\tport\nproblem\tx\t1\n" FULL "\n",
	      ".\n!0: 'problem' is no record type that is read here (such as frame)\n" FULL_READ);
	/* JSON in between has names of its own */
	check(NULL, "#type\tport\npeer\t1\n{\"ipv4\":\"1.2.3.4\"}\npeer\t2\n",
	      ".\npeer<peer port=1\nframe< ipv4=1.2.3.4\npeer<peer port=2\n");
}

static void test_restart(void **state)
{
	struct buf out = { 0 };
	struct reader reader;

	(void)state;
	reader_init(&reader, targets, known, NULL);
	read_stream(&reader, "#type\tport\npeer\t1\n", &out);
	reader_restart(&reader);
	read_stream(&reader, "peer\t" HASH "\n", &out);
	reader_restart(&reader);
	read_stream(&reader, "#type\tipv4\npeer\t1.2.3.4\n", &out);
	assert_string_equal(buf_string(&out),
			    ".\npeer<peer port=1\npeer<peer info_hash=" HASH "\n.\npeer<peer ipv4=1.2.3.4\n");
	reader_free(&reader);
	buf_free(&out);
}

static void test_json(void **state)
{
	(void)state;
	check(NULL, "{\"type\":\"peer\",\"info_hash\":\"" HASH "\",\"port\":1,\"ipv4\":null,\"seen\":1.25}\n",
	      "peer<peer info_hash=" HASH " port=1 seen=1.250000\n");
	/* the type last, missing, unknown, no string */
	check(NULL, "{\"port\":1,\"type\":\"peer\"}\n", "peer<peer port=1\n");
	check(NULL, "{\"port\":1}\n{}\n", "frame< port=1\nframe<\n");
	check(NULL, "{\"type\":\"torrent\",\"info_hash\":\"" HASH "\"}\n", "frame< info_hash=" HASH "\n");
	check(NULL, "{\"type\":7,\"port\":1}\n", "frame< port=1\n");
	/* a known type, into the default */
	check(NULL, "{\"type\":\"member\",\"passkey\":\"k\"}\n", "frame<member passkey=k\n");
	/* a name twice: the last one */
	check(NULL, "{\"port\":1,\"port\":2}\n", "frame< port=2\n");
	/* numbers as strings, words as numbers */
	check(NULL, "{\"port\":\"1\",\"event\":2}\n", "frame< event=stopped port=1\n");
	/* a text has the escapes of JSON, not those of lines */
	check(NULL, "{\"passkey\":\"a\\\\tb\\n\"}\n{\"passkey\":\"-\"}\n{\"passkey\":\"\"}\n",
	      "frame< passkey=a\\\\tb\\n\nframe< passkey=\\x2d\nframe< passkey=\n");
	check(NULL, "{\"passkey\":\"\\u0000\\u00e4\"}\n", "frame< passkey=\\x00\xc3\xa4\n");
	check(NULL, "{\"passkey\":17}\n", "frame< passkey=17\n");
	/* the bytes of NAME_hex win, wherever they stand */
	check(NULL, "{\"passkey\":\"\\ufffd\",\"passkey_hex\":\"ff00\"}\n", "frame< passkey=\\xff\\x00\n");
	check(NULL, "{\"passkey_hex\":\"ff00\",\"passkey\":\"\\ufffd\"}\n", "frame< passkey=\\xff\\x00\n");
	check(NULL, "{\"passkey_hex\":\"\"}\n", "frame< passkey=\n");
	check(NULL, "{\"passkey_hex\":null,\"passkey\":\"a\"}\n", "frame< passkey=a\n");
	check(NULL, "{\"port_hex\":\"ff\",\"_hex\":\"1\",\"x_hex\":\"zz\"}\n", "frame<\n");
	check(NULL, "{\"passkey_hex\":\"f\"}\n", "!0: passkey_hex: 'f' is not 2 hexadecimal digits\n");
	/* the unset mark is one of lines */
	check("X", "{\"passkey\":\"X\",\"ipv4\":null}\n", "frame< passkey=X\n");
	check(NULL, "{\"port\":65536}\n", "!0: port: '65536' is not a number in 0..65535\n");
	check(NULL, "{\"port\":99999999999999999999999999}\n",
	      "!0: port: '99999999999999999999999999' is not a number in 0..65535\n");
	check(NULL, "{\"port\":true}\n", "!0: port: 'true' is not a number in 0..65535\n");
	check(NULL, "{\"port\":1\n", "!9: JSON ends where ',' or '}' was expected\n");
	check(NULL, "{\"passkey\":\"\\ud800\"}\n",
	      "!18: JSON has '\"}' where the second half of a surrogate pair was expected\n");
	check(NULL, "{port}\n", "!1: JSON has 'port}' where a string was expected\n");
}

static void test_bare(void **state)
{
	static const struct record *const only[] = { &peer_record, NULL };
	struct buf out = { 0 };
	struct reader reader;

	(void)state;
	reader_init(&reader, only, known, NULL);
	reader.bare = true;
	read_stream(&reader,
		    HASH "\n" HASH2 " a name\n" "htTIACSkab5MULxaECz3F4AxAHQ=\tx\nmagnet:?xt=urn:btih:" HASH "&dn=x\n"
		    "member\tk\t" HASH "\nnonsense\n", &out);
	assert_string_equal(buf_string(&out), "peer< info_hash=" HASH "\npeer< info_hash=" HASH2 "\npeer< info_hash=" HASH
			    "\npeer< info_hash=" HASH "\npeer<member info_hash=" HASH
			    "\n!0: info_hash: 'nonsense' is no info hash: "
			    "want 40 hexadecimal digits, 32 characters of base32, 28 of base64 or a magnet link\n");
	reader_free(&reader);
	buf_free(&out);
}

/* Far more columns than there can be. */
static void test_many(void **state)
{
	struct buf stream = { 0 };

	(void)state;
	buf_text(&stream, "#port");
	for (int i = 0; i < 300; i++)
		buf_text(&stream, "\tipv4");
	buf_text(&stream, "\n1");
	for (int i = 0; i < 300; i++)
		buf_text(&stream, "\t1.2.3.4");
	buf_text(&stream, "\n" FULL);
	for (int i = 0; i < 300; i++)
		buf_text(&stream, "\tmore");
	buf_text(&stream, "\n{");
	for (int i = 0; i < 300; i++)
		buf_format(&stream, "\"a%d\":1,", i);
	buf_text(&stream, "\"port\":1}\n");
	check(NULL, buf_string(&stream), ".\nframe< ipv4=1.2.3.4 port=1\n"
	      "!0: port: 'frame' is not a number in 0..65535\nframe<\n");
	buf_free(&stream);
}

static void test_bits(void **state)
{
	(void)state;
	assert_true(reading_bit(&peer_record, "info_hash") == 1);
	assert_true(reading_bit(&peer_record, "seen") == 1 << 4);
	assert_true(reading_bit(&peer_record, "passkey") == 0);
}

/* NAME=VALUE words, where they are asked for: what begins otherwise is read as ever. */
static void test_words(void **state)
{
	static const char stream[] =
		"port=6881 info_hash=" HASH "  ipv4=1.2.3.4\t event=stopped \n"
		"port=1 passkey=- event=\n"
		"port=1 numwant\n"
		"port=1 colour=red\n"
		"Port=1\n"
		FULL "\n"
		"#port\tevent\n"
		"port=1\n";
	static const char want[] =
		"frame< event=stopped info_hash=" HASH " ipv4=1.2.3.4 port=6881\n"
		"!17: event: '' is not one of started, completed, stopped, 0..255\n"
		"!7: 'numwant' is not NAME=VALUE\n"
		"!7: 'colour' is no column of frame records\n"
		"!0: 'Port=1' is no record type that is read here (such as frame)\n"
		FULL_READ
		".\n"
		"!0: port: 'port=1' is not a number in 0..65535\n";
	struct buf out = { 0 };
	struct reader reader;

	(void)state;
	reader_init(&reader, targets, known, NULL);
	reader.words = true;
	read_stream(&reader, stream, &out);
	if (strcmp(buf_string(&out), want))
		fail_msg("\n%s--- gives\n%s--- instead of\n%s", stream, buf_string(&out), want);
	reader_free(&reader);
	buf_free(&out);
}

/*
 * Bare lines are a text, as they stand: one cell that is no JSON, header or comment, and stands under no header of one
 * column.
 */
static void test_text(void **state)
{
	static const char stream[] =
		"a name\\t \n"
		"7\n"
		"\n"
		"frame\n"
		"-\n"
		"# a comment\n"
		FULL "\n"
		"{\"port\":1}\n"
		"a\tb\n"
		"#port\n"
		"7\n"
		"#port\tipv4\n"
		"7\n";
	static const char want[] =
		"frame< passkey=a name\\\\t \n"
		"frame< passkey=7\n"
		".\n"
		"frame< passkey=frame\n"
		"frame< passkey=\\x2d\n"
		".\n"
		FULL_READ
		"frame< port=1\n"
		"!0: 'a' is no record type that is read here (such as frame)\n"
		".\n"
		"frame< port=7\n"
		".\n"
		"frame< passkey=7\n";
	struct error error = { 0 };
	struct reading reading;
	struct buf out = { 0 };
	struct reader reader;

	(void)state;
	reader_init(&reader, targets, known, NULL);
	reader.text = record_find(&frame_record, bytes_of("passkey"));
	read_stream(&reader, stream, &out);
	if (strcmp(buf_string(&out), want))
		fail_msg("\n%s--- gives\n%s--- instead of\n%s", stream, buf_string(&out), want);
	/* what holds NUL is binary, as ever */
	assert_int_equal(reader_line(&reader, bytes_at("a\0b", 3), &reading, &error), READER_BAD);
	reader_free(&reader);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tagged),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_unset_marks),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
