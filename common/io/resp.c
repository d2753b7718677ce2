/* resp.c - Redis replies (RESP2) parsed in place into flat items, however few bytes come at a time */
#include "io/resp.h"

#include <stdlib.h>

#include "base/buf.h"

/*
 * A reply is a tree, but its items in the order of the wire need no stack: it is
 * whole when every announced item has been seen. So nesting costs nothing here
 * and cannot be too deep.
 *
 * The reader of hiredis was measured first, with reply functions that make no
 * objects: it takes two to three times the CPU of this one on ZRANGE replies (it
 * copies what it is fed, then moves the rest of it down for each reply), takes
 * ":12abc" for a number, and must be fed a string that is too long to the end
 * before that can be seen.
 */

void resp_begin(struct resp *resp)
{
	resp->count = 0;
	resp->used = 0;
	resp->pending = 1;
}

void resp_free(struct resp *resp)
{
	free(resp->items);
	*resp = (struct resp){ 0 };
}

void resp_move(struct resp *resp, const uint8_t *from, const uint8_t *to)
{
	if (from == to)
		return;
	for (size_t i = 0; i < resp->count; i++)
		if (resp->items[i].text.data)
			resp->items[i].text.data = to + (resp->items[i].text.data - from);
}

/* Grows with what has come, not with what was announced: a lie costs its teller as many bytes as us. */
static struct redis_item *add_item(struct resp *resp)
{
	if (resp->count == resp->capacity) {
		resp->capacity = resp->capacity ? resp->capacity * 2 : 64;
		resp->items = reallocarray(resp->items, resp->capacity, sizeof *resp->items);
		if (!resp->items)
			out_of_memory();
	}
	return &resp->items[resp->count++];
}

static enum resp_state bad(struct error *error, const char *what)
{
	fail_system(error, "protocol error: %s", what);
	return RESP_BAD;
}

/* The number and the CR LF at *at, and *at behind them. */
static enum resp_state parse_number(const uint8_t **at, const uint8_t *end, int64_t *number, struct error *error)
{
	const uint8_t *first = *at, *digit;
	bool negative = first < end && *first == '-';
	uint64_t value = 0;

	first += negative;
	for (digit = first; digit < end && *digit >= '0' && *digit <= '9'; digit++) {
		if (digit - first == 19)	/* so value cannot overflow 64 bits; 63 are looked at below */
			return bad(error, "a number of more than 63 bits");
		value = value * 10 + (*digit - '0');
	}
	if (digit < end && (digit == first || *digit != '\r'))
		return bad(error, "something else where a number should be");
	if (end - digit < 2)
		return RESP_MORE;
	if (digit[1] != '\n')
		return bad(error, "no CR LF after a number");
	if (value > (uint64_t)INT64_MAX + negative)
		return bad(error, "a number of more than 63 bits");
	*number = negative ? (int64_t)-value : (int64_t)value;
	*at = digit + 2;
	return RESP_WHOLE;
}

/* The rest of the line at *at, and *at behind its CR LF. */
static enum resp_state parse_line(const uint8_t **at, const uint8_t *end, struct bytes *text, struct error *error)
{
	size_t left = (size_t)(end - *at);
	const uint8_t *cr = memchr(*at, '\r', left < RESP_LINE_MAX ? left : RESP_LINE_MAX);

	if (!cr && left >= RESP_LINE_MAX)
		return bad(error, "a status or an error of more than 64 KiB");
	if (!cr || end - cr < 2)
		return RESP_MORE;
	if (cr[1] != '\n')
		return bad(error, "a CR without LF in a status or an error");
	*text = bytes_at(*at, (size_t)(cr - *at));
	*at = cr + 2;
	return RESP_WHOLE;
}

/* What follows the size of a string. */
static enum resp_state parse_string(const struct resp *resp, const uint8_t **at, const uint8_t *end, int64_t size,
				    struct redis_item *item, struct error *error)
{
	if (size == -1) {
		item->kind = REDIS_NIL;
		return RESP_WHOLE;
	}
	if (size < 0)
		return bad(error, "a string of negative size");
	if (size > (int64_t)(REDIS_REPLY_MAX - resp->used)) {
		fail_system(error, "a reply of more than %d MiB (a string of %jd bytes in it)",
			    REDIS_REPLY_MAX >> 20, (intmax_t)size);
		return RESP_BAD;
	}
	if (end - *at < size + 2)
		return RESP_MORE;
	item->text = bytes_at(*at, (size_t)size);
	*at += size;
	if ((*at)[0] != '\r' || (*at)[1] != '\n')
		return bad(error, "no CR LF after a string");
	*at += 2;
	return RESP_WHOLE;
}

static enum resp_state parse_array(struct resp *resp, int64_t count, struct redis_item *item, struct error *error)
{
	item->kind = count == -1 ? REDIS_NIL : REDIS_ARRAY;
	if (count == -1)
		return RESP_WHOLE;
	if (count < 0)
		return bad(error, "an array of negative size");
	/* this one is counted in pending */
	if (count > (int64_t)(REDIS_REPLY_ITEMS_MAX - resp->count - resp->pending)) {
		fail_system(error, "a reply of more than %d elements (an array of %jd in it)",
			    REDIS_REPLY_ITEMS_MAX, (intmax_t)count);
		return RESP_BAD;
	}
	item->integer = count;
	resp->pending += (uint64_t)count;
	return RESP_WHOLE;
}

static enum resp_state unknown_type(uint8_t byte, struct error *error)
{
	if (byte > ' ' && byte < 0x7f)
		fail_system(error, "protocol error: '%c' where a reply should begin (is this a Redis server?)", byte);
	else
		fail_system(error, "protocol error: byte 0x%02x where a reply should begin (is this a Redis server?)", byte);
	return RESP_BAD;
}

/* One item at *at, which moves behind it; of an array, its head. */
static enum resp_state parse_item(struct resp *resp, const uint8_t **at, const uint8_t *end, struct redis_item *item,
				  struct error *error)
{
	uint8_t type = *(*at)++;
	enum resp_state state;
	int64_t number;

	item->text = bytes_at(NULL, 0);
	item->integer = 0;
	if (type == '+' || type == '-') {
		item->kind = type == '+' ? REDIS_STATUS : REDIS_ERROR;
		return parse_line(at, end, &item->text, error);
	}
	if (type != '$' && type != '*' && type != ':')
		return unknown_type(type, error);
	state = parse_number(at, end, &number, error);
	if (state != RESP_WHOLE)
		return state;
	if (type == '*')
		return parse_array(resp, number, item, error);
	if (type == '$') {
		item->kind = REDIS_STRING;
		return parse_string(resp, at, end, number, item, error);
	}
	item->kind = REDIS_INTEGER;
	item->integer = number;
	return RESP_WHOLE;
}

enum resp_state resp_parse(struct resp *resp, struct bytes bytes, struct error *error)
{
	const uint8_t *at = bytes.data + resp->used, *end = bytes.data + bytes.size;
	enum resp_state state;

	while (resp->pending) {
		if (at == end)
			return RESP_MORE;
		state = parse_item(resp, &at, end, add_item(resp), error);
		if (state != RESP_WHOLE) {
			resp->count--;	/* it is parsed again, from its first byte, when there is more */
			return state;
		}
		resp->pending--;
		resp->used = (size_t)(at - bytes.data);
		if (resp->used > REDIS_REPLY_MAX) {
			fail_system(error, "a reply of more than %d MiB", REDIS_REPLY_MAX >> 20);
			return RESP_BAD;
		}
	}
	return RESP_WHOLE;
}
