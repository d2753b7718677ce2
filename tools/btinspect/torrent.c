/* torrent.c - one torrent as the verbs see it: what its file says, and its info hashes */
#include "tools/btinspect/torrent.h"

void torrent_hashed(struct torrent *torrent)
{
	enum metainfo_version version = torrent->meta.version;

	torrent->info_hash = version & METAINFO_V1 ? bytes_at(torrent->sha1, SHA1_SIZE) : bytes_at(NULL, 0);
	torrent->info_hash_v2 = version & METAINFO_V2 ? bytes_at(torrent->sha256, SHA256_SIZE) : bytes_at(NULL, 0);
	torrent->id = torrent->info_hash.data ? torrent->info_hash : bytes_at(torrent->info_hash_v2.data, SHA1_SIZE);
}

void torrent_hash(struct torrent *torrent)
{
	if (torrent->meta.version & METAINFO_V1)
		sha1_digest(torrent->meta.info, torrent->sha1);
	if (torrent->meta.version & METAINFO_V2)
		sha256_digest(torrent->meta.info, torrent->sha256);
	torrent_hashed(torrent);
}

bool torrent_parse(struct run *run, const struct document *document, struct torrent *torrent)
{
	struct error error = { 0 };

	if (document->magnet) {
		fail_input(&error, ERROR_NOWHERE, "no torrent: only magnet and trackers take magnet links");
		document_error(run, document, &error);
		return false;
	}
	if (metainfo_parse(document->data, &torrent->meta, NULL, &error))
		return true;
	document_error(run, document, &error);
	return run->common.keep && torrent->meta.info.data && torrent->meta.version;
}

bool torrent_read(struct run *run, const struct document *document, struct torrent *torrent)
{
	bool good = torrent_parse(run, document, torrent);

	if (good)
		torrent_hash(torrent);
	return good;
}

/* Beyond what fits into microseconds nobody can have made a torrent. */
static struct timestamp moment(int64_t seconds)
{
	int64_t us;

	return (struct timestamp){ seconds == INT64_MIN || __builtin_mul_overflow(seconds, 1000000, &us) ? TIME_UNSET : us };
}

struct torrent_line torrent_line(const struct torrent *torrent, const char *path)
{
	const struct metainfo *meta = &torrent->meta;

	return (struct torrent_line){
		.info_hash = torrent->info_hash, .info_hash_v2 = torrent->info_hash_v2, .name = meta->name,
		.size = meta->size, .files = meta->file_count,
		.piece_length = meta->piece_length > 0 ? (uint64_t)meta->piece_length : COUNT_UNSET,
		.pieces = meta->piece_count,
		.version = (uint8_t)meta->version, .private = meta->private, .source = meta->source,
		.created = moment(meta->created), .creator = meta->created_by, .comment = meta->comment,
		.trackers = meta->tracker_count, .web_seeds = meta->web_seed_count, .path = bytes_of(path),
	};
}

struct paths paths_begin(const struct torrent *torrent)
{
	struct paths paths = { .folder = 0 };

	if (!metainfo_single(&torrent->meta) && torrent->meta.name.data) {
		buf_append(&paths.path, torrent->meta.name.data, torrent->meta.name.size);
		buf_byte(&paths.path, '/');
		paths.folder = paths.path.size;
	}
	return paths;
}

struct bytes paths_of(struct paths *paths, const struct metainfo_file *file)
{
	if (!paths->folder)
		return file->path;
	paths->path.size = paths->folder;
	buf_append(&paths->path, file->path.data, file->path.size);
	return buf_bytes(&paths->path);
}

void paths_free(struct paths *paths)
{
	buf_free(&paths->path);
}
