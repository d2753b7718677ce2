/* time.c - moments against gmtime, extremes, and what is no time */
#include "../support/unit.h"

#include "text/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static struct bytes printed(char *(*print)(char *, int64_t), int64_t us, char *room)
{
	char *at = malloc(TIME_ROOM), *end = print(at, us);
	size_t size = (size_t)(end - at);

	memcpy(room, at, size);
	room[size] = 0;
	free(at);
	return bytes_at(room, size);
}

static void test_print_rows(void **state)
{
	static const struct { int64_t us; const char *epoch, *iso; } rows[] = {
		{ 0, "0", "1970-01-01T00:00:00Z" },
		{ 1, "0.000001", "1970-01-01T00:00:00.000001Z" },
		{ -1, "-0.000001", "1969-12-31T23:59:59.999999Z" },
		{ -1000000, "-1", "1969-12-31T23:59:59Z" },
		{ -86400000000, "-86400", "1969-12-31T00:00:00Z" },
		{ 1700000000000000, "1700000000", "2023-11-14T22:13:20Z" },
		{ 1700000000250000, "1700000000.250000", "2023-11-14T22:13:20.250000Z" },
		{ 951782400000000, "951782400", "2000-02-29T00:00:00Z" },
		{ 4107542399000000, "4107542399", "2100-02-28T23:59:59Z" },
		{ 4107542400000000, "4107542400", "2100-03-01T00:00:00Z" },
		{ 253402300799999999, "253402300799.999999", "9999-12-31T23:59:59.999999Z" },
		{ 253402300800000000, "253402300800", "253402300800" },
		{ -62167219200000000, "-62167219200", "0000-01-01T00:00:00Z" },
		{ -62167219200000001, "-62167219200.000001", "-62167219200.000001" },
		{ INT64_MAX, "9223372036854.775807", "9223372036854.775807" },
		{ INT64_MIN, "-9223372036854.775808", "-9223372036854.775808" },
	};
	char room[TIME_ROOM + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		printed(time_print, rows[i].us, room);
		assert_string_equal(room, rows[i].epoch);
		printed(time_print_iso, rows[i].us, room);
		assert_string_equal(room, rows[i].iso);
	}
}

static void test_parse_rows(void **state)
{
	static const struct { const char *text; bool valid; int64_t us; } rows[] = {
		{ "0", true, 0 },
		{ "007", true, 7000000 },
		{ "-1", true, -1000000 },
		{ "-0.5", true, -500000 },
		{ "1.2345678901234567890123", true, 1234567 },
		{ "9223372036853", true, 9223372036853000000 },
		{ "9223372036855", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "2023-11-14T22:13:20Z", true, 1700000000000000 },
		{ "2023-11-14t22:13:20z", true, 1700000000000000 },
		{ "2023-11-14 22:13:20Z", true, 1700000000000000 },
		{ "2023-11-14T22:13:20.25Z", true, 1700000000250000 },
		{ "2023-11-14T23:13:20+01:00", true, 1700000000000000 },
		{ "2023-11-14T20:43:20-01:30", true, 1700000000000000 },
		{ "2016-12-31T23:59:60Z", true, 1483228800000000 },	/* a leap second */
		{ "2024-02-29T00:00:00Z", true, 1709164800000000 },
		{ "2023-02-29T00:00:00Z", false, 0 },
		{ "2023-02-31T00:00:00Z", false, 0 },
		{ "2023-04-31T00:00:00Z", false, 0 },
		{ "1900-02-29T00:00:00Z", false, 0 },
		{ "2000-02-29T00:00:00Z", true, 951782400000000 },
		{ "2023-00-14T22:13:20Z", false, 0 },
		{ "2023-13-14T22:13:20Z", false, 0 },
		{ "2023-11-00T22:13:20Z", false, 0 },
		{ "2023-11-14T24:13:20Z", false, 0 },
		{ "2023-11-14T22:60:20Z", false, 0 },
		{ "2023-11-14T22:13:61Z", false, 0 },
		{ "2023-11-14T22:13:20", false, 0 },
		{ "2023-11-14T22:13:20.Z", false, 0 },
		{ "2023-11-14T22:13:20Zx", false, 0 },
		{ "2023-11-14T22:13:20+0100", false, 0 },
		{ "2023-11-14T22:13:20+24:00", false, 0 },
		{ "2023-11-14", false, 0 },
		{ "22:13:20", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "--1", false, 0 },
		{ "+1", false, 0 },
		{ "1.", false, 0 },
		{ ".5", false, 0 },
		{ "1.2.3", false, 0 },
		{ "1e9", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "now", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		int64_t us = 0;

		if (time_parse(text, &us) != rows[i].valid || (rows[i].valid && us != rows[i].us))
			fail_msg("'%s' gives %" PRId64, rows[i].text, us);
		free_copy(text);
	}
}

static void check_back(int64_t us)
{
	char room[TIME_ROOM + 1], want[64];
	time_t seconds = us / 1000000 - (us % 1000000 < 0);
	struct tm civil;
	int64_t back;

	assert_true(time_parse(printed(time_print, us, room), &back));
	assert_true(back == us);
	assert_true(time_parse(printed(time_print_iso, us, room), &back));
	assert_true(back == us);
	/* glibc says the same */
	if (us % 1000000 || !gmtime_r(&seconds, &civil) || civil.tm_year + 1900 < 0 || civil.tm_year + 1900 > 9999)
		return;
	snprintf(want, sizeof want, "%04d-%02d-%02dT%02d:%02d:%02dZ", civil.tm_year + 1900, civil.tm_mon + 1, civil.tm_mday,
		 civil.tm_hour, civil.tm_min, civil.tm_sec);
	assert_string_equal(room, want);
}

static void test_back(void **state)
{
	uint64_t seed = 5;

	(void)state;
	/* days of all years 0 to 9999 */
	for (int64_t day = -719528; day <= 2932896; day += 11)
		check_back(day * 86400000000 + (day & 1 ? 86399000000 : 0));
	for (int i = 0; i < 20000; i++)
		check_back((int64_t)(next_random(&seed) % 18446744073700000000u - 9223372036850000000) >> (i % 40));
}

/* Cut or changed, a time is read or refused, nothing else. */
static void test_damaged(void **state)
{
	static const char whole[] = "2023-11-14T22:13:20.250000+01:00";

	(void)state;
	for (size_t size = 0; size < sizeof whole; size++) {
		struct bytes copy = exact_copy(whole, size);
		int64_t us;

		time_parse(copy, &us);
		for (size_t i = 0; i < size; i++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				((uint8_t *)(uintptr_t)copy.data)[i] = (uint8_t)byte;
				time_parse(copy, &us);
			}
			((uint8_t *)(uintptr_t)copy.data)[i] = (uint8_t)whole[i];
		}
		free_copy(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_rows),
		cmocka_unit_test(test_parse_rows),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
