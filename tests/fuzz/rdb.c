/* rdb.c - any bytes as an RDB file and as a DUMP payload: whole and in small windows, written and read again, the same */
#include "../support/rdb.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_windows(struct bytes file, bool take)
{
	struct rdb_story whole = rdb_read_file(file, file.size + 1, take, false);
	size_t steps[] = { 2 + file.size / 16 + (file.size ? file.data[file.size / 2] % 61u : 0), 0, 1 };
	/* one way will do for a large sample, so that replaying it takes seconds */
	size_t count = file.size > 1000 ? 1 : sizeof steps / sizeof *steps;

	assert(whole.end == RDB_END || (whole.error.kind == ERROR_INPUT && whole.error.offset <= file.size));
	assert(whole.end == RDB_BAD || whole.used <= file.size);
	for (size_t i = 0; i < count; i++) {
		struct rdb_story parts = rdb_read_file(file, steps[i], take, false);

		assert(parts.end == whole.end && parts.values == whole.values && parts.error.offset == whole.error.offset &&
		       !strcmp(parts.error.message, whole.error.message) &&
		       bytes_equal(buf_bytes(&parts.lines), buf_bytes(&whole.lines)));
		assert(parts.end == RDB_BAD || parts.used == whole.used);
		rdb_story_free(&parts);
	}
	rdb_story_free(&whole);
}

/* Members that were read, written as a payload of that version, read again: a listpack is sorted, the others are not. */
static void check_encoded(const struct rdb_member *members, size_t count, unsigned version)
{
	struct buf payload = { 0 };
	struct error error = { 0 };
	struct rdb rdb;
	enum rdb_event event;
	size_t seen = 0;

	rdb_encode_zset(&payload, members, count, version);
	rdb_open(&rdb, true);
	assert(rdb_payload(&rdb, buf_bytes(&payload), &error));
	while ((event = rdb_next(&rdb, &error)) != RDB_END) {
		assert(event != RDB_BAD);
		if (event == RDB_KEY) {
			assert(rdb.count == count && rdb.kind == RDB_ZSET);
			rdb_take(&rdb);
		}
		for (size_t i = 0; event == RDB_MEMBERS && i < rdb.member_count; i++, seen++) {
			if (rdb.type == 17)
				continue;
			assert(bytes_equal(rdb.members[i].text, members[seen].text));
			assert(!memcmp(&rdb.members[i].score, &members[seen].score, sizeof(double)));
		}
	}
	assert(seen == count);
	rdb_close(&rdb);
	buf_free(&payload);
}

static void check_payload(struct bytes payload)
{
	struct error error = { 0 };
	enum rdb_event event;
	struct rdb rdb;

	rdb_open(&rdb, false);
	if (rdb_payload(&rdb, payload, &error)) {
		while ((event = rdb_next(&rdb, &error)) != RDB_END && event != RDB_BAD) {
			bool good = true;

			assert(event != RDB_MORE);
			if (event == RDB_KEY)
				rdb_take(&rdb);
			for (size_t i = 0; event == RDB_MEMBERS && i < rdb.member_count; i++)
				good = good && !isnan(rdb.members[i].score);
			if (event != RDB_MEMBERS || !good)
				continue;
			check_encoded(rdb.members, rdb.member_count, 6);
			check_encoded(rdb.members, rdb.member_count, 9);
			check_encoded(rdb.members, rdb.member_count, 11);
		}
		assert((event == RDB_BAD) == (error.kind != ERROR_NONE));
	}
	assert(error.kind == ERROR_NONE || (error.kind == ERROR_INPUT && error.offset <= payload.size));
	rdb_close(&rdb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = { data, size };

	check_windows(input, true);
	check_windows(input, false);
	check_payload(input);
	return 0;
}
