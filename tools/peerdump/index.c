/* index.c - what must be known of a whole RDB file before its torrents are told: which there are, and their leechers */
#include "tools/peerdump/index.h"

#include <inttypes.h>

#include "cli/progress.h"
#include "tools/peerdump/keys.h"

/* The count of a table's entry: is there a torrent, and how many leechers. */
#define INDEX_TORRENT (1ull << 63)
#define INDEX_UNKNOWN (1ull << 62)	/* its ext_ key is no set */
#define INDEX_LEECHERS (INDEX_UNKNOWN - 1)

static struct table_entry *add(struct index *index, const uint8_t hash[HASH_SIZE])
{
	struct table_entry *entry = table_add(&index->torrents, bytes_at(hash, HASH_SIZE), NULL);

	index->missed += !entry;
	return entry;
}

/* Notes a key; returns the entry of a set whose members must be counted as they come. */
static struct table_entry *take_key(struct index *index, struct snapshot *snapshot)
{
	const struct rdb *rdb = &snapshot->rdb;
	struct table_entry *entry;
	uint8_t hash[HASH_SIZE];
	enum scan_class class = key_classify(rdb->key, hash);

	if (class != SCAN_TORRENT && class != SCAN_EXT)
		return NULL;
	entry = add(index, hash);
	if (!entry)
		return NULL;
	if (class == SCAN_TORRENT) {
		entry->count |= INDEX_TORRENT;
		return NULL;
	}
	entry->count &= INDEX_TORRENT;
	if (rdb->kind != RDB_SET) {
		entry->count |= INDEX_UNKNOWN;
		return NULL;
	}
	if (rdb->count == RDB_COUNT_LATER) {
		rdb_take(&snapshot->rdb);
		return entry;
	}
	entry->count |= rdb->count < INDEX_LEECHERS ? rdb->count : INDEX_LEECHERS;
	return NULL;
}

static bool read_all(struct index *index, struct snapshot *snapshot, uint64_t database, struct progress *progress,
		     struct error *error)
{
	const struct input *input = &snapshot->outer.input;
	struct table_entry *counting = NULL;
	uint64_t current = 0, keys = 0, sections = 0;

	for (;;) {
		switch (snapshot_next(snapshot, error)) {
		case RDB_DATABASE:
			current = snapshot->rdb.database;
			sections++;
			if (current == database)
				index->sections = sections;
			break;
		case RDB_KEY:
			keys++;
			counting = current == database ? take_key(index, snapshot) : NULL;
			progress_step(progress, keys, input->offset, input->size);
			break;
		case RDB_MEMBERS:
			if (counting)
				counting->count += snapshot->rdb.member_count;
			break;
		case RDB_END:
			return true;
		case RDB_BAD:
			return false;
		default:
			break;
		}
	}
}

bool index_build(struct index *index, struct snapshot *snapshot, uint64_t database, bool checksum, struct error *error)
{
	struct progress progress = progress_begin(&snapshot->run->report, "keys looked at");

	*index = (struct index){ .torrents.limit = INDEX_MAX, .built = true };
	if (!snapshot_keep(snapshot, error) || !snapshot_begin(snapshot, checksum, error))
		return false;
	index->sound = read_all(index, snapshot, database, &progress, error);
	progress_end(&progress);
	if (error->kind == ERROR_INPUT)
		*error = (struct error){ 0 };
	if (index->missed)
		report_note(&snapshot->run->report,
			    "more than %d torrents: of the others it is not looked up whether they exist "
			    "and how many leechers they have", INDEX_MAX);
	return error->kind == ERROR_NONE;
}

int64_t index_leechers(const struct index *index, const uint8_t hash[HASH_SIZE])
{
	const struct table_entry *entry = table_find(&index->torrents, bytes_at(hash, HASH_SIZE));
	uint64_t count = entry ? entry->count & INDEX_LEECHERS : 0;
	bool beyond = !entry && index->missed;

	if (entry && entry->count & INDEX_UNKNOWN)
		return -1;
	/* no set came by: there is none, or it is where nobody looked */
	return count || (index->sound && !beyond) ? (int64_t)count : -1;
}

bool index_exists(const struct index *index, const uint8_t hash[HASH_SIZE])
{
	const struct table_entry *entry = table_find(&index->torrents, bytes_at(hash, HASH_SIZE));

	if (!index->sound)
		return true;
	return entry ? entry->count & INDEX_TORRENT : index->missed;
}

void index_free(struct index *index)
{
	table_free(&index->torrents);
}
