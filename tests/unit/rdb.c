/* rdb.c - RDB files: what servers wrote, windows of all sizes, damage at each byte, lies */
#include "../support/unit.h"

#include "../support/rdb.h"

#include <dirent.h>
#include <stdio.h>

#define SAMPLES "tests/samples/rdb/"
#define EXPECTED "tests/samples/expected/rdb/"

static struct bytes read_sample(const char *folder, const char *name, const char *ending)
{
	char path[512];
	uint8_t *data = malloc(1 << 20);
	struct bytes copy;
	FILE *file;

	snprintf(path, sizeof path, "%s%s%s", folder, name, ending);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("%s is not there", path);
	copy = exact_copy(data, fread(data, 1, 1 << 20, file));
	fclose(file);
	free(data);
	return copy;
}

static bool is_payload(const char *name)
{
	return strstr(name, ".dump") != NULL;
}

static int is_sample(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void each_sample(void (*check)(const char *name, struct bytes sample))
{
	struct dirent **names;
	int count = scandir(SAMPLES, &names, is_sample, alphasort);

	assert_true(count > 10);
	for (int i = 0; i < count; i++) {
		struct bytes sample = read_sample(SAMPLES, names[i]->d_name, "");

		check(names[i]->d_name, sample);
		free_copy(sample);
		free(names[i]);
	}
	free(names);
}

static struct rdb_story read_any(const char *name, struct bytes sample, size_t step, bool take)
{
	return is_payload(name) ? rdb_read_payload(sample, true) : rdb_read_file(sample, step, take, true);
}

static int compare_lines(const void *a, const void *b)
{
	return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* The lines of a text in the order of their bytes. */
static struct buf sort_lines(struct bytes text)
{
	struct bytes *lines = calloc(text.size + 1, sizeof *lines), rest = text;
	struct buf sorted = { 0 };
	size_t count = 0;

	while (rest.size)
		lines[count++] = bytes_split(rest, '\n', &rest);
	qsort(lines, count, sizeof *lines, compare_lines);
	for (size_t i = 0; i < count; i++) {
		buf_append(&sorted, lines[i].data, lines[i].size);
		buf_byte(&sorted, '\n');
	}
	free(lines);
	return sorted;
}

static void check_sample(const char *name, struct bytes sample)
{
	struct rdb_story story = read_any(name, sample, sample.size, true);
	struct bytes expected = read_sample(EXPECTED, name, ".tsv");
	struct buf want = sort_lines(expected), got = sort_lines(buf_bytes(&story.lines));

	if (story.end != RDB_END)
		fail_msg("%s: %s", name, story.error.message);
	if (strcmp(buf_string(&want), buf_string(&got)) != 0)
		fail_msg("%s: want %s got %s", name, buf_string(&want), buf_string(&got));
	assert_int_equal(story.used, sample.size - (is_payload(name) ? 10 : 0));
	buf_free(&want);
	buf_free(&got);
	free_copy(expected);
	rdb_story_free(&story);
}

static void test_samples(void **state)
{
	(void)state;
	each_sample(check_sample);
}

/* ---- windows */

static void check_windows(const char *name, struct bytes sample)
{
	static const size_t steps[] = { 1, 2, 3, 5, 7, 16, 31, 64, 100, 1000, 0 };

	for (int take = 0; take < 2 && !is_payload(name); take++) {
		struct rdb_story whole = read_any(name, sample, sample.size, take);

		assert_int_equal(whole.windows, 1 + (whole.end == RDB_BAD));
		for (size_t i = 0; i < COUNT(steps); i++) {
			struct rdb_story parts = read_any(name, sample, steps[i], take);

			if (strcmp(parts.error.message, whole.error.message) != 0)
				fail_msg("%s by %zu: %s", name, steps[i], parts.error.message);
			assert_int_equal(parts.end, whole.end);
			assert_int_equal(parts.used, whole.used);
			assert_int_equal(parts.values, whole.values);
			assert_string_equal(buf_string(&parts.lines), buf_string(&whole.lines));
			rdb_story_free(&parts);
		}
		rdb_story_free(&whole);
	}
}

static void test_windows(void **state)
{
	(void)state;
	each_sample(check_windows);
}

/* ---- damage */

/* Everything before the damage is told, and nothing else; without the checksum, which would find the same each time. */
static void check_cut(const char *name, struct bytes sample)
{
	struct rdb_story whole = read_any(name, sample, sample.size, true);

	for (size_t size = 0; size < sample.size; size++) {
		struct bytes cut = exact_copy(sample.data, size);
		struct rdb_story story = is_payload(name) ? rdb_read_payload(cut, false) : rdb_read_file(cut, size, true, false);

		if (story.end != RDB_BAD || story.error.kind != ERROR_INPUT || story.error.offset > size)
			fail_msg("%s cut to %zu: %s at %ju", name, size, story.error.message, (uintmax_t)story.error.offset);
		assert_true(is_payload(name) || bytes_begin(buf_bytes(&whole.lines), buf_string(&story.lines)));
		if (!is_payload(name))
			assert_non_null(strstr(story.error.message, "the data ends within it, want at least "));
		rdb_story_free(&story);
		free_copy(cut);
	}
	rdb_story_free(&whole);
}

static void test_cut(void **state)
{
	(void)state;
	each_sample(check_cut);
}

/* A byte that is another: with the checksum always an error, without it what comes out may be wrong, but no more than that. */
static void check_changed(const char *name, struct bytes sample)
{
	struct bytes changed = exact_copy(sample.data, sample.size);
	uint8_t *data = (uint8_t *)(uintptr_t)changed.data;

	for (size_t at = 0; at < sample.size; at++) {
		for (int bit = 0; bit < 8; bit += sample.size > 600 ? 4 : 1) {
			struct rdb_story story;

			data[at] = (uint8_t)(sample.data[at] ^ 1 << bit);
			story = is_payload(name) ? rdb_read_payload(changed, true) : rdb_read_file(changed, sample.size, true, true);
			if (story.end != RDB_BAD || story.error.offset > sample.size)
				fail_msg("%s: byte %zu as 0x%02x was not seen", name, at, data[at]);
			rdb_story_free(&story);
			story = is_payload(name) ? rdb_read_payload(changed, false) : rdb_read_file(changed, sample.size, bit & 1, false);
			assert_int_equal(story.end == RDB_BAD, story.error.kind == ERROR_INPUT);
			rdb_story_free(&story);
		}
		data[at] = sample.data[at];
	}
	free_copy(changed);
}

static void test_changed(void **state)
{
	(void)state;
	each_sample(check_changed);
}

/* ---- what is refused, and where */

static struct bytes from_hex(const char *hex)
{
	size_t size = strlen(hex) / 2;
	uint8_t data[512];

	assert_true(size <= sizeof data && strlen(hex) % 2 == 0 && hex_parse((const uint8_t *)hex, size, data));
	return exact_copy(data, size);
}

#define HEAD "524544495330303131"	/* REDIS0011 */
#define END "ff0000000000000000"	/* no checksum */

static void test_refused(void **state)
{
	static const struct { const char *hex, *message; uint64_t offset; } rows[] = {
		{ "", "head: the data ends within it, want at least 9 more bytes", 0 },
		{ "5245", "head: the data ends within it, want at least 7 more bytes", 0 },
		{ "1f8b08000000000000", "head: '\\x1f\\x8b\\x08\\x00", 0 },
		{ "68656c6c6f", "head: 'hello', want \"REDIS\": is it compressed, or no RDB file?", 0 },
		{ "56414c4b455930383000", "head: 'VALKEY080', the format of Valkey 9 and later", 0 },
		{ "524544495330303034", "head: RDB version 4, want 5 to 12", 5 },
		{ "524544495330303133", "head: RDB version 13, want 5 to 12", 5 },
		{ "524544495330303a31", "head: version '00:1', want four digits", 5 },
		{ HEAD, "type or opcode: the data ends within it, want at least 1 more bytes", 9 },
		{ HEAD "ff00", "checksum: the data ends within it, want at least 7 more bytes", 10 },
		{ HEAD "ff0100000000000000", "checksum: 0000000000000001, want ", 10 },
		{ HEAD "06", "type or opcode: 6, a module's value as only candidates of 4.0", 9 },
		{ HEAD "08", "type or opcode: 8, want one that RDB versions up to 12 have", 9 },
		{ HEAD "1a", "type or opcode: 26, want one", 9 },
		{ HEAD "f3", "type or opcode: 243, want one", 9 },
		{ HEAD "f6", "type or opcode: opcode 246, a function as only candidates of 7.0", 9 },
		{ HEAD "fe85", "SELECTDB: 0x85 where a length should begin", 10 },
		{ HEAD "fec0", "SELECTDB: 0xc0 where a length", 10 },
		{ HEAD "fd010203", "EXPIRETIME: the data ends within it, want at least 1 more", 9 },
		{ HEAD "fa016180ffffffff", "AUX: a string of 4294967295 bytes, want at most 67108864", 12 },
		{ HEAD "f50561", "FUNCTION2: the data ends within it, want at least 4 more bytes", 10 },
		{ HEAD "f7010406", "MODULE_AUX: the data ends within it, want at least 7 more", 11 },
		{ HEAD "f70106", "MODULE_AUX: mark 6 in what a module wrote, want 0 to 5", 11 },
		{ HEAD "00c4", "name of a key: 0xc4 where a string should begin, want a length or 0xc0 to 0xc3", 10 },
		{ HEAD "0081ffffffffffffffff", "name of a key: a string of 18446744073709551615 bytes, want at most 67108864", 10 },
		{ HEAD "00c302801000000000", "name of a key: a string of 268435456 bytes", 10 },
		{ HEAD "00c3024200" "0061", "name of a key: 2 bytes of LZF that claim to be 512, want at most 88 times as many", 10 },
		{ HEAD "00c30205" "0061", "name of a key: 2 bytes of LZF are damaged, want what makes 5 bytes", 10 },
		{ HEAD "00016181ffffffffffffffff", "key 'a' (string): the data ends within it, want at least 18446744073709551615 more", 12 },
		{ HEAD "01016181ffffffffffffffff", "key 'a' (list): the data ends within it, want at least 1 more", 21 },
		{ HEAD "02016103016204", "key 'a' (set), member 2 of 3: the data ends within it, want at least 4 more", 15 },
		{ HEAD "0201610301620161c9", "key 'a' (set), member 3 of 3: 0xc9 where a string", 17 },
		{ HEAD "0301610101620378782e", "key 'a' (zset), member 1 of 1: a score of 3 bytes that are no number", 15 },
		{ HEAD "0501610201620000000000000000" "0163", "key 'a' (zset), member 2 of 2: the data ends within it, want at least 8", 23 },
		{ HEAD "0561620162", "name of a key: the data ends within it", 9 },
		{ HEAD "110161", "key 'a' (zset): the data ends within it, want at least 1 more", 9 },
		{ HEAD "070161", "key 'a' (module): the data ends within it, want at least 1 more", 9 },
		{ HEAD "11" "0161" "c010", "key 'a' (zset): a number, want a packed value", 12 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = from_hex(rows[i].hex);
		struct rdb_story story = rdb_read_file(file, file.size, true, true);

		if (story.end != RDB_BAD || !bytes_begin(bytes_of(story.error.message), rows[i].message) ||
		    story.error.offset != rows[i].offset)
			fail_msg("%s: %s at %ju", rows[i].hex, story.error.message, (uintmax_t)story.error.offset);
		rdb_story_free(&story);
		free_copy(file);
	}
}

/* A key "a" of that type with these bytes as its string, which begins at 12, the bytes at 13. */
static struct bytes packed_file(uint8_t type, const char *hex)
{
	char text[1024];
	size_t size = strlen(hex) / 2;

	assert_true(size < 64);
	snprintf(text, sizeof text, HEAD "%02x0161%02zx%s" END, type, size, hex);
	return from_hex(text);
}

static void test_packed(void **state)
{
	static const struct { uint8_t type; const char *hex, *members, *message; uint64_t offset; } rows[] = {
		{ 17, "0c0000000200" "816102" "0501" "ff", "61 5,", NULL, 0 },
		{ 17, "0f000000ffff" "816102" "c1f402" "00ff" "ff", "61 500,",
		  "key 'a' (zset), member 2: an element of a listpack that has another size at its end (byte 0x00)", 25 },
		{ 17, "0d000000ffff" "816102" "c1f402" "ff", "61 500,", NULL, 0 },
		{ 17, "0d0000000200" "816102" "dfff02" "ff", "61 -1,", NULL, 0 },
		{ 17, "110000000200" "816102" "f3ffffff7f05" "ff00", "", "key 'a' (zset): the end of a packed value, want 0xff (byte 0x00)", 29 },
		{ 17, "0c0000000400" "816102" "0501" "ff", "61 5,", "key 'a' (zset): a packed value that says it has 4 elements, and has 2", 13 },
		{ 17, "0d0000000200" "816102" "0501" "ff", "", "key 'a' (zset): a packed value of 12 bytes that says it has 13", 13 },
		{ 17, "0600", "", "key 'a' (zset): a packed value of 2 bytes, want at least 7", 13 },
		{ 17, "070000000000" "ff", "", NULL, 0 },
		{ 17, "0c0000000200" "816103" "0501" "ff", "",
		  "key 'a' (zset), member 1 of 1: an element of a listpack that has another size at its end (byte 0x81)", 19 },
		{ 17, "0c0000000200" "bf6102" "0501" "ff", "",
		  "key 'a' (zset), member 1 of 1: no element of a listpack, or one that goes beyond its end (byte 0xbf)", 19 },
		{ 17, "0c0000000200" "f06102" "0501" "ff", "", "key 'a' (zset), member 1 of 1: no element", 19 },
		{ 17, "0c0000000200" "f56102" "0501" "ff", "", "key 'a' (zset), member 1 of 1: no element", 19 },
		{ 17, "0c0000000200" "ff6102" "0501" "ff", "", "key 'a' (zset), member 1 of 1: no element", 19 },
		{ 17, "0c0000000200" "f46102" "0501" "ff", "", "key 'a' (zset), member 1 of 1: no element", 19 },
		{ 17, "0a0000000100" "816102" "ff", "", "key 'a' (zset), member 1 of 0: a member without score (byte 0x81)", 19 },
		{ 17, "120000000400" "816102" "0501" "816202" "816302" "ff", "61 5,",
		  "key 'a' (zset), member 2 of 2: a score that is no number (byte 0x81)", 24 },
		{ 20, "0c0000000200" "816102" "0501" "ff", "61 0,35 0,", NULL, 0 },
		{ 20, "0f0000000100" "f400000000000000" "8009" "ff", "", "key 'a' (set): a packed value of 17 bytes that says it has 15", 13 },
		{ 20, "110000000100" "f40000000000000080" "09" "ff", "2d39323233333732303336383534373735383038 0,", NULL, 0 },
		{ 12, "10000000" "0d000000" "0200" "000161" "03f6" "ff", "61 5,", NULL, 0 },
		{ 12, "13000000" "0d000000" "0200" "000161" "fe03000000f6" "00", "", "key 'a' (zset): a packed value of 20", 13 },
		{ 12, "14000000" "0d000000" "0200" "000161" "fe03000000f6" "ff", "61 5,", NULL, 0 },
		{ 12, "10000000" "0d000000" "0200" "000161" "04f6" "ff", "",
		  "key 'a' (zset), member 1 of 1: an element of a ziplist that has another size for the one before it (byte 0x00)", 23 },
		{ 12, "10000000" "0d000000" "0200" "003f61" "03f6" "ff", "", "key 'a' (zset), member 1 of 1: no element of a ziplist", 23 },
		{ 12, "10000000" "0d000000" "0200" "009061" "03f6" "ff", "", "key 'a' (zset), member 1 of 1: no element of a ziplist", 23 },
		{ 12, "10000000" "0d000000" "0200" "000161" "03e0" "ff", "", "key 'a' (zset), member 1 of 1: no element of a ziplist", 23 },
		{ 12, "10000000" "0d000000" "0200" "000161" "fe03" "ff", "",
		  "key 'a' (zset), member 1 of 1: an element of a ziplist that goes beyond its end", 23 },
		{ 12, "10000000" "0d000000" "0600" "000161" "03f6" "ff", "61 5,",
		  "key 'a' (zset): a packed value that says it has 6 elements, and has 2", 13 },
		{ 12, "10000000" "0a000000" "0200" "000161" "03f6" "ff", "61 5,",
		  "key 'a' (zset): a ziplist whose last element is at 13, and which says at 10", 13 },
		{ 11, "02000000" "02000000" "0100feff", "31 0,2d32 0,", NULL, 0 },
		{ 11, "04000000" "01000000" "00000080", "2d32313437343833363438 0,", NULL, 0 },
		{ 11, "03000000" "01000000" "000080", "", "key 'a' (set): an intset, want numbers of 2, 4 or 8 bytes (byte 0x03)", 13 },
		{ 11, "02000000" "ffffffff" "0100feff", "", "key 'a' (set): an intset of 12 bytes, want 4294967295 numbers of 2 bytes", 13 },
		{ 11, "020000", "", "key 'a' (set): a packed value of 3 bytes, want at least 8", 13 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = packed_file(rows[i].type, rows[i].hex);
		struct rdb_story story = { .end = RDB_BAD };
		struct buf members = { 0 };
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
		if (strcmp(buf_string(&members), rows[i].members) != 0 || (event == RDB_BAD) != (rows[i].message != NULL) ||
		    (rows[i].message && (!bytes_begin(bytes_of(story.error.message), rows[i].message) ||
					 story.error.offset != rows[i].offset)))
			fail_msg("%u %s: %s, %s at %ju", rows[i].type, rows[i].hex, buf_string(&members), story.error.message,
				 (uintmax_t)story.error.offset);
		rdb_close(&rdb);
		buf_free(&members);
		free_copy(file);
	}
}

/* What is announced is not asked for at once, nor made room for, and what is passed over is never held. */
static void test_bounds(void **state)
{
	static const char lie[] = HEAD "050161" "01" "8003ffffff";	/* a member of nearly 64 MiB */
	size_t size = 1 << 20;
	uint8_t *zeros = calloc(size, 1);
	struct bytes file = from_hex(lie);
	struct error error = { 0 };
	struct rdb rdb;

	(void)state;
	rdb_open(&rdb, true);
	rdb_window(&rdb, file, false);
	assert_int_equal(rdb_next(&rdb, &error), RDB_KEY);
	assert_int_equal(rdb.count, 1);
	rdb_take(&rdb);
	assert_int_equal(rdb_next(&rdb, &error), RDB_MORE);
	assert_int_equal(rdb.used, 13);
	assert_in_range(rdb.want, 6, 64 << 10);
	rdb_close(&rdb);
	free_copy(file);

	/* a string of 100 MiB, in a list */
	file = from_hex(HEAD "0101610180" "06400000");
	rdb_open(&rdb, false);
	rdb_window(&rdb, file, false);
	assert_int_equal(rdb_next(&rdb, &error), RDB_KEY);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(rdb_next(&rdb, &error), RDB_MORE);
		assert_in_range(rdb.want, 1, 64 << 10);
		rdb_window(&rdb, bytes_at(zeros, size), false);
		assert_int_equal(rdb.offset, file.size + (uint64_t)i * size);
	}
	assert_int_equal(rdb_next(&rdb, &error), RDB_MORE);
	rdb_window(&rdb, bytes_at(zeros, 0), true);
	assert_int_equal(rdb_next(&rdb, &error), RDB_BAD);
	assert_string_equal(error.message, "type or opcode: the data ends within it, want at least 1 more bytes");
	assert_int_equal(error.offset, file.size + (100u << 20));
	assert_int_equal(rdb_next(&rdb, &error), RDB_BAD);
	rdb_close(&rdb);
	free_copy(file);
	free(zeros);
}

/* What is not asked for is still there, what stands before the file counts, and what follows it is left alone. */
static void test_place(void **state)
{
	struct bytes file = from_hex(HEAD "fa0161c07b" "fe05" "fc0100000000000000" "f807" "00016b0176" "00016c0176" END "2a31");
	struct error error = { 0 };
	struct rdb rdb;

	(void)state;
	rdb_open(&rdb, true);
	rdb.offset = 100;
	rdb_window(&rdb, file, true);
	assert_int_equal(rdb_next(&rdb, &error), RDB_AUX);
	assert_int_equal(rdb.version, 11);
	assert_true(bytes_is(rdb.aux_name, "a") && bytes_is(rdb.aux_value, "123"));
	assert_int_equal(rdb_next(&rdb, &error), RDB_DATABASE);
	assert_int_equal(rdb.database, 5);
	assert_int_equal(rdb_next(&rdb, &error), RDB_KEY);
	assert_true(bytes_is(rdb.key, "k") && rdb.kind == RDB_STRING && rdb.type == 0 && rdb.count == RDB_COUNT_LATER);
	assert_int_equal(rdb.expire_ms, 1);
	assert_int_equal(rdb_next(&rdb, &error), RDB_KEY);
	assert_true(bytes_is(rdb.key, "l"));
	assert_true(rdb.expire_ms == INT64_MIN);
	rdb_take(&rdb);
	assert_int_equal(rdb_next(&rdb, &error), RDB_VALUE);
	assert_int_equal(rdb_next(&rdb, &error), RDB_END);
	assert_int_equal(rdb.used, file.size - 2);
	assert_int_equal(rdb_next(&rdb, &error), RDB_END);
	rdb_close(&rdb);

	rdb_open(&rdb, true);
	rdb.offset = 100;
	rdb_window(&rdb, bytes_at("REDIS0011\x1a", 10), true);
	assert_int_equal(rdb_next(&rdb, &error), RDB_BAD);
	assert_int_equal(error.offset, 109);
	rdb_close(&rdb);
	rdb_close(&rdb);
	free_copy(file);
}

static void test_payloads_refused(void **state)
{
	static const struct { const char *hex, *message; uint64_t offset; } rows[] = {
		{ "", "payload of 0 bytes, want at least 11", 0 },
		{ "00010a000000000000000000", "payload with checksum 0000000000000000, want ", 4 },
		{ "000161" "0d00" "0000000000000000", "payload of RDB version 13, want at most 12", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes payload = from_hex(rows[i].hex);
		struct rdb_story story = rdb_read_payload(payload, true);

		assert_int_equal(story.end, RDB_BAD);
		if (!bytes_begin(bytes_of(story.error.message), rows[i].message) || story.error.offset != rows[i].offset)
			fail_msg("%s: %s at %ju", rows[i].hex, story.error.message, (uintmax_t)story.error.offset);
		free_copy(payload);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_payloads_refused),
	};

	return cmocka_run_group_tests_name("rdb", tests, NULL, NULL);
}
