/* tiers.c - the trackers of a torrent by tier (BEP 12): from options, from torrent files, changed, and written */
#include "tools/btinspect/tiers.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "text/escape.h"
#include "text/url.h"
#include "text/url_parts.h"

/* ---- URLs */

bool url_has_scheme(struct bytes text, const char *schemes)
{
	struct url url;

	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] > '~')
			return false;
	return url_split(text, &url) && url_scheme_is(&url, schemes) && url.authority.size;
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
	fail_usage(error, "%s: '%s' is no URL of a tracker: http://HOST..., https, udp, ws or wss, in ASCII without blanks",
		   where, escape_brief(&brief, buf_bytes(&masked)));
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
	struct url parts;

	url_split(url, &parts);
	return matches(url, pattern, 0) || matches(parts.host, pattern, FNM_CASEFOLD);
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
