/* save.c - writes a look: its lines as they come, into a file that is there whole or not at all */
#include "tools/userstats/save.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
	BLOCK = 256 << 10,	/* bytes gathered before a write */
	HEAD = 256,		/* room for the look line: at most 8 columns of 27 bytes, and a comment */
};

static bool is_stdout(const struct save *save)
{
	return !strcmp(save->name, "-");
}

/* A look cannot be taken again, so that none is written over. */
static bool check_name(const char *name, struct error *error)
{
	struct stat status;

	if (strcmp(name, "-") && !stat(name, &status) && S_ISREG(status.st_mode))
		return fail_system(error,
				   "%s: is there already, and what was seen there cannot be seen again: choose another name",
				   name);
	return true;
}

static bool open_places(struct save *save, struct error *error)
{
	if (!check_name(save->name, error))
		return false;
	if (!is_stdout(save)) {
		save->file = replace_open(save->name, false, true, error);
		if (!save->file)
			return false;
	}
	if (is_stdout(save) || !replace_again(save->file))
		return spool_open(&save->spool, error);
	return true;
}

static void flush(struct save *save)
{
	bool good = save->error.kind == ERROR_NONE;

	save->bytes += save->buf.size;
	if (good && save->spool.fd >= 0)
		spool_write(&save->spool, buf_bytes(&save->buf), &save->error);
	else if (good)
		replace_put(save->file, buf_bytes(&save->buf), &save->error);
	save->buf.size = 0;
}

static bool put(struct save *save, const struct writer *writer, const void *record)
{
	size_t room = writer_room(writer, record);
	char *at;

	if (save->buf.size + room > BLOCK)
		flush(save);
	at = (char *)buf_reserve(&save->buf, room);
	save->buf.size += (size_t)(writer_put(writer, at, record) - at);
	return save->error.kind == ERROR_NONE;
}

/* A line of look, then a comment that fills the room which was left. */
static void print_head(const struct look_line *line, struct buf *head)
{
	static const struct writer_options options = { .format = WRITER_LINES };
	struct error ignored = { 0 };
	struct writer writer;
	char *at;

	if (line) {
		writer_init(&writer, &look_record, &options, &ignored);
		at = (char *)buf_reserve(head, writer_room(&writer, line));
		head->size += (size_t)(writer_put(&writer, at, line) - at);
		writer_free(&writer);
	}
	buf_text(head, "# passkeys are secrets");
	while (head->size < HEAD - 1)
		buf_byte(head, ' ');
	buf_byte(head, '\n');
}

bool save_open(struct save *save, struct run *run, const char *name)
{
	static const struct writer_options options = { .format = WRITER_LINES };

	*save = (struct save){ .run = run, .name = name, .spool.fd = -1 };
	if (!writer_init(&save->peer, &peer_record, &options, &save->error) ||
	    !writer_init(&save->member, &member_record, &options, &save->error) || !open_places(save, &save->error)) {
		run_error(run, &save->error);
		save_drop(save);
		return false;
	}
	if (save->spool.fd < 0)
		print_head(NULL, &save->buf);
	return true;
}

bool save_peer(struct save *save, const struct peer *peer)
{
	save->entries++;
	return put(save, &save->peer, peer);
}

bool save_member(struct save *save, const struct member *member)
{
	save->pairs++;
	return put(save, &save->member, member);
}

static bool put_piped(struct save *save, struct bytes bytes)
{
	return is_stdout(save) ? output_bytes(&save->run->output, bytes.data, bytes.size)
			       : replace_put(save->file, bytes, &save->error);
}

/* What waited for the look line goes behind it. */
static void copy_spool(struct save *save)
{
	uint8_t *block = buf_reserve(&save->buf, BLOCK);
	uint64_t at = 0;
	ssize_t count;

	while ((count = pread(save->spool.fd, block, BLOCK, (off_t)at)) > 0 && !tool_stopped) {
		at += (uint64_t)count;
		if (!put_piped(save, bytes_at(block, (size_t)count)))
			return;
	}
	if (count < 0)
		fail_system(&save->error, "cannot read a temporary file in %s: %m", save->spool.folder);
}

static void finish(struct save *save, const struct look_line *line)
{
	struct replace *file = save->file;
	struct buf head = { 0 };

	print_head(line, &head);
	if (save->spool.fd >= 0) {
		if (put_piped(save, buf_bytes(&head)))
			copy_spool(save);
	}
	if (file && save->error.kind == ERROR_NONE && !tool_stopped) {
		save->file = NULL;	/* closed either way */
		replace_close(file, replace_again(file) ? buf_bytes(&head) : (struct bytes){ 0 }, &save->error);
	}
	buf_free(&head);
}

bool save_close(struct save *save, struct look_line *line)
{
	bool good;

	flush(save);
	line->entries = save->entries;
	line->pairs = save->pairs;
	line->path = (struct bytes){ 0 };
	line->bytes = save->bytes + (save->spool.fd >= 0 ? HEAD : 0);
	if (save->error.kind == ERROR_NONE && !tool_stopped)
		finish(save, line);
	good = save->error.kind == ERROR_NONE && !tool_stopped;
	if (save->error.kind != ERROR_NONE)
		run_error(save->run, &save->error);
	line->path = bytes_of(save->name);
	save_drop(save);
	return good;
}

void save_drop(struct save *save)
{
	if (save->file)
		replace_drop(save->file);
	save->file = NULL;
	spool_close(&save->spool);
	writer_free(&save->peer);
	writer_free(&save->member);
	buf_free(&save->buf);
}
