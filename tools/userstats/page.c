/* page.c - pages of named users or torrents: their order, and what PostgreSQL is asked about pairs of them */
#include "tools/userstats/page.h"

#include <stdlib.h>

#include "base/order.h"
#include "base/room.h"
#include "base/table.h"

static int compare_rows(const void *a, const void *b)
{
	const struct page_row *left = a, *right = b;
	return left->place != right->place ? order(left->place, right->place) : order_signed(left->id, right->id);
}

size_t page_sort(void *rows, size_t count, size_t size)
{
	struct table seen = { .limit = 0 };
	char *end = rows;

	if (count)
		qsort(rows, count, size, compare_rows);
	for (size_t i = 0; i < count; i++) {
		const char *at = (const char *)rows + i * size;
		const struct page_row *row = (const void *)at;
		bool added = true;

		if (row->id != SIGNED_UNSET)
			table_add(&seen, bytes_at(&row->id, sizeof row->id), &added);
		if (added) {
			memmove(end, at, size);
			end += size;
		}
	}
	table_free(&seen);
	return (size_t)(end - (char *)rows) / size;
}

void page_add(struct page *page, struct bytes text, int64_t number, size_t place)
{
	size_t room = page->room;

	if (!pg_text_good(text))
		return;
	page->texts = room_for(page->texts, &room, page->count + 1, sizeof *page->texts);
	room = page->room;
	page->numbers = room_for(page->numbers, &room, page->count + 1, sizeof *page->numbers);
	page->places = room_for(page->places, &page->room, page->count + 1, sizeof *page->places);
	page->texts[page->count] = text;
	page->numbers[page->count] = number;
	page->places[page->count++] = (int64_t)place;
}

bool page_send(struct page *page, struct stores *stores, const char *sql)
{
	size_t count = page->count - page->sent < PAGE_PAIRS ? page->count - page->sent : PAGE_PAIRS;
	struct pg_parameter parameters[] = {
		{ .kind = PG_TEXT_ARRAY, .count = count, .texts = page->texts + page->sent },
		{ .kind = PG_INT8_ARRAY, .count = count, .numbers = page->numbers + page->sent },
		{ .kind = PG_INT8_ARRAY, .count = count, .numbers = page->places + page->sent },
	};

	if (!count || !stores_have(stores, STORE_BIT(STORE_PG)))
		return false;
	page->sent += count;
	stores_query(stores, sql, parameters, 3);
	return true;
}

void page_free(struct page *page)
{
	free(page->texts);
	free(page->numbers);
	free(page->places);
}
