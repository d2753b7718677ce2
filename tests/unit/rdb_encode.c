/* rdb_encode.c - payloads for RESTORE: the bytes a server writes, and read again what went in */
#include "../support/unit.h"

#include "../support/rdb.h"

#include <math.h>
#include <stdio.h>

/* What a payload holds; texts look into it or into `texts`. */
struct content {
	struct rdb_member members[1000];
	size_t count;
	struct buf texts;
	uint8_t type;
};

static void read_content(struct bytes payload, struct content *content)
{
	struct error error = { 0 };
	enum rdb_event event;
	struct rdb rdb;

	*content = (struct content){ .count = 0 };
	buf_reserve(&content->texts, 1 << 17);
	rdb_open(&rdb, true);
	if (!rdb_payload(&rdb, payload, &error))
		fail_msg("%s", error.message);
	while ((event = rdb_next(&rdb, &error)) != RDB_END) {
		if (event == RDB_BAD)
			fail_msg("%s", error.message);
		if (event == RDB_KEY)
			rdb_take(&rdb);
		content->type = rdb.type;
		for (size_t i = 0; event == RDB_MEMBERS && i < rdb.member_count; i++) {
			struct bytes text = rdb.members[i].text;

			struct rdb_member *member = &content->members[content->count++];

			member->score = rdb.members[i].score;
			member->text = bytes_at(content->texts.data + content->texts.size, text.size);
			buf_append(&content->texts, text.data, text.size);
			assert_true(content->texts.size <= 1 << 17);
		}
	}
	rdb_close(&rdb);
}

static struct buf encode(const struct rdb_member *members, size_t count, unsigned version)
{
	struct buf payload = { 0 };

	buf_text(&payload, "before");
	rdb_encode_zset(&payload, members, count, version);
	assert_memory_equal(payload.data, "before", 6);
	memmove(payload.data, payload.data + 6, payload.size -= 6);
	return payload;
}

/* Payloads of a server that did not compress: to the byte what is written from their members. */
static void test_same_bytes(void **state)
{
	static const char *const names[] = { "torrent", "large", "scores" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		static struct content content;
		static uint8_t data[65536];
		char path[128];
		struct buf payload;
		size_t size;
		FILE *file;

		snprintf(path, sizeof path, "tests/samples/rdb/%s.dump", names[i]);
		file = fopen(path, "rb");
		assert_non_null(file);
		size = fread(data, 1, sizeof data, file);
		fclose(file);
		read_content(bytes_at(data, size), &content);
		payload = encode(content.members, content.count, 10);
		if (!bytes_equal(buf_bytes(&payload), bytes_at(data, size)))
			fail_msg("%s: %zu bytes, want %zu", names[i], payload.size, size);
		buf_free(&payload);
		buf_free(&content.texts);
	}
}

/* Three digits, so that members are in order and no two are the same. */
static void name_member(uint8_t *text, size_t number)
{
	text[0] = (uint8_t)('0' + number / 100);
	text[1] = (uint8_t)('0' + number / 10 % 10);
	text[2] = (uint8_t)('0' + number % 10);
}

/* How many members of what size, in which version, make which type. */
static void test_types(void **state)
{
	static const struct { size_t count, size; unsigned version; uint8_t type; } rows[] = {
		{ 1, 22, 6, 3 }, { 1, 22, 7, 3 }, { 1, 22, 8, 5 }, { 1, 22, 9, 5 }, { 1, 22, 10, 17 }, { 1, 22, 12, 17 },
		{ 128, 64, 10, 17 }, { 129, 22, 10, 5 }, { 2, 65, 10, 5 }, { 1, 63, 11, 17 }, { 1, 64, 11, 17 },
		{ 64, 3, 11, 17 },
		{ 65, 3, 6, 3 }, { 200, 64, 9, 5 }, { 1, 16383, 9, 5 }, { 1, 16384, 9, 5 }, { 1, 100000, 6, 3 },
	};
	static uint8_t texts[128 << 10];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static struct rdb_member members[256];
		static struct content content;
		struct buf payload;

		memset(texts, 'x', sizeof texts);
		for (size_t j = 0; j < rows[i].count; j++) {
			uint8_t *text = texts + j * rows[i].size;

			name_member(text, j);
			members[j] = (struct rdb_member){ bytes_at(text, rows[i].size), 1700000000 + (double)j };
		}
		payload = encode(members, rows[i].count, rows[i].version);
		read_content(buf_bytes(&payload), &content);
		assert_int_equal(content.type, rows[i].type);
		assert_int_equal(content.count, rows[i].count);
		for (size_t j = 0; j < content.count; j++) {
			assert_true(bytes_equal(content.members[j].text, members[j].text));
			assert_true(content.members[j].score == members[j].score);
		}
		buf_free(&payload);
		buf_free(&content.texts);
	}
}

/* Each score comes back as it was, whatever the type; a listpack in the order that a zset is in. */
static void test_scores(void **state)
{
	static const double scores[] = {
		-INFINITY, -1e300, -0x1p53 - 2, -0x1p53, -2147483649, -2147483648, -8388609, -8388608, -32769, -32768,
		-4097, -4096, -1, -0.1, -0.0, 0.0, 5e-324, 0.5, 1, 127, 128, 4095, 4096, 32767, 32768, 8388607, 8388608,
		1700000000, 1700000000.25, 2147483647, 2147483648, 0x1p53, 0x1p53 + 2, 1e300, INFINITY,
	};
	static struct content content;
	struct rdb_member members[COUNT(scores)], reversed[COUNT(scores)];
	uint8_t texts[COUNT(scores)][3];

	(void)state;
	for (size_t i = 0; i < COUNT(scores); i++) {
		name_member(texts[i], i);
		members[i] = (struct rdb_member){ bytes_at(texts[i], 3), scores[i] };
		reversed[COUNT(scores) - 1 - i] = members[i];
	}
	for (unsigned version = 6; version <= RDB_VERSION_MAX; version++) {
		struct buf payload = encode(reversed, COUNT(scores), version);

		read_content(buf_bytes(&payload), &content);
		assert_int_equal(content.count, COUNT(scores));
		for (size_t i = 0; i < content.count; i++) {
			const struct rdb_member *want = version >= 10 ? &members[i] : &reversed[i];

			if (!bytes_equal(content.members[i].text, want->text) ||
			    memcmp(&content.members[i].score, &want->score, sizeof(double)) != 0)
				fail_msg("version %u: %.17g, want %.17g", version, content.members[i].score, want->score);
		}
		buf_free(&payload);
		buf_free(&content.texts);
	}
}

/* Members with one score are in the order of their bytes, a prefix first. */
static void test_order(void **state)
{
	static const char *const texts[] = { "b", "a", "", "ab", "\xff", "B" };
	static const char *const sorted[] = { "", "B", "a", "ab", "b", "\xff" };
	static struct content content;
	struct rdb_member members[COUNT(texts)];
	struct buf payload;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		members[i] = (struct rdb_member){ bytes_of(texts[i]), 7 };
	payload = encode(members, COUNT(texts), 11);
	read_content(buf_bytes(&payload), &content);
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_true(bytes_is(content.members[i].text, sorted[i]));
	buf_free(&payload);
	buf_free(&content.texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests_name("rdb_encode", tests, NULL, NULL);
}
