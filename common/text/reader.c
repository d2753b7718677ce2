/* reader.c - lines back into records: tagged, under a header, JSON, NAME=VALUE words, bare info hashes, all in one stream */
#include "text/reader.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/hex.h"
#include "text/escape.h"
#include "text/json.h"

static const struct bytes type_name = { (const uint8_t *)"type", 4 };

/* Leads a column to the target's field of that name, if there is one. */
static void map_column(struct reader_column *column, const struct record *target, struct bytes name)
{
	const struct field *field = record_find(target, name);

	*column = (struct reader_column){ NULL, NULL, 0, 0 };
	if (field)
		*column = (struct reader_column){ field->type->parse, field, field->offset,
						  1ull << (field - target->fields) };
}

static void map_fields(struct reader_map *map, const struct record *source, const struct record *target)
{
	map->source = source;
	map->target = target;
	map->tag = bytes_of(source->name);
	map->count = source->count + 1;
	map->columns[0].parse = NULL;
	for (size_t i = 0; i < source->count; i++)
		map_column(&map->columns[i + 1], target, bytes_of(source->fields[i].name));
}

void reader_init(struct reader *reader, const struct record *const *targets, const struct record *const *known,
		 const char *unset)
{
	static const struct record *const none[] = { NULL };
	size_t target_count = 0, known_count = 0;

	memset(reader, 0, sizeof *reader);
	known = known ? known : none;
	while (targets[target_count])
		target_count++;
	while (known[known_count])
		known_count++;
	reader->unset = bytes_of(unset ? unset : "-");
	reader->target_count = target_count;
	reader->map_count = target_count + known_count;
	reader->targets = arena_alloc(&reader->memory, target_count * sizeof *reader->targets);
	reader->maps = arena_alloc(&reader->memory, (reader->map_count + 1) * sizeof *reader->maps);
	for (size_t i = 0; i < target_count; i++) {
		struct reader_target *target = &reader->targets[i];

		target->record = targets[i];
		target->blank = arena_alloc(&reader->memory, targets[i]->size);
		target->value = arena_alloc(&reader->memory, targets[i]->size);
		record_clear(targets[i], target->blank);
		map_fields(&reader->maps[i], targets[i], targets[i]);
	}
	for (size_t i = 0; i < known_count; i++)
		map_fields(&reader->maps[target_count + i], known[i], targets[0]);
	reader_restart(reader);
}

void reader_free(struct reader *reader)
{
	arena_free(&reader->memory);
	arena_free(&reader->header_memory);
	arena_free(&reader->line_memory);
}

void reader_restart(struct reader *reader)
{
	reader->header = NULL;
	reader->header_bound = false;
	reader->last = &reader->maps[0];
}

/* The map of the type with that tag, or NULL. */
static const struct reader_map *map_find(const struct reader *reader, struct bytes tag)
{
	if (reader->last->source && bytes_equal(tag, reader->last->tag))
		return reader->last;
	for (size_t i = 0; i < reader->map_count; i++)
		if (bytes_equal(tag, reader->maps[i].tag))
			return &reader->maps[i];
	return NULL;
}

/* The TABs among the 16 bytes at `at`, a bit for each. */
#ifdef __SSE2__
static unsigned tabs_16(const uint8_t *at)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)at), _mm_set1_epi8('\t')));
}
#else
static unsigned tabs_16(const uint8_t *at)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < 16; i++)
		mask |= (unsigned)(at[i] == '\t') << i;
	return mask;
}
#endif

/* A line split at its TABs: cell i begins at starts[i] and ends one before starts[i + 1]. */
struct cells {
	const uint8_t *line;
	size_t count;
	uint32_t starts[READER_COLUMNS_MAX + 1];	/* input bounds a line well below 4 GiB */
};

static inline struct bytes cell_at(const struct cells *cells, size_t i)
{
	return bytes_at(cells->line + cells->starts[i], cells->starts[i + 1] - cells->starts[i] - 1);
}

/* Notes where the cells after the TABs of a mask begin; `at` is the place of its lowest bit. */
static inline uint32_t *note_tabs(uint32_t *start, const uint32_t *last, unsigned mask, size_t at)
{
	for (; mask && start < last; mask &= mask - 1)
		*++start = (uint32_t)at + (unsigned)__builtin_ctz(mask) + 1;
	return start;
}

/* At most READER_COLUMNS_MAX cells; the rest is left out. */
static void split(struct bytes line, struct cells *cells)
{
	uint32_t *start = cells->starts, *last = start + READER_COLUMNS_MAX;
	uint8_t short_line[16] = { 0 };
	size_t at = 0;

	cells->line = line.data;
	*start = 0;
	for (; at + 16 <= line.size; at += 16)
		start = note_tabs(start, last, tabs_16(line.data + at), at);
	if (at < line.size && line.size >= 16) {
		/* the last sixteen once more, without those that were seen */
		start = note_tabs(start, last, tabs_16(line.data + line.size - 16) >> (at + 16 - line.size), at);
	} else if (at < line.size) {
		memcpy(short_line, line.data, line.size);
		start = note_tabs(start, last, tabs_16(short_line), at);
	}
	if (start < last)
		*++start = (uint32_t)line.size + 1;
	cells->count = (size_t)(start - cells->starts);
}

/* Gets the target's struct ready for a new record. */
static void *target_begin(const struct reader *reader, const struct record *record)
{
	for (size_t i = 0; i < reader->target_count; i++)
		if (reader->targets[i].record == record)
			return memcpy(reader->targets[i].value, reader->targets[i].blank, record->size);
	return NULL;	/* maps lead to targets only */
}

static bool parse_cell(struct reader *reader, const struct field *field, struct bytes cell, struct reading *reading,
		       struct error *error)
{
	void *value = (char *)reading->value + field->offset;

	if (!field->type->parse(cell, value, field, &reader->line_memory, error)) {
		error_prefix(error, "%s", field->name);
		return false;
	}
	reading->present |= 1ull << (field - reading->record->fields);
	return true;
}

/* Spares most cells the call of memcmp. */
static inline bool is_unset(struct bytes cell, struct bytes unset)
{
	return cell.size == unset.size &&
	       (!cell.size || (*cell.data == *unset.data && (cell.size == 1 || bytes_equal(cell, unset))));
}

static enum reader_result read_cells(struct reader *reader, const struct reader_map *map,
				     const struct cells *cells, struct reading *reading, struct error *error)
{
	size_t count = cells->count < map->count ? cells->count : map->count;
	char *value = target_begin(reader, map->target);
	struct bytes unset = reader->unset;
	uint64_t present = 0;

	*reading = (struct reading){ map->target, map->source, value, 0 };
	if (map != reader->header)
		reader->last = map;	/* the header's map changes with the next header */
	for (size_t i = 0; i < count; i++) {
		const struct reader_column *column = &map->columns[i];
		struct bytes cell = cell_at(cells, i);

		if (!column->parse || is_unset(cell, unset))
			continue;
		if (!column->parse(cell, value + column->offset, column->field, &reader->line_memory, error)) {
			error_prefix(error, "%s", column->field->name);
			error->offset = cells->starts[i];
			return READER_BAD;
		}
		present |= column->bit;
	}
	reading->present = present;
	return READER_RECORD;
}

/* A header names `type` or a column of some type we know; anything else after '#' is a comment. */
static bool is_header(const struct reader *reader, const struct cells *names)
{
	bool known = false;

	for (size_t i = 0; i < names->count; i++) {
		struct bytes name = cell_at(names, i);

		if (!name.size)
			return false;
		for (size_t j = 0; j < name.size; j++)
			if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", name.data[j]) || !name.data[j])
				return false;
		known = known || bytes_equal(name, type_name);
		for (size_t j = 0; j < reader->map_count && !known; j++)
			known = record_find(reader->maps[j].source, name) != NULL;
	}
	return known;
}

static void read_header(struct reader *reader, struct bytes line)
{
	struct cells names;

	split(line, &names);
	if (!is_header(reader, &names))
		return;
	reader->header = &reader->maps[reader->map_count];
	reader->header->count = names.count;
	reader->header_bound = false;
	reader->header_tag = READER_COLUMNS_MAX;
	for (size_t i = 0; i < names.count; i++)
		if (bytes_equal(cell_at(&names, i), type_name))
			reader->header_tag = i;
	arena_reset(&reader->header_memory);
	reader->header_names = arena_copy(&reader->header_memory, line);
}

/* The first line under a header tells which type it is the header of. source NULL: lines without a tag. */
static void bind_header(struct reader *reader, const struct record *source, const struct record *target)
{
	struct cells names;

	split(reader->header_names, &names);
	reader->header->source = source;
	reader->header->target = target;
	reader->header->tag = bytes_of(source ? source->name : NULL);
	for (size_t i = 0; i < names.count; i++)
		map_column(&reader->header->columns[i], target, cell_at(&names, i));
	reader->header_bound = true;
}

/*
 * Which columns does this line have? Those of the header in force if the line is of the header's type,
 * else those of its own tag: so a file with a header may be followed by lines of
 * other types without one. A line of the header's type with all columns of its type, where the header has
 * another number of them, comes from such a file, too.
 */
static const struct reader_map *map_line(struct reader *reader, const struct cells *cells)
{
	const struct reader_map *tagged;

	if (!reader->header)
		return map_find(reader, cell_at(cells, 0));
	if (reader->header_tag == READER_COLUMNS_MAX) {
		tagged = cells->count != reader->header->count ? map_find(reader, cell_at(cells, 0)) : NULL;
		if (tagged)
			return tagged;
		if (!reader->header_bound)
			bind_header(reader, NULL, reader->targets[0].record);
		return reader->header;
	}
	tagged = map_find(reader, cell_at(cells, 0));
	if (tagged && cells->count == tagged->count && cells->count != reader->header->count)
		return tagged;
	if (reader->header_tag < cells->count) {
		struct bytes tag = cell_at(cells, reader->header_tag);

		tagged = map_find(reader, tag);
		if (!reader->header_bound && tagged)
			bind_header(reader, tagged->source, tagged->target);
		if (reader->header_bound && bytes_equal(tag, reader->header->tag))
			return reader->header;
	}
	return map_find(reader, cell_at(cells, 0));
}

static enum reader_result read_bare(struct reader *reader, struct bytes line, struct reading *reading, struct error *error)
{
	const struct record *target = reader->targets[0].record;
	const struct field *field = record_find(target, bytes_of("info_hash"));
	size_t size = 0;

	while (size < line.size && line.data[size] != ' ' && line.data[size] != '\t')
		size++;
	reading->record = target;
	reading->source = NULL;
	reading->value = target_begin(reader, target);
	reading->present = 0;
	return parse_cell(reader, field, bytes_at(line.data, size), reading, error) ? READER_RECORD : READER_BAD;
}

/* A line that is a text: but under a header of one column that column's lines are meant. */
static bool is_text(const struct reader *reader, struct bytes line, const struct cells *cells)
{
	return reader->text && cells->count == 1 && !(reader->header && reader->header->count == 1) &&
	       !memchr(line.data, 0, line.size);
}

static enum reader_result read_text(struct reader *reader, struct bytes line, struct reading *reading)
{
	const struct record *target = reader->targets[0].record;

	*reading = (struct reading){ target, NULL, target_begin(reader, target), 1ull << (reader->text - target->fields) };
	*(struct bytes *)((char *)reading->value + reader->text->offset) = line;
	return READER_RECORD;
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* Does the line begin with NAME=? */
static bool is_words(struct bytes line)
{
	size_t size = 0;

	while (size < line.size &&
	       ((line.data[size] >= 'a' && line.data[size] <= 'z') || (size && memchr("0123456789_", line.data[size], 11))))
		size++;
	return size && size < line.size && line.data[size] == '=';
}

/* One NAME=VALUE: the value is written as in a cell. */
static bool read_word(struct reader *reader, struct bytes word, struct reading *reading, struct error *error)
{
	struct bytes value, name = bytes_split(word, '=', &value);
	const struct field *field = record_find(reading->record, name);
	struct brief brief;

	if (!value.data)
		return fail_input(error, ERROR_NOWHERE, "'%s' is not NAME=VALUE", escape_brief(&brief, word));
	if (!field)
		return fail_input(error, ERROR_NOWHERE, "'%s' is no column of %s records", escape_brief(&brief, name),
				  reading->record->name);
	return is_unset(value, reader->unset) || parse_cell(reader, field, value, reading, error);
}

static enum reader_result read_words(struct reader *reader, struct bytes line, struct reading *reading, struct error *error)
{
	const struct record *target = reader->targets[0].record;
	size_t at = 0, end;

	*reading = (struct reading){ target, NULL, target_begin(reader, target), 0 };
	for (;; at = end) {
		while (at < line.size && is_blank(line.data[at]))
			at++;
		for (end = at; end < line.size && !is_blank(line.data[end]); end++)
			;
		if (at == end)
			return READER_RECORD;
		if (!read_word(reader, bytes_at(line.data + at, end - at), reading, error)) {
			error->offset = at;
			return READER_BAD;
		}
	}
}

static enum reader_result read_line(struct reader *reader, struct bytes line, struct reading *reading, struct error *error)
{
	const struct reader_map *map;
	struct cells cells;
	struct brief brief;

	split(line, &cells);
	if (is_text(reader, line, &cells))
		return read_text(reader, line, reading);
	map = map_line(reader, &cells);
	if (map)
		return read_cells(reader, map, &cells, reading, error);
	if (reader->words && is_words(line))
		return read_words(reader, line, reading, error);
	if (memchr(line.data, 0, line.size))
		fail_input(error, 0, "holds NUL bytes: binary data where record lines were expected");
	else if (reader->bare)
		return read_bare(reader, line, reading, error);
	else
		fail_input(error, 0, "'%s' is no record type that is read here (such as %s)",
			   escape_brief(&brief, cell_at(&cells, 0)), reader->targets[0].record->name);
	return READER_BAD;
}

/* Sets one field from a JSON value. */
static bool read_pair(struct reader *reader, const struct field *field, const struct json_pair *pair,
		      struct reading *reading, struct error *error)
{
	if (pair->kind == JSON_WORD && bytes_is(pair->value, "null"))
		return true;
	if (field->type->text && pair->kind == JSON_STRING) {
		/* a JSON string is the text itself: its backslashes are no escapes of ours */
		*(struct bytes *)((char *)reading->value + field->offset) =
			pair->value.data ? pair->value : bytes_of("");
		reading->present |= 1ull << (field - reading->record->fields);
		return true;
	}
	return parse_cell(reader, field, pair->value, reading, error);
}

/* NAME_hex holds all the bytes of a text whose NAME could not. */
static bool read_hex_pair(struct reader *reader, const struct json_pair *pair, struct reading *reading, struct error *error)
{
	struct bytes name = { pair->key.data, pair->key.size - 4 };
	const struct field *field = record_find(reading->record, name);
	struct field hex;

	if (!field || !field->type->text || pair->kind != JSON_STRING)
		return true;
	hex = *field;
	hex.type = &field_types[FIELD_HEX];
	if (!hex.type->parse(pair->value, (char *)reading->value + field->offset, &hex, &reader->line_memory, error)) {
		error_prefix(error, "%s_hex", field->name);
		return false;
	}
	reading->present |= 1ull << (field - reading->record->fields);
	return true;
}

static bool is_hex_key(struct bytes key)
{
	return key.size > 4 && memcmp(key.data + key.size - 4, "_hex", 4) == 0;
}

static enum reader_result read_json(struct reader *reader, struct bytes line, struct reading *reading, struct error *error)
{
	struct json_pair pairs[READER_COLUMNS_MAX];
	const struct reader_map *map = NULL;
	const struct field *field, *guess;
	size_t count;

	if (!json_object(line, &reader->line_memory, pairs, READER_COLUMNS_MAX, &count, error))
		return READER_BAD;
	for (size_t i = 0; i < count && !map; i++)
		if (bytes_equal(pairs[i].key, type_name))
			map = map_find(reader, pairs[i].value);
	/* an object names its columns itself, so that one of an unknown type can be read as well */
	reading->record = map ? map->target : reader->targets[0].record;
	reading->source = map ? map->source : NULL;
	reading->value = target_begin(reader, reading->record);
	reading->present = 0;
	guess = reading->record->fields;
	for (size_t i = 0; i < count; i++) {
		/* keys mostly stand in the order of the table: try that one before searching */
		bool next = guess < reading->record->fields + reading->record->count && bytes_is(pairs[i].key, guess->name);

		field = next ? guess : record_find(reading->record, pairs[i].key);
		if (field)
			guess = field + 1;
		if (field && !read_pair(reader, field, &pairs[i], reading, error))
			return READER_BAD;
	}
	for (size_t i = 0; i < count; i++)
		if (is_hex_key(pairs[i].key) && !read_hex_pair(reader, &pairs[i], reading, error))
			return READER_BAD;
	return READER_RECORD;
}

enum reader_result reader_line(struct reader *reader, struct bytes line, struct reading *reading, struct error *error)
{
	enum reader_result result;

	arena_reset(&reader->line_memory);
	/* under a header with one column an empty line is an empty text */
	if (!line.size && !(reader->header && reader->header->count == 1))
		return READER_NOTHING;
	if (line.size && *line.data == '#') {
		read_header(reader, bytes_after(line, 1));
		return READER_NOTHING;
	}
	result = line.size && *line.data == '{' ? read_json(reader, line, reading, error)
						: read_line(reader, line, reading, error);
	if (result == READER_BAD && error->offset == ERROR_NOWHERE)
		error->offset = 0;
	return result;
}

uint64_t reading_bit(const struct record *record, const char *name)
{
	const struct field *field = record_find(record, bytes_of(name));

	return field ? 1ull << (field - record->fields) : 0;
}
