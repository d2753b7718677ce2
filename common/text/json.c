/* json.c - JSON scanned in place: one flat object at once, or any value one token after the other */
#include "text/json.h"

#include "base/hex.h"
#include "text/escape.h"

static bool fail_at(struct json_reader *s, const char *want)
{
	struct brief brief;

	if (s->at >= s->text.size)
		return fail_input(s->error, s->at, "JSON ends where %s was expected", want);
	return fail_input(s->error, s->at, "JSON has '%s' where %s was expected",
			  escape_brief(&brief, bytes_at(s->text.data + s->at,
							s->text.size - s->at < 12 ? s->text.size - s->at : 12)),
			  want);
}

static void skip_blanks(struct json_reader *s)
{
	while (s->at < s->text.size && s->text.data[s->at] <= ' ' && memchr(" \t\r\n", s->text.data[s->at], 4))
		s->at++;
}

/* Takes the character if it is the next one after blanks. */
static bool take(struct json_reader *s, char c)
{
	skip_blanks(s);
	if (s->at >= s->text.size || s->text.data[s->at] != (uint8_t)c)
		return false;
	s->at++;
	return true;
}

static size_t utf8_print(uint8_t *at, uint32_t code)
{
	if (code < 0x80) {
		at[0] = (uint8_t)code;
		return 1;
	}
	if (code < 0x800) {
		at[0] = (uint8_t)(0xc0 | code >> 6);
		at[1] = (uint8_t)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		at[0] = (uint8_t)(0xe0 | code >> 12);
		at[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
		at[2] = (uint8_t)(0x80 | (code & 0x3f));
		return 3;
	}
	at[0] = (uint8_t)(0xf0 | code >> 18);
	at[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
	at[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	at[3] = (uint8_t)(0x80 | (code & 0x3f));
	return 4;
}

/* The four digits after \u. */
static bool scan_unit(struct json_reader *s, uint32_t *unit)
{
	uint8_t pair[2];

	if (s->text.size - s->at < 4 || !hex_parse(s->text.data + s->at, 2, pair))
		return fail_at(s, "four hexadecimal digits");
	*unit = (uint32_t)pair[0] << 8 | pair[1];
	s->at += 4;
	return true;
}

/* One escape, after its backslash; writes at most 4 bytes. */
static bool scan_escape(struct json_reader *s, uint8_t *at, size_t *size)
{
	static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	uint32_t unit = 0, low = 0;

	for (size_t i = 0; s->at < s->text.size && i + 1 < sizeof letters; i += 2) {
		if (s->text.data[s->at] == (uint8_t)letters[i]) {
			*at = (uint8_t)letters[i + 1];
			*size = 1;
			s->at++;
			return true;
		}
	}
	if (s->at >= s->text.size || s->text.data[s->at] != 'u')
		return fail_at(s, "an escape");
	s->at++;
	if (!scan_unit(s, &unit))
		return false;
	if (unit >= 0xd800 && unit < 0xdc00) {
		if (s->text.size - s->at < 6 || memcmp(s->text.data + s->at, "\\u", 2) != 0)
			return fail_at(s, "the second half of a surrogate pair");
		s->at += 2;
		if (!scan_unit(s, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fail_at(s, "the second half of a surrogate pair");
		unit = 0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00));
	} else if (unit >= 0xdc00 && unit < 0xe000) {
		return fail_at(s, "a surrogate pair");
	}
	*size = utf8_print(at, unit);
	return true;
}

/* How many bytes of the string that began at `from` there are before its closing quote or the end of the text. */
static size_t string_size(const struct json_reader *s, size_t from)
{
	size_t at = s->at;

	while (at < s->text.size && s->text.data[at] != '"')
		at += s->text.data[at] == '\\' ? 2 : 1;
	return (at < s->text.size ? at : s->text.size) - from;
}

/* The rest of a string from its first backslash on, into the arena. */
static bool scan_escaped(struct json_reader *s, size_t from, struct bytes *string)
{
	/*
	 * no escape is shorter than what it stands for; no string takes room for the rest of the line: there may be
	 * millions
	 */
	uint8_t *copy = arena_alloc(s->arena, string_size(s, from));
	size_t size = s->at - from, length = 0;

	memcpy(copy, s->text.data + from, size);
	while (s->at < s->text.size) {
		uint8_t byte = s->text.data[s->at];

		if (byte == '"') {
			s->at++;
			*string = bytes_at(copy, size);
			return true;
		}
		if (byte < 0x20)
			break;
		s->at++;
		if (byte != '\\') {
			copy[size++] = byte;
			continue;
		}
		if (!scan_escape(s, copy + size, &length))
			return false;
		size += length;
	}
	return fail_at(s, "the end of a string");
}

static bool scan_string(struct json_reader *s, struct bytes *string)
{
	size_t from;

	if (!take(s, '"'))
		return fail_at(s, "a string");
	for (from = s->at; s->at < s->text.size; s->at++) {
		uint8_t byte = s->text.data[s->at];

		if (byte == '"') {
			*string = bytes_at(s->text.data + from, s->at - from);
			s->at++;
			return true;
		}
		if (byte == '\\')
			return scan_escaped(s, from, string);
		if (byte < 0x20)
			break;
	}
	return fail_at(s, "the end of a string");
}

/* A number, null, true or false: whatever has such characters. */
static bool scan_plain(struct json_reader *s, enum json_kind *kind, struct bytes *text)
{
	static const char *const words[] = { "null", "true", "false" };
	size_t from = s->at;
	uint8_t first = s->at < s->text.size ? s->text.data[s->at] : 0;

	while (s->at < s->text.size && !memchr(",}] \t\r\n\"[{:", s->text.data[s->at], 12))
		s->at++;
	*text = bytes_at(s->text.data + from, s->at - from);
	*kind = JSON_NUMBER;
	if (first == '-' || (first >= '0' && first <= '9'))
		return true;
	*kind = JSON_WORD;
	for (size_t i = 0; i < 3; i++)
		if (bytes_is(*text, words[i]))
			return true;
	s->at = from;
	return fail_at(s, "a value");
}

/* ---- any value */

void json_begin(struct json_reader *s, struct bytes text, size_t at, struct arena *arena)
{
	/* the levels are written before they are read */
	s->text = text;
	s->at = at;
	s->arena = arena;
	s->depth = 0;
	s->depth_max = JSON_LEVELS_MAX;
	s->want = JSON_WANT_VALUE;
	s->ended = false;
}

/* A value is whole. */
static bool finish_value(struct json_reader *s)
{
	s->want = JSON_WANT_MORE;
	s->ended = !s->depth;
	return true;
}

static bool open_level(struct json_reader *s, struct json_token *token, bool array)
{
	if (s->depth == s->depth_max)
		return fail_input(s->error, s->at, "JSON is nested deeper than %u", s->depth_max);
	s->arrays[s->depth++] = array;
	s->at++;
	s->want = JSON_WANT_FIRST;
	token->kind = array ? JSON_ARRAY : JSON_OBJECT;
	return true;
}

static bool close_level(struct json_reader *s, struct json_token *token)
{
	token->kind = JSON_END;
	s->at++;
	s->depth--;
	return finish_value(s);
}

static bool next_key(struct json_reader *s, struct json_token *token)
{
	token->kind = JSON_STRING;
	token->key = true;
	if (!scan_string(s, &token->text))
		return false;
	if (!take(s, ':'))
		return fail_at(s, "':'");
	s->want = JSON_WANT_VALUE;
	return true;
}

static bool next_value(struct json_reader *s, struct json_token *token, uint8_t first)
{
	if (first == '[' || first == '{')
		return open_level(s, token, first == '[');
	token->kind = JSON_STRING;
	return (first == '"' ? scan_string(s, &token->text) : scan_plain(s, &token->kind, &token->text)) && finish_value(s);
}

bool json_next(struct json_reader *s, struct json_token *token, struct error *error)
{
	bool array = s->depth && s->arrays[s->depth - 1];
	uint8_t first;

	s->error = error;
	if (s->ended)
		return false;
	if (s->want == JSON_WANT_MORE && take(s, ','))
		s->want = JSON_WANT_NEXT;
	skip_blanks(s);
	first = s->at < s->text.size ? s->text.data[s->at] : 0;
	token->key = false;
	token->offset = s->at;
	token->text = bytes_at(NULL, 0);
	if (s->want == JSON_WANT_VALUE)
		return next_value(s, token, first);
	if (s->want != JSON_WANT_NEXT && first == (array ? ']' : '}'))
		return close_level(s, token);
	if (s->want == JSON_WANT_MORE)
		return fail_at(s, array ? "',' or ']'" : "',' or '}'");
	return array ? next_value(s, token, first) : next_key(s, token);
}

/* ---- a flat object */

/* An array or an object within it, as it stands. */
static bool scan_nested(struct json_reader *s, struct bytes *text)
{
	struct json_token token;
	size_t from = s->at;

	json_begin(s, s->text, from, s->arena);
	s->depth_max = JSON_DEPTH_MAX;
	while (json_next(s, &token, s->error))
		;
	*text = bytes_at(s->text.data + from, s->at - from);
	return s->ended;
}

static bool scan_value(struct json_reader *s, struct json_pair *pair)
{
	skip_blanks(s);
	if (s->at < s->text.size && s->text.data[s->at] == '"') {
		pair->kind = JSON_STRING;
		return scan_string(s, &pair->value);
	}
	if (s->at < s->text.size && (s->text.data[s->at] == '[' || s->text.data[s->at] == '{')) {
		pair->kind = JSON_NESTED;
		return scan_nested(s, &pair->value);
	}
	return scan_plain(s, &pair->kind, &pair->value);
}

bool json_object(struct bytes text, struct arena *arena, struct json_pair *pairs, size_t max, size_t *count,
		 struct error *error)
{
	struct json_reader s;
	struct json_pair pair;

	json_begin(&s, text, 0, arena);
	s.error = error;
	*count = 0;
	if (!take(&s, '{'))
		return fail_at(&s, "'{'");
	if (!take(&s, '}')) {
		do {
			if (!scan_string(&s, &pair.key))
				return false;
			if (!take(&s, ':'))
				return fail_at(&s, "':'");
			if (!scan_value(&s, &pair))
				return false;
			if (*count < max)
				pairs[(*count)++] = pair;
		} while (take(&s, ','));
		if (!take(&s, '}'))
			return fail_at(&s, "',' or '}'");
	}
	skip_blanks(&s);
	return s.at == text.size || fail_at(&s, "the end of the line");
}
