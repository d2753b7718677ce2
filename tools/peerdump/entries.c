/* entries.c - peer entries without Redis: from bytes or what redis-cli printed to peer lines, and back */
#include "tools/peerdump/peerdump.h"

#include "base/base64.h"
#include "base/hex.h"
#include "cli/lines.h"
#include "codec/frame.h"
#include "text/escape.h"

enum { ENTRY_BASE64 = BASE64_ROOM(PEER_SIZE) };

/* --- decode --- */

struct decoder {
	struct run *run;
	struct input input;
	struct progress progress;
	uint64_t count;		/* entries */
	bool held;		/* peer is still to be printed: the next line may be its score */
	struct peer peer;
	struct arena memory;	/* for one line */
};

static void complain(struct decoder *decoder, const char *unit, uint64_t number, const struct error *error)
{
	report_error(&decoder->run->report, (struct place){ decoder->input.name, unit, number }, error);
}

static bool print_held(struct decoder *decoder)
{
	bool more = !decoder->held || output_put(&decoder->run->output, &decoder->peer);

	decoder->held = false;
	return more;
}

/* Entries back to back. */
static void decode_raw(struct decoder *decoder)
{
	struct error error = { 0 };
	struct bytes window;
	struct peer peer;
	uint64_t number = 0;

	record_clear(&peer_record, &peer);
	while ((window = input_fill(&decoder->input, PEER_SIZE, &error)).size >= PEER_SIZE) {
		size_t used = 0;

		for (; used + PEER_SIZE <= window.size; used += PEER_SIZE) {
			peer_layouts[0].decode(bytes_at(window.data + used, PEER_SIZE), &peer);
			number++;
			if (!output_put(&decoder->run->output, &peer))
				return;
		}
		input_skip(&decoder->input, used);
		decoder->count += used / PEER_SIZE;
		progress_step(&decoder->progress, decoder->count, decoder->input.offset, decoder->input.size);
	}
	if (error.kind == ERROR_NONE && window.size && !tool_stopped)
		fail_input(&error, decoder->input.offset, "truncated, %zu of %d bytes", window.size, PEER_SIZE);
	if (error.kind != ERROR_NONE)
		complain(decoder, "entry", number + 1, &error);
}

static struct bytes skip_blanks(struct bytes text)
{
	while (text.size && (*text.data == ' ' || *text.data == '\t'))
		text = bytes_after(text, 1);
	while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
		text.size--;
	return text;
}

/* Takes off what redis-cli puts before a value: "12) " (for lists in lists more than one) and, for RESP3, "(double) ". */
static struct bytes skip_prefixes(struct bytes text)
{
	size_t digits;

	text = skip_blanks(text);
	for (;;) {
		for (digits = 0; digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9'; )
			digits++;
		if (!digits || text.size < digits + 2 || text.data[digits] != ')' || text.data[digits + 1] != ' ')
			break;
		text = skip_blanks(bytes_after(text, digits + 2));
	}
	return bytes_begin(text, "(double) ") ? skip_blanks(bytes_after(text, strlen("(double) "))) : text;
}

/* The older forms, which are text. */
static bool decode_text(struct bytes text, struct peer *peer)
{
	struct peer copy = *peer;

	for (size_t i = 1; text.size <= PEER_TEXT_MAX && i < peer_layout_count; i++) {
		if (peer_layouts[i].decode(text, &copy)) {
			*peer = copy;
			return true;
		}
	}
	return false;
}

/* Hexadecimal digits of a member of any form, as `check` prints it, or base64 of an entry. */
static bool decode_digits(struct bytes text, struct peer *peer)
{
	uint8_t bytes[PEER_TEXT_MAX];
	size_t size = text.size / 2;

	if (text.size % 2 == 0 && size <= sizeof bytes && hex_parse(text.data, size, bytes))
		return size == PEER_SIZE ? peer_layouts[0].decode(bytes_at(bytes, size), peer)
					 : decode_text(bytes_at(bytes, size), peer);
	return text.size == ENTRY_BASE64 && base64_parse(text, bytes, PEER_SIZE) &&
	       peer_layouts[0].decode(bytes_at(bytes, PEER_SIZE), peer);
}

static bool fail_entry(struct error *error, struct bytes text, struct bytes member, bool quoted)
{
	struct brief brief;

	if (quoted)
		return fail_input(error, 0,
				  "a string of %zu bytes that is no entry (%d bytes) and in none of the older forms",
				  member.size, PEER_SIZE);
	return fail_input(error, 0, "'%s' is no entry: want %d hexadecimal digits, %d characters of base64 or a string "
			  "as redis-cli quotes it", escape_brief(&brief, text), 2 * PEER_SIZE, ENTRY_BASE64);
}

/* One line: an entry, or the score of the entry in the line before. */
static bool decode_line(struct decoder *decoder, struct bytes text, struct error *error)
{
	struct bytes member = text;
	struct peer peer;
	double score;
	bool quoted = *text.data == '"' || *text.data == '\'', found;

	record_clear(&peer_record, &peer);
	if (quoted && !redis_cli_parse(text, &decoder->memory, &member))
		return fail_input(error, 0, "a quote that is not closed, or something behind the closing one");
	found = quoted ? peer_decode(member, &peer) != NULL : decode_digits(text, &peer) || decode_text(text, &peer);
	if (!found && decoder->held && decoder->peer.seen.us == TIME_UNSET &&
	    peer_score_parse(member, &score)) {
		decoder->peer.seen = peer_seen(score);
		return true;
	}
	print_held(decoder);
	if (!found)
		return fail_entry(error, text, member, quoted);
	decoder->peer = peer;
	decoder->held = true;
	decoder->count++;
	return true;
}

static void decode_lines(struct decoder *decoder)
{
	struct error error;
	struct bytes line, text;
	uint64_t offset;

	while (!decoder->run->output.ended) {
		error_clear(&error);
		if (!input_line(&decoder->input, &line, &offset, &error)) {
			if (error.kind == ERROR_NONE)
				break;
			complain(decoder, "line", decoder->input.line, &error);
			if (error.kind != ERROR_INPUT)
				break;
		} else if ((text = skip_prefixes(line)).size && !bytes_is(text, "(empty array)") &&
			   !decode_line(decoder, text, &error)) {
			error.offset += offset + (uint64_t)(text.data - line.data);
			complain(decoder, "line", decoder->input.line, &error);
		}
		arena_reset(&decoder->memory);
		progress_step(&decoder->progress, decoder->count, decoder->input.offset, decoder->input.size);
	}
	print_held(decoder);
}

/* Does the window hold anything that stands in no line of text? Without it, raw entries could still be meant: --raw. */
static bool is_raw(struct bytes window)
{
	for (size_t i = 0; i < window.size; i++)
		if (window.data[i] >= 0x7f || (window.data[i] < ' ' && !memchr("\t\n\r", window.data[i], 3)))
			return true;
	return false;
}

/* The size of a line with a number, with its newline; 0: it is none. */
static size_t number_line(struct bytes window)
{
	double ignored;
	struct bytes rest, line = bytes_split(window, '\n', &rest);

	return rest.data && line.size < PEER_SIZE && peer_score_parse(line, &ignored) ? line.size + 1 : 0;
}

/*
 * redis-cli prints into a pipe what it prints nicely to a terminal: the bytes, and a newline after each member and
 * score. A member may hold newlines itself, so that cannot be taken apart for sure; but it can be recognised.
 */
static bool is_piped_reply(struct bytes window)
{
	size_t count = 0, score = 0;

	while (!score && window.size > PEER_SIZE && window.data[PEER_SIZE] == '\n') {
		window = bytes_after(window, PEER_SIZE + 1);
		score = number_line(window);
		count++;
	}
	/* a score, nothing else, or so many that it is no accident (an address in 10.0.0.0/8 begins with a newline, too) */
	return score || (count && (!window.size || count > 4));
}

static void decode_file(struct decoder *decoder)
{
	const struct peerdump_options *options = decoder->run->options;
	struct error error = { 0 };
	struct bytes window;

	/* without a look at what comes behind the first entry: in a live stream that can be long in coming */
	if (options->form == FORM_RAW) {
		decode_raw(decoder);
		return;
	}
	window = input_fill(&decoder->input, PEER_SIZE + 1, &error);
	if (error.kind != ERROR_NONE) {
		complain(decoder, NULL, 0, &error);
	} else if (!is_raw(window)) {
		decode_lines(decoder);
	} else if (!is_piped_reply(window)) {
		decode_raw(decoder);
	} else {
		fail_input(&error, 0, "entries with a newline after each, as redis-cli prints them into a pipe: "
			   "use redis-cli --no-raw (or --raw here, if they are none)");
		complain(decoder, NULL, 0, &error);
	}
}

void decode_run(struct run *run)
{
	struct files files = files_begin(run, run->word_count, run->words);
	struct decoder decoder = { .run = run, .progress = progress_begin(&run->report, "entries") };

	while (!run->output.ended && files_next(&files, &decoder.input)) {
		decode_file(&decoder);
		input_close(&decoder.input);
	}
	progress_end(&decoder.progress);
	arena_free(&decoder.memory);
}

/* --- encode --- */

static char *print_hex(char *at, const uint8_t *entry)
{
	return hex_print(at, entry, PEER_SIZE);
}

static char *print_base64(char *at, const uint8_t *entry)
{
	return base64_print(at, entry, PEER_SIZE);
}

static char *print_redis_cli(char *at, const uint8_t *entry)
{
	return redis_cli_print(at, bytes_at(entry, PEER_SIZE));
}

/* How an entry is written in one line; NULL: as its bytes, back to back. */
static char *(*const printers[])(char *at, const uint8_t *entry) = {
	[FORM_RAW] = NULL, [FORM_HEX] = print_hex, [FORM_BASE64] = print_base64, [FORM_REDIS_CLI] = print_redis_cli,
	[FORM_DEFAULT] = NULL,
};

static bool put_entry(struct run *run, const struct peer *peer)
{
	const struct peerdump_options *options = run->options;
	uint8_t entry[PEER_SIZE];
	char line[4 * PEER_SIZE + 3], *end;

	peer_encode(peer, entry);
	if (!printers[options->form])
		return output_bytes(&run->output, entry, PEER_SIZE);
	end = printers[options->form](line, entry);
	*end++ = '\n';
	return output_bytes(&run->output, line, (size_t)(end - line));
}

void encode_run(struct run *run)
{
	static const struct record *const targets[] = { &peer_record, NULL };
	static const struct record *const known[] = { &frame_record, &oldframe_record, NULL };
	const uint64_t port = reading_bit(&peer_record, "port");
	struct lines lines;
	struct reading reading;

	lines_open(&lines, run, run->word_count, run->words, targets, known, false);
	while (lines_next(&lines, &reading)) {
		struct error error;

		error_clear(&error);
		/* without any address it is an entry all the same, if a broken one: what decode printed comes back */
		if (!(reading.present & port)) {
			fail_input(&error, ERROR_NOWHERE, "no port");
			lines_error(&lines, &error);
		} else if (!put_entry(run, reading.value)) {
			break;
		}
	}
	lines_close(&lines);
}
