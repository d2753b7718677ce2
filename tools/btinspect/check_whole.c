/* check_whole.c - what a torrent is as a whole: its sizes and counts, its texts, its name, when it was made */
#include "tools/btinspect/check.h"

#include <inttypes.h>
#include <time.h>

#include "base/utf8.h"
#include "text/escape.h"

#define GIB (1024ull * 1024 * 1024)
#define YEAR_5138 100000000000	/* in seconds; in milliseconds it is 1973 */

enum {
	FILE_SIZE = 10 * 1000 * 1000,		/* what libtorrent loads (load_torrent_limits, max_buffer_size) */
	PIECE_LENGTH = 16 << 20,
	PIECES = 2 << 20,			/* libtorrent: max_pieces */
	DAY = 86400,				/* clocks and time zones */
};

/* ---- values */

static void check_text(struct check *check, struct bytes text, struct check_spot spot)
{
	struct brief brief;

	if (!utf8_valid(text))
		check_put(check, FAULT_TEXT_NOT_UTF8, spot, "'%s'", escape_brief(&brief, text));
}

static void check_created(struct check *check, struct check_spot spot)
{
	int64_t created = check->meta.created, now = time(NULL);

	if (created > YEAR_5138 && created / 1000 <= now + DAY)
		check_put(check, FAULT_CREATED_LATER, spot, "%" PRIi64 ", in milliseconds as it seems", created);
	else if (created > now + DAY)
		check_put(check, FAULT_CREATED_LATER, spot, "%" PRIi64 " is %" PRIi64 " days from now", created,
			  (created - now) / DAY);
}

static void check_pieces(struct check *check, struct check_spot spot)
{
	const struct metainfo *meta = &check->meta;

	if (meta->piece_length > PIECE_LENGTH)
		check_put(check, FAULT_LARGE_PIECES, spot, "%" PRIi64 " bytes", meta->piece_length);
	if (meta->piece_count > PIECES)
		check_put(check, FAULT_MANY_PIECES, spot, "%" PRIu64 " pieces", meta->piece_count);
}

/* ---- the two dictionaries */

/* A value of the outer one. Texts that metainfo_parse took are judged; of those given twice it takes the one in UTF-8. */
static void check_outer(struct check *check, struct bytes key, const struct bencode_token *value, struct check_spot spot)
{
	const struct metainfo *meta = &check->meta;
	const uint8_t *text = value->text.data;

	if (value->kind == BENCODE_INTEGER && bytes_is(key, "creation date"))
		check_created(check, spot);
	else if (value->kind == BENCODE_STRING && (text == meta->comment.data || text == meta->created_by.data ||
						   text == meta->publisher.data))
		check_text(check, value->text, spot);
}

static void check_inner(struct check *check, struct bytes key, const struct bencode_token *value, struct check_spot spot)
{
	const struct metainfo *meta = &check->meta;

	if (value->kind == BENCODE_INTEGER && bytes_is(key, "piece length"))
		check_pieces(check, spot);
	else if (value->kind == BENCODE_INTEGER && bytes_is(key, "private") && meta->private && !meta->tracker_count)
		check_put(check, FAULT_PRIVATE_WITHOUT_TRACKER, spot, NULL);
	else if (value->kind != BENCODE_STRING)
		return;
	else if (bytes_is(key, "name") || bytes_is(key, "name.utf-8"))
		check_component(check, value->text, spot, value->text.data == meta->name.data);
	else if (value->text.data == meta->source.data)
		check_text(check, value->text, spot);
}

/* Goes on behind a value, without reading what metainfo_parse read already and knows the end of. */
static bool pass_value(struct check *check, struct bencode *reader, const struct bencode_token *value, struct error *error)
{
	const struct metainfo *meta = &check->meta;
	const struct bytes known[] = { meta->info, meta->files, meta->file_tree, meta->piece_layers };
	const uint8_t *at = reader->input.data + value->offset;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].data == at && (value->kind == BENCODE_LIST || value->kind == BENCODE_DICT)) {
			bencode_jump(reader, value, known[i]);
			return true;
		}
	return bencode_skip(reader, value, NULL, error);
}

static void walk_dict(struct check *check, struct bytes dict, const char *path, bool inner)
{
	struct bencode reader;
	struct bencode_token key, value;
	struct error error = { 0 };

	if (!dict.data)
		return;
	bencode_begin(&reader, dict);
	if (!bencode_next(&reader, &key, &error) || key.kind != BENCODE_DICT)
		return;
	while (!tool_stopped && bencode_pair(&reader, &key, &value, &error)) {
		struct check_spot spot = { dict.data + value.offset, path, &reader, NULL };

		if (inner)
			check_inner(check, key.text, &value, spot);
		else
			check_outer(check, key.text, &value, spot);
		if (!pass_value(check, &reader, &value, &error))
			return;
	}
}

void check_whole(struct check *check)
{
	const struct metainfo *meta = &check->meta;
	struct check_spot nowhere = { 0 };

	if (meta->file.size > FILE_SIZE)
		check_put(check, FAULT_LARGE_FILE, nowhere, "%zu bytes", meta->file.size);
	/* beyond 63 bits it was told */
	if (meta->size > 1024 * 1024 * GIB && meta->size <= INT64_MAX)
		check_put(check, FAULT_HUGE, nowhere, "%" PRIu64 " bytes", meta->size);
	/* no more than the dictionary: what follows it was told */
	walk_dict(check, meta->file, NULL, false);
	walk_dict(check, meta->info, "info", true);
}
