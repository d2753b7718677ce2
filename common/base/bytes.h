/* bytes.h - a view of bytes that somebody else owns */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A view: never freed through, valid as long as what it looks into. data NULL
 * means "there is none" (unset); size 0 with data means "there is one, and it
 * is empty". The line format prints the two differently, so the difference is
 * kept everywhere.
 */
struct bytes {
	const uint8_t *data;
	size_t size;
};

/* A view of a string literal or another NUL-terminated string. */
static inline struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

static inline struct bytes bytes_at(const void *data, size_t size)
{
	return (struct bytes){ data, size };
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool bytes_is(struct bytes a, const char *text)
{
	return bytes_equal(a, bytes_of(text));
}

static inline bool bytes_begin(struct bytes a, const char *prefix)
{
	size_t size = strlen(prefix);

	return a.size >= size && memcmp(a.data, prefix, size) == 0;
}

/* Orders as memcmp does, a prefix before what it is the prefix of. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
	size_t shared = a.size < b.size ? a.size : b.size;
	int order = shared ? memcmp(a.data, b.data, shared) : 0;

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* What is left of a after its first count bytes; count must not exceed its size. */
static inline struct bytes bytes_after(struct bytes a, size_t count)
{
	return (struct bytes){ a.data + count, a.size - count };
}

/* Without the blanks, TABs and line ends around it. */
static inline struct bytes bytes_trim(struct bytes a)
{
	while (a.size && memchr(" \t\r\n", a.data[0], 4))
		a = bytes_after(a, 1);
	while (a.size && memchr(" \t\r\n", a.data[a.size - 1], 4))
		a.size--;
	return a;
}

/* The part before the first separator; *rest is what follows it (data NULL when there is no separator). */
static inline struct bytes bytes_split(struct bytes a, char separator, struct bytes *rest)
{
	const uint8_t *at = a.size ? memchr(a.data, separator, a.size) : NULL;

	if (!at) {
		*rest = (struct bytes){ NULL, 0 };
		return a;
	}
	*rest = (struct bytes){ at + 1, (size_t)(a.data + a.size - at) - 1 };
	return (struct bytes){ a.data, (size_t)(at - a.data) };
}

#endif
