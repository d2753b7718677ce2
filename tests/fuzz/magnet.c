/* magnet.c - any bytes as a magnet link: what is read is what is written, and what is masked stays masked */
#include "codec/magnet.h"

#include <assert.h>

#include "text/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next parameter that the canonical form does not keep in its order: those of that kind have theirs. */
static bool next_of(const struct magnet *magnet, enum magnet_kind kind, size_t *at, struct magnet_parameter *parameter)
{
	while (magnet_next(magnet, at, parameter))
		if (parameter->kind == kind)
			return true;
	return false;
}

static bool same_text(struct bytes a, struct bytes b)
{
	return !a.data == !b.data && bytes_equal(a, b);
}

static void check_same(const struct magnet *a, const struct magnet *b, struct arena *arena)
{
	assert(a->has_v1 == b->has_v1 && !memcmp(a->v1, b->v1, MAGNET_V1));
	assert(a->has_v2 == b->has_v2 && !memcmp(a->v2, b->v2, MAGNET_V2));
	assert(a->size == b->size && same_text(a->name, b->name) && same_text(a->select, b->select) &&
	       same_text(a->keywords, b->keywords));
	for (enum magnet_kind kind = MAGNET_NAME; kind < MAGNET_KINDS; kind++) {
		struct magnet_parameter one, other;
		size_t at = 0, there = 0;

		assert(a->count[kind] == b->count[kind]);
		while (next_of(a, kind, &at, &one)) {
			assert(next_of(b, kind, &there, &other));
			if (kind == MAGNET_OTHER || kind == MAGNET_SOURCE)
				assert(bytes_equal(one.text, other.text));
			else if (kind != MAGNET_SIZE)	/* 007 is written 7 */
				assert(bytes_equal(magnet_value(&one, arena), magnet_value(&other, arena)));
		}
		assert(!next_of(b, kind, &there, &other));
	}
}

static void check_mask(struct bytes url)
{
	struct buf once = { 0 }, twice = { 0 };

	url_mask(url, &once);
	url_mask(buf_bytes(&once), &twice);
	assert(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
	buf_free(&once);
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes link = { data ? data : (const uint8_t *)"", size };
	struct buf printed = { 0 }, again = { 0 };
	struct arena arena = { 0 };
	struct error error = { 0 };
	struct magnet magnet, reread;

	check_mask(link);
	if (magnet_parse(link, &magnet, &arena, NULL, &error)) {
		magnet_print(&magnet, false, &printed);
		assert(magnet_parse(buf_bytes(&printed), &reread, &arena, NULL, &error));
		check_same(&magnet, &reread, &arena);
		magnet_print(&reread, false, &again);
		assert(bytes_equal(buf_bytes(&printed), buf_bytes(&again)));
		/* without passkeys it is a link of the same torrent */
		again.size = 0;
		magnet_print(&magnet, true, &again);
		assert(magnet_parse(buf_bytes(&again), &reread, &arena, NULL, &error));
		assert(!memcmp(magnet.v1, reread.v1, MAGNET_V1) && same_text(magnet.name, reread.name));
	} else {
		assert(error.kind == ERROR_INPUT && (error.offset == ERROR_NOWHERE || error.offset <= size));
	}
	buf_free(&printed);
	buf_free(&again);
	arena_free(&arena);
	return 0;
}
