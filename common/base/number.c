/* number.c - decimal text to numbers, durations and back; strict and fast */
#include "base/number.h"

/* "00" .. "99": two digits for one division */
static const char pairs[201] =
	"0001020304050607080910111213141516171819"
	"2021222324252627282930313233343536373839"
	"4041424344454647484950515253545556575859"
	"6061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

char *number_print(char *at, uint64_t value)
{
	char digits[NUMBER_ROOM], *end = digits + sizeof digits, *first = end;
	size_t size;

	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}
	while (value >= 100) {
		first -= 2;
		memcpy(first, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		first -= 2;
		memcpy(first, pairs + value * 2, 2);
	} else {
		*--first = (char)('0' + value);
	}
	size = (size_t)(end - first);
	memcpy(at, first, size);
	return at + size;
}

bool number_parse(struct bytes text, uint64_t max, uint64_t *value)
{
	uint64_t number = 0;

	if (!text.size)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned digit = (unsigned)text.data[i] - '0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (number > max)
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
