/* hex.h - bytes as hexadecimal digits and back, sixteen at a time where the CPU can */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/bytes.h"

/* Writes 2 * size lower-case digits at `at`; returns the end. No NUL. */
char *hex_print(char *at, const uint8_t *data, size_t size);

/*
 * Reads size bytes from 2 * size digits of either case. False, with what is at
 * `data` undefined, when a character is no digit.
 */
bool hex_parse(const uint8_t *digits, size_t size, uint8_t *data);

/*
 * The value of each of 16 characters, 0 for what is no digit; bit i of what is
 * returned is set when character i is one. For texts with digits in them.
 */
unsigned hex_nibbles(const uint8_t *text, uint8_t *nibbles);

#endif
