/* infohash.c - btinspect infohash: the info hashes alone, of many files as fast as they can be read */
#include "tools/btinspect/batch.h"

/* What has no info hash is an error; whatever else is wrong with a torrent is not looked at. */
static bool find_info(const struct document *document, struct metainfo *meta, struct error *error)
{
	if (document->magnet)
		return fail_input(error, ERROR_NOWHERE, "a magnet link; `btinspect magnet` prints its info hash");
	if (!metainfo_find_info(document->data, meta, error))
		return false;
	if (!meta->version)
		return fail_input(error, (uint64_t)(meta->info.data - document->data.data),
				  "info has no pieces, no file tree and no meta version: no client takes it for a torrent");
	return true;
}

static bool parse(struct run *run, const struct document *document, struct torrent *torrent)
{
	struct error error;
	bool found;

	error_clear(&error);
	found = find_info(document, &torrent->meta, &error);
	if (!found)
		document_error(run, document, &error);
	return found;
}

static void print(void *context, struct run *run, const struct torrent *torrent, const char *path)
{
	(void)context;
	output_put(&run->output, &(struct infohash_line){
		.info_hash = torrent->info_hash, .info_hash_v2 = torrent->info_hash_v2, .path = bytes_of(path),
	});
}

void infohash_run(struct run *run)
{
	batch_run(run, parse, print, NULL);
}
