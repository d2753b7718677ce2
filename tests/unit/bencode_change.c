/* bencode_change.c - changed dictionaries: every byte that is not changed stays, and new keys have their sorted place */
#include "codec/bencode_change.h"

#include "../support/unit.h"

/* What becomes of the dictionary when `key` is set to `now` (NULL: removed). Free it. */
static char *change_one(const char *input, const char *key, const char *now)
{
	struct bencode_change change = { .key = bytes_of(key) };
	struct error error = { 0 };
	struct buf out = { 0 };

	assert_true(bencode_change_find(bytes_of(input), &change, 1, &error));
	change.now = bytes_of(now);
	bencode_change_apply(bytes_of(input), &change, 1, &out);
	buf_string(&out);
	return (char *)out.data;
}

static void expect(const char *input, const char *key, const char *now, const char *want)
{
	char *found = change_one(input, key, now);

	assert_string_equal(found, want);
	free(found);
}

static void test_change(void **state)
{
	(void)state;
	expect("d1:ai1e1:bi2e1:ci3ee", "b", "4:spam", "d1:ai1e1:b4:spam1:ci3ee");
	expect("d1:ai1e1:bi2e1:ci3ee", "b", NULL, "d1:ai1e1:ci3ee");
	expect("d1:ai1ee", "a", NULL, "de");
	/* odd spellings stay, that of the key too */
	expect("d01:ai01e001:bi-0e1:cl02:xxee", "b", "i5e", "d01:ai01e001:bi5e1:cl02:xxee");
}

static void test_insert(void **state)
{
	(void)state;
	expect("de", "b", "i5e", "d1:bi5ee");
	expect("d1:ai1e1:ci3ee", "b", "i5e", "d1:ai1e1:bi5e1:ci3ee");
	expect("d1:ai1ee", "b", "i5e", "d1:ai1e1:bi5ee");
	expect("d1:ci1ee", "b", "i5e", "d1:bi5e1:ci1ee");
	/* keys in no order: before the first that is greater */
	expect("d1:ai1e1:ci3e1:ai7ee", "b", "i5e", "d1:ai1e1:bi5e1:ci3e1:ai7ee");
	expect("de", "b", NULL, "de");
}

static void test_duplicates(void **state)
{
	(void)state;
	expect("d1:ai1e1:bi2e1:ai3ee", "b", "i5e", "d1:ai1e1:bi5e1:ai3ee");
	expect("d1:ai1e1:bi2e1:ai3ee", "a", "i5e", "d1:ai5e1:bi2ee");
	expect("d1:ai1e1:bi2e1:ai3ee", "a", NULL, "d1:bi2ee");
	/* no change: both stay */
	expect("d1:ai1e1:bi2e1:ai3ee", "a", "i1e", "d1:ai1e1:bi2e1:ai3ee");
}

static void test_after(void **state)
{
	(void)state;
	expect("d1:ai1eetrailing\n", "b", "i5e", "d1:ai1e1:bi5eetrailing\n");
	expect("d1:ad1:bi1eee", "b", "i5e", "d1:ad1:bi1ee1:bi5ee");
	expect("d1:ad1:bi1eee", "b", NULL, "d1:ad1:bi1eee");
}

static void test_many(void **state)
{
	struct bytes input = bytes_of("d1:ai1e1:ei2ee");
	struct bencode_change changes[] = {
		{ .key = bytes_of("a") }, { .key = bytes_of("b") }, { .key = bytes_of("d") },
		{ .key = bytes_of("e") }, { .key = bytes_of("f") },
	};
	struct error error = { 0 };
	struct buf out = { 0 };

	(void)state;
	assert_true(bencode_change_find(input, changes, COUNT(changes), &error));
	assert_true(bytes_is(changes[0].was, "i1e"));
	assert_null(changes[1].was.data);
	for (size_t i = 0; i < COUNT(changes); i++)
		assert_false(bencode_change_made(&changes[i]));
	bencode_change_apply(input, changes, COUNT(changes), &out);
	assert_true(bytes_equal(buf_bytes(&out), input));
	out.size = 0;
	changes[0].now = bytes_at(NULL, 0);
	changes[1].now = changes[2].now = changes[4].now = bytes_of("le");
	bencode_change_apply(input, changes, COUNT(changes), &out);
	assert_string_equal(buf_string(&out), "d1:ble1:dle1:ei2e1:flee");
	assert_true(bencode_change_made(&changes[0]));
	assert_true(bencode_change_made(&changes[1]));
	assert_false(bencode_change_made(&changes[3]));
	buf_free(&out);
}

static void refuse(const char *input, uint64_t offset)
{
	struct bencode_change change = { .key = bytes_of("a") };
	struct bytes copy = exact_copy(input, strlen(input));
	struct error error = { 0 };

	assert_false(bencode_change_find(copy, &change, 1, &error));
	assert_int_equal(error.kind, ERROR_INPUT);
	assert_int_equal(error.offset, offset);
	free_copy(copy);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("", 0);
	refuse("le", 0);
	refuse("i1e", 0);
	refuse("d1:ai1e", 7);
	refuse("d1:a", 4);
	refuse("di1ei1ee", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change), cmocka_unit_test(test_insert), cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_after), cmocka_unit_test(test_many), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
