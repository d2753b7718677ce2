/* keys.h - byte strings with a number each: passkeys, info hashes */
#ifndef USERSTATS_KEYS_H
#define USERSTATS_KEYS_H

#include "base/table.h"
#include "cli/tool.h"

#define KEYS_NONE UINT32_MAX
enum { KEYS_MAX = 64 << 20 };

/* Start with { 0 }. About 90 bytes for a key of 32. */
struct keys {
	struct table table;		/* key to number + 1 */
	struct table_entry **entries;	/* by number */
	size_t room;
	uint32_t count;
	bool full;			/* one was left out, because there are KEYS_MAX */
};

/* Its number, a new one if it is new; KEYS_NONE: there is no room. Numbers count from 0. */
uint32_t keys_add(struct keys *, struct bytes key);
/* Its number, or KEYS_NONE. */
uint32_t keys_find(const struct keys *, struct bytes key);
static inline struct bytes keys_at(const struct keys *keys, uint32_t number)
{
	return keys->entries[number]->key;
}
/* Numbers them anew, in their order. Returns the new number of each old one, which the caller frees. */
uint32_t *keys_sort(struct keys *);
/* Tells that some were left out, if any were; what: "users". */
void keys_tell(const struct keys *, struct run *, const char *what);
void keys_free(struct keys *);

#endif
