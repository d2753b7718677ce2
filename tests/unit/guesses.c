/* guesses.c - who may be at an endpoint: who is needed to explain it, who has left, rivals */
#include "../support/unit.h"

#include <stdio.h>

#include "tools/userstats/guesses.h"

/* Endpoints of torrents are letters, a space ends a torrent. */
static void fill(struct infer *infer, const char *torrents)
{
	char texts[26][30];
	struct bytes members[26];
	size_t count = 0;

	for (;; torrents++) {
		if (*torrents && *torrents != ' ') {
			sprintf(texts[count], "203.0.113.%d@@6881", *torrents);
			members[count] = bytes_of(texts[count]);
			count++;
			continue;
		}
		infer_fill(infer, infer_add(infer), members, count);
		count = 0;
		if (!*torrents)
			return;
	}
}

/* Users are their torrents, as digits, a + for each that infer knows nothing of; a space ends a user. */
static void add_users(struct guesses *guesses, const char *users, uint32_t *torrents)
{
	uint32_t count = 0, more = 0, user = 0;

	for (;; users++) {
		if (*users == '+')
			more++;
		else if (*users && *users != ' ')
			torrents[count++] = (uint32_t)(*users - '0');
		else {
			guesses_add(guesses, user++, torrents, count, count + more);
			torrents += count;
			count = more = 0;
			if (!*users)
				return;
		}
	}
}

static void test_rows(void **state)
{
	static const struct {
		const char *torrents, *users, *want;
	} rows[] = {
		{ "A A A", "012", " A0:3/3" },
		{ "A A A", "012+", " A0:3/4" },
		{ "A B", "01", "" },
		{ "A A B B", "0123", " A0:2/4 B0:2/4" },
		/* several at one endpoint, each alone on two of its torrents or more */
		{ "A A A A", "01 23", " A0:2/2 A1:2/2" },
		{ "A A A A A", "01 0234", " A1:4/4" },
		{ "A A A A A A", "012 2345", " A0:3/3 A1:4/4" },
		/* without whom it is explained as well goes: the smallest share, of equal shares the smallest support */
		{ "A A A A", "0123 01", " A0:4/4" },
		{ "A A A A", "0123+ 0123", " A1:4/4" },
		{ "A A A A", "0123 0123+", " A0:4/4" },
		{ "A A A A", "0123 0123", " A1:4/4" },
		{ "A A A A", "0123 01 23", " A0:4/4" },
		{ "A A A A A B", "0123 34 015", " A0:4/4" },
		/* half of it explained is too little: its user has left */
		{ "A A A A", "01", "" },
		{ "A A A", "01", " A0:2/2" },
		{ "A A A A A A A", "01 23", " A0:2/2 A1:2/2" },
		{ "A A A A A A A A", "01 23", "" },
		{ "A A A A A A", "012 23", "" },
		/* what explains one endpoint explains nothing of another */
		{ "A A AB AB B", "0123 234", " A0:4/4 B1:3/3" },
		/* rivals: nobody can say which */
		{ "AB AB AB", "012", "" },
		{ "AB AB AB A", "0123", " A0:4/4" },
		{ "A A AB AB", "0123 23", " A0:4/4" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct infer infer = { .seed = i };
		struct guesses guesses = { .infer = &infer };
		uint32_t torrents[100];
		char text[200] = "", *end = text;

		fill(&infer, rows[i].torrents);
		add_users(&guesses, rows[i].users, torrents);
		guesses_settle(&guesses);
		for (size_t j = 0; j < guesses.count; j++) {
			const struct guess *guess = &guesses.all[j];
			struct endpoint endpoint, endpoint6;

			infer_split(infer.endpoints[guess->endpoint], &endpoint, &endpoint6);
			end += sprintf(end, " %c%u:%u/%u", endpoint.address[3], guess->user, guess->support, guess->of);
		}
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("'%s' of '%s': '%s', want '%s'", rows[i].torrents, rows[i].users, text, rows[i].want);
		guesses_free(&guesses);
		infer_free(&infer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
