/* tiers.c - the trackers of a torrent by tier (BEP 12): from options, from torrent files, changed, and written */
#include "tools/btinspect/tiers.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>

#include "text/escape.h"
#include "text/url.h"

/* ---- URLs */

/* What follows "scheme://"; data NULL: nothing does. */
static struct bytes after_scheme(struct bytes url, struct bytes *scheme)
{
	struct bytes rest;

	*scheme = bytes_split(url, ':', &rest);
	return rest.data && bytes_begin(rest, "//") ? bytes_after(rest, 2) : bytes_at(NULL, 0);
}

static size_t span_authority(struct bytes text)
{
	size_t size = 0;

	while (size < text.size && !memchr("/?#", text.data[size], 3))
		size++;
	return size;
}

static struct bytes host_of(struct bytes url)
{
	struct bytes scheme, host = after_scheme(url, &scheme), port;
	const uint8_t *user;

	host.size = span_authority(host);
	user = host.size ? memrchr(host.data, '@', host.size) : NULL;
	if (user)
		host = bytes_after(host, (size_t)(user - host.data) + 1);
	if (host.size && host.data[0] == '[')
		return bytes_split(bytes_after(host, 1), ']', &port);
	return bytes_split(host, ':', &port);
}

bool url_has_scheme(struct bytes url, const char *schemes)
{
	struct bytes scheme, rest = after_scheme(url, &scheme);
	bool known = false;

	for (const char *at = schemes; *at && !known; at += strspn(at, " ")) {
		size_t size = strcspn(at, " ");

		known = size == scheme.size && !strncasecmp(at, (const char *)scheme.data, size);
		at += size;
	}
	for (size_t i = 0; i < url.size; i++)
		if (url.data[i] <= ' ' || url.data[i] > '~')
			return false;
	return known && span_authority(rest) > 0;
}

bool url_is_tracker(struct bytes url)
{
	return url_has_scheme(url, "http https udp ws wss");
}

/* ---- adding */

static bool add_row(struct tiers *tiers, struct bytes url, uint64_t tier, struct error *error)
{
	if (tiers->count == TIERS_MAX)
		return fail_input(error, ERROR_NOWHERE, "more than %d trackers", TIERS_MAX);
	if (tiers->count == tiers->capacity) {
		tiers->capacity = tiers->capacity ? 2 * tiers->capacity : 16;
		tiers->rows = realloc(tiers->rows, tiers->capacity * sizeof *tiers->rows);
		if (!tiers->rows)
			out_of_memory();
	}
	tiers->rows[tiers->count++] = (struct tracker){ url, tier };
	return true;
}

/* Is it among the first `count`? */
static bool has(const struct tiers *tiers, struct bytes url, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(tiers->rows[i].url, url))
			return true;
	return false;
}

static uint64_t last_tier(const struct tiers *tiers)
{
	return tiers->count ? tiers->rows[tiers->count - 1].tier : 0;
}

bool tiers_add(struct tiers *tiers, const char *where, struct bytes url, bool begin, struct error *error)
{
	struct buf masked = { 0 };
	struct brief brief;

	if (url_is_tracker(url))
		return has(tiers, url, tiers->count) || add_row(tiers, url, last_tier(tiers) + begin, error);
	url_mask(url, &masked);
	fail_usage(error, "%s: '%s' is no URL of a tracker: http://HOST..., https, udp, ws or wss, in ASCII without blanks", where,
		   escape_brief(&brief, buf_bytes(&masked)));
	buf_free(&masked);
	return false;
}

bool tiers_add_all(struct tiers *tiers, const char *where, struct bytes urls, struct error *error)
{
	size_t before = tiers->count;

	while (urls.data) {
		struct bytes url = bytes_split(urls, ',', &urls);

		if (!tiers_add(tiers, where, url, tiers->count == before, error))
			return false;
	}
	return true;
}

bool tiers_append(struct tiers *tiers, const struct tiers *others, struct error *error)
{
	uint64_t first = last_tier(tiers) + 1;
	size_t before = tiers->count;

	for (size_t i = 0; i < others->count; i++)
		if (!has(tiers, others->rows[i].url, before) &&
		    !add_row(tiers, others->rows[i].url, first + others->rows[i].tier, error))
			return false;
	return true;
}

struct taking {
	struct tiers *tiers;
	struct error *error;
};

static bool take_link(void *context, const struct metainfo_link *link)
{
	struct taking *taking = context;

	return link->kind == METAINFO_TRACKER && add_row(taking->tiers, link->text, link->tier, taking->error);
}

bool tiers_take(struct tiers *tiers, const struct metainfo *meta, struct error *error)
{
	metainfo_links(meta, take_link, &(struct taking){ tiers, error });
	return error->kind == ERROR_NONE;
}

/* ---- changing and comparing */

/* As fnmatch wants them. */
static bool matches(struct bytes text, const char *pattern, int flags)
{
	struct buf copy = { 0 };
	bool found;

	buf_append(&copy, text.data, text.size);
	found = !fnmatch(pattern, buf_string(&copy), flags);
	buf_free(&copy);
	return found;
}

bool tiers_match(struct bytes url, const char *pattern)
{
	return matches(url, pattern, 0) || matches(host_of(url), pattern, FNM_CASEFOLD);
}

void tiers_remove(struct tiers *tiers, const char *pattern)
{
	size_t left = 0;

	for (size_t i = 0; i < tiers->count; i++)
		if (!tiers_match(tiers->rows[i].url, pattern))
			tiers->rows[left++] = tiers->rows[i];
	tiers->count = left;
}

/* Does a tier begin here? */
static bool begins(const struct tiers *tiers, size_t i)
{
	return !i || tiers->rows[i].tier != tiers->rows[i - 1].tier;
}

bool tiers_equal(const struct tiers *a, const struct tiers *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!bytes_equal(a->rows[i].url, b->rows[i].url) || begins(a, i) != begins(b, i))
			return false;
	return true;
}

void tiers_put(const struct tiers *tiers, struct buf *out)
{
	buf_byte(out, 'l');
	for (size_t i = 0; i < tiers->count; i++) {
		if (begins(tiers, i))
			buf_text(out, i ? "el" : "l");
		bencode_put_string(out, tiers->rows[i].url);
	}
	buf_text(out, tiers->count ? "ee" : "e");
}

void tiers_free(struct tiers *tiers)
{
	free(tiers->rows);
	*tiers = (struct tiers){ 0 };
}
