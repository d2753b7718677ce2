/* room.c - arrays that grow */
#include "base/room.h"

#include <stdlib.h>

#include "base/buf.h"

enum { ROOM_MIN = 64 };

void *room_for(void *array, size_t *room, size_t wanted, size_t size)
{
	size_t more = *room ? *room : ROOM_MIN, bytes;

	if (wanted <= *room)
		return array;
	while (more < wanted && more <= SIZE_MAX / 2)
		more *= 2;
	if (more < wanted || __builtin_mul_overflow(more, size, &bytes) || !(array = realloc(array, bytes)))
		out_of_memory();
	*room = more;
	return array;
}

void *room_new(size_t count, size_t size)
{
	void *array = calloc(count ? count : 1, size);

	if (!array)
		out_of_memory();
	return array;
}
