/* keys.c - the keys that a scan works on: what they are by their names, what is to be known of them, which came by */
#include "tools/peerdump/keys.h"

#include <stdlib.h>

#include "base/number.h"

enum {
	KEY_KEPT = 4096,	/* bytes of a key's name whose memory is used again */
	SEEN_MAX = 64,		/* longer names are not remembered: nothing we look for has one */
};

enum scan_class key_classify(struct bytes text, uint8_t hash[HASH_SIZE])
{
	enum peer_key kind = peer_key_parse(text, hash);
	uint64_t number;

	if (kind != PEER_KEY_OTHER)
		return (enum scan_class)kind;
	if (text.size == PASSKEY_SIZE)
		return SCAN_USER;
	return number_parse(text, UINT64_MAX, &number) ? SCAN_NUMBER : SCAN_OTHER;
}

struct bytes key_hash(const struct scan_key *key)
{
	bool has = key->class == SCAN_TORRENT || key->class == SCAN_EXT || key->class == SCAN_OLD_RAW ||
		   key->class == SCAN_OLD_HEX;

	return has ? bytes_at(key->hash, HASH_SIZE) : bytes_at(NULL, 0);
}

bool key_module(const struct scan_key *key)
{
	static const char *const ours[] = { "", "none", "string", "list", "set", "zset", "hash", "stream" };

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcmp(key->type, ours[i]) == 0)
			return false;
	return true;
}

static struct bytes seen_form(uint8_t form[1 + SEEN_MAX], enum scan_class class, struct bytes text)
{
	form[0] = (uint8_t)class;
	memcpy(form + 1, text.data, text.size);
	return bytes_at(form, 1 + text.size);
}

bool key_see(struct keys *keys, enum scan_class class, struct bytes text)
{
	uint8_t form[1 + SEEN_MAX];
	bool added;

	return text.size > SEEN_MAX || !table_add(&keys->seen, seen_form(form, class, text), &added) || added;
}

bool key_saw(const struct keys *keys, const uint8_t hash[HASH_SIZE])
{
	uint8_t form[1 + SEEN_MAX];

	return table_find(&keys->seen, seen_form(form, SCAN_TORRENT, bytes_at(hash, HASH_SIZE))) != NULL;
}

struct scan_key *key_new(struct keys *keys, enum scan_class class, struct bytes text,
			 const uint8_t hash[HASH_SIZE])
{
	struct scan_key *key = keys->free, *all;
	struct buf buf;

	if (key) {
		keys->free = key->next;
	} else {
		key = calloc(1, sizeof *key);
		if (!key)
			out_of_memory();
		key->next_of_all = keys->all;
		keys->all = key;
	}
	all = key->next_of_all;
	buf = key->buf;
	buf.size = 0;
	buf_reserve(&buf, 1);	/* an empty name is a name too, and not unset */
	buf_append(&buf, text.data, text.size);
	*key = (struct scan_key){ .buf = buf, .text = buf_bytes(&buf), .class = class, .next_of_all = all };
	memcpy(key->hash, hash, HASH_SIZE);
	for (size_t i = 0; i < SCAN_ASKS; i++)
		key->answers[i] = SCAN_UNKNOWN;
	return key;
}

void key_drop(struct keys *keys, struct scan_key *key)
{
	if (key->buf.capacity > KEY_KEPT)
		buf_free(&key->buf);
	key->next = keys->free;
	keys->free = key;
}

void keys_free(struct keys *keys)
{
	while (keys->all) {
		struct scan_key *key = keys->all;

		keys->all = key->next_of_all;
		buf_free(&key->buf);
		free(key);
	}
	table_free(&keys->seen);
}
