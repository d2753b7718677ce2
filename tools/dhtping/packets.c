/* packets.c - every packet of files, stdin or an interface: captures, packets in a row, lines of hex or base64 */
#include "tools/dhtping/packets.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/number.h"
#include "codec/bencode.h"
#include "codec/krpc.h"
#include "text/escape.h"
#include "tools/dhtping/dhtping.h"

enum { PROGRESS_EVERY = 4096 };

static void complain(struct packets *packets, const char *unit, uint64_t number, const struct error *error)
{
	report_error(&packets->run->report, (struct place){ packets->input.name, unit, number }, error);
}

static bool open_live(struct packets *packets)
{
	const struct dhtping_options *options = packets->run->options;
	struct error error = { 0 };

	if (packets->run->word_count)
		fail_usage(&error, "--interface captures: no files are read besides");
	else
		packets->capture = capture_live(options->interface, options->filter, run_wait(packets->run), &tool_stopped,
						&error);
	packets->open = packets->capture != NULL;
	if (!packets->open)
		run_error(packets->run, &error);
	return packets->open;
}

void packets_open(struct packets *packets, struct run *run)
{
	const struct dhtping_options *options = run->options;
	struct error error = { 0 };

	*packets = (struct packets){
		.run = run, .progress = progress_begin(&run->report, "packets"), .live = options->interface,
	};
	if (packets->live) {
		packets->input.name = options->interface;
		open_live(packets);
		return;
	}
	if (options->filter) {
		fail_usage(&error, "--filter is for what is captured: it needs --interface");
		run_error(run, &error);
		return;
	}
	if (!run->word_count && isatty(STDIN_FILENO))
		report_note(&run->report, "no file is named: reading the terminal, ^D ends that");
	packets->files = files_begin(run, run->word_count, run->words);
}

/* ---- one file after the other */

/* No packet of the DHT in hex or base64 begins as it does itself. */
static bool begins_packet(struct bytes window)
{
	return window.size >= 2 && window.data[0] == 'd' &&
	       ((window.data[1] >= '0' && window.data[1] <= '9') || window.data[1] == 'e');
}

static bool open_capture(struct packets *packets, struct error *error)
{
	int link;

	packets->capture = capture_file(&packets->input, error);
	if (!packets->capture)
		return false;
	link = capture_link(packets->capture);
	if (datagram_link_known(link))
		return true;
	return fail_input(error, ERROR_NOWHERE, "link layer %d, want Ethernet (1), loopback (0, 108), "
			  "raw IP (101, 228, 229) or Linux cooked (113, 276)", link);
}

static void close_file(struct packets *packets)
{
	capture_close(packets->capture);
	packets->capture = NULL;
	if (!packets->live)
		input_close(&packets->input);
	packets->taken = 0;
	packets->open = false;
}

static bool next_file(struct packets *packets)
{
	while (!packets->live && packets->files.count && files_next(&packets->files, &packets->input)) {
		struct error error = { 0 };
		struct bytes window = input_fill(&packets->input, CAPTURE_MAGIC_SIZE, &error);

		packets->open = true;
		packets->place = (struct place){ .file = packets->input.name, .unit = "packet" };
		packets->form = capture_magic(window) ? PACKETS_CAPTURE :
				begins_packet(window) ? PACKETS_RAW : PACKETS_LINES;
		if (error.kind == ERROR_NONE && (packets->form != PACKETS_CAPTURE || open_capture(packets, &error)))
			return true;
		complain(packets, NULL, 0, &error);
		close_file(packets);
	}
	return false;
}

/* ---- captures */

static void clear_packet(struct packet *packet, struct bytes payload, uint64_t offset)
{
	packet->payload = payload;
	packet->offset = offset;
	packet->time_us = TIME_UNSET;
	packet->datagram = (struct datagram){ .cut = false };
}

static bool next_captured(struct packets *packets, struct packet *packet)
{
	struct capture_packet frame = { .number = 0 };
	struct error error;

	error_clear(&error);
	while (capture_next(packets->capture, &frame, &error)) {
		packets->place.number = frame.number;
		if (++packets->count % PROGRESS_EVERY == 0)
			progress_step(&packets->progress, packets->count, packets->input.offset, packets->input.size);
		switch (datagram_decode(frame.link, frame.frame, &packet->datagram)) {
		case DATAGRAM_UDP:
			packet->payload = packet->datagram.payload;
			packet->time_us = frame.time_us;
			packet->offset = 0;
			return true;
		case DATAGRAM_OTHER:
			packets->other++;
			break;
		case DATAGRAM_FRAGMENT:
			packets->fragments++;
			break;
		case DATAGRAM_BROKEN:
			packets->broken++;
			break;
		}
	}
	if (error.kind != ERROR_NONE)
		complain(packets, "packet", frame.number, &error);
	return false;
}

/* ---- packets one after the other */

/*
 * How long the bencoded value is that begins there; 0: it is none, which is seen at *at, or (*more) not all of it is
 * there.
 */
static size_t value_size(struct bytes window, size_t *at, bool *more)
{
	struct error error = { 0 };
	struct bencode reader;
	struct bencode_token token;

	if (window.size > KRPC_PACKET_MAX)
		window.size = KRPC_PACKET_MAX;
	bencode_begin(&reader, window);
	reader.tokens_left = KRPC_TOKENS_MAX;
	reader.depth_max = KRPC_DEPTH_MAX;
	if (bencode_next(&reader, &token, &error) && bencode_skip(&reader, &token, NULL, &error))
		return reader.at;
	*at = (size_t)error.offset;
	/* it ends within a value, or a string is longer than what is left */
	*more = window.size < KRPC_PACKET_MAX &&
		(*at >= window.size || (window.data[*at] >= '0' && window.data[*at] <= '9'));
	return 0;
}

/*
 * Where the next packet may begin, behind what is none; the end of the window, when there is none and nothing comes any
 * more.
 */
static size_t find_packet(struct bytes window, size_t from, bool ended)
{
	enum { PLAUSIBLE_SIZE = 8 };	/* what krpc_plausible looks for at least */

	for (; from < window.size; from++)
		if (krpc_plausible(bytes_after(window, from)) || (!ended && window.size - from < PLAUSIBLE_SIZE))
			return from;
	return window.size;
}

/* What is no packet is handed out, too, up to the next one: to decode it says what is wrong with it. */
static bool next_raw(struct packets *packets, struct packet *packet)
{
	size_t want = 1, size = 0, at = 0;
	struct error error = { 0 };
	struct bytes window;
	bool more = true, ended;

	input_skip(&packets->input, packets->taken);
	packets->taken = 0;
	do {
		window = input_fill(&packets->input, want, &error);
		ended = window.size < want;
		want = window.size + 1;
		if (window.size && (window.data[0] == '\n' || window.data[0] == '\r')) {
			input_skip(&packets->input, 1);	/* for people: one packet a line */
			want = 1;
		} else if (window.size) {
			size = value_size(window, &at, &more);
		}
	} while (!size && more && !ended);
	if (error.kind != ERROR_NONE)
		complain(packets, NULL, 0, &error);
	if (!window.size || tool_stopped)
		return false;
	packets->taken = size ? size : find_packet(window, at + 1, ended);
	packets->place.number = ++packets->count;
	clear_packet(packet, bytes_at(window.data, packets->taken), packets->input.offset);
	return true;
}

/* ---- lines of hex or base64 */

static bool all_hex(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!((text.data[i] >= '0' && text.data[i] <= '9') ||
		      ((text.data[i] | 0x20) >= 'a' && (text.data[i] | 0x20) <= 'f')))
			return false;
	return true;
}

/* The bytes that a line spells. */
static bool read_line(struct bytes text, struct buf *out, struct error *error)
{
	size_t size;
	struct brief brief;

	if (bytes_begin(text, "0x"))
		text = bytes_after(text, 2);
	out->size = 0;
	if (all_hex(text)) {
		if (text.size % 2)
			return fail_input(error, 0, "%zu hexadecimal digits, want an even number", text.size);
		hex_parse(text.data, text.size / 2, buf_reserve(out, text.size / 2));
		out->size = text.size / 2;
		return true;
	}
	size = text.size / 4 * 3 - (text.data[text.size - 1] == '=') - (text.size > 1 && text.data[text.size - 2] == '=');
	if (text.size % 4 || !base64_parse(text, buf_reserve(out, size + 1), size))
		return fail_input(error, 0, "'%s' is neither hex nor base64 of a packet", escape_brief(&brief, text));
	out->size = size;
	return true;
}

static bool next_line(struct packets *packets, struct packet *packet)
{
	struct bytes line;
	uint64_t offset;

	while (!tool_stopped) {
		struct error error = { 0 };
		bool found = input_line(&packets->input, &line, &offset, &error);

		packets->place = (struct place){ packets->input.name, "line", packets->input.line };
		if (!found && error.kind == ERROR_NONE)
			return false;
		line = found ? bytes_trim(line) : line;
		if (found && !line.size)
			continue;
		if (found && read_line(line, &packets->line, &error)) {
			packets->count++;
			clear_packet(packet, buf_bytes(&packets->line), 0);
			return true;
		}
		if (found)
			error.offset += offset;
		complain(packets, "line", packets->input.line, &error);
		if (error.kind != ERROR_INPUT)
			return false;
	}
	return false;
}

/* ---- all of them */

bool packets_next(struct packets *packets, struct packet *packet)
{
	while (packets->open || next_file(packets)) {
		bool found = packets->form == PACKETS_CAPTURE ? next_captured(packets, packet) :
			     packets->form == PACKETS_RAW ? next_raw(packets, packet) : next_line(packets, packet);

		if (found)
			return true;
		if (packets->live)
			return false;
		close_file(packets);
	}
	return false;
}

void packets_error(struct packets *packets, const struct packet *packet, struct error *error)
{
	if (error->offset != ERROR_NOWHERE)
		error->offset += packet->offset;
	report_error(&packets->run->report, packets->place, error);
}

void packets_close(struct packets *packets)
{
	struct report *report = &packets->run->report;
	uint64_t dropped = packets->capture && packets->live ? capture_dropped(packets->capture) : 0;
	struct count_text count;

	progress_end(&packets->progress);
	if (dropped)
		report_note(report, "the kernel dropped %s: they came faster than they could be taken",
			    count_print(&count, dropped, "packets"));
	if (packets->open)
		close_file(packets);
	buf_free(&packets->line);
}
