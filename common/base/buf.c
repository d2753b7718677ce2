/* buf.c - the one growable buffer */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void out_of_memory(void)
{
	static const char text[] = "out of memory\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(2);
	_exit(2);
}

uint8_t *buf_reserve(struct buf *buf, size_t count)
{
	size_t capacity = buf->capacity ? buf->capacity : 256;
	uint8_t *data;

	if (count <= buf->capacity - buf->size)
		return buf->data + buf->size;
	if (count > SIZE_MAX / 4 - buf->size)
		out_of_memory();
	while (capacity - buf->size < count)
		capacity *= 2;
	data = realloc(buf->data, capacity);
	if (!data)
		out_of_memory();
	buf->data = data;
	buf->capacity = capacity;
	return data + buf->size;
}

void buf_append(struct buf *buf, const void *data, size_t size)
{
	if (!size)
		return;
	memcpy(buf_reserve(buf, size), data, size);
	buf->size += size;
}

void buf_text(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void buf_format(struct buf *buf, const char *format, ...)
{
	va_list arguments, again;
	int size;

	va_start(arguments, format);
	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size > 0) {
		vsnprintf((char *)buf_reserve(buf, (size_t)size + 1), (size_t)size + 1, format, again);
		buf->size += (size_t)size;
	}
	va_end(again);
}

const char *buf_string(struct buf *buf)
{
	*buf_reserve(buf, 1) = 0;
	return (const char *)buf->data;
}

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ 0 };
}
