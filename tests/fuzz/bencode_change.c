/* bencode_change.c - any dictionary with values changed: what was set is found again, and what was not is where it was */
#include "codec/bencode_change.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS = 4 };
static const char *const keys[KEYS] = { "announce", "comment", "info", "zz" };
static const char *const values[] = { NULL, "0:", "i7e", "l4:spamde4:eggse" };

static bool find(struct bytes input, struct bencode_change changes[KEYS])
{
	struct error error = { 0 };

	for (size_t i = 0; i < KEYS; i++)
		changes[i] = (struct bencode_change){ .key = bytes_of(keys[i]) };
	return bencode_change_find(input, changes, KEYS, &error);
}

static bool equal(struct bytes a, struct bytes b)
{
	return !a.data == !b.data && bytes_equal(a, b);
}

/* What each key becomes: two bits for each; of a value that stays, nothing is set. */
static void change(struct bytes input, unsigned which, unsigned stays)
{
	struct bencode_change changes[KEYS], found[KEYS];
	struct buf out = { 0 };

	if (!find(input, changes))
		return;
	for (size_t i = 0; i < KEYS; i++)
		if (!(stays >> i & 1))
			changes[i].now = bytes_of(values[which >> 2 * i & 3]);
	bencode_change_apply(input, changes, KEYS, &out);
	assert(stays != 15 || bytes_equal(buf_bytes(&out), input));
	assert(find(buf_bytes(&out), found));
	for (size_t i = 0; i < KEYS; i++)
		assert(equal(found[i].was, changes[i].now));
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned which = size ? data[size - 1] : 0;

	change(bytes_at(data, size), which, 15);
	change(bytes_at(data, size), which, 0);
	change(bytes_at(data, size), 0x6c, which & 15);
	return 0;
}
