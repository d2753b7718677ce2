/* magnet.c - btinspect magnet: torrents to magnet links, magnet links to records */
#include "tools/btinspect/links.h"
#include "tools/btinspect/records.h"

/* What is used again for each document. */
struct work {
	struct run *run;
	bool mask, bare;
	struct arena memory;
	struct buf link, other, made;	/* the columns of that name; the link of a torrent, with its passkeys */
};

static bool put_record(struct work *work, const struct magnet *magnet)
{
	struct magnet_line line = {
		.info_hash = bytes_at(magnet->has_v1 ? magnet->v1 : NULL, MAGNET_V1),
		.info_hash_v2 = bytes_at(magnet->has_v2 ? magnet->v2 : NULL, MAGNET_V2),
		.name = magnet->name, .size = magnet->size, .select = magnet->select, .keywords = magnet->keywords,
		.trackers = magnet->count[MAGNET_TRACKER], .web_seeds = magnet->count[MAGNET_WEB_SEED],
		.peers = magnet->count[MAGNET_PEER], .link = buf_bytes(&work->link),
	};

	work->other.size = 0;
	magnet_print_others(magnet, work->mask, &work->other);
	if (work->other.size)
		line.other = buf_bytes(&work->other);
	return output_put(&work->run->output, &line);
}

/* document: a link, or what a torrent was made into. False: nothing more is wanted. */
static bool put_link(struct work *work, const struct document *document, bool bare)
{
	struct magnet magnet;

	arena_reset(&work->memory);
	if (!link_read(work->run, document, &magnet, &work->memory))
		return true;
	work->link.size = 0;
	magnet_print(&magnet, work->mask, &work->link);
	if (!bare)
		return put_record(work, &magnet);
	buf_byte(&work->link, '\n');
	return output_bytes(&work->run->output, work->link.data, work->link.size);
}

static bool put_torrent(struct work *work, struct document *document)
{
	struct torrent torrent;

	if (!torrent_read(work->run, document, &torrent))
		return true;
	work->made.size = 0;
	link_make(&torrent, &work->made);
	document->data = buf_bytes(&work->made);
	return put_link(work, document, work->bare);
}

void magnet_run(struct run *run)
{
	const struct btinspect_options *options = run->options;
	struct work work = { .run = run, .mask = !options->reveal, .bare = !output_shaped(&run->common.output) };
	struct documents documents;
	struct document document;

	documents_open(&documents, run, run->word_count, run->words);
	while (documents_next(&documents, &document) &&
	       (document.magnet ? put_link(&work, &document, false) : put_torrent(&work, &document)))
		;
	documents_close(&documents);
	arena_free(&work.memory);
	buf_free(&work.link);
	buf_free(&work.other);
	buf_free(&work.made);
}
