/* trackers.c - btinspect trackers: what torrents and magnet links name besides files */
#include "base/hex.h"
#include "text/url.h"
#include "tools/btinspect/links.h"
#include "tools/btinspect/records.h"

/* What is used again for each record. */
struct work {
	struct run *run;
	bool mask, more;		/* more: are more records wanted? */
	struct tracker_line line;
	struct arena memory;
	struct buf text;		/* of the column url */
};

/* secret: the text is a URL that may hold a passkey. False: nothing more is wanted. */
static bool put(struct work *work, unsigned kind, uint64_t tier, struct bytes text, bool secret)
{
	work->line.kind = (uint8_t)kind;
	work->line.tier = tier;
	work->line.url = text;
	if (secret && work->mask) {
		work->text.size = 0;
		url_mask(text, &work->text);
		work->line.url = bytes_at(work->text.data ? work->text.data : text.data, work->text.size);
	}
	work->more = output_put(&work->run->output, &work->line);
	return work->more;
}

static bool put_link(void *context, const struct metainfo_link *link)
{
	struct work *work = context;

	switch (link->kind) {
	case METAINFO_SIMILAR:
		work->text.size = 0;
		hex_print((char *)buf_reserve(&work->text, 2 * link->text.size), link->text.data, link->text.size);
		return put(work, link->kind, COUNT_UNSET, bytes_at(work->text.data, 2 * link->text.size), false);
	case METAINFO_NODE: case METAINFO_COLLECTION: case METAINFO_SIGNATURE:
		return put(work, link->kind, COUNT_UNSET, link->text, false);
	default:
		return put(work, link->kind, link->tier, link->text, true);
	}
}

static void put_torrent(struct work *work, const struct document *document)
{
	struct torrent torrent;

	if (!torrent_read(work->run, document, &torrent))
		return;
	work->line.info_hash = torrent.id;
	metainfo_links(&torrent.meta, put_link, work);
}

/* A magnet link has no tiers: each of its trackers is one, as clients have it. */
static void put_magnet(struct work *work, const struct document *document)
{
	static const struct { bool listed; unsigned kind; } kinds[MAGNET_KINDS] = {
		[MAGNET_TRACKER] = { true, METAINFO_TRACKER }, [MAGNET_WEB_SEED] = { true, METAINFO_WEB_SEED },
		[MAGNET_PEER] = { true, LINK_PEER }, [MAGNET_SOURCE] = { true, LINK_SOURCE },
	};
	struct magnet_parameter parameter;
	struct magnet magnet;
	uint64_t tier = 0;

	if (!link_read(work->run, document, &magnet, &work->memory))
		return;
	work->line.info_hash = bytes_at(magnet.has_v1 ? magnet.v1 : magnet.v2, MAGNET_V1);
	for (size_t at = 0; work->more && magnet_next(&magnet, &at, &parameter);) {
		if (!kinds[parameter.kind].listed)
			continue;
		arena_reset(&work->memory);
		put(work, kinds[parameter.kind].kind, parameter.kind == MAGNET_TRACKER ? tier++ : COUNT_UNSET,
		    magnet_value(&parameter, &work->memory), true);
	}
}

void trackers_run(struct run *run)
{
	const struct btinspect_options *options = run->options;
	struct work work = { .run = run, .mask = !options->reveal, .more = true };
	struct documents documents;
	struct document document;

	documents_open(&documents, run, run->word_count, run->words);
	while (work.more && documents_next(&documents, &document)) {
		work.line.path = bytes_of(document.name);
		arena_reset(&work.memory);
		if (document.magnet)
			put_magnet(&work, &document);
		else
			put_torrent(&work, &document);
	}
	documents_close(&documents);
	arena_free(&work.memory);
	buf_free(&work.text);
}
