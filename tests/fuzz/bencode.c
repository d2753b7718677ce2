/* bencode.c - any bytes as bencode: tokens lie side by side, and what has no flaw is written as it was read */
#include "codec/bencode.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_token(struct buf *out, const struct bencode_token *token)
{
	if (token->kind == BENCODE_INTEGER)
		bencode_put_integer(out, token->number);
	else if (token->kind == BENCODE_STRING)
		bencode_put_string(out, token->text);
	else
		buf_byte(out, "  lde"[token->kind]);
}

/* Token by token. Where the value ended, or SIZE_MAX. */
static size_t read_tokens(struct bytes input, unsigned *flaws, struct buf *out, struct buf *path)
{
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };
	size_t end = 0;

	bencode_begin(&reader, input);
	while (bencode_next(&reader, &token, &error)) {
		assert(token.offset == end && token.size && token.size <= input.size - end);
		end += token.size;
		assert(reader.at == end);
		put_token(out, &token);
		path->size = 0;
		bencode_path(&reader, path);
		assert(path->size <= BENCODE_PATH_MAX + 2 * BENCODE_KEY_SHOWN + 20);
	}
	*flaws = reader.flaws;
	assert(error.kind == ERROR_NONE ? reader.ended : error.kind == ERROR_INPUT && error.offset <= input.size);
	return error.kind == ERROR_NONE ? end : SIZE_MAX;
}

/* The same in one go. */
static size_t skip_all(struct bytes input, bool strict)
{
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };
	struct bytes value;

	bencode_begin(&reader, input);
	reader.strict = strict;
	if (!bencode_next(&reader, &token, &error) || !bencode_skip(&reader, &token, &value, &error))
		return SIZE_MAX;
	assert(value.data == input.data && value.size == reader.at && reader.ended);
	return reader.at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = { data ? data : (const uint8_t *)"", size };
	struct buf out = { 0 }, path = { 0 };
	unsigned flaws;
	size_t end = read_tokens(input, &flaws, &out, &path);

	assert(skip_all(input, false) == end);
	assert(skip_all(input, true) == (flaws ? SIZE_MAX : end));
	if (end != SIZE_MAX && !flaws)
		assert(bytes_equal(buf_bytes(&out), bytes_at(input.data, end)));
	buf_free(&out);
	buf_free(&path);
	return 0;
}
