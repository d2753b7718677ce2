/* frame.c - the announce frame: both layouts and byte orders, soundness to the byte, the place found again */
#include "../support/unit.h"

#include "codec/frame.h"

#include "base/hex.h"

/* The example of the format's description. */
static const char example[] =
	"0100320086d4c80024a469be4c50bc5a102cf71780310074"
	"3031323334353637383961626364656630313233343536373839616263646566"
	"cb00710720010db8000000000000000000000007e11a0000";
static const char old_example[] =
	"0102003286d4c80024a469be4c50bc5a102cf71780310074" "2d5452323934302d" "000102030405060708090a0b"
	"cb007107" "20010db8000000000000000000000007" "1ae1" "0000000000000000000000000000";

static void from_hex(const char *hex, uint8_t *data)
{
	assert_int_equal(strlen(hex), 2 * FRAME_SIZE);
	assert_true(hex_parse((const uint8_t *)hex, FRAME_SIZE, data));
}

static void test_examples(void **state)
{
	uint8_t data[FRAME_SIZE];
	struct frame frame;

	(void)state;
	from_hex(example, data);
	frame_decode(&frame_layouts[FRAME_PASSKEY], FRAME_LITTLE, data, &frame);
	assert_int_equal(frame.version, 1);
	assert_int_equal(frame.event, FRAME_STARTED);
	assert_int_equal(frame.numwant, 50);
	assert_int_equal(frame.port, 6881);
	assert_memory_equal(&frame.ipv4, "\xcb\x00\x71\x07", 4);
	assert_memory_equal(&frame.ipv6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
	assert_true(frame.info_hash.data == data + 4 && frame.info_hash.size == 20);
	assert_true(bytes_is(frame.passkey, "0123456789abcdef0123456789abcdef"));
	assert_null(frame.peer_id.data);
	assert_true(frame.draft.data == data + 78 && frame.draft.size == 2);
	assert_true(frame.time.us == TIME_UNSET);
	frame_decode(&frame_layouts[FRAME_PASSKEY], FRAME_BIG, data, &frame);
	assert_int_equal(frame.numwant, 12800);
	assert_int_equal(frame.port, 0xe11a);

	from_hex(old_example, data);
	frame_decode(&frame_layouts[FRAME_PEERID], FRAME_BIG, data, &frame);
	assert_int_equal(frame.event, FRAME_STOPPED);
	assert_int_equal(frame.numwant, 50);
	assert_int_equal(frame.port, 6881);
	assert_true(frame.peer_id.data == data + 24 && frame.peer_id.size == 20);
	assert_null(frame.passkey.data);
	assert_memory_equal(&frame.ipv4, "\xcb\x00\x71\x07", 4);
	assert_true(frame.draft.data == data + 66 && frame.draft.size == 14);
}

/* Any 80 bytes, read and written in blocks of 80 bytes. */
static void test_identity(void **state)
{
	uint64_t seed = 80;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const struct frame_layout *layout = &frame_layouts[i % FRAME_LAYOUTS];
		uint8_t *data = malloc(FRAME_SIZE), *back = malloc(FRAME_SIZE);
		struct error error = { 0 };
		struct frame frame;

		fill_random(&seed, data, FRAME_SIZE);
		frame_decode(layout, i / 2 & 1, data, &frame);
		assert_true(frame_encode(layout, i / 2 & 1, &frame, back, &error));
		assert_memory_equal(data, back, FRAME_SIZE);
		free(data);
		free(back);
	}
}

static void test_encode_failures(void **state)
{
	static const struct { size_t member, size; const char *message; } rows[] = {
		{ offsetof(struct frame, info_hash), 19, "info_hash of 19 bytes, want 20" },
		{ offsetof(struct frame, info_hash), SIZE_MAX, "no info_hash" },
		{ offsetof(struct frame, passkey), 0, "passkey of 0 bytes, want 32" },
		{ offsetof(struct frame, passkey), 31, "passkey of 31 bytes, want 32" },
		{ offsetof(struct frame, passkey), 33, "passkey of 33 bytes, want 32" },
		{ offsetof(struct frame, passkey), 4000000000, "passkey of 4000000000 bytes, want 32" },
		{ offsetof(struct frame, passkey), SIZE_MAX, "no passkey" },
		{ offsetof(struct frame, draft), 14, "draft of 14 bytes, want 2" },
		{ offsetof(struct frame, draft), SIZE_MAX, NULL },
	};
	uint8_t data[FRAME_SIZE], back[FRAME_SIZE];
	struct frame frame;

	(void)state;
	from_hex(example, data);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = { 0 };
		struct bytes *view;

		frame_decode(&frame_layouts[FRAME_PASSKEY], FRAME_LITTLE, data, &frame);
		view = (struct bytes *)(void *)((char *)&frame + rows[i].member);
		*view = rows[i].size == SIZE_MAX ? bytes_at(NULL, 0) : bytes_at(view->data, rows[i].size);
		memset(back, 0xff, sizeof back);
		assert_true(frame_encode(&frame_layouts[FRAME_PASSKEY], FRAME_LITTLE, &frame, back, &error) ==
			    !rows[i].message);
		if (rows[i].message)
			assert_string_equal(error.message, rows[i].message);
		else
			assert_memory_equal(data, back, FRAME_SIZE);	/* no draft is a zero one */
	}
	frame_decode(&frame_layouts[FRAME_PASSKEY], FRAME_LITTLE, data, &frame);
	struct error error = { 0 };
	assert_false(frame_encode(&frame_layouts[FRAME_PEERID], FRAME_LITTLE, &frame, back, &error));
	assert_string_equal(error.message, "no peer_id");
}

static void test_check(void **state)
{
	static const struct { uint8_t layout; size_t at; uint8_t byte; const char *message; } rows[] = {
		{ FRAME_PASSKEY, 0, 55, "version 55, want 1" },
		{ FRAME_PASSKEY, 0, 0, "version 0, want 1" },
		{ FRAME_PASSKEY, 1, 2, NULL },
		{ FRAME_PASSKEY, 1, 3, "event 3, want at most 2" },
		{ FRAME_PASSKEY, 24, 0x21, NULL },
		{ FRAME_PASSKEY, 24, 0x20, "byte 0x20 at 0 of the passkey, want printable ASCII" },
		{ FRAME_PASSKEY, 39, 0x7e, NULL },
		{ FRAME_PASSKEY, 39, 0x7f, "byte 0x7f at 15 of the passkey, want printable ASCII" },
		{ FRAME_PASSKEY, 40, 0x80, "byte 0x80 at 16 of the passkey, want printable ASCII" },
		{ FRAME_PASSKEY, 55, 0xff, "byte 0xff at 31 of the passkey, want printable ASCII" },
		{ FRAME_PASSKEY, 56, 0xff, NULL },
		{ FRAME_PASSKEY, 78, 0xff, NULL },
		{ FRAME_PEERID, 24, 0x00, NULL },
		{ FRAME_PEERID, 65, 0xff, NULL },
		{ FRAME_PEERID, 66, 1, "draft byte 0x01 at 66 of the frame, want 0" },
		{ FRAME_PEERID, 79, 0x80, "draft byte 0x80 at 79 of the frame, want 0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct frame_layout *layout = &frame_layouts[rows[i].layout];
		uint8_t *data = malloc(FRAME_SIZE);
		struct error error = { 0 };

		from_hex(rows[i].layout == FRAME_PASSKEY ? example : old_example, data);
		assert_true(frame_sound(layout, data));
		data[rows[i].at] = rows[i].byte;
		assert_true(frame_sound(layout, data) == !rows[i].message);
		assert_true(frame_check(layout, data, 960, &error) == !rows[i].message);
		if (rows[i].message) {
			assert_string_equal(error.message, rows[i].message);
			assert_int_equal(error.offset, 960);
		}
		free(data);
	}
}

/* Every byte value at every place of the passkey: only 0x21..0x7e are sound. */
static void test_every_byte(void **state)
{
	uint8_t data[FRAME_SIZE];

	(void)state;
	from_hex(example, data);
	for (size_t at = 24; at < 56; at++) {
		uint8_t kept = data[at];

		for (unsigned byte = 0; byte < 256; byte++) {
			data[at] = (uint8_t)byte;
			assert_true(frame_sound(&frame_layouts[FRAME_PASSKEY], data) == (byte >= 0x21 && byte <= 0x7e));
		}
		data[at] = kept;
	}
}

static void test_find(void **state)
{
	/* G a sound frame, x a byte of none, h the first 40 bytes of one; where it is found, or how far was searched */
	static const struct { const char *layout; size_t from; bool at_end; size_t found, searched; } rows[] = {
		{ "", 0, false, SIZE_MAX, 0 },
		{ "", 0, true, SIZE_MAX, 0 },
		{ "G", 0, false, SIZE_MAX, 0 },
		{ "G", 0, true, 0, 0 },
		{ "GG", 0, false, 0, 0 },
		{ "xGG", 0, false, 1, 0 },
		{ "xG", 0, false, SIZE_MAX, 0 },
		{ "xG", 0, true, 1, 0 },
		{ "xxGxG", 0, true, 83, 0 },		/* the first is not followed by another */
		{ "xxGxG", 0, false, SIZE_MAX, 4 },
		{ "GG", 1, true, 80, 0 },
		{ "GGG", 1, false, 80, 0 },
		{ "hG", 0, true, 40, 0 },
		{ "hGG", 0, false, 40, 0 },
		{ "xGh", 0, true, 1, 0 },		/* there is no room for a second one */
		{ "h", 0, true, SIZE_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t good[FRAME_SIZE], data[8 * FRAME_SIZE];
		size_t size = 0, searched = SIZE_MAX, found;
		struct bytes copy;

		from_hex(example, good);
		for (const char *at = rows[i].layout; *at; at++) {
			size_t part = *at == 'G' ? FRAME_SIZE : *at == 'h' ? FRAME_SIZE / 2 : 1;

			memcpy(data + size, *at == 'x' ? (const uint8_t *)"x" : good, part);
			size += part;
		}
		copy = exact_copy(data, size);
		found = frame_find(&frame_layouts[FRAME_PASSKEY], copy, rows[i].from, rows[i].at_end, &searched);
		if (found != rows[i].found || (found == SIZE_MAX && !rows[i].at_end && searched != rows[i].searched))
			fail_msg("%s: found %zu, searched %zu", rows[i].layout, found, searched);
		free_copy(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_encode_failures),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
