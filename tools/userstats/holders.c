/* holders.c - whose passkeys are these that were found in Redis */
#include "tools/userstats/holders.h"

struct taking {
	struct holder *holders;
	size_t count;
	struct arena *memory;
};

static void take_row(void *context, const struct pg_row *row)
{
	const struct taking *taking = context;
	struct holder *holders = taking->holders;
	size_t place;

	if (!stores_place(row->fields[0], taking->count, &place) || holders[place].uid != SIGNED_UNSET)
		return;
	holders[place].uid = stores_int(row->fields[1]);
	if (row->fields[2].data)
		holders[place].username = arena_copy(taking->memory, row->fields[2]);
}

struct holder *holders_read(struct stores *stores, const struct bytes *passkeys, size_t count, struct arena *memory)
{
	struct holder *holders = arena_alloc(memory, (count + 1) * sizeof *holders);
	struct bytes *asked = arena_alloc(memory, (count + 1) * sizeof *asked);
	int64_t *places = arena_alloc(memory, (count + 1) * sizeof *places);
	struct pg_parameter parameters[] = { { .kind = PG_TEXT_ARRAY, .texts = asked },
					     { .kind = PG_INT8_ARRAY, .numbers = places } };
	struct taking taking = { holders, count, memory };
	size_t good = 0;

	for (size_t i = 0; i < count; i++) {
		holders[i] = (struct holder){ .uid = SIGNED_UNSET };
		if (!pg_text_good(passkeys[i]))
			continue;
		asked[good] = passkeys[i];
		places[good++] = (int64_t)i;
	}
	parameters[0].count = parameters[1].count = good;
	if (good)
		stores_query(
			stores,
			"SELECT a.n, u.uid::bigint, u.username::text FROM unnest($1::text[], $2::bigint[]) a(passkey, n) "
			"JOIN @users u ON u.passkey::text = a.passkey ORDER BY 1, 2",
			parameters, 2);
	stores_rows(stores, take_row, &taking);
	return holders;
}
