/* holders.c - whose passkeys are these that were found in Redis */
#include "tools/userstats/holders.h"

static void take_row(struct holder *holders, size_t count, const struct pg_row *row, struct arena *memory)
{
	int64_t place = stores_int(row->fields[0]);

	if (place < 0 || (uint64_t)place >= count || holders[place].uid != SIGNED_UNSET)
		return;
	holders[place].uid = stores_int(row->fields[1]);
	if (row->fields[2].data)
		holders[place].username = arena_copy(memory, row->fields[2]);
}

struct holder *holders_read(struct stores *stores, const struct bytes *passkeys, size_t count, struct arena *memory)
{
	struct holder *holders = arena_alloc(memory, (count + 1) * sizeof *holders);
	struct bytes *asked = arena_alloc(memory, (count + 1) * sizeof *asked);
	int64_t *places = arena_alloc(memory, (count + 1) * sizeof *places);
	struct pg_parameter parameters[] = { { .kind = PG_TEXT_ARRAY, .texts = asked }, { .kind = PG_INT8_ARRAY, .numbers = places } };
	struct event event;
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
		stores_query(stores, "SELECT a.n, u.uid::bigint, u.username::text FROM unnest($1::text[], $2::bigint[]) a(passkey, n) "
			     "JOIN @users u ON u.passkey = a.passkey ORDER BY 1, 2", parameters, 2);
	while (stores_next(stores, &event))
		if (event.kind == EVENT_ROW)
			take_row(holders, count, &event.row, memory);
	return holders;
}
