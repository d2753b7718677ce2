/* hashes.c - the info hashes or ids that a verb is to look up: words of the command line, and lines of stdin as they come */
#include "tools/dhtping/hashes.h"

#include <unistd.h>

#include "codec/frame.h"
#include "codec/peer.h"
#include "codec/torrent.h"
#include "tools/dhtping/records.h"

static bool is_stdin(const char *word)
{
	return strcmp(word, "-") == 0;
}

/* All words are looked at before the first is used. */
static bool check_words(struct run *run)
{
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < run->word_count; i++) {
		struct error found = { 0 }, error = { 0 };

		if (is_stdin(run->words[i]) || hash_parse(bytes_of(run->words[i]), hash, &found))
			continue;
		fail_usage(&error, "%s", found.message);
		run_error(run, &error);
		return false;
	}
	return true;
}

bool hashes_open(struct hashes *hashes, struct run *run)
{
	static char *from_stdin[] = { "-" };

	*hashes = (struct hashes){ .run = run };
	if (!run->word_count) {
		/* else one who forgot a word would wait for a program that waits for him */
		if (isatty(STDIN_FILENO))
			report_note(&run->report, "no info hash is named: reading the terminal, ^D ends that");
		run->words = from_stdin;
		run->word_count = 1;
	}
	if (!check_words(run))
		return false;
	distinct_reset(&hashes->seen, HASHES_MAX, HASHES_MAX);
	return true;
}

static void open_stdin(struct hashes *hashes)
{
	static const struct record *const targets[] = { &infohash_record, NULL };
	static const struct record *const known[] = {
		&torrent_record, &peer_record, &frame_record, &oldframe_record, &leecher_record, &member_record,
		&sample_record, &scrape_record, NULL
	};

	lines_open(&hashes->lines, hashes->run, 1, &hashes->run->words[hashes->word], targets, known, true);
	hashes->reading = true;
}

/* The one that a line names. LINES_END: of this word. */
static enum lines_result next_line(struct hashes *hashes, uint8_t hash[HASH_SIZE])
{
	enum lines_result result;
	struct reading reading;

	while ((result = lines_try(&hashes->lines, &reading)) == LINES_RECORD) {
		const struct infohash_line *line = reading.value;
		struct bytes found = line->info_hash.data ? line->info_hash : line->info_hash_v2;
		struct error error = { 0 };

		if (found.size >= HASH_SIZE) {
			memcpy(hash, found.data, HASH_SIZE);
			return LINES_RECORD;
		}
		fail_input(&error, ERROR_NOWHERE, "info_hash: not set, but it is what is looked up");
		lines_error(&hashes->lines, &error);
	}
	return result;
}

/* The next one, seen before or not. */
static enum lines_result next_hash(struct hashes *hashes, uint8_t hash[HASH_SIZE])
{
	struct error ignored = { 0 };

	while (!tool_stopped && hashes->word < hashes->run->word_count) {
		const char *word = hashes->run->words[hashes->word];
		enum lines_result result;

		if (!is_stdin(word)) {
			hashes->word++;
			hash_parse(bytes_of(word), hash, &ignored);
			return LINES_RECORD;
		}
		if (!hashes->reading)
			open_stdin(hashes);
		result = next_line(hashes, hash);
		if (result != LINES_END)
			return result;
		lines_close(&hashes->lines);
		hashes->reading = false;
		hashes->word++;
	}
	return LINES_END;
}

enum lines_result hashes_next(struct hashes *hashes, uint8_t hash[HASH_SIZE])
{
	enum lines_result result;

	do
		result = next_hash(hashes, hash);
	while (result == LINES_RECORD &&
	       !distinct_add(&hashes->seen, distinct_print(&hashes->seen, bytes_at(hash, HASH_SIZE))));
	return result;
}

size_t hashes_count(const struct hashes *hashes)
{
	for (size_t i = 0; i < hashes->run->word_count; i++)
		if (is_stdin(hashes->run->words[i]))
			return 0;
	return hashes->run->word_count;
}

int hashes_fd(const struct hashes *hashes)
{
	return hashes->reading ? lines_fd(&hashes->lines) : -1;
}

void hashes_close(struct hashes *hashes)
{
	if (hashes->reading)
		lines_close(&hashes->lines);
	distinct_free(&hashes->seen);
}
