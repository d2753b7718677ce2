/* edit.c - btinspect edit: torrent files with other trackers, comments and the like, and every other byte as it was */
#include "digest/digest.h"
#include "io/replace.h"
#include "tools/btinspect/outer.h"
#include "tools/btinspect/records.h"
#include "tools/btinspect/torrent.h"

/* The keys of info that may be changed, sorted. */
enum { INFO_PRIVATE, INFO_SOURCE, INFO_SOURCE_UTF8, INFO_KEYS };
static const char *const info_names[INFO_KEYS] = { "private", "source", "source.utf-8" };

struct editing {
	struct run *run;
	const struct btinspect_options *options;
	struct outer outer;
	struct torrent torrent;
	struct bencode_change changes[OUTER_KEYS], info_changes[INFO_KEYS];
	struct buf info;	/* the new one */
	struct buf file;	/* the new one */
	struct buf names;	/* what was changed */
	struct arena memory;	/* of this document */
};

/* ---- what is to be done */

static bool wants_info(const struct btinspect_options *options)
{
	return options->source || options->private != PRIVATE_KEEP;
}

static bool check_usage(const struct editing *editing, struct error *error)
{
	const struct btinspect_options *options = editing->options;
	size_t word_count = editing->run->word_count;

	if (wants_info(options) && !options->change_info)
		return fail_usage(error, "--%s changes info, which the info hash is of: trackers and clients "
				  "will take it for another torrent, with no peers yet; --change-info allows that",
				  options->source ? "source" : options->private == PRIVATE_SET ? "private" : "public");
	if (!wants_info(options) && !outer_wants(&editing->outer))
		return fail_usage(error, "nothing to change: say what, as --tracker=URL or --comment=TEXT");
	if (!word_count && !options->files_from)
		return fail_usage(error, "no FILE to edit");
	if (!options->to)
		return true;
	if (word_count != 1 || options->files_from)
		return fail_usage(error, "--to is for one FILE");
	return strcmp(options->to, "-") || options->dry_run || outer_check_stdout(editing->run, error);
}

/* ---- one torrent */

static bool change_info(struct editing *editing, struct error *error)
{
	struct bytes info = editing->torrent.meta.info;
	struct bencode_change *changes = editing->info_changes, *private = &changes[INFO_PRIVATE];

	for (unsigned i = 0; i < INFO_KEYS; i++)
		changes[i] = (struct bencode_change){ .key = bytes_of(info_names[i]) };
	if (!bencode_change_find(info, changes, INFO_KEYS, error))
		return false;
	/* only the integer 1 makes it private (BEP 27): any other value is as good as none, and may stay */
	if (editing->options->private == PRIVATE_SET && !editing->torrent.meta.private)
		private->now = bytes_of("i1e");
	else if (editing->options->private == PRIVATE_CLEAR && editing->torrent.meta.private)
		private->now = bytes_at(NULL, 0);
	outer_set_text(&changes[INFO_SOURCE], &changes[INFO_SOURCE_UTF8], editing->options->source, &editing->memory);
	editing->info.size = 0;
	bencode_change_apply(info, changes, INFO_KEYS, &editing->info);
	if (!bytes_equal(info, buf_bytes(&editing->info)))
		editing->changes[OUTER_INFO].now = buf_bytes(&editing->info);
	return true;
}

static void name_changes(struct editing *editing, const struct bencode_change *changes, size_t count, const char *before)
{
	for (size_t i = 0; i < count; i++) {
		if (!bencode_change_made(&changes[i]) || &changes[i] == &editing->changes[OUTER_INFO])
			continue;
		buf_format(&editing->names, "%s%s%.*s", editing->names.size ? "," : "", before, (int)changes[i].key.size,
			   (const char *)changes[i].key.data);
	}
}

static void put_record(struct editing *editing, const struct document *document)
{
	struct torrent *torrent = &editing->torrent;
	struct edited_line line;
	uint8_t was[SHA1_SIZE], was_v2[SHA256_SIZE];

	record_clear(&edited_record, &line);
	if (bencode_change_made(&editing->changes[OUTER_INFO])) {
		memcpy(was, torrent->sha1, sizeof was);
		memcpy(was_v2, torrent->sha256, sizeof was_v2);
		line.was = bytes_at(torrent->info_hash.data ? was : NULL, torrent->info_hash.size);
		line.was_v2 = bytes_at(torrent->info_hash_v2.data ? was_v2 : NULL, torrent->info_hash_v2.size);
		torrent->meta.info = editing->changes[OUTER_INFO].now;
		torrent_hash(torrent);
	}
	line.info_hash = torrent->info_hash;
	line.info_hash_v2 = torrent->info_hash_v2;
	if (editing->names.size)
		line.changes = buf_bytes(&editing->names);
	line.path = bytes_of(document->name);
	output_put(&editing->run->output, &line);
}

static bool write_file(struct editing *editing, const struct document *document, struct error *error)
{
	const struct btinspect_options *options = editing->options;
	const char *to = options->to;
	struct bytes file = document->data;

	if (options->dry_run || (!to && !editing->names.size))
		return true;
	if (editing->names.size) {
		editing->file.size = 0;
		bencode_change_apply(document->data, editing->changes, OUTER_KEYS, &editing->file);
		file = buf_bytes(&editing->file);
	}
	if (to && !strcmp(to, "-"))
		return output_bytes(&editing->run->output, file.data, file.size);
	return replace_write(to ? to : document->name, !to || options->force, &file, 1, error);
}

static void edit_document(struct editing *editing, const struct document *document)
{
	const struct btinspect_options *options = editing->options;
	struct error error = { 0 };

	if (!options->to && !strcmp(document->name ? document->name : "", "-")) {
		fail_usage(&error, "standard input cannot be written back: --to=FILE says where to");
		run_error(editing->run, &error);
		return;
	}
	arena_reset(&editing->memory);
	memset(editing->info_changes, 0, sizeof editing->info_changes);
	editing->names.size = 0;
	if (!torrent_read(editing->run, document, &editing->torrent))
		return;
	if (!outer_change(&editing->outer, &editing->torrent.meta, editing->changes, &editing->memory, &error) ||
	    (wants_info(options) && !change_info(editing, &error))) {
		document_error(editing->run, document, &error);
		return;
	}
	name_changes(editing, editing->changes, OUTER_KEYS, "");
	name_changes(editing, editing->info_changes, INFO_KEYS, "info.");
	if (!write_file(editing, document, &error))
		document_error(editing->run, document, &error);
	else if (options->dry_run || !options->to || strcmp(options->to, "-"))
		put_record(editing, document);
}

void edit_run(struct run *run)
{
	struct editing editing = { .run = run, .options = run->options };
	struct error error = { 0 };
	struct documents documents;
	struct document document;

	if (outer_open(&editing.outer, run, &error) && check_usage(&editing, &error)) {
		documents_open(&documents, run, run->word_count, run->words);
		/* -n chooses what is printed, not what is edited */
		while (run->output.error.kind == ERROR_NONE && documents_next(&documents, &document))
			edit_document(&editing, &document);
		documents_close(&documents);
	} else {
		run_error(run, &error);
	}
	outer_close(&editing.outer);
	buf_free(&editing.info);
	buf_free(&editing.file);
	buf_free(&editing.names);
	arena_free(&editing.memory);
}
