/* metainfo_tell.c - what the parts of metainfo share: telling faults, a reader set amid the file */
#include "codec/metainfo_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "text/escape.h"

static void pass_on(struct teller *teller, enum fault fault, enum severity severity, uint64_t offset)
{
	struct finding finding = {
		.fault = fault, .severity = severity, .offset = offset,
		.path = buf_bytes(&teller->path), .found = buf_bytes(&teller->text),
	};

	if (teller->sink && teller->sink->found)
		teller->sink->found(teller->sink->context, &finding);
	if (severity == SEVERITY_ERROR && teller->error && teller->error->kind == ERROR_NONE) {
		struct buf message = { 0 };

		if (finding.path.size) {
			buf_append(&message, finding.path.data, finding.path.size);
			buf_text(&message, ": ");
		}
		finding_message(&finding, &message);
		fail_input(teller->error, offset, "%s", buf_string(&message));
		teller->error->like = fault_rows[fault].why;
		buf_free(&message);
	}
}

/* Is that one told, or only counted? */
static bool counts(struct teller *teller, enum fault fault, enum severity severity, uint64_t offset)
{
	teller->errors += severity == SEVERITY_ERROR;
	if (!teller->sink)
		return severity == SEVERITY_ERROR && teller->error && teller->error->kind == ERROR_NONE;
	if (teller->told[fault].count++ < TELL_MAX)
		return true;
	if (teller->told[fault].count == TELL_MAX + 1) {
		teller->told[fault].offset = offset;
		teller->told[fault].severity = severity;
	}
	if (severity > teller->told[fault].severity)
		teller->told[fault].severity = severity;
	return false;
}

__attribute__((format(printf, 2, 0)))
static void format_text(struct teller *teller, const char *format, va_list arguments)
{
	char text[240];
	int size = vsnprintf(text, sizeof text, format, arguments);

	teller->text.size = 0;
	if (size > 0)
		buf_append(&teller->text, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

/* reader NULL: the path is made already. */
__attribute__((format(printf, 6, 0)))
static void tell_list(struct teller *teller, const struct bencode *reader, enum fault fault, enum severity severity,
		      uint64_t offset, const char *format, va_list arguments)
{
	if (!teller || !counts(teller, fault, severity, offset))
		return;
	format_text(teller, format, arguments);
	if (reader) {
		teller->path.size = 0;
		bencode_path(reader, &teller->path);
	}
	pass_on(teller, fault, severity, offset);
}

void tell_as(struct teller *teller, const struct bencode *reader, enum fault fault, enum severity severity, uint64_t offset,
	     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell_list(teller, reader, fault, severity, offset, format, arguments);
	va_end(arguments);
}

void tell(struct teller *teller, const struct bencode *reader, enum fault fault, uint64_t offset, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell_list(teller, reader, fault, fault_rows[fault].severity, offset, format, arguments);
	va_end(arguments);
}

void tell_of(struct teller *teller, bool info, const char *key, enum fault fault, uint64_t offset, const char *format, ...)
{
	va_list arguments;

	teller->path.size = 0;
	buf_text(&teller->path, info ? key ? "info." : "info" : "");
	buf_text(&teller->path, key ? key : "");
	va_start(arguments, format);
	tell_list(teller, NULL, fault, fault_rows[fault].severity, offset, format, arguments);
	va_end(arguments);
}

void teller_end(struct teller *teller)
{
	for (enum fault fault = 0; fault < FAULTS; fault++) {
		if (teller->told[fault].count <= TELL_MAX)
			continue;
		teller->path.size = teller->text.size = 0;
		buf_format(&teller->text, "%" PRIu64 " more like the %d before", teller->told[fault].count - TELL_MAX,
			   TELL_MAX);
		pass_on(teller, fault, teller->told[fault].severity, teller->told[fault].offset);
	}
	buf_free(&teller->path);
	buf_free(&teller->text);
}

bool metainfo_in_tree(const struct bencode *reader)
{
	const struct bencode_frame *frames = reader->frames;

	return reader->depth >= 3 && bytes_is(bytes_at(frames[0].key, frames[0].key_size), "info") &&
	       bytes_is(bytes_at(frames[1].key, frames[1].key_size), "file tree") &&
	       (reader->depth == 3 || frames[reader->depth - 2].key_size);
}

bool metainfo_in_info(const struct bencode *reader)
{
	return reader->depth >= 2 && bytes_is(bytes_at(reader->frames[0].key, reader->frames[0].key_size), "info");
}

void tell_duplicate(struct teller *teller, const struct bencode *reader, const struct bencode_token *token,
		    enum severity least)
{
	static const struct { bool inside; const char *key; } decisive[] = {
		{ false, "info" }, { false, "piece layers" }, { true, "pieces" }, { true, "piece length" },
		{ true, "length" },
		{ true, "files" }, { true, "file tree" }, { true, "meta version" }, { true, "pieces root" },
	};
	const struct bencode_frame *frame = &reader->frames[token->depth - 1];
	struct bytes key = bytes_at(frame->key, frame->key_size);
	bool inside = metainfo_in_info(reader);
	enum severity severity = metainfo_in_tree(reader) ? SEVERITY_ERROR : least;
	struct brief brief;

	for (size_t i = 0; i < sizeof decisive / sizeof *decisive; i++)
		if (bytes_is(key, decisive[i].key) && (decisive[i].inside ? inside : token->depth == 1))
			severity = SEVERITY_ERROR;
	tell_as(teller, reader, FAULT_DUPLICATE_KEY, severity, token->offset, "key '%s'", escape_brief(&brief, key));
}

void tell_type(struct teller *teller, const struct bencode *reader, const struct bencode_token *value,
	       enum severity severity, const char *wanted)
{
	tell_as(teller, reader, FAULT_WRONG_TYPE, severity, value->offset, "found %s, expected %s",
		bencode_kind_name(value->kind), wanted);
}

uint64_t metainfo_place(const struct metainfo *meta, struct bytes view)
{
	return (uint64_t)(view.data - meta->file.data);
}

void metainfo_reader(struct bencode *reader, const struct metainfo *meta, bool info, const char *key, struct bytes value)
{
	bencode_begin(reader, meta->file);
	reader->at = (size_t)(value.data - meta->file.data);
	if (info)
		reader->frames[reader->depth++] = (struct bencode_frame){ .key = (const uint8_t *)"info", .key_size = 4,
									  .dict = true };
	reader->frames[reader->depth++] = (struct bencode_frame){
		.key = (const uint8_t *)key, .key_size = strlen(key), .dict = true, .value_next = true,
	};
}
