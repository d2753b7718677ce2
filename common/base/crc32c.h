/* crc32c.h - CRC-32C (Castagnoli), by which BEP 42 ties a node id to an address */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Reflected polynomial 0x82f63b78, begins and ends inverted: that of "123456789" is 0xe3069283. zlib's crc32 is another. */
uint32_t crc32c(const void *data, size_t size);

#endif
