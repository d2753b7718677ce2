/* hash.h - an info hash in any of the spellings that people paste */
#ifndef TEXT_HASH_H
#define TEXT_HASH_H

#include "base/bytes.h"
#include "base/error.h"

enum { HASH_SIZE = 20 };	/* SHA-1: a version 1 info hash, a node id */

/*
 * 40 hexadecimal digits, 32 characters of base32, 28 of base64 (as Redis keys have
 * it), or a magnet link with xt=urn:btih: (BEP 9). The failure says what it looks like instead.
 */
bool hash_parse(struct bytes text, uint8_t hash[HASH_SIZE], struct error *);

#endif
