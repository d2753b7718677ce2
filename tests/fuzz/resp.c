/* resp.c - any bytes as Redis replies: the same items whether they come at once or a byte at a time */
#include "io/resp.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same reply again, a byte more at each call. */
static void check_pieces(struct bytes bytes, const struct resp *whole, enum resp_state want)
{
	struct error error = { 0 };
	struct resp resp = { 0 };
	enum resp_state state = RESP_MORE;

	resp_begin(&resp);
	for (size_t size = 1; size <= bytes.size && state == RESP_MORE; size++)
		state = resp_parse(&resp, bytes_at(bytes.data, size), &error);
	assert(state == want && (state != RESP_WHOLE || (resp.used == whole->used && resp.count == whole->count)));
	for (size_t i = 0; state == RESP_WHOLE && i < resp.count; i++)
		assert(resp.items[i].kind == whole->items[i].kind && resp.items[i].text.data == whole->items[i].text.data &&
		       resp.items[i].text.size == whole->items[i].text.size &&
		       resp.items[i].integer == whole->items[i].integer);
	resp_free(&resp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = { data, size };
	struct resp resp = { 0 };
	enum resp_state state = RESP_WHOLE;

	while (rest.size && state == RESP_WHOLE) {
		struct error error = { 0 };

		resp_begin(&resp);
		state = resp_parse(&resp, rest, &error);
		assert((state == RESP_BAD) == (error.kind != ERROR_NONE) && resp.used <= rest.size);
		for (size_t i = 0; i < resp.count; i++)
			assert(!resp.items[i].text.data || (resp.items[i].text.data >= rest.data &&
			       resp.items[i].text.data + resp.items[i].text.size <= rest.data + rest.size));
		check_pieces(rest, &resp, state);
		rest = bytes_after(rest, resp.used);
	}
	resp_free(&resp);
	return 0;
}
