/* select.c - which records to print: conditions, sampling, skipping, counting */
#include "text/select.h"

#include <regex.h>
#include <stdio.h>

#include "base/buf.h"
#include "text/escape.h"

enum operator { EQUAL, NOT_EQUAL, LESS_EQUAL, GREATER_EQUAL, LESS, GREATER, MATCHES, OPERATORS };

/* Two-letter ones first, so that the first that fits is the one. */
static const struct { const char *text; enum operator number; } operators[] = {
	{ "!=", NOT_EQUAL }, { "<=", LESS_EQUAL }, { ">=", GREATER_EQUAL },
	{ "=", EQUAL }, { "<", LESS }, { ">", GREATER }, { "~", MATCHES },
};

struct condition {
	const struct field *field;
	enum operator operator;
	bool unset;		/* compared with "-" */
	const void *value;	/* of the field's type */
	regex_t regex;
	struct buf text;	/* the field's text, for the regex */
};

static bool parse_operator(struct bytes *text, enum operator *operator)
{
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		if (bytes_begin(*text, operators[i].text)) {
			*operator = operators[i].number;
			*text = bytes_after(*text, strlen(operators[i].text));
			return true;
		}
	}
	return false;
}

static bool compile(struct condition *condition, struct bytes value, struct arena *memory, struct error *error)
{
	char reason[100];
	int code = regcomp(&condition->regex, arena_string(memory, value), REG_EXTENDED | REG_NOSUB);

	if (!code)
		return true;
	condition->operator = EQUAL;	/* nothing to free */
	regerror(code, &condition->regex, reason, sizeof reason);
	return fail_usage(error, "%s", reason);
}

static bool parse_condition(struct select *select, struct condition *condition, const struct record *record,
			    struct bytes text, struct error *error)
{
	struct bytes rest = bytes_trim(text), name = rest;
	struct brief brief;
	void *value;

	name.size = 0;
	while (name.size < rest.size && !strchr(" =!<>~", rest.data[name.size]))
		name.size++;
	rest = bytes_trim(bytes_after(rest, name.size));
	if (!parse_operator(&rest, &condition->operator))
		return fail_usage(error, "no operator: want FIELD OP VALUE, OP one of = != < > <= >= ~");
	condition->field = record_find(record, name);
	if (!condition->field)
		return fail_usage(error, "'%s' is no column of %s records", escape_brief(&brief, name), record->name);
	rest = bytes_trim(rest);
	if (condition->operator == MATCHES)
		return compile(condition, rest, &select->memory, error);
	condition->unset = bytes_is(rest, "-");
	if (condition->unset) {
		if (condition->operator != EQUAL && condition->operator != NOT_EQUAL)
			return fail_usage(error, "only = and != can be asked of an unset value");
		return true;
	}
	value = arena_alloc(&select->memory, condition->field->type->size);
	condition->value = value;
	if (condition->field->type->parse(rest, value, condition->field, &select->memory, error))
		return true;
	error->kind = ERROR_USAGE;
	return false;
}

/* xorshift64: good enough to choose one of N, and the same in each run. */
static uint64_t random_next(struct select *select)
{
	select->random ^= select->random << 13;
	select->random ^= select->random >> 7;
	select->random ^= select->random << 17;
	return select->random;
}

bool select_init(struct select *select, const struct record *record, const char *const *conditions,
		 size_t condition_count, uint64_t sample, uint64_t skip, uint64_t count, struct error *error)
{
	*select = (struct select){ .sample = sample ? sample : 1, .skip = skip, .count = count,
				   .random = 0x9e3779b97f4a7c15 };
	select->conditions = arena_alloc(&select->memory, (condition_count + 1) * sizeof *select->conditions);
	for (size_t i = 0; i < condition_count; i++) {
		struct condition *condition = &select->conditions[i];

		memset(condition, 0, sizeof *condition);
		if (!parse_condition(select, condition, record, bytes_of(conditions[i]), error)) {
			error_prefix(error, "-m '%s'", conditions[i]);
			select_free(select);
			return false;
		}
		select->condition_count++;
	}
	return true;
}

void select_free(struct select *select)
{
	for (size_t i = 0; i < select->condition_count; i++) {
		if (select->conditions[i].operator == MATCHES)
			regfree(&select->conditions[i].regex);
		buf_free(&select->conditions[i].text);
	}
	select->condition_count = 0;
	arena_free(&select->memory);
}

static bool matches(struct condition *condition, const void *value)
{
	const struct field_type *type = condition->field->type;
	const struct bytes *view = value;
	char *at, *end;

	condition->text.size = 0;
	at = (char *)buf_reserve(&condition->text, type->room + (type->growth ? type->growth * view->size : 0) + 1);
	end = type->print(at, value, condition->field);
	if (!end)
		return false;
	*end = 0;
	return regexec(&condition->regex, at, 0, NULL, 0) == 0;
}

static bool holds(struct condition *condition, const void *record)
{
	const void *value = field_value(condition->field, record);
	bool unset = field_unset(condition->field, record);
	int order;

	if (condition->operator == MATCHES)
		return matches(condition, value);
	if (unset || condition->unset)
		return condition->operator == NOT_EQUAL ? unset != condition->unset
							: condition->operator == EQUAL && unset == condition->unset;
	order = condition->field->type->compare(value, condition->value);
	switch (condition->operator) {
	case EQUAL: return order == 0;
	case NOT_EQUAL: return order != 0;
	case LESS: return order < 0;
	case GREATER: return order > 0;
	case LESS_EQUAL: return order <= 0;
	default: return order >= 0;
	}
}

bool select_all(const struct select *select)
{
	return !select->condition_count && select->sample == 1 && !select->skip && select->count == UINT64_MAX;
}

enum select_result select_record(struct select *select, const void *record)
{
	if (select->passed == select->count)
		return SELECT_END;
	for (size_t i = 0; i < select->condition_count; i++)
		if (!holds(&select->conditions[i], record))
			return SELECT_DROP;
	if (select->sample > 1) {
		uint64_t place = select->seen++ % select->sample;

		if (place == 0)
			select->pick = random_next(select) % select->sample;
		if (place != select->pick)
			return SELECT_DROP;
	}
	if (select->skipped < select->skip) {
		select->skipped++;
		return SELECT_DROP;
	}
	select->passed++;
	return SELECT_PASS;
}
