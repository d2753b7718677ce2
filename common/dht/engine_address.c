/* engine_address.c - our own addresses, and which of those that nodes tell of may be asked */
#include "dht/engine_private.h"

void engine_own(struct engine *engine, const struct endpoint *own)
{
	if (engine->own_count < OWN_MAX && !engine_is_own(engine, own))
		engine->own[engine->own_count++] = *own;
}

bool engine_is_own(const struct engine *engine, const struct endpoint *endpoint)
{
	for (unsigned i = 0; i < engine->own_count; i++)
		if (endpoint_equal(&engine->own[i], endpoint))
			return true;
	return false;
}

static bool is_local(const char *special)
{
	static const char *const kinds[] = { "loopback", "private", "link-local", "site-local", "shared" };

	for (size_t i = 0; special && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(special, kinds[i]) == 0)
			return true;
	return false;
}

static const char *why_not(const struct engine *engine, const struct endpoint *from, const uint8_t id[NODE_ID_SIZE],
			   const struct endpoint *contact)
{
	const char *special = endpoint_special(contact), *teller = from ? endpoint_special(from) : NULL;

	if (!contact->port)
		return "port";
	if (engine_is_own(engine, contact))
		return "own";
	if (id && memcmp(id, engine->options.id, NODE_ID_SIZE) == 0)
		return "own_id";
	if (special && !is_local(special))
		return "address";
	if (engine->options.loopback_only && !endpoint_is_loopback(contact))
		return "reach";
	/* else anybody could make us knock at doors in our own house */
	if (special && !(teller && strcmp(special, teller) == 0))
		return "local";
	return NULL;
}

const char *engine_contact(struct engine *engine, const struct endpoint *from, const uint8_t id[NODE_ID_SIZE],
			   const struct endpoint *contact)
{
	const char *word = why_not(engine, from, id, contact);

	engine->counts.contacts_refused += word != NULL;
	return word;
}
