/* time.c - moments as epoch seconds and as RFC 3339 */
#include "text/time.h"

#include "base/number.h"

enum { MICRO = 1000000, DAY = 86400 };
#define SECONDS_MAX (INT64_MAX / MICRO - 1)

static char *print_padded(char *at, uint64_t value, unsigned digits)
{
	for (unsigned i = digits; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + digits;
}

static char *print_fraction(char *at, uint64_t us)
{
	if (!us)
		return at;
	*at++ = '.';
	return print_padded(at, us, 6);
}

char *time_print(char *at, int64_t us)
{
	uint64_t size = us < 0 ? -(uint64_t)us : (uint64_t)us;

	if (us < 0)
		*at++ = '-';
	at = number_print(at, size / MICRO);
	return print_fraction(at, size % MICRO);
}

/* Days since 1970 to a date of the proleptic Gregorian calendar, counted in 400-year eras that begin in March. */
static void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t shifted = days + 719468;	/* days since 0000-03-01 */
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	unsigned of_era = (unsigned)(shifted - era * 146097);
	unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned march = (5 * of_year + 2) / 153;	/* months since March */

	*day = of_year - (153 * march + 2) / 5 + 1;
	*month = march < 10 ? march + 3 : march - 9;
	*year = era * 400 + year_of_era + (*month <= 2);
}

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t march_year = year - (month <= 2);
	int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
	unsigned year_of_era = (unsigned)(march_year - era * 400);
	unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719468;
}

char *time_print_iso(char *at, int64_t us)
{
	int64_t seconds = us / MICRO, fraction = us % MICRO, days, year;
	unsigned month, day, of_day;

	if (fraction < 0) {
		fraction += MICRO;
		seconds--;
	}
	days = seconds / DAY - (seconds % DAY < 0);
	of_day = (unsigned)(seconds - days * DAY);
	civil_from_days(days, &year, &month, &day);
	if (year < 0 || year > 9999)
		return time_print(at, us);
	at = print_padded(at, (uint64_t)year, 4);
	*at++ = '-';
	at = print_padded(at, month, 2);
	*at++ = '-';
	at = print_padded(at, day, 2);
	*at++ = 'T';
	at = print_padded(at, of_day / 3600, 2);
	*at++ = ':';
	at = print_padded(at, of_day / 60 % 60, 2);
	*at++ = ':';
	at = print_padded(at, of_day % 60, 2);
	at = print_fraction(at, (uint64_t)fraction);
	*at++ = 'Z';
	return at;
}

/* ".25" to 250000; further digits than six are dropped. */
static bool parse_fraction(struct bytes text, int64_t *us)
{
	int64_t unit = MICRO / 10, sum = 0;

	if (text.size < 2 || *text.data != '.')
		return false;
	for (size_t i = 1; i < text.size; i++, unit /= 10) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		sum += (text.data[i] - '0') * unit;
	}
	*us = sum;
	return true;
}

static bool parse_epoch(struct bytes text, int64_t *us)
{
	bool negative = text.size && *text.data == '-';
	int64_t fraction = 0;
	struct bytes rest, whole;
	uint64_t seconds;

	if (negative)
		text = bytes_after(text, 1);
	whole = bytes_split(text, '.', &rest);
	if (rest.data && !parse_fraction(bytes_after(text, whole.size), &fraction))
		return false;
	if (!number_parse(whole, SECONDS_MAX, &seconds))
		return false;
	*us = (int64_t)seconds * MICRO + fraction;
	if (negative)
		*us = -*us;
	return true;
}

/* Two or four digits at a fixed place, followed by `after` (0: by anything). */
static bool parse_part(struct bytes text, size_t at, size_t digits, char after, unsigned max, unsigned *value)
{
	uint64_t number;

	if (text.size < at + digits + (after != 0) || (after && text.data[at + digits] != (uint8_t)after) ||
	    !number_parse(bytes_at(text.data + at, digits), max, &number))
		return false;
	*value = (unsigned)number;
	return true;
}

/* What follows the seconds: "Z" or "+01:00". */
static bool parse_offset(struct bytes text, int64_t *seconds)
{
	unsigned hours, minutes;

	*seconds = 0;
	if (text.size == 1 && (*text.data == 'Z' || *text.data == 'z'))
		return true;
	if (text.size != 6 || (*text.data != '+' && *text.data != '-') ||
	    !parse_part(text, 1, 2, ':', 23, &hours) || !parse_part(text, 4, 2, 0, 59, &minutes))
		return false;
	*seconds = (hours * 60 + minutes) * 60;
	if (*text.data == '-')
		*seconds = -*seconds;
	return true;
}

static bool parse_iso(struct bytes text, int64_t *us)
{
	unsigned year, month, day, hour, minute, second;
	size_t size = 19;	/* of 2023-11-14T22:13:20 */
	int64_t fraction = 0, offset, days, same_year;
	unsigned same_month, same_day;

	if (!parse_part(text, 0, 4, '-', 9999, &year) || !parse_part(text, 5, 2, '-', 12, &month) ||
	    !parse_part(text, 8, 2, 0, 31, &day) || !parse_part(text, 11, 2, ':', 23, &hour) ||
	    !parse_part(text, 14, 2, ':', 59, &minute) || !parse_part(text, 17, 2, 0, 60, &second) ||
	    !month || !day || !strchr("Tt ", text.data[10]) || !text.data[10])
		return false;
	while (size < text.size && (text.data[size] == '.' || (text.data[size] >= '0' && text.data[size] <= '9')))
		size++;
	if (size > 19 && !parse_fraction(bytes_at(text.data + 19, size - 19), &fraction))
		return false;
	if (!parse_offset(bytes_after(text, size), &offset))
		return false;
	days = days_from_civil(year, month, day);
	*us = ((days * DAY + hour * 3600 + minute * 60 + second) - offset) * MICRO + fraction;
	/* the 31st of a month that has none would be a day of the next one */
	civil_from_days(days, &same_year, &same_month, &same_day);
	return same_day == day;
}

bool time_parse(struct bytes text, int64_t *us)
{
	return parse_epoch(text, us) || parse_iso(text, us);
}
