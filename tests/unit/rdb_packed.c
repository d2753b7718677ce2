/* rdb_packed.c - listpack, ziplist, intset: each kind of element, and each lie with its place */
#include "../support/unit.h"

#include "../support/rdb.h"

#include <stdio.h>

/* A key "a" of that type with these bytes as its string, which begins at 12, the bytes at 13. */
static struct bytes packed_file(uint8_t type, const char *hex)
{
	char text[1024];
	size_t size = strlen(hex) / 2;

	assert_true(size < 64);
	snprintf(text, sizeof text, RDB_HEAD "%02x0161%02zx%s" RDB_TAIL, type, size, hex);
	return rdb_from_hex(text);
}

static void test_packed(void **state)
{
	static const struct { uint8_t type; const char *hex, *members, *message; uint64_t offset; } rows[] = {
		{ 17, "0c0000000200" "816102" "0501" "ff", "61 5,", NULL, 0 },
		{ 17, "0f000000ffff" "816102" "c1f402" "00ff" "ff", "61 500,",
		  ", member 2: an element of a listpack that has another size at its end (byte 0x00)", 25 },
		{ 17, "0d000000ffff" "816102" "c1f402" "ff", "61 500,", NULL, 0 },
		{ 17, "0d0000000200" "816102" "dfff02" "ff", "61 -1,", NULL, 0 },
		{ 17, "110000000200" "816102" "f3ffffff7f05" "ff00", "",
		  ": the end of a packed value, want 0xff (byte 0x00)", 29 },
		{ 17, "0c0000000400" "816102" "0501" "ff", "61 5,",
		  ": a packed value that says it has 4 elements, and has 2", 13 },
		{ 17, "0d0000000200" "816102" "0501" "ff", "", ": a packed value of 12 bytes that says it has 13", 13 },
		{ 17, "0600", "", ": a packed value of 2 bytes, want at least 7", 13 },
		{ 17, "070000000000" "ff", "", NULL, 0 },
		{ 17, "0c0000000200" "816103" "0501" "ff", "",
		  ", member 1 of 1: an element of a listpack that has another size at its end (byte 0x81)", 19 },
		{ 17, "0c0000000200" "bf6102" "0501" "ff", "",
		  ", member 1 of 1: no element of a listpack, or one that goes beyond its end (byte 0xbf)", 19 },
		{ 17, "0c0000000200" "f06102" "0501" "ff", "", ", member 1 of 1: no element", 19 },
		{ 17, "0c0000000200" "f56102" "0501" "ff", "", ", member 1 of 1: no element", 19 },
		{ 17, "0c0000000200" "ff6102" "0501" "ff", "", ", member 1 of 1: no element", 19 },
		{ 17, "0c0000000200" "f46102" "0501" "ff", "", ", member 1 of 1: no element", 19 },
		{ 17, "0a0000000100" "816102" "ff", "", ", member 1 of 0: a member without score (byte 0x81)", 19 },
		{ 17, "120000000400" "816102" "0501" "816202" "816302" "ff", "61 5,",
		  ", member 2 of 2: a score that is no number (byte 0x81)", 24 },
		{ 20, "0c0000000200" "816102" "0501" "ff", "61 0,35 0,", NULL, 0 },
		{ 20, "0f0000000100" "f400000000000000" "8009" "ff", "",
		  ": a packed value of 17 bytes that says it has 15", 13 },
		{ 20, "110000000100" "f40000000000000080" "09" "ff", "2d39323233333732303336383534373735383038 0,",
		  NULL, 0 },
		{ 12, "10000000" "0d000000" "0200" "000161" "03f6" "ff", "61 5,", NULL, 0 },
		{ 12, "13000000" "0d000000" "0200" "000161" "fe03000000f6" "00", "", ": a packed value of 20", 13 },
		{ 12, "14000000" "0d000000" "0200" "000161" "fe03000000f6" "ff", "61 5,", NULL, 0 },
		{ 12, "10000000" "0d000000" "0200" "000161" "04f6" "ff", "",
		  ", member 1 of 1: an element of a ziplist that has another size for the one before it (byte 0x00)", 23 },
		{ 12, "10000000" "0d000000" "0200" "003f61" "03f6" "ff", "",
		  ", member 1 of 1: no element of a ziplist", 23 },
		{ 12, "10000000" "0d000000" "0200" "009061" "03f6" "ff", "",
		  ", member 1 of 1: no element of a ziplist", 23 },
		{ 12, "10000000" "0d000000" "0200" "000161" "03e0" "ff", "",
		  ", member 1 of 1: no element of a ziplist", 23 },
		{ 12, "10000000" "0d000000" "0200" "000161" "fe03" "ff", "",
		  ", member 1 of 1: an element of a ziplist that goes beyond its end", 23 },
		{ 12, "10000000" "0d000000" "0600" "000161" "03f6" "ff", "61 5,",
		  ": a packed value that says it has 6 elements, and has 2", 13 },
		{ 12, "10000000" "0a000000" "0200" "000161" "03f6" "ff", "61 5,",
		  ": a ziplist whose last element is at 13, and which says at 10", 13 },
		{ 11, "02000000" "02000000" "0100feff", "31 0,2d32 0,", NULL, 0 },
		{ 11, "04000000" "01000000" "00000080", "2d32313437343833363438 0,", NULL, 0 },
		{ 11, "03000000" "01000000" "000080", "", ": an intset, want numbers of 2, 4 or 8 bytes (byte 0x03)", 13 },
		{ 11, "02000000" "ffffffff" "0100feff", "",
		  ": an intset of 12 bytes, want 4294967295 numbers of 2 bytes", 13 },
		{ 11, "020000", "", ": a packed value of 3 bytes, want at least 8", 13 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = packed_file(rows[i].type, rows[i].hex);
		struct rdb_story story = { .end = RDB_BAD };
		struct buf members = { 0 }, message = { 0 };
		enum rdb_event event;
		struct rdb rdb;

		rdb_open(&rdb, true);
		rdb_window(&rdb, file, true);
		while ((event = rdb_next(&rdb, &story.error)) != RDB_END && event != RDB_BAD) {
			if (event == RDB_KEY)
				rdb_take(&rdb);
			for (size_t j = 0; event == RDB_MEMBERS && j < rdb.member_count; j++) {
				rdb_tell_hex(&members, rdb.members[j].text);
				buf_format(&members, " %g,", rdb.members[j].score);
			}
		}
		if (rows[i].message)
			buf_format(&message, "key 'a' (%s)%s", rdb.type_name, rows[i].message);
		if (strcmp(buf_string(&members), rows[i].members) != 0 || (event == RDB_BAD) != (rows[i].message != NULL) ||
		    !bytes_begin(bytes_of(story.error.message), buf_string(&message)) ||
		    story.error.offset != rows[i].offset)
			fail_msg("%u %s: %s, %s at %ju", rows[i].type, rows[i].hex, buf_string(&members),
				 story.error.message, (uintmax_t)story.error.offset);
		buf_free(&message);
		rdb_close(&rdb);
		buf_free(&members);
		free_copy(file);
	}
}

/* What LZF makes of 3960 equal bytes. */
#define FIVE "e0ff00e0ff00e0ff00e0ff00e0ff00"
#define FIFTEEN FIVE FIVE FIVE

/* An element of 16383 bytes has three that repeat its size, though two would do: as redis-server 7.0.15 writes it. */
static void test_size_of_size(void **state)
{
	static const char hex[] = "11c340d1800000400b0b0b4000000200f0fa3f000061" FIFTEEN FIFTEEN FIFTEEN FIFTEEN
		"e0ff00e0ff00" "e000000500ffff0101ff0a00364bd3726a14fd96";
	struct bytes payload = rdb_from_hex(hex);
	struct rdb_story story = rdb_read_payload(payload, true);

	(void)state;
	assert_int_equal(story.end, RDB_END);
	assert_int_equal(story.lines.size, strlen("0\t-\tzset\t-\n0\t-\tzset\t-\t\t1\n") + 2 * 16378);
	rdb_story_free(&story);
	free_copy(payload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_size_of_size),
	};

	return cmocka_run_group_tests_name("rdb_packed", tests, NULL, NULL);
}
