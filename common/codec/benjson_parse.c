/* benjson_parse.c - JSON as bencode */
#include "codec/benjson.h"

#include "base/hex.h"
#include "base/number.h"
#include "text/escape.h"
#include "text/json.h"

/* An array or object of the JSON that is open, but for those that are read at once. */
enum level_kind {
	LEVEL_LIST,
	LEVEL_DICT,
	LEVEL_PAIRS,	/* the array of $dict */
	LEVEL_PAIR,	/* an array in it */
	LEVEL_WRAPPED,	/* the outermost object, with $value */
};

struct level {
	enum level_kind kind;
	bool whole;	/* PAIR, WRAPPED: the value was there */
	bool keyed;	/* DICT: there was a key; it is out->data[key_at...] */
	size_t key_at, key_size;
};

enum { LEVELS_MAX = 2 * BENCODE_DEPTH_MAX + 1 };

struct parser {
	struct json_reader json;
	struct json_token token;	/* read last */
	struct buf *out;
	struct error *error;
	struct arena strings;	/* for the string read last */
	struct buf trailing;
	bool trailed;
	unsigned flaws;
	unsigned depth;		/* levels open */
	unsigned containers;	/* of these, lists and dictionaries */
	size_t text_at, text_size;	/* in out: what the string written last holds */
	struct level levels[LEVELS_MAX];
};

static bool fail_found(struct parser *p, const char *want)
{
	const struct json_token *token = &p->token;
	struct brief brief;

	switch (token->kind) {
	case JSON_STRING:
		return fail_input(p->error, token->offset, "found the %s '%s' where %s was expected",
				  token->key ? "key" : "string", escape_brief(&brief, token->text), want);
	case JSON_NUMBER: case JSON_WORD:
		return fail_input(p->error, token->offset, "found %s where %s was expected",
				  escape_brief(&brief, token->text), want);
	default:
		return fail_input(p->error, token->offset, "found '%c' where %s was expected",
				  p->json.text.data[token->offset], want);
	}
}

/* The next token, which there must be: all levels are not closed yet. */
static bool next_token(struct parser *p)
{
	arena_reset(&p->strings);
	return json_next(&p->json, &p->token, p->error);
}

static bool expect_end(struct parser *p, const char *want)
{
	return next_token(p) && (p->token.kind == JSON_END || fail_found(p, want));
}

static bool expect_string(struct parser *p, const char *want)
{
	return next_token(p) && (p->token.kind == JSON_STRING || fail_found(p, want));
}

/* ---- strings and integers */

static void put_text(struct parser *p, struct bytes text)
{
	bencode_put_string(p->out, text);
	p->text_size = text.size;
	p->text_at = p->out->size - text.size;
}

/* The bytes of hexadecimal digits, appended. */
static bool put_digits(struct parser *p, struct bytes digits, struct buf *out)
{
	size_t size = digits.size / 2;
	struct brief brief;

	if (!digits.size)
		return true;
	if (digits.size % 2 || !hex_parse(digits.data, size, buf_reserve(out, size)))
		return fail_input(p->error, p->token.offset, "found '%s' where pairs of hexadecimal digits were expected",
				  escape_brief(&brief, digits));
	out->size += size;
	return true;
}

/* $hex */
static bool put_hex(struct parser *p, struct bytes digits)
{
	char *at = (char *)buf_reserve(p->out, NUMBER_ROOM + 1), *end = number_print(at, digits.size / 2);

	*end++ = ':';
	p->out->size += (size_t)(end - at);
	p->text_at = p->out->size;
	p->text_size = digits.size / 2;
	return put_digits(p, digits, p->out);
}

/* $bencode: a string, however its length is spelled. */
static bool put_spelled(struct parser *p, struct bytes digits)
{
	size_t begin = p->out->size;
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };

	if (!put_digits(p, digits, p->out))
		return false;
	bencode_begin(&reader, digits.size ? bytes_after(buf_bytes(p->out), begin) : bytes_of(""));
	if (!bencode_next(&reader, &token, &error) || token.kind != BENCODE_STRING || reader.at != reader.input.size)
		return fail_input(p->error, p->token.offset, "found $bencode where the bytes of one string were expected");
	p->text_at = begin + token.size - token.text.size;
	p->text_size = token.text.size;
	return true;
}

static size_t count_digits(struct bytes text)
{
	size_t count = 0;

	while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
		count++;
	return count;
}

static bool put_integer(struct parser *p, struct bytes text, bool any_spelling)
{
	struct bytes digits = bytes_begin(text, "-") ? bytes_after(text, 1) : text;
	bool padded = digits.size > 1 && digits.data[0] == '0';

	if (!digits.size || count_digits(digits) != digits.size)
		return fail_found(p, any_spelling ? "digits" : "an integer (bencode has no other numbers)");
	if (!any_spelling && (padded || bytes_is(text, "-0")))
		return fail_found(p, "an integer in its one spelling (another is {\"$int\":\"...\"})");
	buf_byte(p->out, 'i');
	buf_append(p->out, text.data, text.size);
	buf_byte(p->out, 'e');
	return true;
}

/* ---- keys */

/* Is the key in order? */
static void note_order(struct parser *p, struct level *level)
{
	struct bytes key = bytes_at(p->out->data + p->text_at, p->text_size);
	int order = level->keyed ? bytes_compare(bytes_at(p->out->data + level->key_at, level->key_size), key) : -1;

	if (order >= 0)
		p->flaws |= order ? BENCODE_UNSORTED_KEY : BENCODE_DUPLICATE_KEY;
	level->keyed = true;
	level->key_at = p->text_at;
	level->key_size = p->text_size;
}

static bool put_key(struct parser *p)
{
	struct bytes text = p->token.text;

	if (!bytes_begin(text, "$")) {
		put_text(p, text);
		return true;
	}
	if (bytes_begin(text, "$$")) {
		put_text(p, bytes_after(text, 1));
		return true;
	}
	if (bytes_begin(text, "$hex:"))
		return put_hex(p, bytes_after(text, 5));
	if (bytes_begin(text, "$bencode:"))
		return put_spelled(p, bytes_after(text, 9));
	return fail_found(p,
			  "a key (a form stands alone in its object; a key that begins with $ has another one before it)");
}

static bool put_dict_key(struct parser *p, struct level *level)
{
	if (!put_key(p))
		return false;
	note_order(p, level);
	return true;
}

/* ---- arrays and objects */

static bool open_level(struct parser *p, enum level_kind kind)
{
	static const char letters[] = { [LEVEL_LIST] = 'l', [LEVEL_DICT] = 'd', [LEVEL_PAIRS] = 'd' };

	if (kind <= LEVEL_PAIRS) {
		if (p->containers == BENCODE_DEPTH_MAX)
			return fail_input(p->error, p->token.offset, "lists and dictionaries are nested deeper than %d",
					  BENCODE_DEPTH_MAX);
		p->containers++;
		buf_byte(p->out, (uint8_t)letters[kind]);
	}
	p->levels[p->depth++] = (struct level){ .kind = kind };
	return true;
}

static bool close_level(struct parser *p)
{
	struct level *level = &p->levels[p->depth - 1];

	if (!level->whole && level->kind == LEVEL_PAIR)
		return fail_found(p, "a key and its value");
	if (!level->whole && level->kind == LEVEL_WRAPPED)
		return fail_found(p, "$value, and the bytes after it");
	p->depth--;
	if (level->kind > LEVEL_PAIRS)
		return true;
	p->containers--;
	buf_byte(p->out, 'e');
	return level->kind != LEVEL_PAIRS || expect_end(p, "'}' after $dict");
}

/* A key of the outermost object, once that has turned out to be $value and what is behind it. */
static bool take_wrapped(struct parser *p)
{
	if (bytes_is(p->token.text, "$value") && !p->levels[0].whole)
		return true;
	if (!bytes_is(p->token.text, "$trailing") || p->trailed)
		return fail_found(p, "$value or $trailing, once");
	p->trailed = true;
	return expect_string(p, "hexadecimal digits") && put_digits(p, p->token.text, &p->trailing);
}

static bool open_pair(struct parser *p)
{
	if (p->token.kind != JSON_ARRAY)
		return fail_found(p, "[key,value]");
	return expect_string(p, "a key") && put_key(p) && open_level(p, LEVEL_PAIR);
}

/* The one string of {"$hex":"..."} and the like. */
static bool put_form(struct parser *p, bool put(struct parser *, struct bytes))
{
	return expect_string(p, "a string") && put(p, p->token.text) && expect_end(p, "'}'");
}

static bool put_any_integer(struct parser *p, struct bytes text)
{
	return put_integer(p, text, true);
}

static bool put_pairs(struct parser *p)
{
	return next_token(p) && (p->token.kind == JSON_ARRAY || fail_found(p, "an array of pairs")) &&
	       open_level(p, LEVEL_PAIRS);
}

/* What an object is, is known from its first key. */
static bool put_object(struct parser *p)
{
	struct bytes key;

	if (!next_token(p))
		return false;
	key = p->token.text;
	if (p->token.kind == JSON_END)
		return open_level(p, LEVEL_DICT) && close_level(p);
	if (bytes_is(key, "$hex"))
		return put_form(p, put_hex);
	if (bytes_is(key, "$int"))
		return put_form(p, put_any_integer);
	if (bytes_is(key, "$bencode"))
		return put_form(p, put_spelled);
	if (bytes_is(key, "$dict"))
		return put_pairs(p);
	if (!p->depth && (bytes_is(key, "$value") || bytes_is(key, "$trailing")))
		return open_level(p, LEVEL_WRAPPED) && take_wrapped(p);
	return open_level(p, LEVEL_DICT) && put_dict_key(p, &p->levels[p->depth - 1]);
}

static bool put_value(struct parser *p)
{
	switch (p->token.kind) {
	case JSON_STRING: put_text(p, p->token.text); return true;
	case JSON_NUMBER: return put_integer(p, p->token.text, false);
	case JSON_ARRAY: return open_level(p, LEVEL_LIST);
	case JSON_OBJECT: return put_object(p);
	default: return fail_found(p, "a string, an integer, an array or an object");
	}
}

static bool take_token(struct parser *p)
{
	struct level *level = p->depth ? &p->levels[p->depth - 1] : NULL;

	if (p->token.kind == JSON_END)
		return close_level(p);
	if (p->token.key)
		return level->kind == LEVEL_WRAPPED ? take_wrapped(p) : put_dict_key(p, level);
	if (level && level->kind == LEVEL_PAIRS)
		return open_pair(p);
	if (level && level->kind == LEVEL_PAIR && level->whole)
		return fail_found(p, "']' after a key and its value");
	if (level)
		level->whole = true;
	return put_value(p);
}

bool benjson_parse(struct bytes text, size_t *at, struct buf *out, unsigned *flaws, struct error *error)
{
	struct parser p;
	size_t begin = out->size;
	bool good = true;

	/* the levels are written before they are read */
	json_begin(&p.json, text, *at, &p.strings);
	p.out = out;
	p.error = error;
	p.strings = (struct arena){ 0 };
	p.trailing = (struct buf){ 0 };
	p.trailed = false;
	p.flaws = 0;
	p.depth = p.containers = 0;
	while (good && next_token(&p))
		good = take_token(&p);
	good = good && p.json.ended;
	if (good)
		buf_append(out, p.trailing.data, p.trailing.size);
	else
		out->size = begin;
	*at = p.json.at;
	if (flaws)
		*flaws = p.flaws;
	buf_free(&p.trailing);
	arena_free(&p.strings);
	return good;
}
