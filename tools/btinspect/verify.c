/* verify.c - btinspect verify: data against torrents */
#include <inttypes.h>
#include <sys/stat.h>

#include "base/number.h"
#include "digest/lanes.h"
#include "tools/btinspect/verdict.h"

/* Is the word a torrent file? Read only as far as it takes to see that it is none. */
static bool is_torrent(const char *word)
{
	struct input input;
	struct error error = { 0 };
	struct metainfo meta;
	struct stat status;
	bool is = false;

	if (stat(word, &status) || !S_ISREG(status.st_mode) || status.st_size > DOCUMENT_SIZE_MAX)
		return false;
	if (!input_open(&input, word, (struct io_wait){ NULL, NULL }, &tool_stopped, &error))
		return false;
	if (bytes_begin(input_fill(&input, 1, &error), "d"))
		is = metainfo_find_info(input_fill(&input, (size_t)status.st_size, &error), &meta, &error);
	input_close(&input);
	return is;
}

/* "2 missing, 1 bad", for the states other than good. */
static void print_states(struct buf *text, const struct verdict_totals *totals)
{
	static const char *const names[DATA_STATES] = {
		[DATA_BAD] = "bad", [DATA_MISSING] = "missing", [DATA_SHORT] = "short", [DATA_LONG] = "long",
		[DATA_UNREADABLE] = "unreadable", [DATA_UNSURE] = "unsure",
	};
	const char *between = "";

	for (unsigned state = DATA_BAD; state < DATA_STATES; state++)
		if (totals->file_states[state]) {
			buf_format(text, "%s%" PRIu64 " %s", between, totals->file_states[state], names[state]);
			between = ", ";
		}
}

static void summarize(struct run *run, const struct verdict_totals *totals)
{
	uint64_t gone = totals->pieces - totals->good - totals->bad - totals->unchecked;
	bool files_good = totals->file_states[DATA_GOOD] == totals->files;
	bool fast = ((const struct btinspect_options *)run->options)->fast;
	struct count_text pieces, files;
	struct buf text = { 0 };

	if (totals->unchecked)
		buf_format(&text, "stopped after %" PRIu64 " of %s; ", totals->pieces - totals->unchecked,
			   count_print(&pieces, totals->pieces, "pieces"));
	if (totals->bad || gone)
		buf_format(&text, "%" PRIu64 " of %s bad, %" PRIu64 " not there; ", totals->bad,
			   count_print(&pieces, totals->pieces, "pieces"), gone);
	else if (totals->pieces && !totals->unchecked)
		buf_format(&text, "%s good; ", count_print(&pieces, totals->pieces, "pieces"));
	buf_text(&text, count_print(&files, totals->files, "files"));
	if (files_good)
		buf_text(&text, fast ? " of the right size" : " good");
	else
		buf_text(&text, ": ");
	print_states(&text, totals);
	report_note(&run->report, "%s", buf_string(&text));
	buf_free(&text);
	if (!files_good || totals->good < totals->pieces)
		run->report.bad++;
}

static void verify_documents(struct run *run, const char *path, size_t count, char **words)
{
	const struct btinspect_options *options = run->options;
	struct progress progress = progress_begin(&run->report, "bytes");
	struct verdict_totals totals = { 0 };
	struct documents documents;
	struct document document;

	if (!options->fast)
		report_detail(&run->report, "SHA-1 by %s, SHA-256 by %s", lanes_name(lanes_best(LANES_SHA1)),
			      lanes_name(lanes_best(LANES_SHA256)));
	documents_open(&documents, run, count, words);
	documents.progress.on = false;
	while (run->output.error.kind == ERROR_NONE && documents_next(&documents, &document)) {
		struct torrent torrent;
		struct target target;

		if (!torrent_read(run, &document, &torrent) || !target_open(&target, run, path, &document, &torrent))
			continue;
		verdict_find(&target, count <= 1 && !options->files_from, &progress, &totals);
		target_close(&target);
	}
	documents_close(&documents);
	progress_end(&progress);
	if (totals.torrents)
		summarize(run, &totals);
}

void verify_run(struct run *run)
{
	size_t count = run->word_count;
	struct error error = { 0 };

	if (!count)
		fail_usage(&error, "verify wants the PATH of the data");
	/* who gives the torrents first and the data last means the same */
	else if (count > 1 && is_torrent(run->words[0]) && !is_torrent(run->words[count - 1]))
		verify_documents(run, run->words[count - 1], count - 1, run->words);
	else
		verify_documents(run, run->words[0], count - 1, run->words + 1);
	if (error.kind != ERROR_NONE)
		run_error(run, &error);
}
