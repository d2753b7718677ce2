/* bencode_change.c - a bencoded dictionary with some values changed, and every other byte as it stands */
#include "codec/bencode_change.h"

/* The next pair of the dictionary: the token of its key, and its value's bytes. */
static bool next_pair(struct bencode *reader, struct bencode_token *key, struct bytes *value, struct error *error)
{
	struct bencode_token token;

	return bencode_pair(reader, key, &token, error) && bencode_skip(reader, &token, value, error);
}

bool bencode_change_find(struct bytes input, struct bencode_change *changes, size_t count, struct error *error)
{
	struct bencode_token key;
	struct bencode reader;
	struct bytes value;

	for (size_t i = 0; i < count; i++)
		changes[i].was = changes[i].now = bytes_at(NULL, 0);
	bencode_begin(&reader, input);
	if (!bencode_next(&reader, &key, error))
		return false;
	if (key.kind != BENCODE_DICT)
		return fail_input(error, 0, "not a dictionary, as a torrent is");
	while (next_pair(&reader, &key, &value, error))
		for (size_t i = 0; i < count; i++)
			if (!changes[i].was.data && bytes_equal(changes[i].key, key.text))
				changes[i].was = changes[i].now = value;
	return error->kind == ERROR_NONE;
}

static void put_pair(struct buf *out, struct bytes spelling, struct bytes value)
{
	buf_append(out, spelling.data, spelling.size);
	buf_append(out, value.data, value.size);
}

/* The new keys that belong before this one (NULL: before the end), from *next on. */
static void put_new(struct buf *out, const struct bencode_change *changes, size_t count, size_t *next,
		    const struct bytes *key)
{
	for (; *next < count && (!key || bytes_compare(changes[*next].key, *key) < 0); ++*next) {
		const struct bencode_change *change = &changes[*next];

		if (change->was.data || !change->now.data)
			continue;
		bencode_put_string(out, change->key);
		buf_append(out, change->now.data, change->now.size);
	}
}

/* The change of that key, if it is one. */
static const struct bencode_change *find_change(const struct bencode_change *changes, size_t count, struct bytes key)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(changes[i].key, key))
			return bencode_change_made(&changes[i]) ? &changes[i] : NULL;
	return NULL;
}

void bencode_change_apply(struct bytes input, const struct bencode_change *changes, size_t count, struct buf *out)
{
	struct error error = { 0 };
	struct bencode_token key;
	struct bencode reader;
	struct bytes value;
	size_t next = 0;

	bencode_begin(&reader, input);
	bencode_next(&reader, &key, &error);
	buf_append(out, input.data, reader.at);
	while (next_pair(&reader, &key, &value, &error)) {
		const struct bencode_change *change = find_change(changes, count, key.text);
		struct bytes spelling = bytes_at(input.data + key.offset, key.size);

		put_new(out, changes, count, &next, &key.text);
		if (!change)
			put_pair(out, spelling, value);
		else if (change->now.data && change->was.data == value.data)
			put_pair(out, spelling, change->now);
	}
	put_new(out, changes, count, &next, NULL);
	/* the end of the dictionary, which was read, and what follows it */
	buf_append(out, input.data + reader.at - 1, input.size - (reader.at - 1));
}
