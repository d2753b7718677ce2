/* names.c - the torrents that the user named: info hashes on the command line, or record lines on stdin */
#include "tools/peerdump/names.h"

#include <inttypes.h>

#include "base/number.h"
#include "codec/frame.h"
#include "codec/torrent.h"
#include "text/escape.h"
#include "tools/peerdump/convert.h"
#include "tools/peerdump/diff.h"
#include "tools/peerdump/journal.h"
#include "tools/peerdump/watch.h"

static bool is_stdin(const char *word)
{
	return strcmp(word, "-") == 0;
}

/* All words are looked at before the first is used: a typing error should not come after a thousand lines. */
bool names_open(struct names *names, struct run *run)
{
	uint8_t hash[HASH_SIZE];
	struct brief brief;

	*names = (struct names){ .run = run };
	for (size_t i = 0; i < run->word_count; i++) {
		struct error ignored = { 0 }, error = { 0 };
		struct bytes word = bytes_of(run->words[i]);

		if (is_stdin(run->words[i]) || hash_parse(word, hash, &ignored))
			continue;
		if (i == 0 && !run->verb_named)
			fail_usage(&error, "'%s' is neither a verb nor an info hash (--help lists the verbs)",
				   escape_brief(&brief, word));
		else
			fail_usage(&error, "%s", ignored.message);
		run_error(run, &error);
		return false;
	}
	return true;
}

/* Any record that has an info hash names a torrent. */
static void open_stdin(struct names *names)
{
	static const struct record *const targets[] = { &peer_record, NULL };
	static const struct record *const known[] = {
		&frame_record, &oldframe_record, &leecher_record, &member_record, &swarm_record, &change_record,
		&difference_record, &converted_record, &pruned_record, &torrent_record, &infohash_record, NULL
	};

	lines_open(&names->lines, names->run, 1, &names->run->words[names->word], targets, known, true);
	names->reading = true;
}

static bool next_line(struct names *names, uint8_t hash[HASH_SIZE])
{
	struct reading reading;

	while (lines_next(&names->lines, &reading)) {
		const struct peer *peer = reading.value;
		struct error error = { 0 };

		if (peer->info_hash.size == HASH_SIZE) {
			memcpy(hash, peer->info_hash.data, HASH_SIZE);
			return true;
		}
		fail_input(&error, ERROR_NOWHERE, "info_hash: not set, but it is what names a torrent");
		lines_error(&names->lines, &error);
	}
	lines_close(&names->lines);
	names->reading = false;
	names->word++;
	return false;
}

bool names_next(struct names *names, uint8_t hash[HASH_SIZE])
{
	struct error ignored = { 0 };

	while (!tool_stopped && names->word < names->run->word_count) {
		const char *word = names->run->words[names->word];

		if (!is_stdin(word)) {
			names->word++;
			if (hash_parse(bytes_of(word), hash, &ignored))
				return true;
			continue;
		}
		if (!names->reading)
			open_stdin(names);
		if (next_line(names, hash))
			return true;
	}
	return false;
}

bool names_may_wait(const struct names *names)
{
	const struct input *input = &names->lines.input;

	if (names->word == names->run->word_count || !is_stdin(names->run->words[names->word]))
		return false;
	if (!names->reading || !names->lines.open)
		return true;
	return !input->regular && !memchr(input->buffer + input->start, '\n', input->end - input->start);
}

void names_close(struct names *names)
{
	struct count_text asked;

	if (names->reading)
		lines_close(&names->lines);
	if (names->missing)
		report_note(&names->run->report, "%" PRIu64 " of %s %s no peers", names->missing,
			    count_print(&asked, names->asked, "torrents"), names->missing == 1 ? "has" : "have");
}
