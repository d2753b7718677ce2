/* crc64.h - the CRC-64 that ends Redis's RDB files and DUMP payloads */
#ifndef BASE_CRC64_H
#define BASE_CRC64_H

#include "base/bytes.h"

/*
 * The polynomial 0xad93d23594c935a9 ("Jones"), bits reflected, 0 to begin with, nothing at the end; of "123456789" it is
 * 0xe9c6d914c4b8d9ca. crc is what went before, 0 at first: parts in a row give the sum of the whole.
 */
uint64_t crc64(uint64_t crc, const void *data, size_t size);

/* The two ways in which crc64 goes, for the test that compares them. Without the instruction the second is the first. */
uint64_t crc64_sliced(uint64_t crc, const void *data, size_t size);
uint64_t crc64_folded(uint64_t crc, const void *data, size_t size);

#endif
