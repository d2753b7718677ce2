/* metainfo.c - torrent files: the dictionaries, and what they say, as views into the file */
#include "codec/metainfo_private.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/number.h"
#include "text/escape.h"

#define IS(kind) (1u << BENCODE_##kind)

/* What a value becomes. */
enum key_use {
	USE_TEXT,	/* a string: the view of it is the member */
	USE_TEXT_UTF8,	/* goes before what USE_TEXT found */
	USE_VALUE,	/* the view of the value as it stands is the member */
	USE_NUMBER,	/* an integer: the member */
	USE_PRIVATE, USE_META_VERSION, USE_INFO,
};

/* A key that is known. */
struct key_row {
	const char *name;
	enum key_use use;
	unsigned kinds;			/* bits of enum bencode_kind that it may have */
	const char *wanted;		/* those, in words */
	enum severity wrong;		/* of another kind */
	size_t member;			/* offset in struct metainfo */
	enum metainfo_version version;	/* that it makes of the torrent */
};

#define KEY(name, use, kinds, wanted, wrong, member) \
	{ name, use, kinds, wanted, wrong, offsetof(struct metainfo, member), 0 }

/* Those that are asked for by name. */
enum { INFO, PIECE_LAYERS };

static const struct key_row outer_keys[] = {
	[INFO] = { "info", USE_INFO, IS(DICT), "a dictionary", SEVERITY_ERROR, 0, 0 },
	[PIECE_LAYERS] = KEY("piece layers", USE_VALUE, IS(DICT), "a dictionary", SEVERITY_ERROR, piece_layers),
	KEY("announce", USE_VALUE, IS(STRING), "a string", SEVERITY_WARNING, announce),
	KEY("announce-list", USE_VALUE, IS(LIST), "a list", SEVERITY_WARNING, announce_list),
	KEY("comment", USE_TEXT, IS(STRING), "a string", SEVERITY_NOTE, comment),
	KEY("comment.utf-8", USE_TEXT_UTF8, IS(STRING), "a string", SEVERITY_NOTE, comment),
	KEY("created by", USE_TEXT, IS(STRING), "a string", SEVERITY_NOTE, created_by),
	KEY("created by.utf-8", USE_TEXT_UTF8, IS(STRING), "a string", SEVERITY_NOTE, created_by),
	KEY("creation date", USE_NUMBER, IS(INTEGER), "an integer", SEVERITY_NOTE, created),
	KEY("encoding", USE_TEXT, IS(STRING), "a string", SEVERITY_NOTE, encoding),
	KEY("publisher", USE_TEXT, IS(STRING), "a string", SEVERITY_NOTE, publisher),
	KEY("publisher.utf-8", USE_TEXT_UTF8, IS(STRING), "a string", SEVERITY_NOTE, publisher),
	KEY("httpseeds", USE_VALUE, IS(STRING) | IS(LIST), "a list", SEVERITY_WARNING, http_seeds),
	KEY("url-list", USE_VALUE, IS(STRING) | IS(LIST), "a list or a string", SEVERITY_WARNING, url_list),
	KEY("nodes", USE_VALUE, IS(LIST), "a list", SEVERITY_WARNING, nodes),
	KEY("similar", USE_VALUE, IS(LIST), "a list", SEVERITY_WARNING, similar),
	KEY("collections", USE_VALUE, IS(STRING) | IS(LIST), "a list", SEVERITY_WARNING, collections),
	KEY("update-url", USE_VALUE, IS(STRING), "a string", SEVERITY_WARNING, update_url),
	KEY("signatures", USE_VALUE, IS(DICT), "a dictionary", SEVERITY_WARNING, signatures),
};

enum info_key {
	NAME, NAME_UTF8, PIECE_LENGTH, PIECES, LENGTH, ATTR, SYMLINK_PATH, FILES, FILE_TREE, META_VERSION, PRIVATE, SOURCE,
	PUBLISHER, PUBLISHER_UTF8, SIMILAR, COLLECTIONS, UPDATE_URL, INFO_KEYS
};

static const struct key_row info_keys[INFO_KEYS] = {
	[NAME] = KEY("name", USE_TEXT, IS(STRING), "a string", SEVERITY_ERROR, name),
	[NAME_UTF8] = KEY("name.utf-8", USE_TEXT_UTF8, IS(STRING), "a string", SEVERITY_WARNING, name),
	[PIECE_LENGTH] = KEY("piece length", USE_NUMBER, IS(INTEGER), "an integer", SEVERITY_ERROR, piece_length),
	[PIECES] = { "pieces", USE_TEXT, IS(STRING), "a string", SEVERITY_ERROR, offsetof(struct metainfo, pieces),
		     METAINFO_V1 },
	[LENGTH] = KEY("length", USE_VALUE, IS(INTEGER), "an integer", SEVERITY_ERROR, length),
	[ATTR] = KEY("attr", USE_VALUE, IS(STRING), "a string", SEVERITY_WARNING, attr),
	[SYMLINK_PATH] = KEY("symlink path", USE_VALUE, IS(LIST), "a list", SEVERITY_WARNING, symlink_path),
	[FILES] = KEY("files", USE_VALUE, IS(LIST), "a list", SEVERITY_ERROR, files),
	[FILE_TREE] = { "file tree", USE_VALUE, IS(DICT), "a dictionary", SEVERITY_ERROR,
			offsetof(struct metainfo, file_tree), METAINFO_V2 },
	[META_VERSION] = { "meta version", USE_META_VERSION, IS(INTEGER), "an integer", SEVERITY_ERROR, 0, METAINFO_V2 },
	[PRIVATE] = { "private", USE_PRIVATE, IS(INTEGER), "an integer", SEVERITY_WARNING, 0, 0 },
	[SOURCE] = KEY("source", USE_TEXT, IS(STRING), "a string", SEVERITY_NOTE, source),
	[PUBLISHER] = KEY("publisher", USE_TEXT, IS(STRING), "a string", SEVERITY_NOTE, publisher),
	[PUBLISHER_UTF8] = KEY("publisher.utf-8", USE_TEXT_UTF8, IS(STRING), "a string", SEVERITY_NOTE, publisher),
	[SIMILAR] = KEY("similar", USE_VALUE, IS(LIST), "a list", SEVERITY_WARNING, info_similar),
	[COLLECTIONS] = KEY("collections", USE_VALUE, IS(STRING) | IS(LIST), "a list", SEVERITY_WARNING, info_collections),
	[UPDATE_URL] = KEY("update-url", USE_VALUE, IS(STRING), "a string", SEVERITY_WARNING, info_update_url),
};

enum { OUTER_KEYS = sizeof outer_keys / sizeof *outer_keys };

struct parser {
	struct bencode reader;
	struct metainfo *meta;
	struct teller teller;
	/* where the values are; 0: not there */
	size_t outer[OUTER_KEYS], info[INFO_KEYS];
	bool broken;		/* what follows is no bencode */
	/* instead of info: what the file is then */
	bool reply, bare, magnet;
};

static const struct key_row *find_key(const struct key_row *rows, size_t count, struct bytes key)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].name[0] == (key.size ? key.data[0] : 0) && bytes_is(key, rows[i].name))
			return &rows[i];
	return NULL;
}

/* ---- faults of bencode */

static void on_flaw(void *context, const struct bencode *reader, const struct bencode_token *token)
{
	struct parser *parser = context;
	struct teller *teller = &parser->teller;
	/* in info of version 2, libtorrent refuses these; it takes -0 as it is */
	const unsigned refused = BENCODE_UNSORTED_KEY | BENCODE_DUPLICATE_KEY | BENCODE_ZERO_PADDED | BENCODE_PADDED_LENGTH;
	bool strict = parser->meta->version & METAINFO_V2 && metainfo_in_info(reader);
	struct brief brief;

	for (unsigned bit = 0; bit < 6; bit++) {
		enum fault fault = FAULT_UNSORTED_KEY + bit;
		enum severity severity = fault_rows[fault].severity;

		if (!(token->flaws & 1u << bit))
			continue;
		if (strict && refused & 1u << bit)
			severity = SEVERITY_ERROR;
		if (1u << bit == BENCODE_DUPLICATE_KEY) {
			tell_duplicate(teller, reader, token, severity);
			continue;
		}
		tell_as(teller, reader, fault, severity, token->offset, "%s'%s'", token->key ? "key " : "",
			escape_brief(&brief, token->text));
	}
}

/* What a file that is no bencode is likely to be; NULL: no idea. */
static const char *name_format(struct bytes file)
{
	static const struct { const char *begin, *what; } formats[] = {
		{ "\xef\xbb\xbf", "it begins with a UTF-8 byte order mark" },
		{ "\xff\xfe", "it begins with a UTF-16 byte order mark" },
		{ "\xfe\xff", "it begins with a UTF-16 byte order mark" },
		{ "\x1f\x8b", "it is gzip-compressed" },
		{ "BZh", "it is bzip2-compressed" },
		{ "\xfd" "7zXZ", "it is xz-compressed" },
		{ "\x28\xb5\x2f\xfd", "it is zstd-compressed" },
		{ "PK\x03\x04", "it is a ZIP archive" },
		{ "Rar!", "it is a RAR archive" },
		{ "%PDF", "it is a PDF document" },
		{ "{", "it looks like JSON" },
		{ "magnet:", "it is a magnet link" },
		{ "<", "it is HTML or XML" },
	};
	struct bytes text = file;

	if (!file.size)
		return "the file is empty";
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (bytes_begin(file, formats[i].begin))
			return formats[i].what;
	while (text.size && memchr(" \t\r\n\f\v", text.data[0], 6))
		text = bytes_after(text, 1);
	if (!text.size)
		return "there is nothing but white space";
	if (text.data[0] == '<')
		return "it is HTML or XML";
	return text.size < file.size ? "white space stands before it" : NULL;
}

static void tell_broken(struct parser *parser, const struct error *error)
{
	/* of the very first token */
	const char *what = parser->reader.tokens_left == BENCODE_TOKENS_MAX - 1 ? name_format(parser->reader.input) : NULL;

	parser->broken = true;
	tell(&parser->teller, &parser->reader, FAULT_NOT_BENCODE, error->offset, "%s", what ? what : error->message);
}

/* ---- the dictionaries */

static void take_private(struct parser *parser, const struct bencode_token *value)
{
	struct brief brief;

	parser->meta->private = value->number == 1;
	if (value->number != 0 && value->number != 1)
		tell(&parser->teller, &parser->reader, FAULT_PRIVATE, value->offset, "found %s",
		     escape_brief(&brief, value->text));
}

static void take_meta_version(struct parser *parser, const struct bencode_token *value)
{
	struct brief brief;

	if (value->number != 2)
		tell(&parser->teller, &parser->reader, FAULT_META_VERSION, value->offset, "found %s",
		     escape_brief(&brief, value->text));
}

static bool read_dict(struct parser *, bool info, struct error *);

/* A value that is of a kind that the key may have. */
static bool take_value(struct parser *parser, const struct key_row *row, const struct bencode_token *value,
		       struct error *error)
{
	struct bytes *member = (struct bytes *)((char *)parser->meta + row->member), whole;

	switch (row->use) {
	case USE_TEXT:
		if (!member->data)
			*member = value->text;
		return true;
	case USE_TEXT_UTF8:
		*member = value->text;
		return true;
	case USE_NUMBER:
		memcpy(member, &value->number, sizeof value->number);
		return true;
	case USE_PRIVATE:
		take_private(parser, value);
		return true;
	case USE_META_VERSION:
		take_meta_version(parser, value);
		return true;
	case USE_INFO:
		if (!read_dict(parser, true, error))
			return false;
		parser->meta->info = bytes_at(parser->reader.input.data + value->offset, parser->reader.at - value->offset);
		return true;
	case USE_VALUE:
		break;
	}
	if (!bencode_skip(&parser->reader, value, &whole, error))
		return false;
	*member = whole;
	return true;
}

/* A key of the outer dictionary that says what the file is if it is no torrent. */
static void take_hint(struct parser *parser, struct bytes key)
{
	parser->reply = parser->reply || bytes_is(key, "failure reason") || bytes_is(key, "interval") ||
			bytes_is(key, "peers");
	parser->bare = parser->bare || bytes_is(key, "piece length") || bytes_is(key, "pieces") ||
		       bytes_is(key, "file tree");
	parser->magnet = parser->magnet || bytes_is(key, "magnet-info");
}

/* Behind the token that opened the dictionary, to its end. */
static bool read_dict(struct parser *parser, bool info, struct error *error)
{
	const struct key_row *rows = info ? info_keys : outer_keys;
	size_t *places = info ? parser->info : parser->outer;
	struct teller *teller = &parser->teller;
	struct bencode_token key, value;

	while (bencode_pair(&parser->reader, &key, &value, error)) {
		const struct key_row *row = find_key(rows, info ? INFO_KEYS : OUTER_KEYS, key.text);

		if (row && !places[row - rows]) {
			places[row - rows] = value.offset;
			parser->meta->version |= row->version;
			if (row->kinds & 1u << value.kind) {
				if (!take_value(parser, row, &value, error))
					return false;
				continue;
			}
			if (row->use == USE_PRIVATE)
				tell(teller, &parser->reader, FAULT_PRIVATE, value.offset, "found %s",
				     bencode_kind_name(value.kind));
			else
				tell_type(teller, &parser->reader, &value, row->wrong, row->wanted);
		} else if (row && !(key.flaws & BENCODE_DUPLICATE_KEY)) {
			tell_duplicate(teller, &parser->reader, &key, SEVERITY_WARNING);
		} else if (!row && !info) {
			take_hint(parser, key.text);
			if (bytes_is(key.text, "private"))
				tell(teller, &parser->reader, FAULT_PRIVATE_OUTSIDE, value.offset, "%s", "");
		}
		if (!bencode_skip(&parser->reader, &value, NULL, error))
			return false;
	}
	return error->kind == ERROR_NONE;
}

static void tell_no_info(struct parser *parser)
{
	const char *what = parser->bare ? "this is a bare info dictionary, without the one around it" :
			   parser->reply ? "this is the reply of a tracker" :
			   parser->magnet ? "this is a magnet link that a client keeps as a file" : "";

	tell_of(&parser->teller, false, NULL, FAULT_NO_INFO, 0, "%s", what);
}

static void read_file(struct parser *parser)
{
	struct error error = { 0 };
	struct bencode_token top;
	struct count_text bytes;
	size_t left;

	if (!bencode_next(&parser->reader, &top, &error)) {
		tell_broken(parser, &error);
		return;
	}
	if (top.kind != BENCODE_DICT)
		tell(&parser->teller, &parser->reader, FAULT_NOT_DICT, 0, "found %s", bencode_kind_name(top.kind));
	if (!(top.kind == BENCODE_DICT ? read_dict(parser, false, &error) : bencode_skip(&parser->reader, &top, NULL,
											 &error))) {
		tell_broken(parser, &error);
		return;
	}
	if (top.kind == BENCODE_DICT && !parser->outer[INFO])
		tell_no_info(parser);
	left = parser->reader.input.size - parser->reader.at;
	if (left)
		tell_of(&parser->teller, false, NULL, FAULT_TRAILING_BYTES, parser->reader.at,
			"found %s", left == 1 && parser->reader.input.data[parser->reader.at] == '\n' ? "a newline" :
			count_print(&bytes, left, "bytes"));
}

/* ---- what info must have */

static bool power_of_two(uint64_t number)
{
	return !(number & (number - 1));
}

static void check_piece_length(struct parser *parser)
{
	struct metainfo *meta = parser->meta;
	struct teller *teller = &parser->teller;
	int64_t length = meta->piece_length;
	size_t place = parser->info[PIECE_LENGTH];
	bool sound = length > 0 && length <= INT32_MAX;
	struct bytes digits, rest;
	struct brief brief;

	if (length < 0)
		meta->piece_length = 0;
	if (!place) {
		tell_of(teller, true, NULL, FAULT_PIECE_LENGTH, metainfo_place(meta, meta->info),
			"there is no piece length");
		return;
	}
	if (meta->file.data[place] != 'i')
		return;
	/* as they stand: there may be more of them than 64 bits hold */
	digits = bytes_split(bytes_after(meta->file, place + 1), 'e', &rest);
	if (meta->version & METAINFO_V2)
		sound = sound && length >= METAINFO_LEAF && power_of_two((uint64_t)length);
	if (!sound)
		tell_of(teller, true, "piece length", FAULT_PIECE_LENGTH, place, "found %s", escape_brief(&brief, digits));
	else if (!power_of_two((uint64_t)length))
		tell_of(teller, true, "piece length", FAULT_ODD_PIECE_LENGTH, place, "found %" PRId64, length);
}

static void check_version(struct parser *parser)
{
	struct metainfo *meta = parser->meta;
	struct teller *teller = &parser->teller;
	uint64_t place = metainfo_place(meta, meta->info);

	if (!meta->version)
		tell_of(teller, true, NULL, FAULT_NO_PIECES, place, "%s", "");
	if (meta->version & METAINFO_V2 && !parser->info[META_VERSION])
		tell_of(teller, true, NULL, FAULT_NO_TREE, place, "there is no meta version");
	if (meta->version & METAINFO_V2 && !parser->info[FILE_TREE])
		tell_of(teller, true, NULL, FAULT_NO_TREE, place, "there is no file tree");
	if (meta->file_tree.data && !parser->outer[PIECE_LAYERS] && !parser->broken)
		tell_of(teller, false, NULL, FAULT_NO_LAYERS, 0, "%s", "");
	if (parser->info[LENGTH] && parser->info[FILES])
		tell_of(teller, true, NULL, FAULT_LENGTH_AND_FILES, place, "%s", "");
	if (!parser->info[LENGTH] && !parser->info[FILES] && (meta->version & METAINFO_V1 || !meta->version))
		tell_of(teller, true, NULL, FAULT_NO_FILES, place, "there is neither");
}

/* The hashes of version 1 against the size, when that is known. */
static void check_pieces(struct parser *parser, bool sized)
{
	struct metainfo *meta = parser->meta;
	uint64_t length = (uint64_t)meta->piece_length, size = meta->size + meta->padding, want;
	struct count_text hashes, pieces;

	if (!(meta->version & METAINFO_V1) || !meta->pieces.data)
		return;
	meta->piece_count = meta->pieces.size / METAINFO_SHA1;
	if (meta->pieces.size % METAINFO_SHA1) {
		tell_of(&parser->teller, true, "pieces", FAULT_PIECES_SIZE, parser->info[PIECES], "found %s",
			count_print(&hashes, meta->pieces.size, "bytes"));
		return;
	}
	if (!length || !sized)
		return;
	want = size / length + (size % length != 0);
	if (meta->piece_count != want)
		tell_of(&parser->teller, true, "pieces", FAULT_PIECE_COUNT, parser->info[PIECES],
			"found hashes of %s for %s (%" PRIu64 " bytes by %" PRIu64 ")",
			count_print(&hashes, meta->piece_count, "pieces"), count_print(&pieces, want, "pieces"), size,
			length);
}

static void check_info(struct parser *parser)
{
	struct metainfo *meta = parser->meta;
	uint64_t errors;

	if (!parser->info[NAME] && !parser->info[NAME_UTF8])
		tell_of(&parser->teller, true, NULL, FAULT_NO_NAME, metainfo_place(meta, meta->info), "there is no name");
	check_piece_length(parser);
	check_version(parser);
	errors = parser->teller.errors;
	metainfo_survey_files(meta, !parser->broken || meta->piece_layers.data, &parser->teller);
	check_pieces(parser, errors == parser->teller.errors && (meta->length.data || meta->files.data));
}

bool metainfo_parse(struct bytes file, struct metainfo *meta, const struct fault_sink *sink, struct error *error)
{
	struct parser parser;

	*meta = (struct metainfo){ .file = file, .created = INT64_MIN };
	memset(&parser.teller, 0, sizeof parser - offsetof(struct parser, teller));
	parser.meta = meta;
	parser.teller.sink = sink;
	parser.teller.error = error;
	bencode_begin(&parser.reader, file);
	parser.reader.observer = on_flaw;
	parser.reader.context = &parser;
	read_file(&parser);
	if (meta->info.data)
		check_info(&parser);
	metainfo_survey_links(meta, &parser.teller);
	teller_end(&parser.teller);
	return !parser.teller.errors;
}

/* ---- the info hash alone */

/* Behind the token that opened info. */
static bool find_in_info(struct bencode *reader, struct metainfo *meta, struct error *error)
{
	struct bencode_token key, value;
	struct bytes names[2] = { { NULL, 0 }, { NULL, 0 } };
	bool seen[2] = { false, false };

	while (bencode_pair(reader, &key, &value, error)) {
		const struct key_row *row = find_key(info_keys, INFO_KEYS, key.text);
		size_t which = row ? (size_t)(row - info_keys) : INFO_KEYS;

		meta->version |= row ? row->version : 0;
		if (which <= NAME_UTF8 && !seen[which]) {
			seen[which] = true;
			if (value.kind == BENCODE_STRING)
				names[which] = value.text;
			meta->name = names[names[NAME_UTF8].data ? NAME_UTF8 : NAME];
		}
		if (!bencode_skip(reader, &value, NULL, error))
			return false;
	}
	return error->kind == ERROR_NONE;
}

bool metainfo_find_info(struct bytes file, struct metainfo *meta, struct error *error)
{
	struct bencode reader;
	struct bencode_token top, key, value;
	bool found = false;

	*meta = (struct metainfo){ .file = file, .created = INT64_MIN };
	bencode_begin(&reader, file);
	if (!bencode_next(&reader, &top, error)) {
		const char *what = name_format(file);

		if (what)
			error_clear(error);
		return what ? fail_input(error, 0, "%s", what) : false;
	}
	if (top.kind != BENCODE_DICT)
		return fail_input(error, 0, "found %s, where a torrent file is one dictionary", bencode_kind_name(top.kind));
	while (bencode_pair(&reader, &key, &value, error)) {
		bool info = !found && bytes_is(key.text, "info");

		found = found || info;
		if (info && value.kind == BENCODE_DICT) {
			if (!find_in_info(&reader, meta, error))
				return false;
			meta->info = bytes_at(file.data + value.offset, reader.at - value.offset);
		} else if (!bencode_skip(&reader, &value, NULL, error)) {
			return false;
		}
	}
	if (error->kind == ERROR_NONE && !meta->info.data)
		return fail_input(error, 0, "there is no info dictionary, so this is no torrent");
	return error->kind == ERROR_NONE;
}
