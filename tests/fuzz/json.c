/* json.c - any bytes as a JSON object: views stay inside, and what was read reads the same when it is printed */
#include "text/json.h"

#include <assert.h>

#include "base/buf.h"
#include "text/escape.h"

enum { PAIRS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool print(struct buf *out, struct bytes text)
{
	bool lossy = false;
	char *at = (char *)buf_reserve(out, JSON_GROWTH * text.size + 2);

	out->size += (size_t)(escape_json(at, text, &lossy) - at);
	return lossy;
}

static bool print_pairs(struct buf *out, const struct json_pair *pairs, size_t count)
{
	bool lossy = false;

	for (size_t i = 0; i < count; i++) {
		buf_byte(out, i ? ',' : '{');
		lossy |= print(out, pairs[i].key);
		buf_byte(out, ':');
		if (pairs[i].kind == JSON_STRING)
			lossy |= print(out, pairs[i].value);
		else
			buf_append(out, pairs[i].value.data, pairs[i].value.size);
	}
	buf_text(out, count ? "}" : "{}");
	return lossy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_pair pairs[PAIRS_MAX], again[PAIRS_MAX];
	struct arena arena = { 0 };
	struct error error = { 0 };
	struct buf out = { 0 };
	size_t count, count_again;

	if (!json_object(bytes_at(data, size), &arena, pairs, PAIRS_MAX, &count, &error)) {
		assert(error.kind == ERROR_INPUT && error.offset <= size);
	} else if (!print_pairs(&out, pairs, count)) {
		assert(json_object(buf_bytes(&out), &arena, again, PAIRS_MAX, &count_again, &error) && count_again == count);
		for (size_t i = 0; i < count; i++)
			assert(bytes_equal(pairs[i].key, again[i].key) && pairs[i].kind == again[i].kind &&
			       bytes_equal(pairs[i].value, again[i].value));
	}
	buf_free(&out);
	arena_free(&arena);
	return 0;
}
