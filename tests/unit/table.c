/* table.c - counts against a plain sorted list, limits, what stays where it is, and the order of the sorted ones */
#include "../support/unit.h"

#include "base/table.h"

#include <stdio.h>

static void test_add_and_find(void **state)
{
	struct table table = { 0 };
	struct table_entry *entry;
	uint8_t key[] = "key";
	bool added;

	(void)state;
	assert_null(table_find(&table, bytes_of("key")));
	entry = table_add(&table, bytes_at(key, 3), &added);
	assert_true(added);
	assert_int_equal(entry->count, 0);
	entry->count = 7;
	/* the key is the table's own copy */
	key[0] = 'K';
	assert_true(bytes_is(entry->key, "key"));
	assert_ptr_equal(table_add(&table, bytes_of("key"), &added), entry);
	assert_false(added);
	assert_ptr_equal(table_find(&table, bytes_of("key")), entry);
	assert_int_equal(entry->count, 7);
	assert_null(table_find(&table, bytes_of("Key")));
	assert_null(table_find(&table, bytes_of("ke")));
	assert_null(table_find(&table, bytes_of("keys")));
	assert_int_equal(table.count, 1);
	table_free(&table);
	assert_null(table_find(&table, bytes_of("key")));
}

static void test_absent_and_empty(void **state)
{
	struct bytes absent = { NULL, 0 }, empty = bytes_of("");
	struct table table = { 0 };
	struct table_entry *sorted;
	bool added;

	(void)state;
	table_add(&table, empty, &added)->count = 5;
	assert_true(added);
	table_add(&table, absent, &added)->count = 5;
	assert_true(added);
	assert_int_equal(table.count, 2);
	assert_null(table_find(&table, absent)->key.data);
	assert_non_null(table_find(&table, empty)->key.data);
	sorted = table_sorted(&table);
	assert_null(sorted[0].key.data);
	assert_non_null(sorted[1].key.data);
	free(sorted);
	table_free(&table);
}

/* Keys of all the lengths that the hash treats differently, some the prefix of others, in exact blocks. */
static void test_many(void **state)
{
	enum { KEYS = 30000, ROUNDS = 3 };
	struct table_entry **entries = calloc(KEYS, sizeof *entries);
	struct bytes *keys = calloc(KEYS, sizeof *keys);
	struct table table = { 0 };
	uint64_t seed = 8;

	(void)state;
	for (uint32_t i = 0; i < KEYS; i++) {
		uint8_t text[300];

		fill_random(&seed, text, sizeof text);
		memcpy(text, &i, 4);
		keys[i] = exact_copy(text, 4 + next_random(&seed) % 290 * (i % 3 == 0));
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < KEYS; i++) {
			struct table_entry *entry;
			bool added;

			entry = table_add(&table, keys[i], &added);
			assert_int_equal(added, round == 0);
			/* growing does not move what was handed out */
			assert_true(round == 0 || entry == entries[i]);
			entries[i] = entry;
			entry->count += i;
		}
	}
	assert_int_equal(table.count, KEYS);
	for (uint32_t i = 0; i < KEYS; i++) {
		struct table_entry *entry = table_find(&table, keys[i]);

		assert_non_null(entry);
		assert_true(bytes_equal(entry->key, keys[i]));
		assert_ptr_not_equal(entry->key.data, keys[i].data);
		assert_int_equal(entry->count, ROUNDS * i);
		free_copy(keys[i]);
	}
	table_free(&table);
	free(entries);
	free(keys);
}

static void test_limit(void **state)
{
	struct table table = { .limit = 100 };
	char key[32];
	bool added;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct table_entry *entry;

		sprintf(key, "%d", i);
		entry = table_add(&table, bytes_of(key), &added);
		assert_int_equal(entry != NULL, i < 100);
		assert_int_equal(added, i < 100);
	}
	assert_int_equal(table.count, 100);
	/* the old ones are still counted */
	assert_non_null(table_add(&table, bytes_of("99"), &added));
	assert_false(added);
	assert_null(table_find(&table, bytes_of("100")));
	/* and it lasts beyond a clear, which makes room again */
	table_clear(&table);
	assert_null(table_find(&table, bytes_of("99")));
	assert_non_null(table_add(&table, bytes_of("100"), NULL));
	assert_int_equal(table.limit, 100);
	table_free(&table);
}

static void test_clear(void **state)
{
	struct table table = { 0 };
	size_t capacity = 0;
	char key[32];

	(void)state;
	table_clear(&table);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 5000; i++) {
			struct table_entry *entry;
			bool added;

			sprintf(key, "%d-%d", round, i);
			entry = table_add(&table, bytes_of(key), &added);
			assert_true(added);
			assert_int_equal(entry->count, 0);
			entry->count = 1;
		}
		assert_int_equal(table.count, 5000);
		assert_true(round == 0 || table.capacity == capacity);
		capacity = table.capacity;
		table_clear(&table);
		assert_int_equal(table.count, 0);
		assert_null(table_find(&table, bytes_of(key)));
	}
	table_free(&table);
}

static void test_sorted_rows(void **state)
{
	static const struct { const char *key; size_t size; uint64_t count; } rows[] = {
		{ "many", 4, UINT64_MAX },
		{ "some", 4, 1000 },
		{ "", 0, 3 },
		{ "\0", 1, 3 },
		{ "\0\0\0\0\0\0\0\0", 8, 3 },
		{ "\0\0\0\0\0\0\0\0\0", 9, 3 },
		{ "abcdefgh", 8, 3 },
		{ "abcdefgh1", 9, 3 },
		{ "abcdefgh2", 9, 3 },
		{ "b", 1, 3 },
		{ "\x80", 1, 3 },
		{ "\xff", 1, 3 },
		{ "a", 1, 0 },
	};
	struct table table = { 0 };
	struct table_entry *sorted = table_sorted(&table);

	(void)state;
	assert_non_null(sorted);
	free(sorted);
	/* put in backwards */
	for (size_t i = COUNT(rows); i-- > 0; )
		table_add(&table, bytes_at(rows[i].key, rows[i].size), NULL)->count = rows[i].count;
	sorted = table_sorted(&table);
	assert_int_equal(table.count, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(bytes_equal(sorted[i].key, bytes_at(rows[i].key, rows[i].size)));
		assert_int_equal(sorted[i].count, rows[i].count);
	}
	free(sorted);
	table_free(&table);
}

static void test_sorted_random(void **state)
{
	struct table table = { 0 };
	struct table_entry *sorted;
	uint64_t seed = 9, total = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t key[12];

		/* few values, so that prefixes are shared and counts equal */
		for (size_t k = 0; k < sizeof key; k++)
			key[k] = (uint8_t)(next_random(&seed) >> 32) & 1;
		table_add(&table, bytes_at(key, next_random(&seed) % (sizeof key + 1)), NULL)->count++;
	}
	sorted = table_sorted(&table);
	for (size_t i = 0; i < table.count; i++) {
		total += sorted[i].count;
		if (i)
			assert_true(sorted[i - 1].count > sorted[i].count || (sorted[i - 1].count == sorted[i].count &&
				    bytes_compare(sorted[i - 1].key, sorted[i].key) < 0));
	}
	assert_int_equal(total, 200000);
	free(sorted);
	table_free(&table);
}

/* Two tables must not put the same keys at the same places, or hostile ones could be collected beforehand. */
static void test_seed(void **state)
{
	struct table a = { 0 }, b = { 0 };

	(void)state;
	table_add(&a, bytes_of("x"), NULL);
	table_add(&b, bytes_of("x"), NULL);
	assert_int_not_equal(a.seed, b.seed);
	table_free(&a);
	table_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_find),
		cmocka_unit_test(test_absent_and_empty),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_sorted_rows),
		cmocka_unit_test(test_sorted_random),
		cmocka_unit_test(test_seed),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
