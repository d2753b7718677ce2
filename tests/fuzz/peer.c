/* peer.c - any bytes as a member, a key, a score, an info hash: what is read is what is printed */
#include "codec/peer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_member(struct bytes member)
{
	struct peer peer = { .port = 7 }, before = peer, again;
	const struct peer_layout *layout = peer_decode(member, &peer);
	uint8_t entry[PEER_SIZE];

	if (!layout) {
		assert(!memcmp(&peer, &before, sizeof peer));
		return;
	}
	peer_encode(&peer, entry);
	if (layout == &peer_layouts[0]) {
		assert(member.size == PEER_SIZE && !memcmp(entry, member.data, PEER_SIZE));
		return;
	}
	/* a text is the peer that its entry is, whatever that entry looks like */
	assert(peer_layouts[0].decode(bytes_at(entry, PEER_SIZE), &again));
	assert(again.port == peer.port && !memcmp(&again.ipv4, &peer.ipv4, 4) && !memcmp(&again.ipv6, &peer.ipv6, 16));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { data ? data : (const uint8_t *)"", size };
	uint8_t hash[HASH_SIZE];
	char key[PEER_EXT_SIZE + PEER_KEY_SIZE] = "ext_";
	struct error error = { 0 };
	enum peer_key kind = peer_key_parse(text, hash);
	double score;

	check_member(text);
	if (kind == PEER_KEY_TORRENT || kind == PEER_KEY_EXT) {
		peer_key_print(hash, key + PEER_EXT_SIZE);
		assert(bytes_equal(text, kind == PEER_KEY_EXT ? bytes_at(key, sizeof key)
							      : bytes_at(key + PEER_EXT_SIZE, PEER_KEY_SIZE)));
	}
	if (peer_score_parse(text, &score))
		assert(peer_seen(score).us >= -9000000000000000000 && peer_seen(score).us <= 9000000000000000000);
	assert(hash_parse(text, hash, &error) == (error.kind == ERROR_NONE));
	return 0;
}
