/* lines.c - any bytes as record lines: what a line was read as is printed and read back in each form, and is the same */
#include <assert.h>

#include "codec/frame.h"
#include "codec/peer.h"
#include "text/reader.h"
#include "text/top.h"
#include "text/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct record *const targets[] = { &peer_record, &leecher_record, &member_record, &top_record, NULL };
static const struct record *const known[] = { &frame_record, &oldframe_record, NULL };

static void print(struct buf *out, const struct record *record, const void *value, const struct writer_options *options)
{
	struct error error = { 0 };
	struct writer writer;
	uint8_t *at;

	assert(writer_init(&writer, record, options, &error));
	at = buf_reserve(out, writer_room(&writer, value));
	out->size += (size_t)((uint8_t *)writer_put(&writer, (char *)at, value) - at) - 1;	/* without the newline */
	writer_free(&writer);
}

/* Printed with the options and read by a reader of its own, it prints as before. */
static void check_form(const struct reading *reading, const struct buf *line, struct writer_options options)
{
	struct buf form = { 0 }, again = { 0 };
	struct error error = { 0 };
	struct reading back;
	struct reader reader;

	print(&form, reading->record, reading->value, &options);
	reader_init(&reader, targets, known, options.unset);
	assert(reader_line(&reader, buf_bytes(&form), &back, &error) == READER_RECORD && back.record == reading->record);
	print(&again, back.record, back.value, &(struct writer_options){ 0 });
	assert(bytes_equal(buf_bytes(line), buf_bytes(&again)));
	reader_free(&reader);
	buf_free(&form);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = { data, size }, line;
	struct reading reading;
	struct reader reader;

	reader_init(&reader, targets, known, NULL);
	while (rest.data) {
		struct error error = { 0 };
		struct buf printed = { 0 };

		line = bytes_split(rest, '\n', &rest);
		switch (reader_line(&reader, line, &reading, &error)) {
		case READER_RECORD:
			print(&printed, reading.record, reading.value, &(struct writer_options){ 0 });
			check_form(&reading, &printed, (struct writer_options){ 0 });
			check_form(&reading, &printed, (struct writer_options){ .unset = "\\N" });
			check_form(&reading, &printed, (struct writer_options){ WRITER_JSON, .iso = true });
			break;
		case READER_BAD:
			assert(error.kind == ERROR_INPUT && error.offset <= line.size);
			break;
		case READER_NOTHING:
			break;
		}
		buf_free(&printed);
	}
	reader_free(&reader);
	return 0;
}
