/* benjson.c - bencode as JSON */
#include "codec/benjson.h"

#include "base/bits.h"
#include "base/distinct.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "text/escape.h"

enum {
	CHUNK = 4 << 10,	/* bytes of a string that are written at a time */
};
static const int64_t exact_numbers = 1ll << 53;	/* below this a double is every integer */

/* ---- which dictionaries have a key twice */

/* A dictionary that is open. */
struct scope {
	uint32_t dict;		/* its number */
	size_t first_key;	/* among the keys */
	bool unsorted, twice;
};

struct survey {
	struct bencode *reader;
	struct buf keys;	/* offset of each key of the dictionaries that are open, uint32_t */
	struct buf *twice;
	uint32_t dicts;
	struct distinct seen;
	struct scope scopes[BENCODE_DEPTH_MAX];
};

/* The text of the string there, which was read before. */
static struct bytes string_at(struct bytes input, size_t at)
{
	size_t size = 0;

	for (; input.data[at] != ':'; at++)
		size = size * 10 + input.data[at] - '0';
	return bytes_at(input.data + at + 1, size);
}

/* Of keys that are in no order only their fingerprints tell. One taken for another costs no more than the plainer form. */
static bool any_twice(struct survey *survey, size_t first_key)
{
	size_t count = (survey->keys.size - first_key) / sizeof(uint32_t);
	uint32_t at;

	distinct_reset(&survey->seen, count, BENCODE_TOKENS_MAX);
	for (size_t i = 0; i < count; i++) {
		memcpy(&at, survey->keys.data + first_key + i * sizeof at, sizeof at);
		if (!distinct_add(&survey->seen, distinct_print(&survey->seen, string_at(survey->reader->input, at))))
			return true;
	}
	return false;
}

static void begin_dict(struct survey *survey, unsigned depth)
{
	survey->scopes[depth] = (struct scope){ .dict = survey->dicts, .first_key = survey->keys.size };
	if (survey->dicts % 8 == 0)
		buf_byte(survey->twice, 0);
	survey->dicts++;
}

static void end_dict(struct survey *survey, const struct scope *scope)
{
	if (scope->twice || (scope->unsorted && any_twice(survey, scope->first_key)))
		bits_set(survey->twice->data, scope->dict);
	survey->keys.size = scope->first_key;
}

static bool survey_input(struct survey *survey, struct error *error)
{
	struct bencode_token token;

	while (bencode_next(survey->reader, &token, error)) {
		if (token.kind == BENCODE_DICT) {
			begin_dict(survey, token.depth);
		} else if (token.kind == BENCODE_END) {
			if (survey->reader->frames[token.depth].dict)
				end_dict(survey, &survey->scopes[token.depth]);
		} else if (token.key) {
			struct scope *scope = &survey->scopes[token.depth - 1];
			uint32_t at = (uint32_t)token.offset;

			scope->unsorted |= (token.flaws & BENCODE_UNSORTED_KEY) != 0;
			scope->twice |= (token.flaws & BENCODE_DUPLICATE_KEY) != 0;
			buf_append(&survey->keys, &at, sizeof at);
		}
	}
	return survey->reader->ended;
}

bool benjson_open(struct benjson *benjson, struct bytes input, struct error *error)
{
	struct survey survey = { .reader = &benjson->reader, .twice = &benjson->twice };
	bool good;

	if (input.size > UINT32_MAX)
		return fail_input(error, ERROR_NOWHERE, "larger than 4 GB");
	benjson->twice = (struct buf){ 0 };
	bencode_begin(&benjson->reader, input);
	good = survey_input(&survey, error);
	buf_free(&survey.keys);
	distinct_free(&survey.seen);
	if (!good) {
		buf_free(&benjson->twice);
		return false;
	}
	benjson->wrapped = benjson->reader.at < input.size;
	benjson->dicts = 0;
	benjson->after = NULL;
	bencode_begin(&benjson->reader, input);
	return true;
}

void benjson_close(struct benjson *benjson)
{
	buf_free(&benjson->twice);
}

/* ---- writing */

/* A value is whole: within a pair, so is the pair. */
static void finish_value(const struct benjson *benjson, struct buf *out)
{
	unsigned depth = benjson->reader.depth;

	if (depth && benjson->reader.frames[depth - 1].dict && benjson->pairs[depth - 1])
		buf_byte(out, ']');
}

/* The next part of the string at hand, and what closes it. */
static void put_chunk(struct benjson *benjson, struct buf *out)
{
	struct bytes chunk = benjson->rest;
	bool lossy = false;
	char *at, *end;

	if (chunk.size > CHUNK) {
		chunk.size = CHUNK;
		while (!benjson->hex && (chunk.data[chunk.size] & 0xc0) == 0x80)
			chunk.size--;
	}
	at = (char *)buf_reserve(out, JSON_GROWTH * chunk.size);
	end = benjson->hex ? hex_print(at, chunk.data, chunk.size) : escape_json_text(at, chunk, &lossy);
	out->size += (size_t)(end - at);
	benjson->rest = bytes_after(benjson->rest, chunk.size);
	if (benjson->rest.size)
		return;
	buf_text(out, benjson->after);
	benjson->after = NULL;
	if (benjson->value)
		finish_value(benjson, out);
}

static void begin_chunks(struct benjson *benjson, struct bytes text, bool hex, const char *after, bool value)
{
	benjson->rest = text;
	benjson->hex = hex;
	benjson->after = after;
	benjson->value = value;
}

static void put_string(struct benjson *benjson, const struct bencode_token *token, struct buf *out)
{
	bool padded = token->flaws & BENCODE_PADDED_LENGTH, hex = padded || !utf8_valid(token->text);
	struct bytes text = padded ? bytes_at(benjson->reader.input.data + token->offset, token->size) : token->text;

	if (!token->key) {
		buf_text(out, padded ? "{\"$bencode\":\"" : hex ? "{\"$hex\":\"" : "\"");
		begin_chunks(benjson, text, hex, hex ? "\"}" : "\"", true);
		return;
	}
	buf_text(out, padded ? "\"$bencode:" : hex ? "\"$hex:" : bytes_begin(text, "$") ? "\"$" : "\"");
	begin_chunks(benjson, text, hex, benjson->pairs[token->depth - 1] ? "\"," : "\":", false);
}

static void put_integer(struct benjson *benjson, const struct bencode_token *token, struct buf *out)
{
	if (!token->flaws && token->number > -exact_numbers && token->number < exact_numbers) {
		buf_append(out, token->text.data, token->text.size);
		finish_value(benjson, out);
		return;
	}
	buf_text(out, "{\"$int\":\"");
	begin_chunks(benjson, token->text, false, "\"}", true);
}

static void put_begin(struct benjson *benjson, const struct bencode_token *token, struct buf *out)
{
	bool dict = token->kind == BENCODE_DICT, twice = false;

	if (dict) {
		twice = bits_has(benjson->twice.data, benjson->dicts);
		benjson->dicts++;
	}
	benjson->pairs[token->depth] = twice;
	buf_text(out, !dict ? "[" : twice ? "{\"$dict\":[" : "{");
}

static void put_end(struct benjson *benjson, unsigned depth, struct buf *out)
{
	buf_text(out, !benjson->reader.frames[depth].dict ? "]" : benjson->pairs[depth] ? "]}" : "}");
	finish_value(benjson, out);
}

static void put_token(struct benjson *benjson, const struct bencode_token *token, struct buf *out)
{
	if (token->kind != BENCODE_END && token->depth) {
		const struct bencode_frame *around = &benjson->reader.frames[token->depth - 1];
		bool begins = !around->dict || token->key;

		if (begins && around->count > 1)
			buf_byte(out, ',');
		if (token->key && benjson->pairs[token->depth - 1])
			buf_byte(out, '[');
	}
	switch (token->kind) {
	case BENCODE_INTEGER: put_integer(benjson, token, out); break;
	case BENCODE_STRING: put_string(benjson, token, out); break;
	case BENCODE_LIST: case BENCODE_DICT: put_begin(benjson, token, out); break;
	case BENCODE_END: put_end(benjson, token->depth, out); break;
	}
}

bool benjson_print(struct benjson *benjson, struct buf *out)
{
	struct bencode *reader = &benjson->reader;
	struct bencode_token token;
	struct error error = { 0 };	/* there is none: all of it was read before */
	size_t begin = out->size;

	if (benjson->wrapped && !reader->at)
		buf_text(out, "{\"$value\":");
	while (out->size - begin < BENJSON_BLOCK) {
		if (benjson->after) {
			put_chunk(benjson, out);
		} else if (bencode_next(reader, &token, &error)) {
			put_token(benjson, &token, out);
		} else {
			if (!benjson->wrapped)
				return false;
			benjson->wrapped = false;
			buf_text(out, ",\"$trailing\":\"");
			begin_chunks(benjson, bytes_after(reader->input, reader->at), true, "\"}", false);
		}
	}
	return true;
}
