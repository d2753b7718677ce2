/* utf8.h - where valid UTF-8 ends */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/bytes.h"

/*
 * The length (1..4) of the valid UTF-8 sequence at the start of text, 0 when
 * there is none: a stray or missing continuation byte, an overlong form, a
 * surrogate, a value over U+10FFFF, the end of text. text.size must be > 0.
 */
unsigned utf8_next(struct bytes text);
/* Is all of it valid? */
bool utf8_valid(struct bytes text);

#endif
