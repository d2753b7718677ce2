/* batch.c - torrents whose info hashes are computed side by side while the next files are read */
#include "tools/btinspect/batch.h"

#include "digest/lanes.h"

/*
 * Torrents are held until there are so many, or until there is something to wait for: then all are hashed, and printed.
 * Lanes are busy to the end when there are several times as many sums as lanes; more files would no longer be in the
 * CPU's cache.
 */
enum { BATCH = 4 * LANES };

struct batch {
	struct run *run;
	batch_print *print;
	void *context;		/* of print */
	struct lanes *sha1, *sha256;
	size_t count;
	struct torrent torrents[BATCH];
	const char *paths[BATCH];
};

/* The sums of the torrents that have that version, each at its torrent's `member`. */
static void hash_version(struct batch *batch, enum metainfo_version version, struct lanes *lanes, size_t member, size_t size)
{
	struct bytes infos[BATCH];
	uint8_t sums[BATCH * DIGEST_SIZE_MAX], *sum = sums;
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		if (batch->torrents[i].meta.version & version)
			infos[count++] = batch->torrents[i].meta.info;
	lanes_digest(lanes, infos, count, sums);
	for (size_t i = 0; i < batch->count; i++) {
		if (!(batch->torrents[i].meta.version & version))
			continue;
		memcpy((uint8_t *)&batch->torrents[i] + member, sum, size);
		sum += size;
	}
}

/* What the documents call before the files in memory make room for others. */
static void finish(void *context)
{
	struct batch *batch = context;

	hash_version(batch, METAINFO_V1, batch->sha1, offsetof(struct torrent, sha1), SHA1_SIZE);
	hash_version(batch, METAINFO_V2, batch->sha256, offsetof(struct torrent, sha256), SHA256_SIZE);
	for (size_t i = 0; i < batch->count && !batch->run->output.ended; i++) {
		torrent_hashed(&batch->torrents[i]);
		batch->print(batch->context, batch->run, &batch->torrents[i], batch->paths[i]);
	}
	batch->count = 0;
}

void batch_run(struct run *run, batch_parse *parse, batch_print *print, void *context)
{
	/* with --count no file is read that is not asked for */
	uint64_t most = run->common.output.count < BATCH ? run->common.output.count : BATCH;
	struct batch batch;
	struct documents documents;
	struct document document;

	batch.run = run;
	batch.print = print;
	batch.context = context;
	batch.count = 0;
	batch.sha1 = lanes_new(LANES_SHA1, LANES_BEST);
	batch.sha256 = lanes_new(LANES_SHA256, LANES_BEST);
	documents_open(&documents, run, run->word_count, run->words);
	documents.before = finish;
	documents.context = &batch;
	while (!run->output.ended && documents_next(&documents, &document)) {
		if (!parse(run, &document, &batch.torrents[batch.count]))
			continue;
		batch.paths[batch.count++] = document.name;
		if (batch.count >= most)
			documents_release(&documents);
	}
	documents_close(&documents);
	lanes_free(batch.sha1);
	lanes_free(batch.sha256);
}
