/* bencode.c - tokens, flaws, offsets and paths of bencode; what is written is what was read */
#include "codec/bencode.h"

#include <inttypes.h>
#include <stdio.h>

#include "../support/unit.h"

/* The tokens of the input as text: i42 s'text' k'key' l d e, each with its flaws. Checks that they lie side by side. */
static bool print_tokens(struct bencode *reader, struct buf *out, struct error *error)
{
	struct bencode_token token;
	size_t end = 0;

	while (bencode_next(reader, &token, error)) {
		assert_int_equal(token.offset, end);
		end += token.size;
		assert_int_equal(reader->at, end);
		buf_text(out, out->size ? " " : "");
		buf_text(out, (const char *[]){ "i", token.key ? "k'" : "s'", "l", "d", "e" }[token.kind]);
		if (token.kind == BENCODE_INTEGER)
			buf_format(out, "%" PRId64, token.number);
		if (token.kind == BENCODE_STRING)
			buf_append(out, token.text.data, token.text.size);
		if (token.kind == BENCODE_STRING)
			buf_byte(out, '\'');
		for (unsigned bit = 1; bit <= BENCODE_PADDED_LENGTH; bit *= 2)
			if (token.flaws & bit)
				buf_format(out, "(%s)", bencode_flaw_name(bit));
	}
	return error->kind == ERROR_NONE;
}

static void test_tokens(void **state)
{
	static const struct { const char *input, *tokens, *error; uint64_t offset; } rows[] = {
		{ "i0e", "i0", NULL, 3 },
		{ "i42e", "i42", NULL, 4 },
		{ "i-42e", "i-42", NULL, 5 },
		{ "i42ei43e", "i42", NULL, 4 },
		{ "0:", "s''", NULL, 2 },
		{ "4:spam", "s'spam'", NULL, 6 },
		{ "4:spam\n", "s'spam'", NULL, 6 },
		{ "le", "l e", NULL, 2 },
		{ "de", "d e", NULL, 2 },
		{ "l4:spami42ee", "l s'spam' i42 e", NULL, 12 },
		{ "d3:cow3:moo4:spam4:eggse", "d k'cow' s'moo' k'spam' s'eggs' e", NULL, 24 },
		{ "d4:spaml1:a1:bee", "d k'spam' l s'a' s'b' e e", NULL, 16 },
		{ "d0:d0:lelee", "d k'' d k'' l e", "found 'l' where a key (a string) or 'e' was expected", 8 },
		{ "d0:d0:lee1:ale", "d k'' d k'' l e e k'a' l e", "the input ends where a key or 'e' was expected", 14 },
		/* the ends of the range */
		{ "i9223372036854775807e", "i9223372036854775807", NULL, 21 },
		{ "i-9223372036854775807e", "i-9223372036854775807", NULL, 22 },
		{ "i-9223372036854775808e", "i-9223372036854775808", NULL, 22 },
		{ "i9223372036854775808e", "i9223372036854775807(integer beyond 64 bits)", NULL, 21 },
		{ "i-9223372036854775809e", "i-9223372036854775808(integer beyond 64 bits)", NULL, 22 },
		{ "i18446744073709551615e", "i9223372036854775807(integer beyond 64 bits)", NULL, 22 },
		{ "i18446744073709551616e", "i9223372036854775807(integer beyond 64 bits)", NULL, 22 },
		{ "i18446744073709551617e", "i9223372036854775807(integer beyond 64 bits)", NULL, 22 },
		{ "i-18446744073709551617e", "i-9223372036854775808(integer beyond 64 bits)", NULL, 23 },
		{ "i92233720368547758070e", "i9223372036854775807(integer beyond 64 bits)", NULL, 22 },
		{ "i00000000000000000000009e", "i9(integer with leading zeros)", NULL, 25 },
		{ "i09223372036854775807e", "i9223372036854775807(integer with leading zeros)", NULL, 22 },
		/* flaws */
		{ "i-0e", "i0(integer is -0)", NULL, 4 },
		{ "i00e", "i0(integer with leading zeros)", NULL, 4 },
		{ "i-00e", "i0(integer with leading zeros)(integer is -0)", NULL, 5 },
		{ "i-042e", "i-42(integer with leading zeros)", NULL, 6 },
		{ "04:spam", "s'spam'(length of a string with leading zeros)", NULL, 7 },
		{ "00:", "s''(length of a string with leading zeros)", NULL, 3 },
		{ "d1:bi1e1:ai2ee", "d k'b' i1 k'a'(unsorted key) i2 e", NULL, 14 },
		{ "d1:ai1e1:ai2ee", "d k'a' i1 k'a'(duplicate key) i2 e", NULL, 14 },
		{ "d1:bi1e1:ai2e1:bi3ee", "d k'b' i1 k'a'(unsorted key) i2 k'b' i3 e", NULL, 20 },
		{ "d2:aai1e1:ai2ee", "d k'aa' i1 k'a'(unsorted key) i2 e", NULL, 15 },
		{ "d1:ai1e2:aai2ee", "d k'a' i1 k'aa' i2 e", NULL, 15 },
		{ "d1:\x7fi1e1:\x80i2ee", "d k'\x7f' i1 k'\x80' i2 e", NULL, 14 },
		{ "d0:0:0:0:e", "d k'' s'' k''(duplicate key) s'' e", NULL, 10 },
		{ "d1:bd1:ai1ee1:ci1ee", "d k'b' d k'a' i1 e k'c' i1 e", NULL, 19 },
		/* no bencode */
		{ "", "", "the input ends where a value was expected", 0 },
		{ "e", "", "found 'e' where a value (a digit, i, l or d) was expected", 0 },
		{ " i1e", "", "found ' ' where a value (a digit, i, l or d) was expected", 0 },
		{ "\x1f\x8b", "", "found '\\x1f' where a value (a digit, i, l or d) was expected", 0 },
		{ "ie", "", "found 'e' where a digit of an integer was expected", 1 },
		{ "i", "", "the input ends where a digit of an integer was expected", 1 },
		{ "i-", "", "the input ends where a digit of an integer was expected", 2 },
		{ "i-e", "", "found 'e' where a digit of an integer was expected", 2 },
		{ "i--1e", "", "found '-' where a digit of an integer was expected", 2 },
		{ "i+1e", "", "found '+' where a digit of an integer was expected", 1 },
		{ "i 1e", "", "found ' ' where a digit of an integer was expected", 1 },
		{ "i1 e", "", "found ' ' where a digit or the 'e' of an integer was expected", 2 },
		{ "i1.5e", "", "found '.' where a digit or the 'e' of an integer was expected", 2 },
		{ "i0x10e", "", "found 'x' where a digit or the 'e' of an integer was expected", 2 },
		{ "i12", "", "the input ends where a digit or the 'e' of an integer was expected", 3 },
		{ "4", "", "the input ends where a digit or the ':' of a string was expected", 1 },
		{ "4;spam", "", "found ';' where a digit or the ':' of a string was expected", 1 },
		{ "-1:a", "", "found '-' where a value (a digit, i, l or d) was expected", 0 },
		{ "4:spa", "", "a string of 4 bytes, but only 3 are left", 0 },
		{ "9223372036854775807:a", "", "a string of 9223372036854775807 bytes, but only 1 are left", 0 },
		{ "9223372036854775808:a", "", "a string of 9223372036854775808 bytes, but only 1 are left", 0 },
		{ "9223372036854775809:a", "", "the length of a string is beyond 63 bits", 0 },
		{ "18446744073709551615:a", "", "the length of a string is beyond 63 bits", 0 },
		{ "18446744073709551616:", "", "the length of a string is beyond 63 bits", 0 },
		{ "18446744073709551617:a", "", "the length of a string is beyond 63 bits", 0 },
		{ "184467440737095516170:a", "", "the length of a string is beyond 63 bits", 0 },
		{ "l", "l", "the input ends where a value was expected", 1 },
		{ "d", "d", "the input ends where a key or 'e' was expected", 1 },
		{ "d1:ae", "d k'a'", "found 'e' where a value (a digit, i, l or d) was expected", 4 },
		{ "d1:a", "d k'a'", "the input ends where a value was expected", 4 },
		{ "di1ei2ee", "d", "found 'i' where a key (a string) or 'e' was expected", 1 },
		{ "dlei2ee", "d", "found 'l' where a key (a string) or 'e' was expected", 1 },
		{ "li1e-e", "l i1", "found '-' where a value (a digit, i, l or d) was expected", 4 },
		{ "lxe", "l", "found 'x' where a value (a digit, i, l or d) was expected", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes input = exact_copy(rows[i].input, strlen(rows[i].input));
		struct error error = { 0 };
		struct buf tokens = { 0 };
		struct bencode reader;
		bool good;

		bencode_begin(&reader, input);
		good = print_tokens(&reader, &tokens, &error);
		if (strcmp(buf_string(&tokens), rows[i].tokens) != 0 || good != !rows[i].error ||
		    (good ? reader.at : error.offset) != rows[i].offset ||
		    (!good && strcmp(error.message, rows[i].error) != 0))
			fail_msg("%s gives %s, then %s at %" PRIu64, rows[i].input, buf_string(&tokens),
				 good ? "its end" : error.message, good ? (uint64_t)reader.at : error.offset);
		buf_free(&tokens);
		free_copy(input);
	}
}

static void on_flaw(void *context, const struct bencode *reader, const struct bencode_token *token)
{
	struct buf *told = context, path = { 0 };

	bencode_path(reader, &path);
	buf_format(told, "%zu %s; ", token->offset, buf_string(&path));
	buf_free(&path);
}

static const char flawed[] = "d1:bld1:xi01e1:wi1eee1:a02:hi1:a2:hoe";

static void test_observer(void **state)
{
	struct bytes input = exact_copy(flawed, strlen(flawed));
	struct buf told = { 0 };
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };
	struct bytes whole;

	(void)state;
	/* skipped tokens are told too */
	bencode_begin(&reader, input);
	reader.observer = on_flaw;
	reader.context = &told;
	assert_true(bencode_next(&reader, &token, &error));
	assert_true(bencode_skip(&reader, &token, &whole, &error));
	assert_true(bytes_equal(whole, input));
	assert_string_equal(buf_string(&told), "9 b[0].x; 13 b[0].w; 21 a; 24 a; 29 a; ");
	assert_int_equal(reader.flaws,
			 BENCODE_ZERO_PADDED | BENCODE_UNSORTED_KEY | BENCODE_PADDED_LENGTH | BENCODE_DUPLICATE_KEY);
	buf_free(&told);
	free_copy(input);
}

static void test_strict(void **state)
{
	static const struct { const char *input, *error; uint64_t offset; } rows[] = {
		{ "d1:ai1e1:bi2ee", NULL, 0 },
		{ "d1:bi1e1:ai2ee", "unsorted key", 7 },
		{ "d1:bi1e1:bi2ee", "duplicate key", 7 },
		{ "li-0ee", "integer is -0", 1 },
		{ "li-00ee", "integer with leading zeros", 1 },
		{ "l03:abce", "length of a string with leading zeros", 1 },
		{ "i9223372036854775808e", "integer beyond 64 bits", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes input = exact_copy(rows[i].input, strlen(rows[i].input));
		struct bencode reader;
		struct bencode_token token;
		struct error error = { 0 };
		bool good;

		bencode_begin(&reader, input);
		reader.strict = true;
		good = bencode_next(&reader, &token, &error) && bencode_skip(&reader, &token, NULL, &error);
		if (good != !rows[i].error ||
		    (!good && (strcmp(error.message, rows[i].error) != 0 || error.offset != rows[i].offset)))
			fail_msg("%s: %s at %" PRIu64, rows[i].input, error.message, error.offset);
		free_copy(input);
	}
}

static const char sample[] = "d8:announce3:url4:infod5:filesld6:lengthi7e4:pathl1:a5:b.txteed6:lengthi-8e4:pathl0:eee"
			     "4:name2:hi6:pieces3:\x01\x02\xff" "ee";

/* Whatever is cut off is missed, with an offset inside of what is left. */
static void test_truncation(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof sample - 1; size++) {
		struct bytes input = exact_copy(sample, size);
		struct bencode reader;
		struct bencode_token token;
		struct error error = { 0 };

		bencode_begin(&reader, input);
		assert_false(bencode_next(&reader, &token, &error) && bencode_skip(&reader, &token, NULL, &error));
		assert_int_equal(error.kind, ERROR_INPUT);
		if (error.offset > size)
			fail_msg("cut after %zu: the error is at %" PRIu64, size, error.offset);
		free_copy(input);
	}
}

/* Reading goes on or stops, whatever a byte is. */
static void test_changes(void **state)
{
	struct bytes input = exact_copy(sample, sizeof sample - 1);
	uint8_t *bytes = (uint8_t *)(uintptr_t)input.data;
	struct buf tokens = { 0 };

	(void)state;
	for (size_t at = 0; at < input.size; at++) {
		for (unsigned value = 0; value < 256; value++) {
			uint8_t was = bytes[at];
			struct bencode reader;
			struct error error = { 0 };

			bytes[at] = (uint8_t)value;
			bencode_begin(&reader, input);
			tokens.size = 0;
			if (!print_tokens(&reader, &tokens, &error))
				assert_true(error.offset <= input.size);
			bytes[at] = was;
		}
	}
	buf_free(&tokens);
	free_copy(input);
}

static void test_depth(void **state)
{
	(void)state;
	for (int dict = 0; dict < 2; dict++) {
		for (unsigned depth = BENCODE_DEPTH_MAX; depth <= BENCODE_DEPTH_MAX + 1; depth++) {
			struct buf text = { 0 };
			struct bencode reader;
			struct bencode_token token;
			struct error error = { 0 };
			size_t begin;
			bool good;

			for (unsigned i = 1; i < depth; i++)
				buf_text(&text, dict ? "d0:" : "l");
			begin = text.size;
			buf_text(&text, "le");
			for (unsigned i = 1; i < depth; i++)
				buf_text(&text, "e");
			bencode_begin(&reader, buf_bytes(&text));
			good = bencode_next(&reader, &token, &error) && bencode_skip(&reader, &token, NULL, &error);
			assert_int_equal(good, depth == BENCODE_DEPTH_MAX);
			if (!good) {
				assert_string_equal(error.message, "lists and dictionaries are nested deeper than 1000");
				assert_int_equal(error.offset, begin);
			}
			buf_free(&text);
		}
	}
}

/* Numbers of a million digits. */
static void test_digits(void **state)
{
	enum { DIGITS = 1000000 };
	struct buf text = { 0 };

	(void)state;
	for (int row = 0; row < 4; row++) {
		struct bencode reader;
		struct bencode_token token;
		struct error error = { 0 };
		bool zeros = row == 2;

		text.size = 0;
		buf_text(&text, row == 0 ? "i" : row == 1 ? "i-" : row == 2 ? "i" : "");
		memset(buf_reserve(&text, DIGITS), zeros ? '0' : '9', DIGITS);
		text.size += DIGITS;
		buf_text(&text, row == 3 ? ":" : "e");
		bencode_begin(&reader, buf_bytes(&text));
		if (row == 3) {
			assert_false(bencode_next(&reader, &token, &error));
			assert_string_equal(error.message, "the length of a string is beyond 63 bits");
			continue;
		}
		assert_true(bencode_next(&reader, &token, &error));
		assert_int_equal(token.number, row == 0 ? INT64_MAX : row == 1 ? INT64_MIN : 0);
		assert_int_equal(token.flaws, zeros ? BENCODE_ZERO_PADDED : BENCODE_WIDE);
		assert_int_equal(token.text.size, DIGITS + (row == 1));
		assert_int_equal(token.size, text.size);
		assert_false(bencode_next(&reader, &token, &error));
		assert_int_equal(error.kind, ERROR_NONE);
	}
	buf_free(&text);
}

static void test_token_bound(void **state)
{
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };

	(void)state;
	bencode_begin(&reader, bytes_of("li1ei2ee"));
	assert_int_equal(reader.tokens_left, BENCODE_TOKENS_MAX);
	reader.tokens_left = 3;
	assert_true(bencode_next(&reader, &token, &error));
	assert_false(bencode_skip(&reader, &token, NULL, &error));
	assert_int_equal(error.offset, 7);
	/* and it stays so */
	error_clear(&error);
	assert_false(bencode_next(&reader, &token, &error));
	assert_int_equal(error.kind, ERROR_INPUT);
}

/* The path at each token of an input, by semicolon; at an error, that too. */
static void test_paths(void **state)
{
	static const struct { const char *input, *paths; } rows[] = {
		{ "i1e", ";" },
		{ "le", ";;" },
		{ "li1el1:aee", ";[0];[1];[1][0];[1];;" },
		{ "d1:ai1e4:b -_d3:a.ci1eee", ";a;a;b -_;b -_;b -_[\"a.c\"];b -_[\"a.c\"];b -_;;" },
		{ "d4:infod5:filesld4:pathl1:aeeeee",
		  ";info;info;info.files;info.files;info.files[0];info.files[0].path;info.files[0].path;"
		  "info.files[0].path[0];info.files[0].path;info.files[0];info.files;info;;" },
		{ "d0:i1e1:\"i1e2:\xc2\x85i1e2:\xc3\xa4i1e1:\xffi1ee", ";[\"\"];[\"\"];[0x22];[0x22];[0xc285];[0xc285];"
		  "[\"\xc3\xa4\"];[\"\xc3\xa4\"];[0xff];[0xff];;" },
		{ "d1:\\i1e1:\x7fi1e2:\n.i1ee", ";[0x5c];[0x5c];[0x7f];[0x7f];[0x0a2e];[0x0a2e];;" },
		{ "d1:al1:bx", ";a;a;a[0];a[1]" },
		{ "d1:ad1:bi1e1:x-", ";a;a;a.b;a.b;a.x;a.x" },
		{ "d1:a1:be3", ";a;a;;" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes input = exact_copy(rows[i].input, strlen(rows[i].input));
		struct buf paths = { 0 }, path = { 0 };
		struct bencode reader;
		struct bencode_token token;
		struct error error = { 0 };
		bool more;

		bencode_begin(&reader, input);
		do {
			more = bencode_next(&reader, &token, &error);
			path.size = 0;
			if (more || error.kind != ERROR_NONE)
				bencode_path(&reader, &path);
			buf_append(&paths, path.data, path.size);
			buf_text(&paths, more ? ";" : "");
		} while (more);
		assert_string_equal(buf_string(&paths), rows[i].paths);
		buf_free(&paths);
		buf_free(&path);
		free_copy(input);
	}
}

/* Huge keys around a value are cut in its path, and so is what is nested too deeply to be shown. */
static void test_long_paths(void **state)
{
	/* the key: that many letters, then the text */
	static const struct { size_t letters; const char *text, *tail; size_t size; } rows[] = {
		{ 255, "", "a", 255 },
		{ 256, "", "a", 256 },
		{ 257, "", "a\"...]", 2 + 256 + 5 },
		{ 254, "\xc3\xa4" "b", "a\xc3\xa4\"...]", 2 + 256 + 5 },
		{ 255, "\xc3\xa4" "b", "a\"...]", 2 + 255 + 5 },
		{ 253, "\xf0\x9f\x98\x80" "b", "a\"...]", 2 + 253 + 5 },
		{ 300, "\xff", "a\"...]", 2 + 256 + 5 },
		{ 255, "\xff\xff", "61ff...]", 3 + 512 + 4 },
	};
	struct buf text = { 0 }, path = { 0 };
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		text.size = path.size = 0;
		buf_format(&text, "d%zu:", rows[i].letters + strlen(rows[i].text));
		memset(buf_reserve(&text, rows[i].letters), 'a', rows[i].letters);
		text.size += rows[i].letters;
		buf_text(&text, rows[i].text);
		buf_text(&text, "i1ee");
		bencode_begin(&reader, buf_bytes(&text));
		assert_true(bencode_next(&reader, &token, &error) && bencode_next(&reader, &token, &error));
		bencode_path(&reader, &path);
		assert_int_equal(path.size, rows[i].size);
		assert_memory_equal(path.data + path.size - strlen(rows[i].tail), rows[i].tail, strlen(rows[i].tail));
	}
	/* 4-byte parts and a dot: the 820th goes past the bound, the rest is dots */
	text.size = path.size = 0;
	for (int i = 0; i < BENCODE_DEPTH_MAX; i++)
		buf_text(&text, "d4:abcd");
	buf_text(&text, "i1e");
	bencode_begin(&reader, buf_bytes(&text));
	while (bencode_next(&reader, &token, &error) && token.kind != BENCODE_INTEGER)
		;
	bencode_path(&reader, &path);
	assert_int_equal(path.size, 820 * 5 - 1 + 3);
	assert_memory_equal(path.data + path.size - 8, ".abcd...", 8);
	buf_free(&text);
	buf_free(&path);
}

/* ---- pairs, elements, skipping */

static void test_pairs(void **state)
{
	struct bytes input = exact_copy(sample, sizeof sample - 1), value;
	struct bencode reader;
	struct bencode_token top, key, token;
	struct error error = { 0 };
	struct buf keys = { 0 };

	(void)state;
	bencode_begin(&reader, input);
	assert_true(bencode_next(&reader, &top, &error));
	while (bencode_pair(&reader, &key, &token, &error)) {
		buf_append(&keys, key.text.data, key.text.size);
		buf_byte(&keys, ' ');
		assert_true(bencode_skip(&reader, &token, &value, &error));
		assert_int_equal(value.data - input.data, token.offset);
	}
	assert_int_equal(error.kind, ERROR_NONE);
	assert_true(reader.ended);
	assert_string_equal(buf_string(&keys), "announce info ");
	/* the last value is info, to its end */
	assert_int_equal(value.data[0], 'd');
	assert_int_equal(value.data + value.size - input.data, input.size - 1);
	assert_false(bencode_pair(&reader, &key, &token, &error));
	buf_free(&keys);
	free_copy(input);
}

/* An error in a key, in a value, behind a value: no pair is given for what is wrong. */
static void test_broken_pairs(void **state)
{
	static const struct { const char *input; unsigned pairs; uint64_t offset; } rows[] = {
		{ "d1:ai1e1:bi2e", 2, 13 },
		{ "d1:ai1ei2ee", 1, 7 },
		{ "d1:ai1e1:be", 1, 10 },
		{ "d1:ai1e2:be", 1, 11 },
		{ "d1:alx", 0, 5 },
		{ "d1:ale", 1, 6 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes input = exact_copy(rows[i].input, strlen(rows[i].input));
		struct bencode reader;
		struct bencode_token key, value;
		struct error error = { 0 };
		unsigned pairs = 0;

		bencode_begin(&reader, input);
		assert_true(bencode_next(&reader, &value, &error));
		while (bencode_pair(&reader, &key, &value, &error) && bencode_skip(&reader, &value, NULL, &error))
			pairs++;
		if (error.kind != ERROR_INPUT || pairs != rows[i].pairs || error.offset != rows[i].offset)
			fail_msg("%s: %u pairs, then %s at %" PRIu64, rows[i].input, pairs, error.message, error.offset);
		free_copy(input);
	}
}

/* Jumping over a value that is known leaves the reader where skipping does. */
static void test_jump(void **state)
{
	struct bytes input = exact_copy(sample, sizeof sample - 1);
	struct bencode skipping, jumping;
	struct bencode_token token, other;
	struct error error = { 0 };

	(void)state;
	for (unsigned tokens = 1; tokens < 20; tokens++) {
		struct bytes value;

		bencode_begin(&skipping, input);
		bencode_begin(&jumping, input);
		for (unsigned i = 0; i < tokens; i++)
			assert_true(bencode_next(&skipping, &token, &error) && bencode_next(&jumping, &other, &error));
		if (token.kind == BENCODE_END)
			continue;
		assert_true(bencode_skip(&skipping, &token, &value, &error));
		bencode_jump(&jumping, &other, value);
		assert_int_equal(skipping.at, jumping.at);
		assert_int_equal(skipping.ended, jumping.ended);
		while (bencode_next(&skipping, &token, &error)) {
			assert_true(bencode_next(&jumping, &other, &error));
			assert_memory_equal(&token, &other, offsetof(struct bencode_token, text));
		}
		assert_false(bencode_next(&jumping, &other, &error));
	}
	free_copy(input);
}

/* ---- writing */

static void put_token(struct buf *out, const struct bencode_token *token)
{
	switch (token->kind) {
	case BENCODE_INTEGER: bencode_put_integer(out, token->number); break;
	case BENCODE_STRING: bencode_put_string(out, token->text); break;
	case BENCODE_LIST: buf_byte(out, 'l'); break;
	case BENCODE_DICT: buf_byte(out, 'd'); break;
	case BENCODE_END: buf_byte(out, 'e'); break;
	}
}

static void check_roundtrip(struct bytes input)
{
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };
	struct buf out = { 0 };

	bencode_begin(&reader, input);
	reader.strict = true;
	while (bencode_next(&reader, &token, &error))
		put_token(&out, &token);
	assert_int_equal(error.kind, ERROR_NONE);
	assert_true(bytes_equal(buf_bytes(&out), input));
	buf_free(&out);
}

/* Some canonical value. */
static void put_random(struct buf *out, uint64_t *seed, unsigned depth)
{
	uint64_t draw = next_random(seed) >> 20;
	unsigned count = (unsigned)(draw >> 8) % 6;
	uint8_t bytes[40];

	switch (draw % (depth < 6 ? 5 : 2)) {
	case 0:
		bencode_put_integer(out, (int64_t)next_random(seed) >> (draw >> 4) % 64);
		break;
	case 1:
		fill_random(seed, bytes, sizeof bytes);
		bencode_put_string(out, bytes_at(bytes, draw % sizeof bytes));
		break;
	case 2:
		buf_byte(out, 'l');
		for (unsigned i = 0; i < count; i++)
			put_random(out, seed, depth + 1);
		buf_byte(out, 'e');
		break;
	default:
		buf_byte(out, 'd');
		for (unsigned i = 0; i < count; i++) {
			/* sorted by their first byte */
			fill_random(seed, bytes, sizeof bytes);
			bytes[0] = (uint8_t)(i * 40 + draw % 40);
			bencode_put_string(out, bytes_at(bytes, 1 + draw % 30));
			put_random(out, seed, depth + 1);
		}
		buf_byte(out, 'e');
	}
}

static void test_roundtrip(void **state)
{
	uint64_t seed = 7;

	(void)state;
	check_roundtrip(bytes_at(sample, sizeof sample - 1));
	for (int i = 0; i < 3000; i++) {
		struct buf text = { 0 };
		struct bytes input;

		put_random(&text, &seed, 0);
		input = exact_copy(text.data, text.size);
		check_roundtrip(input);
		free_copy(input);
		buf_free(&text);
	}
}

static void test_writing(void **state)
{
	struct buf out = { 0 };

	(void)state;
	bencode_put_integer(&out, INT64_MIN);
	assert_int_equal(out.size, BENCODE_INTEGER_ROOM);
	bencode_put_integer(&out, 0);
	bencode_put_integer(&out, INT64_MAX);
	bencode_put_text(&out, "");
	bencode_put_text(&out, "announce");
	bencode_put_string(&out, bytes_at("a\0b", 3));
	bencode_put_string(&out, bytes_at(NULL, 0));
	assert_true(bytes_equal(buf_bytes(&out),
				bytes_at("i-9223372036854775808ei0ei9223372036854775807e0:8:announce3:a\0b0:",
					 sizeof "i-9223372036854775808ei0ei9223372036854775807e0:8:announce3:a\0b0:" - 1)));
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_observer),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_token_bound),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_broken_pairs),
		cmocka_unit_test(test_jump),
		cmocka_unit_test(test_roundtrip),
		cmocka_unit_test(test_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
