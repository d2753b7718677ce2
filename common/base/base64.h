/* base64.h - base64 and base32 (RFC 4648), as Redis keys and info hashes use them */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/bytes.h"

/* What base64_print writes for size bytes: 28 characters for an info hash. */
#define BASE64_ROOM(size) (((size) + 2) / 3 * 4)

/* Standard alphabet, padded. Returns the end; no NUL. */
char *base64_print(char *at, const uint8_t *data, size_t size);

/*
 * Reads exactly size bytes from standard padded base64. False when the length
 * is not BASE64_ROOM(size), a character or the padding is wrong, or the unused
 * last bits are not zero (so that each value has one spelling).
 */
bool base64_parse(struct bytes text, uint8_t *data, size_t size);

/* Reads exactly size bytes (a multiple of 5) from base32 of either case: 32 characters for an info hash. */
bool base32_parse(struct bytes text, uint8_t *data, size_t size);

#endif
