/* bencode_change.h - a bencoded dictionary with some values changed, and every other byte as it stands */
#ifndef CODEC_BENCODE_CHANGE_H
#define CODEC_BENCODE_CHANGE_H

#include "codec/bencode.h"

/* One key of a dictionary, whose value may become another one. */
struct bencode_change {
	struct bytes key;
	struct bytes was;	/* its bencoded value as it stands, of the first pair with that key; NULL: there is none */
	struct bytes now;	/* what it shall be, bencoded; NULL: no such key */
};

/*
 * Finds the values of these keys in the dictionary that the input begins with, and sets was and now to them (views).
 * Bytes may follow the dictionary. ERROR_INPUT: the input begins with no dictionary, or that one is broken.
 */
bool bencode_change_find(struct bytes input, struct bencode_change *changes, size_t count, struct error *);

static inline bool bencode_change_made(const struct bencode_change *change)
{
	return !change->was.data != !change->now.data || !bytes_equal(change->was, change->now);
}

/*
 * Appends the input with the changes made: values are changed in their place, and a new key goes before the first
 * greater one. When a value is changed or removed, other pairs with the same key go. All else is copied as it stands,
 * also what follows the dictionary. The changes must be sorted by their keys, and come from bencode_change_find on
 * the same input.
 */
void bencode_change_apply(struct bytes input, const struct bencode_change *changes, size_t count, struct buf *out);

#endif
