/* quote.c - strings as redis-cli prints and reads them, so that what is printed can be pasted there and back */
#include "tools/peerdump/peerdump.h"

#include "base/hex.h"

/* The bytes that are a letter after a backslash, each followed by that letter. The rest of C's escapes is no part of it. */
static const char letters[] = "\\\\\"\"\nn\rr\tt\aa\bb";

char *redis_cli_print(char *at, struct bytes bytes)
{
	*at++ = '"';
	for (size_t i = 0; i < bytes.size; i++) {
		uint8_t byte = bytes.data[i];
		size_t letter = 0;

		while (letters[letter] && (uint8_t)letters[letter] != byte)
			letter += 2;
		if (byte && letters[letter]) {
			*at++ = '\\';
			*at++ = letters[letter + 1];
		} else if (byte >= ' ' && byte < 0x7f) {
			*at++ = (char)byte;
		} else {
			*at++ = '\\';
			*at++ = 'x';
			at = hex_print(at, &byte, 1);
		}
	}
	*at++ = '"';
	return at;
}

/* What stands behind a backslash between double quotes: \xHH, a letter, or any other byte, which then means itself. */
static uint8_t parse_escape(struct bytes text, size_t *taken)
{
	uint8_t byte;

	*taken = 3;
	if (text.size >= 3 && text.data[0] == 'x' && hex_parse(text.data + 1, 1, &byte))
		return byte;
	*taken = 1;
	for (size_t i = 0; letters[i]; i += 2)
		if ((uint8_t)letters[i + 1] == text.data[0])
			return (uint8_t)letters[i];
	return text.data[0];
}

bool redis_cli_parse(struct bytes text, struct arena *arena, struct bytes *bytes)
{
	uint8_t quote = text.size ? *text.data : 0, *copy;
	size_t size = 0, taken;

	if (text.size < 2 || (quote != '"' && quote != '\''))
		return false;
	copy = arena_alloc(arena, text.size);
	for (text = bytes_after(text, 1); text.size && *text.data != quote; text = bytes_after(text, taken)) {
		struct bytes next = bytes_after(text, 1);

		taken = 1;
		copy[size] = *text.data;
		if (*text.data == '\\' && next.size && (quote == '"' || *next.data == '\'')) {
			copy[size] = quote == '"' ? parse_escape(next, &taken) : '\'';
			taken++;
		}
		size++;
	}
	/* the closing quote, and nothing behind it */
	if (text.size != 1)
		return false;
	*bytes = bytes_at(copy, size);
	return true;
}
