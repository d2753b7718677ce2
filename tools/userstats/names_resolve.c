/* names_resolve.c - prefixes into whole info hashes, passkeys or names; the parameters of the statement that finds all */
#include <stdio.h>

#include "base/hex.h"
#include "tools/userstats/names_private.h"

/* ---- parameters */

/* The names of one kind, as two arrays. */
struct column {
	size_t count;
	int64_t *numbers;	/* of ids */
	struct bytes *texts;	/* of all other kinds */
	int64_t *places;
};

static struct column column_new(struct names *names, size_t count)
{
	return (struct column){
		.numbers = arena_alloc(&names->columns, count * sizeof(int64_t)),
		.texts = arena_alloc(&names->columns, count * sizeof(struct bytes)),
		.places = arena_alloc(&names->columns, count * sizeof(int64_t)),
	};
}

static struct bytes hash_text(struct names *names, const uint8_t *hash)
{
	char *hex = arena_alloc(&names->columns, 2 * HASH_SIZE);

	hex_print(hex, hash, HASH_SIZE);
	return bytes_at(hex, 2 * HASH_SIZE);
}

static struct bytes in_case(struct names *names, struct bytes text, char first, char last, int change)
{
	uint8_t *copy = arena_alloc(&names->columns, text.size);

	for (size_t i = 0; i < text.size; i++)
		copy[i] = (uint8_t)(text.data[i] >= first && text.data[i] <= last ? text.data[i] + change : text.data[i]);
	return bytes_at(copy, text.size);
}

static void add_text(struct column *column, struct bytes text, int64_t place)
{
	column->texts[column->count] = text;
	column->places[column->count++] = place;
}

/*
 * Lower-case digits of an info hash. A site may keep them in upper case, and an index serves only who asks for what it
 * holds: so it is asked for both.
 */
static void add_hash(struct names *names, struct column *column, struct bytes digits, int64_t place)
{
	struct bytes upper = in_case(names, digits, 'a', 'f', 'A' - 'a');

	add_text(column, digits, place);
	if (!bytes_equal(upper, digits))
		add_text(column, upper, place);
}

static struct column column_of(struct names *names, enum name_kind kind)
{
	struct column column;
	size_t count = 0;

	for (size_t i = 0; i < names->count; i++)
		count += names->names[i].kind == kind;
	column = column_new(names, kind == NAME_HASH ? 2 * count : count);
	for (size_t i = 0; i < names->count; i++) {
		const struct name *name = &names->names[i];

		if (name->kind != kind || (name->text.data && !pg_text_good(name->text)))
			continue;
		if (kind == NAME_HASH) {
			add_hash(names, &column, hash_text(names, name->hash), (int64_t)i);
		} else if (kind == NAME_ID) {
			column.numbers[column.count] = name->id;
			column.places[column.count++] = (int64_t)i;
		} else {
			add_text(&column, name->text, (int64_t)i);
		}
	}
	return column;
}

static struct pg_parameter numbers_of(const int64_t *numbers, size_t count)
{
	return (struct pg_parameter){ .kind = PG_INT8_ARRAY, .count = count, .numbers = numbers };
}

static struct pg_parameter texts_of(const struct bytes *texts, size_t count)
{
	return (struct pg_parameter){ .kind = PG_TEXT_ARRAY, .count = count, .texts = texts };
}

size_t names_parameters(struct names *names, struct pg_parameter parameters[PG_PARAMETERS_MAX])
{
	static const enum name_kind torrents[] = { NAME_ID, NAME_HASH }, users[] = { NAME_ID, NAME_USERNAME, NAME_PASSKEY };
	const enum name_kind *kinds = names->of == NAMES_TORRENTS ? torrents : users;
	size_t kind_count = names->of == NAMES_TORRENTS ? 2 : 3;

	for (size_t i = 0; !names->parameter_count && i < kind_count; i++) {
		struct column column = column_of(names, kinds[i]);

		names->parameters[2 * i] = kinds[i] == NAME_ID ? numbers_of(column.numbers, column.count)
							       : texts_of(column.texts, column.count);
		names->parameters[2 * i + 1] = numbers_of(column.places, column.count);
	}
	names->parameter_count = 2 * kind_count;
	memcpy(parameters, names->parameters, sizeof names->parameters);
	return names->parameter_count;
}

/* ---- prefixes */

/*
 * The index on passkeys is in the order of the database's locale, where what begins with a prefix lies side by side,
 * too, between the prefix and its successor: but for a locale in which "aa" is a letter after z (Danish), so the a's at
 * the end are not part of the bounds. What begins with it exactly the last condition says. Without an index the first
 * one makes it one hash join, however many prefixes.
 */
#define BEGINS(column) \
	"left(" column "::text, 4) = left(p.prefix, 4) AND " column "::text >= p.low AND " column "::text < p.high AND " \
	"left(" column "::text, length(p.prefix)) = p.prefix "
#define PREFIXES "unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) p(prefix, low, high, n) "

/* (n, is it a user's name, value, what to call it) */
static const char torrents_sql[] = "SELECT p.n::bigint, false, lower(t.info_hash::text), min(t.tid)::text FROM " PREFIXES
				   "JOIN @torrents t ON " BEGINS("t.info_hash") "GROUP BY 1, 3 ORDER BY 1, 3";
static const char users_sql[] =
	"SELECT p.n::bigint, false, u.passkey::text, u.username::text FROM " PREFIXES "JOIN @users u ON " BEGINS("u.passkey")
	"UNION ALL SELECT a.n::bigint, true, u.username::text, u.username::text FROM unnest($5::text[], $6::bigint[]) "
	"a(name, n) JOIN @users u ON u.username::text = a.name "
	"ORDER BY 1, 2 DESC, 4";

enum { DIGITS_MORE = 6, LIST_ROOM = 170 };

/* The rows of one prefix, which come one after the other. */
struct fitting {
	struct names *names;
	struct name *name;	/* NULL: none yet */
	size_t count;
	bool username;		/* there is a user of that name */
	struct bytes value;	/* of the first row */
	struct arena memory;
	char list[LIST_ROOM];
	size_t listed;
};

static void tell_several(struct fitting *fitting)
{
	struct error error = { 0 };
	struct names_label label;

	fail_input(&error, ERROR_NOWHERE, "%s fits %zu %s: %s%s", names_label(&label, fitting->names, fitting->name),
		   fitting->count, fitting->names->of == NAMES_TORRENTS ? "torrents" : "users", fitting->list,
		   fitting->count > fitting->listed ? "..." : "");
	run_error(fitting->names->run, &error);
}

/* Was told of, and is left out. */
static void drop(struct name *name)
{
	name->kind = NAME_PREFIX;
	name->text.data = NULL;
}

static void end_prefix(struct fitting *fitting)
{
	struct name *name = fitting->name;

	if (!name)
		return;
	if (fitting->username) {
		name->kind = NAME_USERNAME;
	} else if (fitting->count > 1) {
		tell_several(fitting);
		drop(name);
	} else if (fitting->names->of == NAMES_USERS) {
		name->kind = NAME_PASSKEY;
		name->text = arena_copy(&fitting->names->memory, fitting->value);
	} else if (fitting->value.size == 2 * HASH_SIZE && hex_parse(fitting->value.data, HASH_SIZE, name->hash)) {
		name->kind = NAME_HASH;
		name->text = (struct bytes){ NULL, 0 };
	}
	name->maybe_username = false;
	if (name->kind != NAME_PREFIX && !names_distinct(fitting->names, name))
		drop(name);
}

/* Info hashes are cut after enough digits to tell them apart. */
static void list(struct fitting *fitting, struct bytes value, struct bytes called)
{
	size_t used = strlen(fitting->list), digits = fitting->name->text.size + DIGITS_MORE;
	char *at = fitting->list + used;
	int size;
	struct brief brief, number;

	if (fitting->listed == NAMES_CANDIDATES)
		return;
	if (fitting->names->of == NAMES_TORRENTS)
		size = snprintf(at, LIST_ROOM - used, "%s%s (tid %s)", used ? ", " : "",
				escape_brief(&brief, bytes_at(value.data, value.size < digits ? value.size : digits)),
				escape_brief(&number, called));
	else
		size = snprintf(at, LIST_ROOM - used, "%s%s", used ? ", " : "", escape_brief(&brief, called));
	if (size < 0 || (size_t)size >= LIST_ROOM - used)
		*at = 0;
	else
		fitting->listed++;
}

static void take(void *context, const struct pg_row *row)
{
	struct fitting *fitting = context;
	struct names *names = fitting->names;
	size_t place;
	struct name *name;

	if (!stores_place(row->fields[0], names->count, &place))
		return;	/* none of ours */
	name = &names->names[place];
	if (name != fitting->name) {
		end_prefix(fitting);
		arena_reset(&fitting->memory);
		*fitting = (struct fitting){ .names = names, .name = name, .memory = fitting->memory };
		fitting->username = stores_true(row->fields[1]);
		fitting->value = arena_copy(&fitting->memory, row->fields[2]);
	}
	fitting->count++;
	list(fitting, row->fields[2], row->fields[3]);
}

/* Asks for them. False: there was no (whole) answer. */
static bool ask(struct names *names, struct stores *stores, const struct pg_parameter *parameters)
{
	struct fitting fitting = { .names = names };
	bool good;

	stores_query(stores, names->of == NAMES_TORRENTS ? torrents_sql : users_sql, parameters,
		     names->of == NAMES_TORRENTS ? 4 : 6);
	good = stores_rows(stores, take, &fitting);
	end_prefix(&fitting);
	arena_free(&fitting.memory);
	return good;
}

/* Between which two texts all that begin with it lie: see BEGINS. */
static void bounds(struct names *names, struct bytes prefix, struct bytes *low, struct bytes *high)
{
	uint8_t *successor;

	while (prefix.size && (prefix.data[prefix.size - 1] | 0x20) == 'a')
		prefix.size--;
	*low = prefix;
	*high = bytes_of("\u03c9");	/* after all letters that a hexadecimal digit can be */
	if (!prefix.size)
		return;
	successor = arena_alloc(&names->columns, prefix.size);
	memcpy(successor, prefix.data, prefix.size);
	/* 9 is followed by a in all locales; what comes after f is the next letter */
	successor[prefix.size - 1] = prefix.data[prefix.size - 1] == '9' ? 'a' : (uint8_t)(prefix.data[prefix.size - 1] + 1);
	*high = bytes_at(successor, prefix.size);
}

/* What is left of the prefixes goes, and is told if it was not. */
static void sweep(struct names *names, bool asked)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->count; i++) {
		struct name *name = &names->names[i];
		struct names_label label;
		struct error error = { 0 };

		if (name->kind != NAME_PREFIX) {
			names->names[kept++] = *name;
			continue;
		}
		if (!name->text.data || tool_stopped)
			continue;
		names_label(&label, names, name);
		if (asked)
			fail_input(&error, ERROR_NOWHERE, "%s: the site has no %s that begins so", label.text,
				   names->of == NAMES_TORRENTS ? "info hash" : "user of that name, and no passkey");
		else
			fail_input(&error, ERROR_NOWHERE, "%s is left out: only PostgreSQL could say what begins so",
				   label.text);
		run_error(names->run, &error);
	}
	names->count = kept;
}

void names_resolve(struct names *names, struct stores *stores)
{
	struct column given = column_of(names, NAME_PREFIX), prefixes, usernames;
	struct bytes *low, *high;
	bool asked = false;

	if (!given.count)
		return;
	prefixes = column_new(names, 2 * given.count);
	usernames = column_new(names, given.count);
	for (size_t i = 0; i < given.count; i++) {
		struct bytes digits = in_case(names, given.texts[i], 'A', 'F', 'a' - 'A');

		if (names->names[given.places[i]].maybe_username)
			add_text(&usernames, given.texts[i], given.places[i]);
		if (names->of == NAMES_TORRENTS)
			add_hash(names, &prefixes, digits, given.places[i]);
		else
			add_text(&prefixes, digits, given.places[i]);
	}
	low = arena_alloc(&names->columns, prefixes.count * sizeof *low);
	high = arena_alloc(&names->columns, prefixes.count * sizeof *high);
	for (size_t i = 0; i < prefixes.count; i++)
		bounds(names, prefixes.texts[i], &low[i], &high[i]);
	if (stores_have(stores, STORE_BIT(STORE_PG))) {
		struct pg_parameter parameters[] = {
			texts_of(prefixes.texts, prefixes.count),
			texts_of(low, prefixes.count),
			texts_of(high, prefixes.count),
			numbers_of(prefixes.places, prefixes.count),
			texts_of(usernames.texts, usernames.count),
			numbers_of(usernames.places, usernames.count),
		};

		asked = ask(names, stores, parameters);
	}
	sweep(names, asked);
	names->parameter_count = 0;
	arena_reset(&names->columns);
}
