/* infohash.c - btinspect infohash: the info hashes alone, of many files as fast as they can be read */
#include "codec/metainfo.h"
#include "digest/lanes.h"
#include "tools/btinspect/documents.h"
#include "tools/btinspect/records.h"

/*
 * Files are held until there are so many of them, or until there is something to wait for: then all are hashed side by side. Lanes are
 * busy to the end when there are several times as many sums as lanes; more than 64 files would no longer be in the CPU's cache.
 */
enum { BATCH = 4 * LANES };

struct batch {
	struct run *run;
	struct lanes *sha1, *sha256;
	size_t count;
	struct {
		struct bytes info, path;
		enum metainfo_version version;
	} files[BATCH];
};

/* The sums of those that have that version: the n-th of them at digests + n * size. */
static void hash_batch(const struct batch *batch, enum metainfo_version version, struct lanes *lanes, uint8_t *digests)
{
	struct bytes infos[BATCH];
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		if (batch->files[i].version & version)
			infos[count++] = batch->files[i].info;
	lanes_digest(lanes, infos, count, digests);
}

static void print_batch(void *context)
{
	struct batch *batch = context;
	uint8_t sha1[BATCH * SHA1_SIZE], sha256[BATCH * SHA256_SIZE], *next = sha1, *next_v2 = sha256;

	hash_batch(batch, METAINFO_V1, batch->sha1, sha1);
	hash_batch(batch, METAINFO_V2, batch->sha256, sha256);
	for (size_t i = 0; i < batch->count; i++) {
		struct infohash_line line = { .path = batch->files[i].path };

		if (batch->files[i].version & METAINFO_V1) {
			line.info_hash = bytes_at(next, SHA1_SIZE);
			next += SHA1_SIZE;
		}
		if (batch->files[i].version & METAINFO_V2) {
			line.info_hash_v2 = bytes_at(next_v2, SHA256_SIZE);
			next_v2 += SHA256_SIZE;
		}
		if (!output_put(&batch->run->output, &line))
			break;
	}
	batch->count = 0;
}

/* What has no info hash is an error. */
static bool find_info(const struct document *document, struct metainfo *meta, struct error *error)
{
	if (document->magnet)
		return fail_input(error, ERROR_NOWHERE, "a magnet link; `btinspect magnet` prints its info hash");
	return metainfo_find_info(document->data, meta, error) &&
	       (meta->version || fail_input(error, (uint64_t)(meta->info.data - document->data.data),
					    "info has no pieces, no file tree and no meta version: no client takes it for a torrent"));
}

static void take(struct batch *batch, const struct document *document)
{
	struct metainfo meta = { .version = METAINFO_NONE };
	struct error error;

	error_clear(&error);
	if (!find_info(document, &meta, &error)) {
		document_error(batch->run, document, &error);
		return;
	}
	batch->files[batch->count].info = meta.info;
	batch->files[batch->count].path = bytes_of(document->name);
	batch->files[batch->count++].version = meta.version;
}

void infohash_run(struct run *run)
{
	struct batch batch = { .run = run };
	uint64_t most = run->common.output.count < BATCH ? run->common.output.count : BATCH;
	struct documents documents;
	struct document document;

	batch.sha1 = lanes_new(LANES_SHA1, LANES_BEST);
	batch.sha256 = lanes_new(LANES_SHA256, LANES_BEST);
	documents_open(&documents, run, run->word_count, run->words);
	documents.before = print_batch;
	documents.context = &batch;
	while (!run->output.ended && documents_next(&documents, &document)) {
		take(&batch, &document);
		if (batch.count >= most)
			documents_release(&documents);
	}
	documents_close(&documents);
	lanes_free(batch.sha1);
	lanes_free(batch.sha256);
}
