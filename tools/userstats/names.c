/* names.c - the torrents or users that are asked about: words, files and stdin, in any spelling, each once */
#include "tools/userstats/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/number.h"
#include "base/room.h"
#include "cli/lines.h"
#include "codec/frame.h"
#include "codec/peer.h"
#include "codec/torrent.h"
#include "tools/userstats/names_private.h"

enum { SHOWN_OF_SECRET = 4, SHOWN_OF_PREFIX = 8 };

/* ---- one name */

static bool is_hex(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!memchr("0123456789abcdefABCDEF", text.data[i], 22))
			return false;
	return text.size > 0;
}

static bool parse_id(struct bytes text, int64_t *id)
{
	bool negative = text.size && *text.data == '-';
	uint64_t number;

	if (!number_parse(negative ? bytes_after(text, 1) : text, INT64_MAX, &number))
		return false;
	*id = negative ? -(int64_t)number : (int64_t)number;
	return true;
}

static bool parse_marked_id(struct bytes text, struct name *name, struct error *error)
{
	struct brief brief;

	name->kind = NAME_ID;
	return parse_id(text, &name->id) ||
	       fail_input(error, ERROR_NOWHERE, "'%s' is no number", escape_brief(&brief, text));
}

static bool parse_marked_hash(struct bytes text, struct name *name, struct error *error)
{
	name->kind = NAME_HASH;
	if (!is_hex(text) || text.size < NAMES_PREFIX_MIN || text.size >= 2 * HASH_SIZE)
		return hash_parse(text, name->hash, error);
	name->kind = NAME_PREFIX;
	name->text = text;
	return true;
}

static bool parse_marked_passkey(struct bytes text, struct name *name, struct error *error)
{
	bool part = is_hex(text) && text.size >= NAMES_PREFIX_MIN && text.size < PASSKEY_SIZE;

	name->kind = part ? NAME_PREFIX : NAME_PASSKEY;
	name->text = text;
	return text.size || fail_input(error, ERROR_NOWHERE, "an empty passkey");
}

static bool parse_marked_username(struct bytes text, struct name *name, struct error *error)
{
	name->kind = NAME_USERNAME;
	name->text = text;
	return text.size || fail_input(error, ERROR_NOWHERE, "an empty name");
}

static const struct mark {
	const char *text;
	enum names_of of;
	bool (*parse)(struct bytes text, struct name *, struct error *);
} marks[] = {
	{ "tid:", NAMES_TORRENTS, parse_marked_id }, { "hash:", NAMES_TORRENTS, parse_marked_hash },
	{ "uid:", NAMES_USERS, parse_marked_id }, { "name:", NAMES_USERS, parse_marked_username },
	{ "passkey:", NAMES_USERS, parse_marked_passkey },
};

static const struct mark *find_mark(enum names_of of, struct bytes text)
{
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i].of == of && bytes_begin(text, marks[i].text))
			return &marks[i];
	return NULL;
}

static bool parse_torrent(struct bytes text, struct name *name, struct error *error)
{
	struct error ignored = { 0 };
	struct brief brief;

	name->kind = NAME_HASH;
	if (hash_parse(text, name->hash, &ignored))
		return true;
	if (!is_hex(text) || text.size < NAMES_PREFIX_MIN || text.size >= 2 * HASH_SIZE)
		return fail_input(error, ERROR_NOWHERE,
				  "'%s' names no torrent: want a tid, an info hash (hexadecimal, base32, base64, "
				  "a magnet link) or at least %d of its first digits",
				  escape_brief(&brief, text), NAMES_PREFIX_MIN);
	name->kind = NAME_PREFIX;
	name->text = text;
	return true;
}

static struct bytes lower(struct bytes text, struct arena *memory)
{
	uint8_t *copy = arena_alloc(memory, text.size);

	for (size_t i = 0; i < text.size; i++)
		copy[i] = (uint8_t)(text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] + 'a' - 'A' : text.data[i]);
	return bytes_at(copy, text.size);
}

/* What is in doubt is a name: sites let their users choose those freely. */
static bool parse_user(struct bytes text, struct name *name, struct arena *memory, struct error *error)
{
	if (is_hex(text) && text.size == PASSKEY_SIZE) {
		name->kind = NAME_PASSKEY;
		name->text = lower(text, memory);
		return true;
	}
	if (is_hex(text) && text.size >= NAMES_PREFIX_MIN && text.size < PASSKEY_SIZE) {
		name->kind = NAME_PREFIX;
		name->maybe_username = true;
		name->text = text;
		return true;
	}
	return parse_marked_username(text, name, error);
}

static bool parse_bare(struct names *names, struct bytes text, struct name *name, struct error *error)
{
	const struct mark *mark = find_mark(names->of, text);

	*name = (struct name){ 0 };
	if (mark)
		return mark->parse(bytes_after(text, strlen(mark->text)), name, error);
	name->kind = NAME_ID;
	if (parse_id(text, &name->id)) {
		name->digits = *text.data != '-' && text.size >= NAMES_PREFIX_MIN;
		return true;
	}
	return names->of == NAMES_TORRENTS ? parse_torrent(text, name, error)
					   : parse_user(text, name, &names->memory, error);
}

const char *names_label(struct names_label *label, const struct names *names, const struct name *name)
{
	bool torrents = names->of == NAMES_TORRENTS;
	size_t shown = name->kind == NAME_PASSKEY ? SHOWN_OF_SECRET : SHOWN_OF_PREFIX;
	bool cut = name->kind != NAME_USERNAME && name->text.size > shown && !(torrents && name->kind == NAME_PREFIX);
	struct brief brief;
	char hex[2 * HASH_SIZE];

	escape_brief(&brief, cut ? bytes_at(name->text.data, shown) : name->text);
	switch (name->kind) {
	case NAME_ID:
		snprintf(label->text, sizeof label->text, "%s %" PRId64, torrents ? "tid" : "uid", name->id);
		break;
	case NAME_HASH:
		hex_print(hex, name->hash, HASH_SIZE);
		snprintf(label->text, sizeof label->text, "info hash %.*s", (int)sizeof hex, hex);
		break;
	case NAME_PASSKEY:
		snprintf(label->text, sizeof label->text, "passkey %s%s", brief.text, cut ? "..." : "");
		break;
	default:
		snprintf(label->text, sizeof label->text, "'%s%s'", brief.text, cut ? "..." : "");
	}
	return label->text;
}

/* ---- all of them */

bool names_distinct(struct names *names, const struct name *name)
{
	struct bytes value = name->kind == NAME_ID ? bytes_at(&name->id, sizeof name->id) :
			     name->kind == NAME_HASH ? bytes_at(name->hash, HASH_SIZE) : name->text;
	struct buf key = { 0 };
	bool added = false;

	buf_byte(&key, (uint8_t)(name->kind | name->maybe_username << 4));
	buf_append(&key, value.data, value.size);
	table_add(&names->seen, buf_bytes(&key), &added);
	buf_free(&key);
	return added;
}

static void tell_full(struct names *names)
{
	struct error error = { 0 };

	names->full = true;
	fail_input(&error, ERROR_NOWHERE, "more than %d names: the rest is left out", NAMES_MAX);
	run_error(names->run, &error);
}

static void add(struct names *names, const struct name *name)
{
	if (!names_distinct(names, name))
		return;
	if (names->count == NAMES_MAX) {
		tell_full(names);
		return;
	}
	names->names = room_for(names->names, &names->capacity, names->count + 1, sizeof *names->names);
	names->names[names->count] = *name;
	if (name->text.data)
		names->names[names->count].text = arena_copy(&names->memory, name->text);
	names->count++;
}

/* ---- files and stdin */

/* What a line may name them by; `word` is that of a line that is no record. */
struct naming {
	int64_t tid, uid;
	struct bytes info_hash, info_hash_v2, username, passkey, word;
};

static const struct field naming_fields[] = {
	FIELD(naming, tid, I64, "torrent"),
	FIELD(naming, info_hash, HASH, "torrent", .width = HASH_SIZE),
	FIELD(naming, info_hash_v2, HEX, "torrent", .width = 32),
	FIELD(naming, uid, I64, "user"),
	FIELD(naming, username, TEXT, "user"),
	FIELD(naming, passkey, TEXT, "user"),
	FIELD(naming, word, TEXT, "either"),
};
/* No line has that tag: it is what the message about other lines names. */
static const struct record naming_record = RECORD("activity or who", naming, naming_fields, "a torrent or a user");

/* Of a torrent of version 2 alone the first 20 bytes of its hash stand for it, as BEP 52 says. */
static bool torrent_of_record(const struct naming *naming, struct name *name, struct error *error)
{
	struct bytes hash = naming->info_hash.data ? naming->info_hash : naming->info_hash_v2;

	*name = (struct name){ .kind = NAME_ID, .id = naming->tid };
	if (naming->tid != SIGNED_UNSET)
		return true;
	if (!hash.data)
		return fail_input(error, ERROR_NOWHERE,
				  "neither tid nor info_hash is set, and one of them must name a torrent");
	name->kind = NAME_HASH;
	memcpy(name->hash, hash.data, HASH_SIZE);
	return true;
}

/* The passkey comes last: it may be masked, which cannot be seen. */
static bool user_of_record(const struct naming *naming, struct name *name, struct error *error)
{
	*name = (struct name){ .kind = NAME_ID, .id = naming->uid };
	if (naming->uid != SIGNED_UNSET)
		return true;
	name->kind = naming->username.data ? NAME_USERNAME : NAME_PASSKEY;
	name->text = naming->username.data ? naming->username : naming->passkey;
	return name->text.data ||
	       fail_input(error, ERROR_NOWHERE, "none of uid, username, passkey is set, and one of them must name a user");
}

static bool name_of_line(struct names *names, const struct reading *reading, struct name *name, struct error *error)
{
	const struct naming *naming = reading->value;
	struct bytes word = bytes_trim(naming->word), rest;

	if (naming->word.data && names->of == NAMES_TORRENTS)
		word = bytes_split(word, ' ', &rest);	/* so that a list may say more of each */
	if (naming->word.data)
		return parse_bare(names, word, name, error);
	return names->of == NAMES_TORRENTS ? torrent_of_record(naming, name, error) : user_of_record(naming, name, error);
}

static void read_file(struct names *names, const char *file)
{
	static const struct record *const targets[] = { &naming_record, NULL };
	const struct record *known[7 + NAMES_OWN] = {
		&torrent_record, &infohash_record, &peer_record,     &leecher_record,
		&member_record,	 &frame_record,	   &oldframe_record,
	};
	char *files[] = { (char *)(uintptr_t)file };
	struct reading reading = { 0 };
	struct lines lines;
	struct name name;

	memcpy(known + 7, names_own, sizeof names_own);
	lines_open(&lines, names->run, 1, files, targets, known, false);
	lines.reader.text = record_find(&naming_record, bytes_of("word"));
	while (!names->full && lines_next(&lines, &reading)) {
		const struct naming *naming = reading.value;
		struct error error = { 0 };

		if (naming->word.data && !bytes_trim(naming->word).size)
			continue;	/* a blank line */
		if (name_of_line(names, &reading, &name, &error))
			add(names, &name);
		else
			lines_error(&lines, &error);
	}
	lines_close(&lines);
}

/* ---- words */

/* Hides a passkey that stands among the program's arguments, where everybody on the machine can read it. */
static void scrub(struct names *names, char *word, bool *told)
{
	struct bytes text = bytes_of(word), secret = text;

	if (names->of != NAMES_USERS)
		return;
	if (bytes_begin(text, "passkey:"))
		secret = bytes_after(text, strlen("passkey:"));
	else if (text.size != PASSKEY_SIZE || !is_hex(text))
		return;
	memset(word + (text.size - secret.size), 'x', secret.size);
	if (!*told)
		report_note(&names->run->report,
			    "a passkey among the arguments: all on this machine could see it, and the shell's history "
			    "may have it; a file (-f) or stdin hides it");
	*told = true;
}

/* The words are copied, and none is shown any more, before anything is waited for. */
static struct bytes *copy_words(struct names *names)
{
	struct run *run = names->run;
	struct bytes *words = arena_alloc(&names->memory, (run->word_count + 1) * sizeof *words);
	bool told = false;

	for (size_t i = 0; i < run->word_count; i++) {
		words[i] = bytes_of(arena_string(&names->memory, bytes_of(run->words[i])));
		scrub(names, run->words[i], &told);
	}
	return words;
}

/* `userstats verbb`: the word is neither. */
static bool is_no_verb(struct names *names, struct bytes word)
{
	struct error ignored = { 0 }, error = { 0 };
	struct brief brief;
	struct name name;

	if (names->run->verb_named || bytes_is(word, "-") || parse_bare(names, word, &name, &ignored))
		return false;
	fail_usage(&error, "'%s' is neither a verb nor a torrent (--help lists the verbs)", escape_brief(&brief, word));
	run_error(names->run, &error);
	return true;
}

static bool check_count(struct names *names)
{
	const struct userstats_options *options = names->run->options;
	bool named = names->run->word_count || options->files.count;
	const char *what = names->of == NAMES_TORRENTS ? "torrent" : "user";
	struct error error = { 0 };

	if (named != options->all)
		return true;
	if (named)
		fail_usage(&error, "--all is all of them: no %s can be named beside it", what);
	else
		fail_usage(&error, "no %s is named (or --all, -f FILE, - for stdin)", what);
	run_error(names->run, &error);
	return false;
}

static void add_word(struct names *names, struct bytes word)
{
	struct error error = { 0 };
	struct name name;

	if (bytes_is(word, "-"))
		read_file(names, "-");
	else if (parse_bare(names, word, &name, &error))
		add(names, &name);
	else
		run_error(names->run, &error);
}

bool names_open(struct names *names, struct run *run, enum names_of of)
{
	const struct userstats_options *options = run->options;
	struct bytes *words;

	*names = (struct names){ .run = run, .of = of, .all = options->all };
	words = copy_words(names);
	if (!check_count(names) || (run->word_count && is_no_verb(names, words[0]))) {
		names_close(names);
		return false;
	}
	for (size_t i = 0; i < run->word_count && !names->full; i++)
		add_word(names, words[i]);
	for (size_t i = 0; i < options->files.count && !names->full; i++)
		read_file(names, options->files.words[i]);
	return true;
}

void names_missing(struct names *names)
{
	bool torrents = names->of == NAMES_TORRENTS;

	for (size_t i = 0; i < names->count; i++) {
		struct name *name = &names->names[i];
		struct error error = { 0 };
		struct names_label label;

		if (name->found || name->told)
			continue;
		name->told = true;
		fail_input(&error, ERROR_NOWHERE, "%s: the site has no such %s", names_label(&label, names, name),
			   torrents ? "torrent" : "user");
		if (name->digits)
			error_suffix(&error, torrents ? " (if an info hash begins so, write hash: before it)" :
				     " (if a passkey begins so, write passkey: before it, and if it is a name, name:)");
		run_error(names->run, &error);
	}
}

void names_close(struct names *names)
{
	free(names->names);
	names->names = NULL;
	table_free(&names->seen);
	arena_free(&names->columns);
	arena_free(&names->memory);
}
