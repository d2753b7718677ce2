/* frame.c - any bytes as announce frames: decoding and encoding give them back, and what is found is sound */
#include "codec/frame.h"

#include <assert.h>

enum { KINDS = 2 * FRAME_LAYOUTS };	/* each layout in each byte order */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frame(const struct frame_layout *layout, enum frame_endian endian, const uint8_t *data)
{
	struct error error = { 0 };
	uint8_t back[FRAME_SIZE];
	struct frame frame;

	frame_decode(layout, endian, data, &frame);
	assert(frame_encode(layout, endian, &frame, back, &error));
	assert(!memcmp(data, back, FRAME_SIZE));
	assert(frame_check(layout, data, 7, &error) == frame_sound(layout, data));
	assert(frame_sound(layout, data) || (error.kind == ERROR_INPUT && error.offset == 7));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int kind = 0; kind < KINDS; kind++) {
		const struct frame_layout *layout = &frame_layouts[kind / 2];
		size_t searched = 0, found = frame_find(layout, bytes_at(data, size), 0, kind & 1, &searched);

		assert(found == SIZE_MAX ? searched <= size && size - searched < (kind & 1 ? 1 : 2) * FRAME_SIZE
					 : found + FRAME_SIZE <= size && frame_sound(layout, data + found));
		/* one kind will do for most frames of a large sample, so that replaying it takes seconds */
		for (size_t i = 0; (i + 1) * FRAME_SIZE <= size; i++)
			if (i < 4 || i % KINDS == (size_t)kind)
				check_frame(layout, kind & 1, data + i * FRAME_SIZE);
	}
	return 0;
}
