/* percent.h - percent-encoding (RFC 3986) */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include "base/buf.h"

/*
 * The byte at the start of the text, which must not be empty: what %XX stands for, else the byte itself (a % without two
 * hexadecimal digits too). Returns how many characters that took: 3 or 1.
 */
size_t percent_byte(struct bytes text, uint8_t *byte);
/*
 * Decodes at most room bytes to `to`, which may be where the text is; returns how many. plus: a + is a blank, as forms
 * write it.
 */
size_t percent_decode(struct bytes text, bool plus, uint8_t *to, size_t room);
/* Appends the text: letters, digits, - . _ ~ as they are, also those of `plain`; every other byte as %XX. */
void percent_encode(struct buf *, struct bytes text, const char *plain);

#endif
