/* top.c - counts of distinct values against a plain count; order, ties, unset, rows */
#include "../support/unit.h"

#include "text/top.h"

#include "base/buf.h"
#include "codec/frame.h"
#include "text/writer.h"

static void put(void *context, const struct top_row *row)
{
	struct error error = { 0 };
	struct writer writer;
	struct buf *out = context;
	size_t room;

	assert_true(writer_init(&writer, &top_record, &(struct writer_options){ .columns = "field,value,count,share" },
				&error));
	room = writer_room(&writer, row);
	buf_reserve(out, room);
	out->size = (size_t)((uint8_t *)writer_put(&writer, (char *)out->data + out->size, row) - out->data);
	writer_free(&writer);
}

/* The rows for frames whose passkey, event and port are a letter of the word each: '-' is no passkey. */
static void check(const char *what, const char *word, const char *want)
{
	struct error error = { 0 };
	struct buf out = { 0 };
	struct top top;

	if (!top_init(&top, &frame_record, what, false, &error))
		fail_msg("%s", error.message);
	for (; *word; word++) {
		struct frame frame;

		record_clear(&frame_record, &frame);
		if (*word != '-')
			frame.passkey = bytes_at(word, *word != '.');
		frame.event = (uint8_t)(*word - 'a');
		frame.port = (uint16_t)*word;
		frame.ipv6.byte[15] = *word == '-' ? 0 : (uint8_t)*word;
		frame.info_hash = bytes_at("01234567890123456789", 20);
		top_count(&top, &frame);
	}
	top_print(&top, put, &out);
	assert_string_equal(buf_string(&out), want);
	top_free(&top);
	buf_free(&out);
}

static void test_rows(void **state)
{
	(void)state;
	check("passkey", "", "");
	check("passkey", "abacab", "passkey\ta\t3\t0.5\npasskey\tb\t2\t0.333333\npasskey\tc\t1\t0.166667\n");
	/* equal counts: by value, unset first */
	check("passkey", "cba", "passkey\ta\t1\t0.333333\npasskey\tb\t1\t0.333333\npasskey\tc\t1\t0.333333\n");
	check("passkey", "ba-", "passkey\t-\t1\t0.333333\npasskey\ta\t1\t0.333333\npasskey\tb\t1\t0.333333\n");
	check("passkey", "bba-", "passkey\tb\t2\t0.5\npasskey\t-\t1\t0.25\npasskey\ta\t1\t0.25\n");
	check("passkey", "--", "passkey\t-\t2\t1\n");
	/* an empty text is no unset one */
	check("passkey", "..-", "passkey\t\t2\t0.666667\npasskey\t-\t1\t0.333333\n");
	check("passkey:1", "abb", "passkey\tb\t2\t0.666667\n");
	check("passkey:2", "a--", "passkey\t-\t2\t0.666667\npasskey\ta\t1\t0.333333\n");
	check("passkey:0", "aabbccddeeffgghhiijjkkl-",
	      "passkey\ta\t2\t0.0833333\npasskey\tb\t2\t0.0833333\npasskey\tc\t2\t0.0833333\npasskey\td\t2\t0.0833333\n"
	      "passkey\te\t2\t0.0833333\npasskey\tf\t2\t0.0833333\npasskey\tg\t2\t0.0833333\npasskey\th\t2\t0.0833333\n"
	      "passkey\ti\t2\t0.0833333\npasskey\tj\t2\t0.0833333\npasskey\tk\t2\t0.0833333\npasskey\t-\t1\t0.0416667\n"
	      "passkey\tl\t1\t0.0416667\n");
	check("event", "aacbz",
	      "event\tstarted\t2\t0.4\nevent\tcompleted\t1\t0.2\nevent\tstopped\t1\t0.2\nevent\t25\t1\t0.2\n");
	check("port", "aab", "port\t97\t2\t0.666667\nport\t98\t1\t0.333333\n");
	check("ipv6", "aab-", "ipv6\t::61\t2\t0.5\nipv6\t-\t1\t0.25\nipv6\t::62\t1\t0.25\n");
	check("info_hash", "ab", "info_hash\t3031323334353637383930313233343536373839\t2\t1\n");
	check("time", "ab", "time\t-\t2\t1\n");
}

static void test_default_rows(void **state)
{
	struct error error = { 0 };
	struct top top;

	(void)state;
	assert_true(top_init(&top, &frame_record, "port", false, &error));
	assert_int_equal(top.rows, TOP_ROWS_DEFAULT);
	top_free(&top);
}

static void test_refused(void **state)
{
	static const struct { const char *what, *message; } rows[] = {
		{ "", "--top: '' is no column of frame records" },
		{ "prt", "--top: 'prt' is no column of frame records" },
		{ "type", "--top: 'type' is no column of frame records" },
		{ ":5", "--top: '' is no column of frame records" },
		{ "port:", "--top: '' is not a number of rows" },
		{ "port:x", "--top: 'x' is not a number of rows" },
		{ "port:-1", "--top: '-1' is not a number of rows" },
		{ "port:99999999999999999999", "--top: '99999999999999999999' is not a number of rows" },
		{ "port:1:2", "--top: '1:2' is not a number of rows" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = { 0 };
		struct top top;

		assert_false(top_init(&top, &frame_record, rows[i].what, false, &error));
		assert_int_equal(error.kind, ERROR_USAGE);
		assert_string_equal(error.message, rows[i].message);
		top_free(&top);
	}
}

static uint64_t counts[65536], last_count;

static void check_row(void *context, const struct top_row *row)
{
	uint64_t port = strtoull((const char *)arena_string(context, row->value), NULL, 10);

	assert_int_equal(row->count, counts[port]);
	assert_true(row->count <= last_count);
	last_count = row->count;
	counts[port] = 0;
}

/* Many values, counted on the side. */
static void test_exact(void **state)
{
	struct arena arena = { 0 };
	struct error error = { 0 };
	struct top top;
	uint64_t seed = 9;

	(void)state;
	assert_true(top_init(&top, &frame_record, "port:0", false, &error));
	for (int i = 0; i < 200000; i++) {
		uint64_t bits = next_random(&seed);
		struct frame frame = { .port = (uint16_t)(bits >> (bits & 15) >> 40) };

		counts[frame.port]++;
		top_count(&top, &frame);
	}
	last_count = UINT64_MAX;
	top_print(&top, check_row, &arena);
	for (size_t i = 0; i < COUNT(counts); i++)
		assert_int_equal(counts[i], 0);
	top_free(&top);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_default_rows),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
