/* number.c - decimal text to numbers, durations, sizes and back; strict and fast */
#include "base/number.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/bytetable.h"

#define OCTET(n) { \
	{ '0' + ((n) < 10 ? (n) % 10 : (n) < 100 ? (n) / 10 % 10 : (n) / 100), \
	  (n) < 10 ? '.' : (n) < 100 ? '0' + (n) % 10 : '0' + (n) / 10 % 10, \
	  (n) < 100 ? '.' : '0' + (n) % 10, '.' }, \
	(n) < 10 ? 1 : (n) < 100 ? 2 : 3 }
const struct number_octet number_octets[256] = { ALL_BYTES(OCTET) };

/* "00" .. "99": two digits for one division */
static const char pairs[201] =
	"0001020304050607080910111213141516171819"
	"2021222324252627282930313233343536373839"
	"4041424344454647484950515253545556575859"
	"6061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

/* The four digits of value < 10000 in the order of memory; *skip is how many of the first are leading zeros. */
static uint32_t four_digits(uint32_t value, unsigned *skip)
{
	uint16_t high, low;

	memcpy(&high, pairs + value / 100 * 2, 2);
	memcpy(&low, pairs + value % 100 * 2, 2);
	*skip = 8 * ((value < 1000) + (value < 100) + (value < 10));
	return htole32(le16toh(high) | (uint32_t)le16toh(low) << 16);
}

/* Each group of four digits is one store; ports and counts, which are nearly all there is, take one or two. */
char *number_print(char *at, uint64_t value)
{
	unsigned skip;
	uint32_t word;

	if (value >= 10000) {
		at = number_print(at, value / 10000);
		word = four_digits((uint32_t)(value % 10000), &skip);
		memcpy(at, &word, 4);
		return at + 4;
	}
	word = four_digits((uint32_t)value, &skip);
	word = htole32(le32toh(word) >> skip);
	memcpy(at, &word, 4);
	return at + 4 - skip / 8;
}

char *number_print_u16(char *at, uint16_t value)
{
	/* 32 bits wide: arithmetic on halves of registers makes the CPU wait */
	uint32_t number = value, four = number % 10000, skip = (number < 10000) + (number < 1000);
	uint16_t high, low;
	uint64_t text;

	if (number < 256)
		return number_print_u8(at, (uint8_t)number);
	memcpy(&high, pairs + four / 100 * 2, 2);
	memcpy(&low, pairs + four % 100 * 2, 2);
	/* all five digits, of which at most two are leading zeros now */
	text = ('0' + number / 10000) | (uint64_t)le16toh(high) << 8 | (uint64_t)le16toh(low) << 24;
	text = htole64(text >> 8 * skip);
	memcpy(at, &text, 8);
	return at + 5 - skip;
}

bool number_parse(struct bytes text, uint64_t max, uint64_t *value)
{
	uint64_t number = 0;
	uint32_t wrong = 0;
	size_t i = 0;

	if (!text.size)
		return false;
	/* nineteen digits cannot overflow, so nothing but the digits themselves has to be checked */
	for (; i < text.size && i < 19; i++) {
		uint32_t digit = (uint32_t)text.data[i] - '0';

		wrong |= digit > 9;
		number = number * 10 + digit;
	}
	for (; i < text.size && !wrong; i++) {
		uint32_t digit = (uint32_t)text.data[i] - '0';

		wrong |= digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
			 __builtin_add_overflow(number, digit, &number);
	}
	if (wrong || number > max)
		return false;
	*value = number;
	return true;
}

bool duration_parse(struct bytes text, uint64_t *seconds)
{
	static const struct { char letter; uint32_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	};
	uint64_t unit = 1, number;

	if (!text.size)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (text.data[text.size - 1] == units[i].letter) {
			unit = units[i].seconds;
			text.size--;
			break;
		}
	}
	if (!number_parse(text, UINT64_MAX / unit, &number))
		return false;
	*seconds = number * unit;
	return true;
}

bool period_parse(struct bytes text, uint64_t *us)
{
	static const struct { const char *name; uint64_t us; } units[] = {
		{ "ms", 1000 }, { "s", 1000000 }, { "m", 60000000 }, { "h", 3600000000 }, { "d", 86400000000 },
	};
	uint64_t unit = 1000000, scale = 1, whole = 0, part = 0;
	struct bytes fraction;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t size = strlen(units[i].name);

		if (text.size > size && bytes_is(bytes_after(text, text.size - size), units[i].name)) {
			unit = units[i].us;
			text.size -= size;
			break;
		}
	}
	text = bytes_split(text, '.', &fraction);
	/* of a fraction, what is below a millionth is cut */
	fraction.size = fraction.size > 6 ? 6 : fraction.size;
	if ((text.size || !fraction.size) && !number_parse(text, UINT64_MAX / unit - 1, &whole))
		return false;
	if (fraction.data && !number_parse(fraction, UINT64_MAX, &part))
		return false;
	for (size_t i = 0; i < fraction.size; i++)
		scale *= 10;
	*us = whole * unit + part * unit / scale;
	return true;
}

bool size_parse(struct bytes text, uint64_t *size)
{
	static const char units[] = "kmgt";
	unsigned shift = 0;
	uint64_t number;
	bool binary = text.size > 2 && bytes_is(bytes_after(text, text.size - 2), "iB");

	text.size -= binary ? 2 : 0;
	for (unsigned i = 0; text.size && units[i]; i++)
		if ((text.data[text.size - 1] | 0x20) == units[i])
			shift = 10 * (i + 1);
	text.size -= shift != 0;
	if ((binary && !shift) || !number_parse(text, UINT64_MAX >> shift, &number))
		return false;
	*size = number << shift;
	return true;
}

const char *count_print(struct count_text *to, uint64_t count, const char *units)
{
	size_t size = strlen(units);
	const char *end = "";

	if (count == 1 && size > 3 && !strcmp(units + size - 3, "ies")) {
		size -= 3;
		end = "y";
	} else if (count == 1) {
		size--;
	}
	snprintf(to->text, sizeof to->text, "%" PRIu64 " %.*s%s", count, (int)size, units, end);
	return to->text;
}

const char *size_print(struct count_text *to, uint64_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double number = (double)size / 1024;
	size_t unit = 0;

	if (size < 1024)
		return count_print(to, size, "bytes");
	/* what would be printed as 1024.0 of one unit is 1 of the next one */
	for (; number >= 1023.95; number /= 1024)
		unit++;
	snprintf(to->text, sizeof to->text, size & ((1024ull << 10 * unit) - 1) ? "%.1f %s" : "%.0f %s", number,
		 units[unit]);
	return to->text;
}
