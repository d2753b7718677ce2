/* view.c - a torrent for people: all that it says, its trackers by tier and its files as a tree */
#include "tools/btinspect/view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/number.h"
#include "text/escape.h"
#include "text/time.h"
#include "text/url.h"

enum {
	LABEL = 14,		/* columns of the labels: the version 2 hash behind one ends at 78 */
	SIZE = 10,		/* columns of a file's size */
	INDENT_MAX = 16,	/* folders are indented by two columns each; deeper ones stand below each other */
};

struct view {
	struct output *output;
	const struct torrent *torrent;
	bool reveal;
	struct buf text;	/* of the line at hand */
	/* links */
	enum metainfo_link_kind kind;
	uint64_t tier;
	/* files */
	struct paths paths;
	struct buf folder;	/* whose contents are printed now, with a / at its end */
	uint64_t hidden, hidden_size;
};

/* ---- lines */

static void put_text(struct view *view, const char *text)
{
	output_bytes(view->output, text, strlen(text));
}

static void put_blanks(struct view *view, size_t count)
{
	memset(output_room(view->output, count), ' ', count);
	output_made(view->output, count);
}

static void put_escaped(struct view *view, struct bytes text)
{
	char *at = (char *)output_room(view->output, ESCAPE_GROWTH * text.size + ESCAPE_ROOM);

	output_made(view->output, (size_t)(escape_print(at, text) - at));
}

static void put_hex(struct view *view, struct bytes bytes)
{
	char *at = (char *)output_room(view->output, 2 * bytes.size);

	output_made(view->output, (size_t)(hex_print(at, bytes.data, bytes.size) - at));
}

static void put_label(struct view *view, const char *label)
{
	put_text(view, label);
	put_blanks(view, LABEL - strlen(label));
}

/* A line of text; none if it is unset. Where it has newlines it is several lines, none of which can pass for one of ours. */
static void put_line(struct view *view, const char *label, struct bytes text)
{
	while (text.data) {
		put_label(view, label);
		put_escaped(view, bytes_split(text, '\n', &text));
		put_text(view, "\n");
		label = "";
	}
}

static void put_format(struct view *view, const char *label, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void put_format(struct view *view, const char *label, const char *format, ...)
{
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	put_label(view, label);
	put_text(view, text);
	put_text(view, "\n");
}

/* ---- what the torrent says of itself */

static void put_hash(struct view *view, const char *label, struct bytes hash)
{
	if (!hash.data)
		return;
	put_label(view, label);
	put_hex(view, hash);
	put_text(view, "\n");
}

/* "1.5 KiB (1536 bytes)"; of few bytes just these. */
static const char *size_and_bytes(struct count_text *to, uint64_t size)
{
	size_t end = strlen(size_print(to, size));

	if (size >= 1024)
		snprintf(to->text + end, sizeof to->text - end, " (%" PRIu64 " bytes)", size);
	return to->text;
}

static void put_sizes(struct view *view)
{
	const struct metainfo *meta = &view->torrent->meta;
	struct count_text size, count;

	if (meta->size == COUNT_UNSET)
		put_format(view, "Size", "beyond 64 bits");
	else
		put_format(view, "Size", "%s in %s", size_and_bytes(&size, meta->size),
			   count_print(&count, meta->file_count, "files"));
	if (meta->piece_length && meta->piece_count != COUNT_UNSET)
		put_format(view, "Pieces", "%" PRIu64 " of %s", meta->piece_count,
			   size_and_bytes(&size, (uint64_t)meta->piece_length));
}

static void put_about(struct view *view, const struct torrent_line *line)
{
	static const char *const versions[] = { "none", "1", "2", "1 and 2 (hybrid)" };
	const struct metainfo *meta = &view->torrent->meta;

	put_line(view, "Name", line->name);
	put_hash(view, "Info hash", line->info_hash);
	put_hash(view, "Info hash v2", line->info_hash_v2);
	put_format(view, "Version", "%s", versions[meta->version]);
	put_sizes(view);
	if (meta->private)
		put_format(view, "Private", "yes");
	put_line(view, "Source", line->source);
	if (line->created.us != TIME_UNSET) {
		char time[TIME_ROOM];

		put_line(view, "Created", bytes_at(time, (size_t)(time_print_iso(time, line->created.us) - time)));
	}
	put_line(view, "Created by", line->creator);
	put_line(view, "Publisher", meta->publisher);
	put_line(view, "Encoding", meta->encoding);
	put_line(view, "Comment", line->comment);
}

/* ---- what else it names */

static bool put_link(void *context, const struct metainfo_link *link)
{
	static const char *const labels[METAINFO_LINKS] = {
		[METAINFO_TRACKER] = "Trackers", [METAINFO_WEB_SEED] = "Web seeds", [METAINFO_HTTP_SEED] = "HTTP seeds",
		[METAINFO_NODE] = "DHT nodes", [METAINFO_SIMILAR] = "Similar", [METAINFO_COLLECTION] = "Collections",
		[METAINFO_UPDATE_URL] = "Update URL", [METAINFO_SIGNATURE] = "Signed by",
	};
	static const bool url[METAINFO_LINKS] = {
		[METAINFO_TRACKER] = true, [METAINFO_WEB_SEED] = true, [METAINFO_HTTP_SEED] = true,
		[METAINFO_UPDATE_URL] = true,
	};
	struct view *view = context;

	put_label(view, link->kind != view->kind ? labels[link->kind] : "");
	if (link->kind == METAINFO_TRACKER) {
		char tier[32];

		snprintf(tier, sizeof tier, "tier %" PRIu64 "  ", link->tier);
		if (link->tier == view->tier)
			put_blanks(view, strlen(tier));
		else
			put_text(view, tier);
	}
	view->kind = link->kind;
	view->tier = link->tier;
	if (link->kind == METAINFO_SIMILAR) {
		put_hex(view, link->text);
	} else if (url[link->kind] && !view->reveal) {
		view->text.size = 0;
		url_mask(link->text, &view->text);
		put_escaped(view, buf_bytes(&view->text));
	} else {
		put_escaped(view, link->text);
	}
	put_text(view, "\n");
	return !view->output->ended;
}

/* ---- files */

static void put_place(struct view *view, const char *size, size_t depth)
{
	size_t blanks = strlen(size) < SIZE ? SIZE - strlen(size) : 0;

	put_blanks(view, blanks);
	put_text(view, size);
	put_blanks(view, 2 + 2 * (depth < INDENT_MAX ? depth : INDENT_MAX));
}

/*
 * Prints the folders of the path that the file before was not in. Returns how many the path has; *base is what follows
 * them.
 */
static size_t put_folders(struct view *view, struct bytes path, struct bytes *base)
{
	struct bytes last = buf_bytes(&view->folder);
	size_t depth = 0, at = 0, shared;
	const uint8_t *slash;

	for (shared = 0; shared < path.size && shared < last.size && path.data[shared] == last.data[shared]; shared++)
		;
	while ((slash = memchr(path.data + at, '/', path.size - at))) {
		size_t end = (size_t)(slash + 1 - path.data);

		if (end > shared) {
			put_place(view, "", depth);
			put_escaped(view, bytes_at(path.data + at, end - 1 - at));
			put_text(view, "/\n");
		}
		depth++;
		at = end;
	}
	if (at > shared || at != last.size) {
		view->folder.size = 0;
		buf_append(&view->folder, path.data, at);
	}
	*base = bytes_after(path, at);
	return depth;
}

static void put_file(struct view *view, const struct metainfo_file *file)
{
	static const char *const attributes[] = { "", " (executable)", " (hidden)", " (executable, hidden)" };
	struct bytes base;
	struct count_text size;
	size_t depth;

	if (file->attr & METAINFO_PAD) {
		view->hidden++;
		view->hidden_size += file->length;
		return;
	}
	depth = put_folders(view, paths_of(&view->paths, file), &base);
	put_place(view, file->attr & METAINFO_SYMLINK ? "" : size_print(&size, file->length), depth);
	put_escaped(view, base);
	if (file->attr & METAINFO_SYMLINK) {
		put_text(view, " -> ");
		put_escaped(view, file->target);
	}
	put_text(view, attributes[!!(file->attr & METAINFO_EXECUTABLE) + 2 * !!(file->attr & METAINFO_HIDDEN)]);
	put_text(view, "\n");
}

static void put_files(struct view *view)
{
	struct metainfo_files *files = metainfo_files_new(&view->torrent->meta);
	struct metainfo_file file;
	struct error error = { 0 };
	struct count_text count, size;
	bool found;

	put_text(view, "Files\n");
	view->paths = paths_begin(view->torrent);
	while (!view->output->ended && !tool_stopped &&
	       ((found = metainfo_files_next(files, &file, &error)) || error.kind != ERROR_NONE)) {
		if (found)
			put_file(view, &file);
		error_clear(&error);	/* what is wrong was told when the torrent was read */
	}
	if (view->hidden)
		put_format(view, "", "and %s of padding in %s", size_print(&size, view->hidden_size),
			   count_print(&count, view->hidden, "files"));
	paths_free(&view->paths);
	metainfo_files_free(files);
}

void view_torrent(struct run *run, const struct torrent *torrent, const char *path)
{
	const struct btinspect_options *options = run->options;
	struct view view = {
		.output = &run->output, .torrent = torrent, .reveal = options->reveal,
		.kind = METAINFO_LINKS, .tier = UINT64_MAX,
	};
	struct torrent_line line = torrent_line(torrent, path);

	put_line(&view, "File", line.path);
	put_about(&view, &line);
	metainfo_links(&torrent->meta, put_link, &view);
	put_files(&view);
	buf_free(&view.text);
	buf_free(&view.folder);
}
