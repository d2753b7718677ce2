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

static struct rdb_story read_any(const char *name, struct bytes sample, size_t step, bool take, bool checksum)
{
	return is_payload(name) ? rdb_read_payload(sample, checksum) : rdb_read_file(sample, step, take, checksum);
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
	struct rdb_story story = read_any(name, sample, sample.size, true, true);
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
		struct rdb_story whole = read_any(name, sample, sample.size, take, true);

		assert_int_equal(whole.windows, 1 + (whole.end == RDB_BAD));
		for (size_t i = 0; i < COUNT(steps); i++) {
			struct rdb_story parts = read_any(name, sample, steps[i], take, true);

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
	struct rdb_story whole = read_any(name, sample, sample.size, true, true);

	for (size_t size = 0; size < sample.size; size++) {
		struct bytes cut = exact_copy(sample.data, size);
		struct rdb_story story = read_any(name, cut, size, true, false);

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

/* A byte that is another: with the checksum always an error, without it what comes out may be wrong, but no more. */
static void check_changed(const char *name, struct bytes sample)
{
	struct bytes changed = exact_copy(sample.data, sample.size);
	uint8_t *data = (uint8_t *)(uintptr_t)changed.data;

	for (size_t at = 0; at < sample.size; at++) {
		for (int bit = 0; bit < 8; bit += sample.size > 600 ? 4 : 1) {
			struct rdb_story story;

			data[at] = (uint8_t)(sample.data[at] ^ 1 << bit);
			story = read_any(name, changed, sample.size, true, true);
			if (story.end != RDB_BAD || story.error.offset > sample.size)
				fail_msg("%s: byte %zu as 0x%02x was not seen", name, at, data[at]);
			rdb_story_free(&story);
			story = read_any(name, changed, sample.size, bit & 1, false);
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
		{ RDB_HEAD, "type or opcode: the data ends within it, want at least 1 more bytes", 9 },
		{ RDB_HEAD "ff00", "checksum: the data ends within it, want at least 7 more bytes", 10 },
		{ RDB_HEAD "ff0100000000000000", "checksum: 0000000000000001, want ", 10 },
		{ RDB_HEAD "06", "type or opcode: 6, a module's value as only candidates of 4.0", 9 },
		{ RDB_HEAD "08", "type or opcode: 8, want one that RDB versions up to 12 have", 9 },
		{ RDB_HEAD "1a", "type or opcode: 26, want one", 9 },
		{ RDB_HEAD "f3", "type or opcode: 243, want one", 9 },
		{ RDB_HEAD "f6", "type or opcode: opcode 246, a function as only candidates of 7.0", 9 },
		{ RDB_HEAD "fe85", "SELECTDB: 0x85 where a length should begin", 10 },
		{ RDB_HEAD "fec0", "SELECTDB: 0xc0 where a length", 10 },
		{ RDB_HEAD "fd010203", "EXPIRETIME: the data ends within it, want at least 1 more", 9 },
		{ RDB_HEAD "fa016180ffffffff", "AUX: a string of 4294967295 bytes, want at most 67108864", 12 },
		{ RDB_HEAD "f50561", "FUNCTION2: the data ends within it, want at least 4 more bytes", 10 },
		{ RDB_HEAD "f7010406", "MODULE_AUX: the data ends within it, want at least 7 more", 11 },
		{ RDB_HEAD "f70106", "MODULE_AUX: mark 6 in what a module wrote, want 0 to 5", 11 },
		{ RDB_HEAD "00c4", "name of a key: 0xc4 where a string should begin, want a length or 0xc0 to 0xc3", 10 },
		{ RDB_HEAD "0081ffffffffffffffff", "name of a key: a string of 18446744073709551615 bytes, want", 10 },
		{ RDB_HEAD "00c302801000000000", "name of a key: a string of 268435456 bytes", 10 },
		{ RDB_HEAD "00c3024200" "0061", "name of a key: 2 bytes of LZF that claim to be 512, want at most 88", 10 },
		{ RDB_HEAD "00c30205" "0061", "name of a key: 2 bytes of LZF are damaged, want what makes 5 bytes", 10 },
		{ RDB_HEAD "00016181ffffffffffffffff",
		  "key 'a' (string): the data ends within it, want at least 18446744073709551615", 12 },
		{ RDB_HEAD "01016181ffffffffffffffff", "key 'a' (list): the data ends within it, want at least 1 more", 21 },
		{ RDB_HEAD "02016103016204",
		  "key 'a' (set), member 2 of 3: the data ends within it, want at least 4 more", 15 },
		{ RDB_HEAD "0201610301620161c9", "key 'a' (set), member 3 of 3: 0xc9 where a string", 17 },
		{ RDB_HEAD "0301610101620378782e",
		  "key 'a' (zset), member 1 of 1: a score of 3 bytes that are no number", 15 },
		{ RDB_HEAD "0501610201620000000000000000" "0163",
		  "key 'a' (zset), member 2 of 2: the data ends within it", 23 },
		{ RDB_HEAD "0561620162", "name of a key: the data ends within it", 9 },
		{ RDB_HEAD "110161", "key 'a' (zset): the data ends within it, want at least 1 more", 9 },
		{ RDB_HEAD "070161", "key 'a' (module): the data ends within it, want at least 1 more", 9 },
		{ RDB_HEAD "11" "0161" "c010", "key 'a' (zset): a number, want a packed value", 12 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = rdb_from_hex(rows[i].hex);
		struct rdb_story story = rdb_read_file(file, file.size, true, true);

		if (story.end != RDB_BAD || !bytes_begin(bytes_of(story.error.message), rows[i].message) ||
		    story.error.offset != rows[i].offset)
			fail_msg("%s: %s at %ju", rows[i].hex, story.error.message, (uintmax_t)story.error.offset);
		rdb_story_free(&story);
		free_copy(file);
	}
}

/* What is announced is not asked for at once, nor made room for, and what is passed over is never held. */
static void test_bounds(void **state)
{
	static const char lie[] = RDB_HEAD "050161" "01" "8003ffffff";	/* a member of nearly 64 MiB */
	size_t size = 1 << 20;
	uint8_t *zeros = calloc(size, 1);
	struct bytes file = rdb_from_hex(lie);
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
	file = rdb_from_hex(RDB_HEAD "0101610180" "06400000");
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
	struct bytes file = rdb_from_hex(RDB_HEAD "fa0161c07b" "fe05" "fc0100000000000000" "f807" "00016b0176" "00016c0176"
					 RDB_TAIL "2a31");
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

/* More text than one event has room for: it is cut into several, and none of the views of one moves. */
static void test_large_texts(void **state)
{
	enum { COUNT_OF = 40, AGAIN = 20, SIZE = 1 + AGAIN * 264 };
	struct buf file = { 0 };
	struct error error = { 0 };
	enum rdb_event event;
	size_t seen = 0, events = 0;
	struct rdb rdb;

	(void)state;
	buf_text(&file, "REDIS0011");
	for (int i = -2; i < COUNT_OF; i++) {
		if (i == -2)
			buf_byte(&file, 250);		/* AUX: the first two */
		if (i == 0)
			buf_append(&file, (uint8_t[]){ 2, 1, 'k', COUNT_OF }, 4);
		/* 62 bytes of LZF */
		buf_append(&file, (uint8_t[]){ 0xc3, 2 + 3 * AGAIN, 0x40 | SIZE >> 8, SIZE & 255, 0, (uint8_t)('A' + i) },
			   6);
		for (int j = 0; j < AGAIN; j++)
			buf_append(&file, (uint8_t[]){ 0xe0, 0xff, 0 }, 3);
	}
	buf_append(&file, (uint8_t[9]){ 255 }, 9);
	rdb_open(&rdb, true);
	rdb_window(&rdb, buf_bytes(&file), true);
	assert_int_equal(rdb_next(&rdb, &error), RDB_AUX);
	assert_true(rdb.aux_name.size == SIZE && rdb.aux_name.data[0] == 'A' - 2 && rdb.aux_name.data[SIZE - 1] == 'A' - 2);
	assert_true(rdb.aux_value.size == SIZE && rdb.aux_value.data[0] == 'A' - 1);
	while ((event = rdb_next(&rdb, &error)) != RDB_END) {
		assert_int_not_equal(event, RDB_BAD);
		if (event == RDB_KEY)
			rdb_take(&rdb);
		events += event == RDB_MEMBERS;
		for (size_t i = 0; event == RDB_MEMBERS && i < rdb.member_count; i++, seen++)
			for (size_t j = 0; j < SIZE; j++)
				assert_true(rdb.members[i].text.size == SIZE && rdb.members[i].text.data[j] == 'A' + seen);
	}
	assert_int_equal(seen, COUNT_OF);
	assert_in_range(events, 2, COUNT_OF);
	rdb_close(&rdb);
	buf_free(&file);
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
		struct bytes payload = rdb_from_hex(rows[i].hex);
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
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_large_texts),
		cmocka_unit_test(test_payloads_refused),
	};

	return cmocka_run_group_tests_name("rdb", tests, NULL, NULL);
}
