/* owners.c - whose endpoint it is: one owner, several, somebody near, somebody who has left */
#include "../support/unit.h"

#include <stdio.h>

#include "base/room.h"
#include "tools/userstats/owners.h"

enum { TORRENTS_MAX = 4 * (OWNERS_MAX + 1) };

/* One endpoint that all torrents have. Users are letters; a space ends a torrent, - is nobody. */
static void open_row(struct owners *owners, const char *users)
{
	uint32_t rooms[TORRENTS_MAX], count = 0;

	*owners = (struct owners){ .user_count = 26 };
	for (size_t i = 0; i < COUNT(rooms); i++)
		rooms[i] = 26;
	lists_open(&owners->users, rooms, TORRENTS_MAX);
	for (; *users; users++) {
		count += *users == ' ';
		if (*users >= 'a')
			lists_add(&owners->users, count, (uint32_t)(*users - 'a'));
	}
	lists_open(&owners->torrents, &(uint32_t){ ++count }, 1);
	for (uint32_t i = 0; i < count; i++)
		lists_add(&owners->torrents, 0, i);
}

static void test_rows(void **state)
{
	static const struct {
		const char *users, *want;
	} rows[] = {
		/* on all torrents, and nobody else is on all but two; on three that is chance */
		{ "a a a a", " a4" },
		{ "ab ac ad ae", " a4" },
		{ "ab a a a", " a4" },
		{ "ab ab a a", "" },
		{ "ab ab ab ab a", "" },
		{ "ab ab a a a", " a5" },
		{ "a a a", "" },
		/* one torrent without a user: the endpoint's has left */
		{ "a a a a -", "" },
		/* what nobody explains is too little to be somebody's */
		{ "a a a b", "" },
		{ "a a a a a b b", "" },
		{ "a a a a b b b", "" },
		/* several, who may be on some of the torrents together */
		{ "a a a a b b b b", " a4 b4" },
		{ "a a a a a b b b b", " a5 b4" },
		{ "a a a a b b b b b c c c c", " b5 a4 c4" },
		{ "a a a a b b b b ab", " a5 b5" },
		/* one of them has somebody near */
		{ "ac ac a a b b b b", "" },
		{ "ac a a a b b b b", " a4 b4" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct owner found[OWNERS_MAX];
		struct owners owners;
		char text[100] = "", *end = text;

		open_row(&owners, rows[i].users);
		/* again the same: what it keeps for itself is as it was */
		for (int again = 0; again < 2; again++) {
			size_t count = owners_find(&owners, 0, found);

			end = text;
			*end = 0;
			for (size_t j = 0; j < count; j++)
				end += sprintf(end, " %c%u", 'a' + (char)found[j].user, found[j].support);
			if (strcmp(text, rows[i].want) != 0)
				fail_msg("'%s': '%s', want '%s'", rows[i].users, text, rows[i].want);
		}
		owners_free(&owners);
	}
}

/* So many users, each on four torrents of one endpoint. */
static size_t find_crowd(uint32_t users)
{
	uint32_t *rooms = room_new(4ull * users, sizeof *rooms);
	struct owners owners = { .user_count = users };
	struct owner found[OWNERS_MAX];
	size_t count;

	for (uint32_t i = 0; i < 4 * users; i++)
		rooms[i] = 1;
	lists_open(&owners.users, rooms, 4 * users);
	lists_open(&owners.torrents, &(uint32_t){ 4 * users }, 1);
	for (uint32_t i = 0; i < 4 * users; i++) {
		lists_add(&owners.users, i, i / 4);
		lists_add(&owners.torrents, 0, i);
	}
	count = owners_find(&owners, 0, found);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(found[i].user, i);
		assert_int_equal(found[i].support, 4);
	}
	owners_free(&owners);
	free(rooms);
	return count;
}

static void test_bound(void **state)
{
	(void)state;
	assert_int_equal(find_crowd(OWNERS_MAX), OWNERS_MAX);
	assert_int_equal(find_crowd(OWNERS_MAX + 1), 0);
}

static void test_lists(void **state)
{
	struct lists lists;

	(void)state;
	lists_open(&lists, (uint32_t[]){ 2, 0, 1 }, 3);
	lists_add(&lists, 2, 7);
	lists_add(&lists, 0, 5);
	lists_add(&lists, 0, 5);
	lists_add(&lists, 0, 7);
	assert_int_equal(lists.sizes[0], 2);
	assert_int_equal(lists.sizes[1], 0);
	assert_int_equal(lists.sizes[2], 1);
	assert_int_equal(lists.items[lists.begin[0]], 5);
	assert_int_equal(lists.items[lists.begin[0] + 1], 7);
	assert_int_equal(lists.items[lists.begin[2]], 7);
	lists_free(&lists);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
