/* utf8.c - where valid UTF-8 ends */
#include "base/utf8.h"

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/*
 * The Unicode standard's table 3-7: the first byte tells the length, and what
 * is forbidden beyond that (overlong forms, surrogates, values over U+10FFFF)
 * is always told by the second.
 */
unsigned utf8_next(struct bytes text)
{
	uint8_t first = text.data[0], least = 0x80, most = 0xbf;
	unsigned length;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (text.size < length)
		return 0;
	if (first == 0xe0)
		least = 0xa0;
	else if (first == 0xed)
		most = 0x9f;
	else if (first == 0xf0)
		least = 0x90;
	else if (first == 0xf4)
		most = 0x8f;
	if (text.data[1] < least || text.data[1] > most)
		return 0;
	for (unsigned i = 2; i < length; i++)
		if (!is_continuation(text.data[i]))
			return 0;
	return length;
}

bool utf8_valid(struct bytes text)
{
	static const uint64_t high = 0x8080808080808080;
	uint64_t word;
	unsigned length;

	while (text.size) {
		/* most texts are ASCII */
		for (; text.size >= 8; text = bytes_after(text, 8)) {
			memcpy(&word, text.data, 8);
			if (word & high)
				break;
		}
		if (!text.size)
			break;
		length = utf8_next(text);
		if (!length)
			return false;
		text = bytes_after(text, length);
	}
	return true;
}
