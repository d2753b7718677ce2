/* percent.c - percent-encoding (RFC 3986) */
#include "base/percent.h"

#include "base/hex.h"

size_t percent_byte(struct bytes text, uint8_t *byte)
{
	if (*text.data == '%' && text.size >= 3 && hex_parse(text.data + 1, 1, byte))
		return 3;
	*byte = *text.data;
	return 1;
}

size_t percent_decode(struct bytes text, bool plus, uint8_t *to, size_t room)
{
	size_t size = 0;

	while (text.size && size < room) {
		uint8_t byte;
		size_t taken = percent_byte(text, &byte);

		to[size++] = plus && taken == 1 && byte == '+' ? ' ' : byte;
		text = bytes_after(text, taken);
	}
	return size;
}

static bool unreserved(uint8_t byte)
{
	uint8_t lower = byte | 0x20;

	return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
	       byte == '~';
}

void percent_encode(struct buf *buf, struct bytes text, const char *plain)
{
	static const char digits[] = "0123456789ABCDEF";	/* upper case, as RFC 3986 (2.1) wants it */
	uint8_t *start = buf_reserve(buf, 3 * text.size + 1), *at = start;

	for (size_t i = 0; i < text.size; i++) {
		uint8_t byte = text.data[i];

		if (unreserved(byte) || (byte && strchr(plain, byte))) {
			*at++ = byte;
		} else {
			*at++ = '%';
			*at++ = (uint8_t)digits[byte >> 4];
			*at++ = (uint8_t)digits[byte & 15];
		}
	}
	buf->size += (size_t)(at - start);
}
