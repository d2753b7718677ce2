/* metainfo_links.c - the links of a torrent: trackers by tier, web seeds, DHT nodes and what else it names */
#include "codec/metainfo_private.h"

#include <inttypes.h>

#include "base/number.h"
#include "text/escape.h"

/* The values of a torrent, one after the other. */
struct walk {
	const struct metainfo *meta;
	struct teller *teller;		/* NULL: faults were told */
	metainfo_link_visitor *visitor;
	void *context;
	bool stopped;
	struct bencode reader;
	struct buf text;
	uint64_t trackers;		/* visited so far */
};

static void visit(struct walk *walk, enum metainfo_link_kind kind, uint64_t tier, struct bytes text, uint64_t place)
{
	struct metainfo_link link = { .kind = kind, .tier = tier, .text = text, .place = place };

	walk->trackers += kind == METAINFO_TRACKER;
	if (!walk->stopped)
		walk->stopped = !walk->visitor(walk->context, &link);
}

static void visit_url(struct walk *walk, enum metainfo_link_kind kind, uint64_t tier, const struct bencode_token *token)
{
	struct bytes url = bytes_trim(token->text);

	if (!url.size)
		tell(walk->teller, &walk->reader, FAULT_EMPTY_URL, token->offset, "%s", "");
	else if (url.size < token->text.size)
		tell(walk->teller, &walk->reader, FAULT_URL_BLANKS, token->offset, "%s", "");
	if (url.size)
		visit(walk, kind, tier, url, token->offset);
}

/* Sets the reader on that value and reads its first token. False: there is no such value. */
static bool begin(struct walk *walk, bool info, const char *key, struct bytes value, struct bencode_token *token)
{
	struct error error = { 0 };

	if (!value.data || walk->stopped)
		return false;
	metainfo_reader(&walk->reader, walk->meta, info, key, value);
	return bencode_next(&walk->reader, token, &error);
}

static void skip(struct walk *walk, const struct bencode_token *token)
{
	struct error error = { 0 };

	bencode_skip(&walk->reader, token, NULL, &error);
}

/* A string or a list of strings. What else is in the list is left out by all clients. */
static void walk_strings(struct walk *walk, enum metainfo_link_kind kind, bool info, const char *key, struct bytes value)
{
	struct bencode_token token;
	struct error error = { 0 };

	if (!begin(walk, info, key, value, &token))
		return;
	if (token.kind == BENCODE_STRING) {
		if (!token.text.size)
			tell_as(walk->teller, &walk->reader, FAULT_EMPTY_URL, SEVERITY_WARNING, token.offset, "%s", "");
		else
			visit_url(walk, kind, UINT64_MAX, &token);
		return;
	}
	while (!walk->stopped && bencode_element(&walk->reader, &token, &error)) {
		if (token.kind == BENCODE_STRING)
			visit_url(walk, kind, UINT64_MAX, &token);
		else
			tell_type(walk->teller, &walk->reader, &token, SEVERITY_NOTE, "a string");
		skip(walk, &token);
	}
}

/* ---- trackers */

/* Behind the token that opened the tier. */
static void walk_tier(struct walk *walk, uint64_t tier, const struct bencode_token *list)
{
	struct bencode_token token;
	struct error error = { 0 };
	uint64_t count = 0;

	while (!walk->stopped && bencode_element(&walk->reader, &token, &error)) {
		count++;
		if (token.kind == BENCODE_STRING)
			visit_url(walk, METAINFO_TRACKER, tier, &token);
		else
			tell(walk->teller, &walk->reader, FAULT_ANNOUNCE_LIST, token.offset, "found %s",
			     bencode_kind_name(token.kind));
		skip(walk, &token);
	}
	if (!count && !walk->stopped)
		tell(walk->teller, &walk->reader, FAULT_EMPTY_TIER, list->offset, "%s", "");
}

static void walk_trackers(struct walk *walk)
{
	struct bencode_token token;
	struct error error = { 0 };
	uint64_t tier = 0;

	if (begin(walk, false, "announce-list", walk->meta->announce_list, &token)) {
		while (!walk->stopped && bencode_element(&walk->reader, &token, &error)) {
			uint64_t before = walk->trackers;

			if (token.kind == BENCODE_LIST) {
				walk_tier(walk, tier, &token);
				tier += walk->trackers > before;
				continue;
			}
			tell(walk->teller, &walk->reader, FAULT_ANNOUNCE_LIST, token.offset, "found %s",
			     bencode_kind_name(token.kind));
			if (token.kind == BENCODE_STRING)
				visit_url(walk, METAINFO_TRACKER, tier++, &token);
			skip(walk, &token);
		}
	}
	if (!walk->trackers && begin(walk, false, "announce", walk->meta->announce, &token))
		visit_url(walk, METAINFO_TRACKER, 0, &token);
}

/* ---- nodes, similar torrents, signatures */

/* Behind the token that opened the list of a host and a port. False: that is not what it is; a fault was told. */
static bool read_node(struct walk *walk, const struct bencode_token *list, struct bytes *host, int64_t *port)
{
	struct bencode_token token;
	struct error error = { 0 };
	unsigned count = 0;
	bool sound = true;

	while (bencode_element(&walk->reader, &token, &error)) {
		sound = sound && count < 2 && token.kind == (count ? BENCODE_INTEGER : BENCODE_STRING);
		if (sound && !count)
			*host = token.text;
		else if (sound)
			*port = token.number;
		count++;
		skip(walk, &token);
	}
	if (!sound || count != 2)
		tell(walk->teller, &walk->reader, FAULT_NODE, list->offset, "found another list");
	else if (!host->size)
		tell(walk->teller, &walk->reader, FAULT_NODE, list->offset, "the host is empty");
	else
		return true;
	return false;
}

static void walk_nodes(struct walk *walk)
{
	struct bencode_token token;
	struct error error = { 0 };

	if (!begin(walk, false, "nodes", walk->meta->nodes, &token))
		return;
	while (!walk->stopped && bencode_element(&walk->reader, &token, &error)) {
		struct bytes host = { NULL, 0 };
		int64_t port = 0;

		if (token.kind == BENCODE_STRING && token.text.size) {
			/* host:port in one string: libraries read that too */
			tell_as(walk->teller, &walk->reader, FAULT_NODE, SEVERITY_NOTE, token.offset, "found a string");
			visit(walk, METAINFO_NODE, UINT64_MAX, token.text, token.offset);
		} else if (token.kind != BENCODE_LIST) {
			tell(walk->teller, &walk->reader, FAULT_NODE, token.offset, "found %s",
			     bencode_kind_name(token.kind));
			skip(walk, &token);
		} else if (read_node(walk, &token, &host, &port)) {
			bool bare = memchr(host.data, ':', host.size) && host.data[0] != '[';

			walk->text.size = 0;
			buf_text(&walk->text, bare ? "[" : "");
			buf_append(&walk->text, host.data, host.size);
			buf_format(&walk->text, "%s:%" PRId64, bare ? "]" : "", port);
			visit(walk, METAINFO_NODE, UINT64_MAX, buf_bytes(&walk->text), token.offset);
		}
	}
}

static void walk_similar(struct walk *walk, bool info, struct bytes value)
{
	struct count_text bytes;
	struct bencode_token token;
	struct error error = { 0 };

	if (!begin(walk, info, "similar", value, &token))
		return;
	while (!walk->stopped && bencode_element(&walk->reader, &token, &error)) {
		if (token.kind == BENCODE_STRING && (token.text.size == METAINFO_SHA1 || token.text.size == METAINFO_SHA256))
			visit(walk, METAINFO_SIMILAR, UINT64_MAX, token.text, token.offset);
		else
			tell(walk->teller, &walk->reader, FAULT_SIMILAR, token.offset,
			     token.kind == BENCODE_STRING ? "found %s of %s" : "found %s",
			     bencode_kind_name(token.kind), count_print(&bytes, token.text.size, "bytes"));
		skip(walk, &token);
	}
}

static void walk_signatures(struct walk *walk)
{
	struct bencode_token key, value;
	struct error error = { 0 };

	if (!begin(walk, false, "signatures", walk->meta->signatures, &value))
		return;
	while (!walk->stopped && bencode_pair(&walk->reader, &key, &value, &error)) {
		visit(walk, METAINFO_SIGNATURE, UINT64_MAX, key.text, key.offset);
		skip(walk, &value);
	}
}

static void walk_links(const struct metainfo *meta, struct teller *teller, metainfo_link_visitor *visitor, void *context)
{
	struct walk walk;

	/* but for the reader, which is large and set at each value */
	walk.meta = meta;
	walk.teller = teller;
	walk.visitor = visitor;
	walk.context = context;
	walk.stopped = false;
	walk.text = (struct buf){ 0 };
	walk.trackers = 0;
	walk_trackers(&walk);
	walk_strings(&walk, METAINFO_COLLECTION, false, "collections", meta->collections);
	walk_strings(&walk, METAINFO_HTTP_SEED, false, "httpseeds", meta->http_seeds);
	walk_strings(&walk, METAINFO_COLLECTION, true, "collections", meta->info_collections);
	walk_similar(&walk, true, meta->info_similar);
	walk_strings(&walk, METAINFO_UPDATE_URL, true, "update-url", meta->info_update_url);
	walk_nodes(&walk);
	walk_signatures(&walk);
	walk_similar(&walk, false, meta->similar);
	walk_strings(&walk, METAINFO_UPDATE_URL, false, "update-url", meta->update_url);
	walk_strings(&walk, METAINFO_WEB_SEED, false, "url-list", meta->url_list);
	buf_free(&walk.text);
}

void metainfo_links(const struct metainfo *meta, metainfo_link_visitor *visitor, void *context)
{
	walk_links(meta, NULL, visitor, context);
}

static bool count_link(void *context, const struct metainfo_link *link)
{
	struct metainfo *meta = context;

	meta->tracker_count += link->kind == METAINFO_TRACKER;
	meta->web_seed_count += link->kind == METAINFO_WEB_SEED || link->kind == METAINFO_HTTP_SEED;
	return true;
}

void metainfo_survey_links(struct metainfo *meta, struct teller *teller)
{
	walk_links(meta, teller, count_link, meta);
}
