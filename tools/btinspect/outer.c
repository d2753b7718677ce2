/* outer.c - what stands beside info in a torrent file, as the options of create and edit want it */
#include "tools/btinspect/outer.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/address.h"
#include "base/number.h"
#include "text/escape.h"
#include "text/time.h"
#include "text/url.h"

const char *const outer_names[OUTER_KEYS] = {
	[OUTER_ANNOUNCE] = "announce", [OUTER_ANNOUNCE_LIST] = "announce-list", [OUTER_COMMENT] = "comment",
	[OUTER_COMMENT_UTF8] = "comment.utf-8", [OUTER_CREATED_BY] = "created by",
	[OUTER_CREATED_BY_UTF8] = "created by.utf-8", [OUTER_CREATED] = "creation date", [OUTER_HTTP_SEEDS] = "httpseeds",
	[OUTER_INFO] = "info", [OUTER_NODES] = "nodes", [OUTER_WEB_SEEDS] = "url-list",
};

#define WEB_SEED_SCHEMES "http https ftp"

/* ---- the options, understood */

/* A line of a file that the user gave, without blanks around it; `where` is its place, for messages. */
typedef bool take_line(struct outer *, struct bytes line, const char *where, struct error *);

static bool read_lines(struct outer *outer, struct run *run, const char *name, take_line *take, struct error *error)
{
	struct buf where = { 0 };
	struct input input;
	struct bytes line;
	uint64_t offset;

	if (!input_open(&input, name, run_wait(run), &tool_stopped, error))
		return false;
	while (input_line(&input, &line, &offset, error)) {
		where.size = 0;
		buf_format(&where, "%s: line %" PRIu64, name, input.line);
		if (!take(outer, arena_copy(&run->memory, bytes_trim(line)), buf_string(&where), error))
			break;
	}
	if (error->kind == ERROR_INPUT)
		error->kind = ERROR_USAGE;	/* nothing can be done without it */
	buf_free(&where);
	input_close(&input);
	return error->kind == ERROR_NONE;
}

/* A URL, or the empty line between tiers. */
static bool take_tracker(struct outer *outer, struct bytes line, const char *where, struct error *error)
{
	bool begin = outer->begin_tier;

	outer->begin_tier = !line.size;
	return !line.size || tiers_add(&outer->trackers, where, line, begin, error);
}

static bool open_trackers(struct outer *outer, struct run *run, struct error *error)
{
	const struct btinspect_options *options = outer->options;

	outer->replaces_trackers = options->trackers.count || options->trackers_from;
	for (size_t i = 0; i < options->trackers.count; i++) {
		if (!*options->trackers.words[i])
			outer->trackers.count = 0;
		else if (!tiers_add_all(&outer->trackers, "--tracker", bytes_of(options->trackers.words[i]), error))
			return false;
	}
	outer->begin_tier = true;
	if (options->trackers_from && !read_lines(outer, run, options->trackers_from, take_tracker, error))
		return false;
	for (size_t i = 0; i < options->add_trackers.count; i++)
		if (!tiers_add_all(&outer->added, "--add-tracker", bytes_of(options->add_trackers.words[i]), error))
			return false;
	return true;
}

static bool take_replacement(struct outer *outer, struct bytes line, const char *where, struct error *error)
{
	struct outer_replacement row;

	if (!line.size)
		return true;
	row.old = bytes_split(line, '=', &row.new);
	if (!row.new.data || !row.old.size)
		return fail_usage(error, "%s: not OLD=NEW", where);	/* it may be a secret: it is not in the message */
	buf_append(&outer->replacements, &row, sizeof row);
	return true;
}

static bool open_replacements(struct outer *outer, struct run *run, struct error *error)
{
	const struct option_list *list = &outer->options->replace;

	for (size_t i = 0; i < list->count; i++)
		if (!take_replacement(outer, bytes_of(list->words[i]), "--replace", error))
			return false;
	return !outer->options->replace_from ||
	       read_lines(outer, run, outer->options->replace_from, take_replacement, error);
}

static bool put_web_seed(struct bytes word, struct buf *out, struct error *error)
{
	struct buf masked = { 0 };
	struct brief brief;

	if (url_has_scheme(word, WEB_SEED_SCHEMES)) {
		bencode_put_string(out, word);
		return true;
	}
	url_mask(word, &masked);
	fail_usage(error, "'%s' is no URL of a web seed: http://HOST..., https or ftp, in ASCII without blanks",
		   escape_brief(&brief, buf_bytes(&masked)));
	buf_free(&masked);
	return false;
}

/* HOST:PORT, [IPV6]:PORT: as [host, port], the host without brackets (BEP 5). */
static bool put_node(struct bytes word, struct buf *out, struct error *error)
{
	const uint8_t *colon = word.size ? memrchr(word.data, ':', word.size) : NULL;
	struct bytes host = bytes_at(word.data, colon ? (size_t)(colon - word.data) : 0);
	struct brief brief;
	uint64_t port = 0;
	bool good = host.size && number_parse(bytes_after(word, host.size + 1), UINT16_MAX, &port) && port;

	if (good && host.data[0] == '[') {
		struct ipv6 address;

		host = bytes_after(host, 1);
		host.size -= host.size > 0;
		good = colon[-1] == ']' && ipv6_parse(host, &address);
	} else {
		for (size_t i = 0; i < host.size; i++)
			good = good && host.data[i] > ' ' && host.data[i] <= '~' && !memchr(":/@[]", host.data[i], 5);
	}
	if (!good)
		return fail_usage(error, "'%s' is no HOST:PORT or [IPV6]:PORT", escape_brief(&brief, word));
	buf_byte(out, 'l');
	bencode_put_string(out, host);
	bencode_put_integer(out, (int64_t)port);
	buf_byte(out, 'e');
	return true;
}

static bool open_list(struct outer_list *list, struct run *run, const char *name, const struct option_list *words,
		      bool (*put)(struct bytes word, struct buf *out, struct error *), struct error *error)
{
	struct buf element = { 0 };
	bool good = true;

	list->elements = arena_alloc(&run->memory, words->count * sizeof *list->elements);
	for (size_t i = 0; i < words->count && good; i++) {
		if (!*words->words[i]) {
			list->clear = true;
			list->count = 0;
			continue;
		}
		element.size = 0;
		good = put(bytes_of(words->words[i]), &element, error);
		if (good)
			list->elements[list->count++] = arena_copy(&run->memory, buf_bytes(&element));
		else
			error_prefix(error, "--%s", name);
	}
	buf_free(&element);
	return good;
}

static bool open_created(struct outer *outer, struct error *error)
{
	struct brief brief;
	int64_t us;

	outer->created = outer->options->created;
	if (!outer->created || !*outer->created)
		return true;
	if (!time_parse(bytes_of(outer->created), &us) || us < 0)
		return fail_usage(error, "--created: '%s' is no time since 1970: want 1700000000 or 2023-11-14T22:13:20Z",
				  escape_brief(&brief, bytes_of(outer->created)));
	outer->created_seconds = us / 1000000;
	return true;
}

bool outer_open(struct outer *outer, struct run *run, struct error *error)
{
	const struct btinspect_options *options = run->options;

	*outer = (struct outer){ .options = options, .comment = options->comment, .created_by = options->created_by };
	return open_trackers(outer, run, error) && open_replacements(outer, run, error) &&
	       open_list(&outer->http_seeds, run, "http-seed", &options->http_seeds, put_web_seed, error) &&
	       open_list(&outer->nodes, run, "node", &options->nodes, put_node, error) &&
	       open_list(&outer->web_seeds, run, "web-seed", &options->web_seeds, put_web_seed, error) &&
	       open_created(outer, error);
}

static bool wants_trackers(const struct outer *outer)
{
	return outer->replaces_trackers || outer->added.count || outer->replacements.size ||
	       outer->options->remove_trackers.count;
}

static bool wants_list(const struct outer_list *list)
{
	return list->clear || list->count;
}

bool outer_wants(const struct outer *outer)
{
	return wants_trackers(outer) || wants_list(&outer->http_seeds) || wants_list(&outer->nodes) ||
	       wants_list(&outer->web_seeds) || outer->comment || outer->created_by || outer->created;
}

void outer_close(struct outer *outer)
{
	tiers_free(&outer->trackers);
	tiers_free(&outer->added);
	buf_free(&outer->replacements);
}

bool outer_check_stdout(const struct run *run, struct error *error)
{
	if (output_shaped(&run->common.output))
		return fail_usage(error, "--to=- prints the torrent, so there is no record that options could be for");
	return !isatty(STDOUT_FILENO) || fail_usage(error, "--to=- would print the torrent's bytes to the terminal");
}

/* ---- texts, the date and lists */

/* The first token of a value. */
static struct bencode_token first_token(struct bytes value)
{
	struct bencode_token token = { .kind = BENCODE_END };
	struct error error = { 0 };
	struct bencode reader;

	bencode_begin(&reader, value);
	if (value.data && !bencode_next(&reader, &token, &error))
		token.kind = BENCODE_END;
	return token;
}

/* The text that a value is; data NULL: it is none. */
static struct bytes text_of(struct bytes value)
{
	struct bencode_token token = first_token(value);

	return token.kind == BENCODE_STRING ? token.text : bytes_at(NULL, 0);
}

/* Keeps what the buffer holds, and empties it. */
static struct bytes keep(struct buf *buf, struct arena *arena)
{
	struct bytes copy = arena_copy(arena, buf_bytes(buf));

	buf->size = 0;
	return copy;
}

void outer_set_text(struct bencode_change *change, struct bencode_change *utf8, const char *text, struct arena *arena)
{
	struct bencode_change *keys[] = { change, utf8->was.data ? utf8 : NULL };
	struct buf spelling = { 0 };

	for (size_t i = 0; text && i < sizeof keys / sizeof *keys; i++) {
		if (!keys[i] || (*text && bytes_is(text_of(keys[i]->was), text)))
			continue;
		bencode_put_text(&spelling, text);
		keys[i]->now = *text ? keep(&spelling, arena) : bytes_at(NULL, 0);
	}
	buf_free(&spelling);
}

static void set_created(const struct outer *outer, struct bencode_change *change, struct arena *arena)
{
	struct bencode_token was = first_token(change->was);
	struct buf spelling = { 0 };

	if (!outer->created || (*outer->created && was.kind == BENCODE_INTEGER && was.number == outer->created_seconds))
		return;
	bencode_put_integer(&spelling, outer->created_seconds);
	change->now = *outer->created ? keep(&spelling, arena) : bytes_at(NULL, 0);
	buf_free(&spelling);
}

/* Is that element in the list already? out is "l" and elements. */
static bool has_element(const struct buf *out, struct bytes element)
{
	struct bencode_token token;
	struct error error = { 0 };
	struct bencode reader;
	struct bytes value;

	bencode_begin(&reader, buf_bytes(out));
	bencode_next(&reader, &token, &error);
	while (bencode_element(&reader, &token, &error) && bencode_skip(&reader, &token, &value, &error))
		if (bytes_equal(value, element))
			return true;
	return false;
}

/*
 * The elements as they stand, then the new ones. A text instead of a list (as url-list may be) is its only element,
 * unless it is empty.
 */
static void set_list(const struct outer_list *list, struct bencode_change *change, struct arena *arena)
{
	struct bencode_token was = first_token(change->was);
	struct buf out = { 0 };
	size_t begin;

	if (was.kind == BENCODE_LIST && !list->clear) {
		buf_append(&out, change->was.data, change->was.size - 1);
	} else {
		buf_byte(&out, 'l');
		if (was.kind == BENCODE_STRING && was.text.size && !list->clear)
			buf_append(&out, change->was.data, change->was.size);
	}
	begin = out.size;
	for (size_t i = 0; i < list->count; i++)
		if (!has_element(&out, list->elements[i]))
			buf_append(&out, list->elements[i].data, list->elements[i].size);
	if (out.size > begin || list->clear) {
		buf_byte(&out, 'e');
		change->now = out.size > 2 ? keep(&out, arena) : bytes_at(NULL, 0);
	}
	buf_free(&out);
}

/* ---- trackers */

static const uint8_t *find_text(struct bytes text, struct bytes part)
{
	return text.size ? memmem(text.data, text.size, part.data, part.size) : NULL;
}

/* The URL with all replacements, one after the other. */
static struct bytes replace_parts(const struct outer *outer, struct bytes url, struct arena *arena)
{
	const struct outer_replacement *row = (const struct outer_replacement *)outer->replacements.data;
	struct buf out = { 0 };

	for (size_t i = 0; i < outer->replacements.size / sizeof *row; i++, row++) {
		struct bytes rest = url;
		const uint8_t *found;

		if (!find_text(url, row->old))
			continue;
		while ((found = find_text(rest, row->old))) {
			buf_append(&out, rest.data, (size_t)(found - rest.data));
			buf_append(&out, row->new.data, row->new.size);
			rest = bytes_after(rest, (size_t)(found - rest.data) + row->old.size);
		}
		buf_append(&out, rest.data, rest.size);
		url = keep(&out, arena);
	}
	buf_free(&out);
	return url;
}

static bool replace_in_all(const struct outer *outer, struct tiers *tiers, struct arena *arena, struct error *error)
{
	for (size_t i = 0; i < tiers->count; i++) {
		struct bytes url = replace_parts(outer, tiers->rows[i].url, arena);

		if (!bytes_equal(url, tiers->rows[i].url) && !url_is_tracker(url))
			return fail_input(error, ERROR_NOWHERE, "what --replace makes of tracker %zu is no URL", i + 1);
		tiers->rows[i].url = url;
	}
	return true;
}

/*
 * announce may be none of the trackers of announce-list, and then no client of BEP 12 heeds it. But if what is to be gone
 * is in it, it must not stay.
 */
static bool announce_stays(const struct outer *outer, struct bytes announce, const struct tiers *now, struct arena *arena)
{
	const struct option_list *removed = &outer->options->remove_trackers;

	if (outer->replaces_trackers)
		return now->count && bytes_equal(announce, now->rows[0].url);
	for (size_t i = 0; i < removed->count; i++)
		if (tiers_match(announce, removed->words[i]))
			return false;
	return bytes_equal(announce, replace_parts(outer, announce, arena));
}

static void put_trackers(const struct tiers *now, bool same_tiers, struct bencode_change changes[OUTER_KEYS],
			 struct arena *arena)
{
	struct bencode_change *announce = &changes[OUTER_ANNOUNCE], *list = &changes[OUTER_ANNOUNCE_LIST];
	struct buf spelling = { 0 };

	if (!now->count) {
		announce->now = list->now = bytes_at(NULL, 0);
		return;
	}
	if (!bytes_equal(text_of(announce->was), now->rows[0].url)) {
		bencode_put_string(&spelling, now->rows[0].url);
		announce->now = keep(&spelling, arena);
	}
	if (!same_tiers && (now->count > 1 || list->was.data)) {
		tiers_put(now, &spelling);
		list->now = keep(&spelling, arena);
	}
	buf_free(&spelling);
}

static bool set_trackers(const struct outer *outer, const struct metainfo *meta, struct bencode_change changes[OUTER_KEYS],
			 struct arena *arena, struct error *error)
{
	struct bytes announce = bytes_trim(text_of(changes[OUTER_ANNOUNCE].was));
	struct tiers were = { 0 }, now = { 0 };
	const struct tiers *from = outer->replaces_trackers ? &outer->trackers : &were;
	bool good = tiers_take(&were, meta, error) && tiers_append(&now, from, error), same;

	for (size_t i = 0; good && i < outer->options->remove_trackers.count; i++)
		tiers_remove(&now, outer->options->remove_trackers.words[i]);
	good = good && replace_in_all(outer, &now, arena, error) && tiers_append(&now, &outer->added, error);
	same = good && tiers_equal(&were, &now);
	if (good && !(same && (!announce.data || announce_stays(outer, announce, &now, arena))))
		put_trackers(&now, same, changes, arena);
	tiers_free(&were);
	tiers_free(&now);
	return good;
}

bool outer_change(const struct outer *outer, const struct metainfo *meta, struct bencode_change changes[OUTER_KEYS],
		  struct arena *arena, struct error *error)
{
	for (unsigned i = 0; i < OUTER_KEYS; i++)
		changes[i] = (struct bencode_change){ .key = bytes_of(outer_names[i]) };
	if (!bencode_change_find(meta->file, changes, OUTER_KEYS, error))
		return false;
	outer_set_text(&changes[OUTER_COMMENT], &changes[OUTER_COMMENT_UTF8], outer->comment, arena);
	outer_set_text(&changes[OUTER_CREATED_BY], &changes[OUTER_CREATED_BY_UTF8], outer->created_by, arena);
	set_created(outer, &changes[OUTER_CREATED], arena);
	set_list(&outer->http_seeds, &changes[OUTER_HTTP_SEEDS], arena);
	set_list(&outer->nodes, &changes[OUTER_NODES], arena);
	set_list(&outer->web_seeds, &changes[OUTER_WEB_SEEDS], arena);
	return !wants_trackers(outer) || set_trackers(outer, meta, changes, arena, error);
}
