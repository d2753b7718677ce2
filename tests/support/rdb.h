/* rdb.h - what the tests of the RDB codec share: a file or a payload read in windows of any size, told as lines */
#ifndef SUPPORT_RDB_H
#define SUPPORT_RDB_H

#include <inttypes.h>
#include <stdlib.h>

#include "base/hex.h"
#include "codec/rdb.h"

/*
 * database, key, type, expiry in ms or -; the same with member and score for each member; keys and members in
 * hexadecimal, a key that has no name as -. So it stands in tests/samples/expected/rdb/, too, but there sorted.
 */
struct rdb_story {
	struct buf lines;
	struct error error;
	enum rdb_event end;	/* RDB_END or RDB_BAD */
	size_t used;		/* bytes, if it was RDB_END */
	size_t windows, values;
};

static inline void rdb_story_free(struct rdb_story *story)
{
	buf_free(&story->lines);
}

static inline void rdb_tell_hex(struct buf *lines, struct bytes bytes)
{
	char *at = (char *)buf_reserve(lines, 2 * bytes.size + 1);

	if (!bytes.data)
		buf_text(lines, "-");
	else
		lines->size += (size_t)(hex_print(at, bytes.data, bytes.size) - at);
}

static inline void rdb_tell_key(struct buf *lines, const struct rdb *rdb)
{
	buf_format(lines, "%" PRIu64 "\t", rdb->database);
	rdb_tell_hex(lines, rdb->key);
	buf_format(lines, "\t%s\t", rdb->type_name);
	if (rdb->expire_ms == INT64_MIN)
		buf_text(lines, "-");
	else
		buf_format(lines, "%" PRId64, rdb->expire_ms);
}

static inline void rdb_tell(struct rdb_story *story, const struct rdb *rdb, enum rdb_event event)
{
	struct buf key = { 0 };

	if (event == RDB_KEY || event == RDB_MEMBERS)
		rdb_tell_key(&key, rdb);
	for (size_t i = 0; event == RDB_MEMBERS && i < rdb->member_count; i++) {
		buf_append(&story->lines, key.data, key.size);
		buf_byte(&story->lines, '\t');
		rdb_tell_hex(&story->lines, rdb->members[i].text);
		buf_format(&story->lines, "\t%.17g\n", rdb->members[i].score);
	}
	if (event == RDB_KEY) {
		buf_append(&story->lines, key.data, key.size);
		buf_byte(&story->lines, '\n');
	}
	story->values += event == RDB_VALUE;
	buf_free(&key);
}

#define RDB_HEAD "524544495330303131"	/* REDIS0011 */
#define RDB_TAIL "ff0000000000000000"	/* the end, without a checksum */

/* Free its data. */
static inline struct bytes rdb_from_hex(const char *hex)
{
	size_t size = strlen(hex) / 2;
	uint8_t *data = malloc(size + !size);

	if (!data || !hex_parse((const uint8_t *)hex, size, data))
		abort();
	return bytes_at(data, size);
}

/* Each window is a block of its own, which is gone when the next one comes: a view kept too long is seen. */
struct rdb_windows {
	struct bytes all;
	size_t start, end, step;	/* step 0: as many bytes as were wanted */
	uint8_t *window;
};

static inline void rdb_give_window(struct rdb_windows *windows, struct rdb *rdb)
{
	size_t left = windows->all.size - windows->end, more;

	windows->start += rdb->used;
	more = windows->step ? windows->step : windows->start + rdb->want - windows->end;
	windows->end += more < left ? more : left;
	free(windows->window);
	windows->window = malloc(windows->end - windows->start + 1);
	if (windows->end > windows->start)
		memcpy(windows->window, windows->all.data + windows->start, windows->end - windows->start);
	rdb_window(rdb, bytes_at(windows->window, windows->end - windows->start), windows->end == windows->all.size);
}

/* take: members too, else all values are passed over. rdb is open, at a payload, or at a file in such steps. */
static inline void rdb_read(struct rdb *rdb, struct bytes all, size_t step, bool take, struct rdb_story *story)
{
	struct rdb_windows windows = { .all = all, .step = step };
	enum rdb_event event;

	while ((event = rdb_next(rdb, &story->error)) != RDB_END && event != RDB_BAD) {
		if (event == RDB_KEY && take)
			rdb_take(rdb);
		if (event == RDB_MORE) {
			rdb_give_window(&windows, rdb);
			story->windows++;
		}
		rdb_tell(story, rdb, event);
	}
	story->end = event;
	story->used = windows.start + rdb->used;
	free(windows.window);
}

static inline struct rdb_story rdb_read_file(struct bytes all, size_t step, bool take, bool checksum)
{
	struct rdb_story story = { .lines = { 0 } };
	struct rdb rdb;

	rdb_open(&rdb, checksum);
	rdb_read(&rdb, all, step, take, &story);
	rdb_close(&rdb);
	return story;
}

static inline struct rdb_story rdb_read_payload(struct bytes payload, bool checksum)
{
	struct rdb_story story = { .end = RDB_BAD };
	struct rdb rdb;

	rdb_open(&rdb, checksum);
	if (rdb_payload(&rdb, payload, &story.error))
		rdb_read(&rdb, payload, 0, true, &story);
	rdb_close(&rdb);
	return story;
}

#endif
