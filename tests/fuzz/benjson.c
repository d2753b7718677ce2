/* benjson.c - any bencode as JSON is the same bytes again; any JSON is refused with a place, or is bencode */
#include "codec/benjson.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct benjson benjson;

static void check_bencode(struct bytes input)
{
	struct error error = { 0 };
	struct buf json = { 0 }, back = { 0 };
	size_t at = 0;
	bool good;

	if (!benjson_open(&benjson, input, &error)) {
		assert(error.kind == ERROR_INPUT && error.offset <= input.size);
		return;
	}
	while (benjson_print(&benjson, &json))
		;
	benjson_close(&benjson);
	good = benjson_parse(buf_bytes(&json), &at, &back, NULL, &error);
	assert(good && at == json.size && bytes_equal(buf_bytes(&back), input));
	buf_free(&json);
	buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = bytes_at(data ? data : (const uint8_t *)"", size);
	struct error error = { 0 };
	struct buf bencode = { 0 };
	size_t at = 0;

	check_bencode(input);
	if (benjson_parse(input, &at, &bencode, NULL, &error)) {
		assert(at <= size);
		check_bencode(buf_bytes(&bencode));
	} else {
		assert(error.kind == ERROR_INPUT && error.offset <= size && !bencode.size);
	}
	buf_free(&bencode);
	return 0;
}
