/* links.c - magnet links as the verbs see them: read, with what is wrong with them reported, and made of torrents */
#include "tools/btinspect/links.h"

struct complaining {
	struct run *run;
	const struct document *document;
};

static void complain(void *context, const struct error *error)
{
	const struct complaining *complaining = context;

	document_error(complaining->run, complaining->document, error);
}

bool link_read(struct run *run, const struct document *document, struct magnet *magnet, struct arena *arena)
{
	struct complaining complaining = { run, document };
	const struct magnet_sink sink = { complain, &complaining };
	struct error error = { 0 };

	if (magnet_parse(document->data, magnet, arena, &sink, &error))
		return true;
	document_error(run, document, &error);
	return false;
}

static bool put_link(void *context, const struct metainfo_link *link)
{
	if (link->kind == METAINFO_TRACKER)
		magnet_put(context, MAGNET_TRACKER, link->text);
	else if (link->kind == METAINFO_WEB_SEED)
		magnet_put(context, MAGNET_WEB_SEED, link->text);
	return true;
}

void link_make(const struct torrent *torrent, struct buf *link)
{
	magnet_begin(link, torrent->info_hash.data, torrent->info_hash_v2.data, torrent->meta.name, torrent->meta.size);
	metainfo_links(&torrent->meta, put_link, link);
}
