/* arena.c - pieces that do not overlap, keep their contents and are aligned; memory used again after a reset */
#include "../support/unit.h"

#include "base/arena.h"

enum { PIECES = 4000 };

static size_t piece_size(uint64_t *seed)
{
	uint64_t random = next_random(seed);

	/* mostly small ones, now and then more than a block holds */
	return random % 50 == 0 ? random / 64 % 200000 : random / 64 % 300;
}

/* Fills all pieces, then looks whether one wrote over another. */
static void fill_and_check(struct arena *arena, uint64_t start)
{
	uint8_t **pieces = calloc(PIECES, sizeof *pieces);
	uint64_t seed = start;

	for (size_t i = 0; i < PIECES; i++) {
		size_t size = piece_size(&seed);

		pieces[i] = arena_alloc(arena, size);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		memset(pieces[i], (int)(i * 7 & 0xff), size);
	}
	seed = start;
	for (size_t i = 0; i < PIECES; i++) {
		size_t size = piece_size(&seed);

		for (size_t k = 0; k < size; k++)
			if (pieces[i][k] != (i * 7 & 0xff))
				fail_msg("piece %zu, byte %zu of %zu", i, k, size);
	}
	free(pieces);
}

static void test_pieces(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	/* the sizes differ from round to round: kept blocks do not always fit */
	for (uint64_t round = 0; round < 5; round++) {
		fill_and_check(&arena, 13 + round);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static void test_reset_keeps_memory(void **state)
{
	struct arena arena = { 0 };
	void *first = arena_alloc(&arena, 100), *big = arena_alloc(&arena, 1 << 20);

	(void)state;
	for (int i = 0; i < 100; i++) {
		arena_reset(&arena);
		assert_ptr_equal(arena_alloc(&arena, 100), first);
		assert_ptr_equal(arena_alloc(&arena, 1 << 20), big);
	}
	arena_free(&arena);
	assert_null(arena.first);
	arena_reset(&arena);
	assert_non_null(arena_alloc(&arena, 1));
	arena_free(&arena);
	arena_free(&arena);
}

static void test_block_ends(void **state)
{
	(void)state;
	/* sizes around those of a block, twice each, so that the second begins a new one */
	for (size_t size = (64 << 10) - 40; size < (64 << 10) + 40; size++) {
		struct arena arena = { 0 };
		uint8_t *a = arena_alloc(&arena, size), *b = arena_alloc(&arena, size), *c = arena_alloc(&arena, 1);

		memset(a, 1, size);
		memset(b, 2, size);
		*c = 3;
		assert_int_equal(a[size - 1], 1);
		assert_int_equal(b[0], 2);
		assert_int_equal(b[size - 1], 2);
		arena_free(&arena);
	}
}

static void test_copies(void **state)
{
	struct bytes text = exact_copy("te\0xt", 5), copy, none;
	struct arena arena = { 0 };
	char *string;

	(void)state;
	copy = arena_copy(&arena, text);
	string = arena_string(&arena, text);
	assert_ptr_not_equal(copy.data, text.data);
	assert_true(bytes_equal(copy, text));
	assert_memory_equal(string, "te\0xt", 6);
	free_copy(text);
	assert_memory_equal(copy.data, "te\0xt", 5);
	/* an empty one is there; it is not an absent one */
	none = arena_copy(&arena, bytes_of(""));
	assert_non_null(none.data);
	assert_int_equal(none.size, 0);
	assert_string_equal(arena_string(&arena, (struct bytes){ NULL, 0 }), "");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_reset_keeps_memory),
		cmocka_unit_test(test_block_ends),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
