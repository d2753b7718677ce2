/* buf.h - the one growable buffer */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/bytes.h"

/* Start with { 0 }. Running out of memory ends the program (see buf.c): nobody could do better. */
struct buf {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

/* Makes room for count more bytes and returns where they go; size is not changed. */
uint8_t *buf_reserve(struct buf *, size_t count);
void buf_append(struct buf *, const void *data, size_t size);
void buf_text(struct buf *, const char *text);
void buf_format(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the contents with a NUL that size does not count, and returns them. */
const char *buf_string(struct buf *);
void buf_free(struct buf *);

static inline void buf_byte(struct buf *buf, uint8_t byte)
{
	*buf_reserve(buf, 1) = byte;
	buf->size++;
}

static inline struct bytes buf_bytes(const struct buf *buf)
{
	return (struct bytes){ buf->data, buf->size };
}

/* What both allocators call when there is no memory: says so on stderr, exits with 2. */
_Noreturn void out_of_memory(void);

#endif
