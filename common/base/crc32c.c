/* crc32c.c - CRC-32C (Castagnoli), bit by bit: what it is computed of has four or eight bytes */
#include "base/crc32c.h"

uint32_t crc32c(const void *data, size_t size)
{
	const uint8_t *byte = data;
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= byte[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
	}
	return ~crc;
}
