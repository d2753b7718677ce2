/* escape.c - the escapes of the line format, of JSON strings and of CSV cells */
#include "text/escape.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/hex.h"
#include "base/utf8.h"

/* What a byte needs: nothing, a letter after a backslash, \xHH, or a look at its UTF-8 sequence. */
enum { PLAIN = 0, HEX = 1, WIDE = 2 };	/* any other value is the letter itself */

static uint8_t class_of(uint8_t byte)
{
	switch (byte) {
	case '\\': return '\\';
	case '\t': return 't';
	case '\n': return 'n';
	case '\r': return 'r';
	default: return byte >= 0x80 ? WIDE : byte < 0x20 || byte == 0x7f ? HEX : PLAIN;
	}
}

static char *print_hex(char *at, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		*at++ = '\\';
		*at++ = 'x';
		at = hex_print(at, data + i, 1);
	}
	return at;
}

/* The length of the valid sequence at the start that is also fit for a terminal: C1 controls (U+0080..9F) are not. */
static unsigned printable_sequence(struct bytes text)
{
	unsigned length = utf8_next(text);

	return length == 2 && text.data[0] == 0xc2 && text.data[1] < 0xa0 ? 0 : length;
}

/* slash: what a backslash counts as, PLAIN or itself. */
static char *print_slow(char *at, struct bytes text, uint8_t slash)
{
	while (text.size) {
		uint8_t class = *text.data == '\\' ? slash : class_of(*text.data);
		unsigned length = 1;

		if (class == PLAIN) {
			*at++ = (char)*text.data;
		} else if (class == WIDE) {
			length = printable_sequence(text);
			if (length) {
				memcpy(at, text.data, length);
				at += length;
			} else {
				length = utf8_next(text) == 2 ? 2 : 1;
				at = print_hex(at, text.data, length);
			}
		} else if (class == HEX) {
			at = print_hex(at, text.data, 1);
		} else {
			*at++ = '\\';
			*at++ = (char)class;
		}
		text = bytes_after(text, length);
	}
	return at;
}

/* How many bytes at the start are PLAIN and not odd_one; they are copied to `at` on the way, in whole blocks. */
static inline size_t copy_plain(char *at, struct bytes text, char odd_one)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i blank = _mm_set1_epi8(0x20), delete = _mm_set1_epi8(0x7f), slash = _mm_set1_epi8('\\');
	const __m128i one = _mm_set1_epi8(odd_one);

	for (; i + 16 <= text.size; i += 16) {
		__m128i block = _mm_loadu_si128((const __m128i *)(text.data + i));
		/* signed comparison: bytes from 0x80 on count as less than a blank, too */
		__m128i odd = _mm_or_si128(_mm_cmplt_epi8(block, blank),
					   _mm_or_si128(_mm_cmpeq_epi8(block, delete), _mm_cmpeq_epi8(block, slash)));
		int mask = _mm_movemask_epi8(_mm_or_si128(odd, _mm_cmpeq_epi8(block, one)));

		_mm_storeu_si128((__m128i *)(at + i), block);
		if (mask)
			return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#endif
	for (; i < text.size && class_of(text.data[i]) == PLAIN && text.data[i] != (uint8_t)odd_one; i++)
		at[i] = (char)text.data[i];
	return i;
}

char *escape_print(char *at, struct bytes text)
{
	size_t plain = copy_plain(at, text, '\\');

	if (plain < text.size)
		return print_slow(at + plain, bytes_after(text, plain), '\\');
	if (plain == 1 && *at == '-')
		return print_hex(at, text.data, 1);
	return at + plain;
}

char *escape_message(char *at, struct bytes text)
{
	size_t plain = copy_plain(at, text, '\\');

	return print_slow(at + plain, bytes_after(text, plain), PLAIN);
}

static bool parse_one(struct bytes cell, uint8_t *byte, size_t *taken)
{
	static const char letters[] = "\\t\tn\nr\r";

	*taken = 2;
	if (cell.size >= 4 && cell.data[1] == 'x') {
		*taken = 4;
		return hex_parse(cell.data + 2, 1, byte);
	}
	if (cell.size < 2)
		return false;
	if (cell.data[1] == '\\') {
		*byte = '\\';
		return true;
	}
	for (size_t i = 1; i + 1 < sizeof letters; i += 2) {
		if (cell.data[1] == (uint8_t)letters[i]) {
			*byte = (uint8_t)letters[i + 1];
			return true;
		}
	}
	return false;
}

bool escape_parse(struct bytes cell, struct arena *arena, struct bytes *text, struct error *error)
{
	const uint8_t *slash = cell.size ? memchr(cell.data, '\\', cell.size) : NULL;
	struct brief brief;
	uint8_t *copy;
	size_t size, taken;

	if (!slash) {
		*text = cell;
		return true;
	}
	copy = arena_alloc(arena, cell.size);
	size = (size_t)(slash - cell.data);
	memcpy(copy, cell.data, size);
	cell = bytes_after(cell, size);
	while (cell.size) {
		if (*cell.data != '\\') {
			copy[size++] = *cell.data;
			taken = 1;
		} else if (!parse_one(cell, &copy[size++], &taken)) {
			return fail_input(error, ERROR_NOWHERE,
					  "'%s' begins with no escape, want \\\\ \\t \\n \\r or \\xHH",
					  escape_brief(&brief, bytes_at(cell.data, cell.size < 4 ? cell.size : 4)));
		}
		cell = bytes_after(cell, taken);
	}
	*text = bytes_at(copy, size);
	return true;
}

/* One byte as JSON escapes it; 0x7f and C1 controls are escaped as well: they steer terminals. */
static char *json_control(char *at, uint8_t byte)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	*at++ = '\\';
	for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
		if (byte == (uint8_t)letters[i]) {
			*at++ = letters[i + 1];
			return at;
		}
	}
	memcpy(at, "u00", 3);
	return hex_print(at + 3, &byte, 1);
}

char *escape_json_text(char *at, struct bytes text, bool *lossy)
{
	while (text.size) {
		size_t length = copy_plain(at, text, '"');

		at += length;
		text = bytes_after(text, length);
		if (!text.size)
			break;
		if (*text.data < 0x80) {
			at = json_control(at, *text.data);
			length = 1;
		} else if ((length = printable_sequence(text))) {
			memcpy(at, text.data, length);
			at += length;
		} else if ((length = utf8_next(text))) {
			at = json_control(at, text.data[1]);	/* U+0080..9F: its second byte is the value */
		} else {
			memcpy(at, "\xef\xbf\xbd", 3);
			at += 3;
			length = 1;
			*lossy = true;
		}
		text = bytes_after(text, length);
	}
	return at;
}

char *escape_json(char *at, struct bytes text, bool *lossy)
{
	*at = '"';
	at = escape_json_text(at + 1, text, lossy);
	*at = '"';
	return at + 1;
}

static bool csv_needs_hex(struct bytes text)
{
	if (bytes_begin(text, "\\x"))
		return true;
	while (text.size) {
		uint8_t class = class_of(*text.data);
		unsigned length = class == WIDE ? printable_sequence(text) : class != HEX;

		if (!length)
			return true;
		text = bytes_after(text, length);
	}
	return false;
}

char *escape_csv(char *at, struct bytes text)
{
	bool quote = !text.size;

	if (csv_needs_hex(text)) {
		memcpy(at, "\\x", 2);
		return hex_print(at + 2, text.data, text.size);
	}
	for (size_t i = 0; i < text.size && !quote; i++)
		quote = strchr(",\"\r\n", text.data[i]) != NULL;
	if (!quote) {
		memcpy(at, text.data, text.size);
		return at + text.size;
	}
	*at++ = '"';
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			*at++ = '"';
		*at++ = (char)text.data[i];
	}
	*at++ = '"';
	return at;
}

const char *escape_brief(struct brief *brief, struct bytes text)
{
	enum { KEPT = 16 };
	char escaped[ESCAPE_GROWTH * 40 + ESCAPE_ROOM], *end;
	bool cut = text.size > 40;
	size_t size;

	if (cut)
		text.size = 40;
	end = escape_print(escaped, text);
	/* nobody takes this one for unset */
	if (bytes_is(text, "-"))
		end = stpcpy(escaped, "-");
	size = (size_t)(end - escaped);
	if (size > sizeof brief->text - KEPT) {
		size = sizeof brief->text - KEPT;
		cut = true;
	}
	memcpy(brief->text, escaped, size);
	strcpy(brief->text + size, cut ? "..." : "");
	return brief->text;
}
