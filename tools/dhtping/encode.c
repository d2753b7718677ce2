/* encode.c - the verb encode: records to packets, raw, as hex, or as a capture */
#include <inttypes.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/number.h"
#include "cli/lines.h"
#include "codec/datagram.h"
#include "io/capture.h"
#include "tools/dhtping/dhtping.h"
#include "tools/dhtping/host.h"
#include "tools/dhtping/krpc_line.h"

enum { DEFAULT_TTL = 64, TTL_MAX = 255 };

struct encoding {
	struct run *run;
	enum dhtping_format format;
	struct buf scratch, packet, frame;
};

/* Loopback of the family of the other endpoint, where one is not given. */
static void default_endpoints(struct datagram *datagram)
{
	struct endpoint v4 = endpoint_ipv4((struct ipv4){ { 127, 0, 0, 1 } }, HOST_DEFAULT_PORT);
	struct endpoint v6 = endpoint_ipv6((struct ipv6){ { [15] = 1 } }, HOST_DEFAULT_PORT);
	bool six = datagram->from.family == 6 || datagram->to.family == 6;

	if (!datagram->from.family)
		datagram->from = six ? v6 : v4;
	if (!datagram->to.family)
		datagram->to = six ? v6 : v4;
}

static bool put_frame(struct encoding *encoding, const struct krpc_line *line, struct error *error)
{
	struct datagram datagram = { .from = line->src, .to = line->dst, .payload = buf_bytes(&encoding->packet) };
	struct buf *frame = &encoding->frame;

	default_endpoints(&datagram);
	if (datagram.from.family != datagram.to.family)
		return fail_input(error, ERROR_NOWHERE, "src and dst of different families");
	if (line->ttl != COUNT_UNSET && line->ttl > TTL_MAX)
		return fail_input(error, ERROR_NOWHERE, "ttl beyond %d", TTL_MAX);
	if (line->time.us != TIME_UNSET && !capture_has_time(line->time.us))
		return fail_input(error, ERROR_NOWHERE, "a time of %" PRId64 " seconds, a capture has 32 bits for them",
				  line->time.us / 1000000);
	if (datagram.payload.size > DATAGRAM_PAYLOAD_MAX)
		return fail_input(error, ERROR_NOWHERE, "a packet of %zu bytes, UDP takes at most %d", datagram.payload.size,
				  DATAGRAM_PAYLOAD_MAX);
	datagram.ttl = line->ttl == COUNT_UNSET ? DEFAULT_TTL : (uint8_t)line->ttl;
	frame->size = 0;
	datagram_encode(&datagram, frame);
	encoding->packet.size = 0;
	capture_put_packet(&encoding->packet, line->time.us == TIME_UNSET ? 0 : line->time.us, buf_bytes(frame));
	return true;
}

/* False: nothing more is wanted. */
static bool put_hex(struct output *output, struct bytes packet)
{
	size_t size = 2 * packet.size + 1;
	char *at = (char *)output_room(output, size);

	*hex_print(at, packet.data, packet.size) = '\n';
	return output_made(output, size);
}

/* One record; what is wrong with it is an error, and *wanted false when there is no use in more. */
static bool encode_line(struct encoding *encoding, const struct krpc_line *line, bool *wanted, struct error *error)
{
	struct output *output = &encoding->run->output;
	struct bytes packet;

	encoding->packet.size = 0;
	if (!krpc_line_encode(line, &encoding->scratch, &encoding->packet, error) ||
	    (encoding->format == DHTPING_PCAP && !put_frame(encoding, line, error)))
		return false;
	packet = buf_bytes(&encoding->packet);
	*wanted = encoding->format == DHTPING_HEX ? put_hex(output, packet) : output_bytes(output, packet.data, packet.size);
	return true;
}

void encode_run(struct run *run)
{
	static const struct record *const targets[] = { &krpc_record, NULL };
	struct encoding encoding = { .run = run, .format = ((const struct dhtping_options *)run->options)->format };
	struct reading reading = { .value = NULL };
	struct lines lines;
	bool wanted = true;

	if (!run->word_count && isatty(STDIN_FILENO))
		report_note(&run->report, "no file is named: reading the terminal, ^D ends that");
	lines_open(&lines, run, run->word_count, run->words, targets, NULL, false);
	lines.reader.words = true;
	if (encoding.format == DHTPING_PCAP) {
		capture_put_header(&encoding.packet);
		output_bytes(&run->output, encoding.packet.data, encoding.packet.size);
	}
	while (wanted && lines_next(&lines, &reading)) {
		struct error error;

		error_clear(&error);
		if (!encode_line(&encoding, reading.value, &wanted, &error))
			lines_error(&lines, &error);
	}
	lines_close(&lines);
	buf_free(&encoding.scratch);
	buf_free(&encoding.packet);
	buf_free(&encoding.frame);
}
