/* check_links.c - trackers, web seeds and DHT nodes of a torrent: no URLs, passkeys, what a private one should not have */
#include "tools/btinspect/check.h"

#include <inttypes.h>

#include "base/distinct.h"
#include "base/number.h"
#include "text/escape.h"
#include "text/url.h"
#include "text/url_parts.h"

struct links {
	struct check *check;
	struct distinct seen;		/* trackers of announce-list */
	struct buf masked;
};

/* ---- URLs */

/* The URL as a message may have it. */
static const char *brief_url(struct links *links, struct bytes url, struct brief *brief)
{
	links->masked.size = 0;
	url_mask(url, &links->masked);
	return escape_brief(brief, buf_bytes(&links->masked));
}

/* What all URLs have in common. False: it is none, which has been told, or it is empty, which metainfo_parse tells. */
static bool check_url(struct links *links, struct bytes text, const char *schemes, struct check_spot spot,
		      struct url *url)
{
	struct brief brief;
	uint64_t port;
	bool good = url_split(bytes_trim(text), url);

	if (!url->text.size)
		return false;
	good = good && url->host.size && url->scheme.size &&
	       (!url->port.data || (number_parse(url->port, UINT16_MAX, &port) && port));
	if (!good)
		check_put(links->check, FAULT_NO_URL, spot, "'%s'", brief_url(links, text, &brief));
	else if (!url_scheme_is(url, schemes))
		check_put(links->check, FAULT_URL_SCHEME, spot, "'%s'", escape_brief(&brief, url->scheme));
	return good;
}

/* ---- trackers */

/* Was more masked than a name in the host? Those that look like keys are there for other reasons mostly. */
static bool has_passkey(const struct links *links, const struct url *url)
{
	const uint8_t *end = url->text.data + url->text.size, *tail = url->authority.data + url->authority.size;
	struct bytes masked = buf_bytes(&links->masked);
	size_t size = (size_t)(end - tail);

	return url->user.data || masked.size < size ||
	       memcmp(masked.data + masked.size - size, tail, size) != 0;
}

static void check_tracker(struct links *links, struct bytes text, bool listed, struct check_spot spot)
{
	static const char schemes[] = "http https udp ws wss";
	struct check *check = links->check;
	struct brief brief;
	struct url url;

	if (!check_url(links, text, schemes, spot, &url))
		return;
	brief_url(links, url.text, &brief);
	/* announce mostly stands in announce-list again: what is said of it there is enough */
	if (!check->meta.private && has_passkey(links, &url) && (listed || !check->meta.announce_list.data))
		check_put(check, FAULT_PUBLIC_PASSKEY, spot, "'%s'", brief.text);
	if (listed && !distinct_add(&links->seen, distinct_print(&links->seen, url.text)))
		check_put(check, FAULT_DUPLICATE_TRACKER, spot, "'%s'", brief.text);
}

static void check_web_seed(struct links *links, struct bytes text, struct check_spot spot)
{
	static const char schemes[] = "http https ftp ftps";
	struct brief brief;
	struct url url;

	if (check_url(links, text, schemes, spot, &url) && url.user.data)
		check_put(links->check, FAULT_WEB_SEED_PASSWORD, spot, "'%s'", brief_url(links, url.text, &brief));
}

/* Every string in the value, which is one or is made of lists of them. */
static void each_url(struct links *links, struct bytes value, const char *key, bool trackers, bool listed)
{
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };

	if (!value.data)
		return;
	bencode_begin(&reader, value);
	while (!tool_stopped && bencode_next(&reader, &token, &error)) {
		struct check_spot spot = { value.data + token.offset, key, &reader, NULL };

		if (token.kind == BENCODE_DICT && !bencode_skip(&reader, &token, NULL, &error))
			return;
		if (token.kind == BENCODE_STRING && trackers)
			check_tracker(links, token.text, listed, spot);
		else if (token.kind == BENCODE_STRING)
			check_web_seed(links, token.text, spot);
	}
}

/* ---- nodes */

static void check_nodes(struct check *check)
{
	struct bytes value = check->meta.nodes;
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };

	if (!value.data)
		return;
	if (check->meta.private)
		check_put(check, FAULT_PRIVATE_NODES, (struct check_spot){ .at = value.data, .key = "nodes" }, NULL);
	bencode_begin(&reader, value);
	while (!tool_stopped && bencode_next(&reader, &token, &error)) {
		struct check_spot spot = { value.data + token.offset, "nodes", &reader, NULL };

		/* [host, port]: the number in the list in the list; what has another shape was told by metainfo_parse */
		if (token.kind == BENCODE_INTEGER && token.depth == 2 && (token.number < 1 || token.number > UINT16_MAX))
			check_put(check, FAULT_NODE_PORT, spot, "port %" PRIi64, token.number);
	}
}

void check_links(struct check *check)
{
	struct links links = { .check = check };
	struct metainfo *meta = &check->meta;

	distinct_reset(&links.seen, meta->tracker_count, CHECK_NAMES_MAX);
	each_url(&links, meta->announce, "announce", true, false);
	each_url(&links, meta->announce_list, "announce-list", true, true);
	each_url(&links, meta->url_list, "url-list", false, false);
	each_url(&links, meta->http_seeds, "httpseeds", false, false);
	check_nodes(check);
	distinct_free(&links.seen);
	buf_free(&links.masked);
}
