/* krpc_line.c - a packet of the DHT as a record, and the record as a packet again */
#include "tools/dhtping/krpc_line.h"

#include "codec/bencode.h"
#include "text/escape.h"

/* ---- words of the column flags */

/* What a packet says of itself: a member each, in the order of the column. */
static const struct said {
	const char *word, *key;
	size_t offset;
	bool body;
} said[] = {
	{ "ro", "ro", offsetof(struct krpc_message, read_only), false },
	{ "implied_port", "implied_port", offsetof(struct krpc_message, implied_port), true },
	{ "seed", "seed", offsetof(struct krpc_message, seed), true },
	{ "noseed", "noseed", offsetof(struct krpc_message, noseed), true },
	{ "scrape", "scrape", offsetof(struct krpc_message, scrape), true },
};
static const char *const want_words[] = { "n4", "n6" };	/* bits of enum krpc_want */
enum { SAID = sizeof said / sizeof *said, WANTS = 2 };

/* What a packet must have and may lack: words behind those of krpc_flag_names, which has three of them. */
enum lack { LACKS_Q, LACKS_TARGET, LACKS_TOKEN, LACKS_PORT, LACKS_CODE, LACKS };
static const char *const lack_words[LACKS] = { "no_q", "no_target", "no_token", "no_port", "no_error_code" };

/* How the packet came, and what became of it. */
static const char *const transport_words[] = { "cut", "bad_checksum", "vlan", "broken" };
enum { CUT = 1, BAD_CHECKSUM = 2, TAGGED = 4, BROKEN = 8, TRANSPORTS = 4 };

/* enum krpc_flag: the packet stands in extra as it is. */
enum { VERBATIM = KRPC_CROWDED };

static inline bool *said_member(const struct krpc_message *message, size_t i)
{
	return (bool *)((char *)(uintptr_t)message + said[i].offset);
}

static char *put_word(char *first, char *at, const char *word)
{
	if (at > first)
		*at++ = ',';
	return stpcpy(at, word);
}

static char *put_words(char *first, char *at, unsigned bits, const char *const *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (bits >> i & 1)
			at = put_word(first, at, words[i]);
	return at;
}

static unsigned transport_of(const struct datagram *datagram)
{
	return (datagram->cut ? CUT : 0) | (datagram->bad_checksum ? BAD_CHECKSUM : 0) | (datagram->tagged ? TAGGED : 0);
}

/* Does the column target hold the info hash of such a packet? */
static bool target_is_hash(const struct krpc_message *message)
{
	return message->type == KRPC_QUERY && (message->method == KRPC_GET_PEERS || message->method == KRPC_ANNOUNCE_PEER);
}

/* Which of enum lack: bits. */
static unsigned lacks(const struct krpc_message *message)
{
	static const uint8_t needs[KRPC_METHODS] = {
		[KRPC_FIND_NODE] = 1 << LACKS_TARGET, [KRPC_GET_PEERS] = 1 << LACKS_TARGET,
		[KRPC_ANNOUNCE_PEER] = 1 << LACKS_TARGET | 1 << LACKS_TOKEN | 1 << LACKS_PORT,
		[KRPC_SAMPLE_INFOHASHES] = 1 << LACKS_TARGET, [KRPC_GET] = 1 << LACKS_TARGET, [KRPC_PUT] = 1 << LACKS_TOKEN,
	};
	unsigned need;

	if (message->type != KRPC_QUERY)
		return message->type == KRPC_ERROR && message->error_code == KRPC_NUMBER_UNSET ? 1 << LACKS_CODE : 0;
	if (!message->method_name.data)
		return 1 << LACKS_Q;
	need = needs[message->method];
	if ((target_is_hash(message) ? message->info_hash : message->target).data)
		need &= ~(1u << LACKS_TARGET);
	if (message->token.data)
		need &= ~(1u << LACKS_TOKEN);
	if (message->port != KRPC_NUMBER_UNSET || message->implied_port)
		need &= ~(1u << LACKS_PORT);
	return need;
}

static struct bytes put_flags(const struct packet *packet, const struct krpc_message *message, char *first)
{
	unsigned transport = transport_of(&packet->datagram), lack = lacks(message),
		 any = message->flags | transport | lack | message->want;
	char *at = first;

	for (size_t i = 0; i < SAID; i++)
		any |= *said_member(message, i);
	if (!any)
		return (struct bytes){ NULL, 0 };
	for (size_t i = 0; i < SAID; i++)
		if (*said_member(message, i))
			at = put_word(first, at, said[i].word);
	at = put_words(first, at, message->want, want_words, WANTS);
	at = put_words(first, at, message->flags, krpc_flag_names, KRPC_FLAGS);
	at = put_words(first, at, lack, lack_words, LACKS);
	at = put_words(first, at, transport, transport_words, TRANSPORTS);
	return bytes_at(first, (size_t)(at - first));
}

/* ---- packet to record */

static void clear_line(struct krpc_line *line)
{
	memset(line, 0, sizeof *line);
	line->port = line->nodes = line->nodes6 = line->values = line->samples = line->error_code = COUNT_UNSET;
}

static void take_transport(const struct packet *packet, struct krpc_line *line)
{
	line->time.us = packet->time_us;
	line->src = packet->datagram.from;
	line->dst = packet->datagram.to;
	line->ttl = packet->datagram.from.family ? packet->datagram.ttl : COUNT_UNSET;
	line->size = packet->payload.size;
}

static struct bytes take(struct bytes *member)
{
	struct bytes value = *member;

	*member = (struct bytes){ NULL, 0 };
	return value;
}

static uint64_t take_number(int64_t *member)
{
	int64_t number = *member;

	if (number < 0)
		return COUNT_UNSET;
	*member = KRPC_NUMBER_UNSET;
	return (uint64_t)number;
}

static uint64_t count_entries(struct bytes entries, size_t size)
{
	return entries.data ? entries.size / size : COUNT_UNSET;
}

/* Some nodes send e as a string: the text alone. */
static void take_plain_error(struct krpc_message *message, struct krpc_line *line)
{
	for (size_t i = 0; i < message->other_count; i++) {
		struct krpc_other *other = &message->others[i];
		struct bencode reader;
		struct bencode_token token;
		struct error ignored = { 0 };

		if (other->body || !bytes_is(other->key, "e"))
			continue;
		bencode_begin(&reader, other->value);
		if (!bencode_next(&reader, &token, &ignored) || token.kind != BENCODE_STRING || token.flaws)
			return;
		line->error = token.text;
		*other = message->others[--message->other_count];
		return;
	}
}

static void take_error(struct krpc_message *message, struct krpc_line *line)
{
	if (message->error_code >= 0) {
		line->error_code = take_number(&message->error_code);
		line->error = take(&message->error_text);
	} else if (message->flags & KRPC_BAD_TYPE) {
		take_plain_error(message, line);
	}
}

static void take_top(struct krpc_message *message, struct bytes method, struct krpc_text *text, struct krpc_line *line)
{
	static const char types[] = { [KRPC_QUERY] = 'q', [KRPC_REPLY] = 'r', [KRPC_ERROR] = 'e' };

	line->t = take(&message->t);
	if (message->type != KRPC_NO_TYPE)
		line->y = bytes_at(&types[message->type], 1);
	if (message->type == KRPC_QUERY) {
		line->q = take(&message->method_name);
		message->method = KRPC_UNKNOWN;
	} else {
		line->q = method;
	}
	if (message->v.data && message->v.size <= 16)
		line->client = client_text(text->client, take(&message->v));
	if (message->ip.data) {
		line->external = endpoint_unpack(message->ip);
		message->ip = line->external.family ? (struct bytes){ NULL, 0 } : message->ip;
	}
	if (message->error_code != KRPC_NUMBER_UNSET || message->flags & KRPC_BAD_TYPE)
		take_error(message, line);
}

static void take_body(struct krpc_message *message, struct krpc_line *line)
{
	line->id = take(&message->id);
	line->target = take(target_is_hash(message) ? &message->info_hash : &message->target);
	line->token = take(&message->token);
	line->port = take_number(&message->port);
	line->nodes = count_entries(message->nodes, KRPC_NODE4_SIZE);
	line->nodes6 = count_entries(message->nodes6, KRPC_NODE6_SIZE);
	line->samples = count_entries(message->samples, KRPC_ID_SIZE);
	if (message->values.data)
		line->values = krpc_value_count(message->values);
	for (size_t i = 0; i < SAID; i++)
		*said_member(message, i) = false;
	message->want = 0;
}

/* Does a column say anything of a or r, when there is no id? */
static bool body_told(const struct krpc_message *message)
{
	struct bytes target = target_is_hash(message) ? message->info_hash : message->target;
	bool any = target.data || message->token.data || message->port >= 0 || message->want;

	for (size_t i = 0; i < SAID; i++)
		any = any || (said[i].body && *said_member(message, i));
	return any;
}

void krpc_line_make(const struct packet *packet, struct krpc_message *message, struct bytes method, struct krpc_text *text,
		    struct krpc_line *line)
{
	/* an empty a is told from none */
	bool empty = message->flags & KRPC_NO_ID && !message->no_body && !body_told(message);

	clear_line(line);
	take_transport(packet, line);
	line->flags = put_flags(packet, message, text->flags);
	take_body(message, line);
	take_top(message, method, text, line);
	text->extra.size = 0;
	if (message->flags & VERBATIM)
		line->extra = packet->payload;
	else
		krpc_encode_rest(message, empty, &text->extra);
	if (text->extra.size > sizeof "de" - 1)
		line->extra = buf_bytes(&text->extra);
}

void krpc_line_break(const struct packet *packet, struct krpc_text *text, struct krpc_line *line)
{
	char *end = put_words(text->flags, text->flags, transport_of(&packet->datagram) | BROKEN, transport_words,
			      TRANSPORTS);

	clear_line(line);
	take_transport(packet, line);
	line->flags = bytes_at(text->flags, (size_t)(end - text->flags));
	line->extra = packet->payload;
}

/* ---- record to packet */

/* What the words of the column flags ask for. */
struct asked {
	bool said[SAID];
	unsigned want, odd, lack, transport;	/* bits of their words */
};

static bool find_word(struct bytes word, const char *const *words, unsigned count, unsigned *bits)
{
	for (unsigned i = 0; i < count; i++)
		if (bytes_is(word, words[i])) {
			*bits |= 1u << i;
			return true;
		}
	return false;
}

static bool read_flags(struct bytes flags, struct asked *asked, struct error *error)
{
	struct brief brief;

	memset(asked, 0, sizeof *asked);
	while (flags.size) {
		struct bytes word = bytes_split(flags, ',', &flags);
		bool known = find_word(word, want_words, WANTS, &asked->want) ||
			     find_word(word, krpc_flag_names, KRPC_FLAGS, &asked->odd) ||
			     find_word(word, lack_words, LACKS, &asked->lack) ||
			     find_word(word, transport_words, TRANSPORTS, &asked->transport);

		for (size_t i = 0; i < SAID && !known; i++)
			if (bytes_is(word, said[i].word))
				known = asked->said[i] = true;
		if (!known)
			return fail_input(error, ERROR_NOWHERE,
					  "flags: '%s' is none of ro, implied_port, seed, noseed, scrape, n4, n6, "
					  "nor what decode says of packets", escape_brief(&brief, word));
	}
	return true;
}

/* A column has the key: what extra has of it is left out. */
static void drop_other(struct krpc_message *message, bool body, const char *key)
{
	for (size_t i = 0; i < message->other_count; i++)
		if (message->others[i].body == body && bytes_is(message->others[i].key, key))
			message->others[i--] = message->others[--message->other_count];
}

/* Where extra says the same, it stays as it is spelled there. */
static void set_bytes(struct krpc_message *message, bool body, const char *key, struct bytes *member, struct bytes value)
{
	if (!value.data || (member->data && bytes_equal(*member, value)))
		return;
	*member = value;
	message->no_body = message->no_body && !body;
	drop_other(message, body, key);
}

static bool set_number(struct krpc_message *message, bool body, const char *key, int64_t *member, uint64_t value,
		       struct error *error)
{
	if (value == COUNT_UNSET)
		return true;
	if (value > INT64_MAX)
		return fail_input(error, ERROR_NOWHERE, "%s of more than 63 bits", key);
	if (*member == (int64_t)value)
		return true;
	*member = (int64_t)value;
	message->no_body = message->no_body && !body;
	drop_other(message, body, key);
	return true;
}

static void set_flags(struct krpc_message *message, const struct asked *asked)
{
	for (size_t i = 0; i < SAID; i++) {
		bool *member = said_member(message, i);

		if (!asked->said[i] || *member)
			continue;
		*member = true;
		message->no_body = message->no_body && !said[i].body;
		drop_other(message, said[i].body, said[i].key);
	}
	if (asked->want && asked->want != message->want) {
		message->want = asked->want;
		message->no_body = false;
		drop_other(message, true, "want");
	}
}

/* y, or what the other columns tell of it. */
static bool choose_type(const struct krpc_line *line, const struct asked *asked, char *type, struct error *error)
{
	struct brief brief;

	*type = 0;
	if (line->y.data) {
		if (line->y.size != 1 || !memchr("qre", line->y.data[0], 3))
			return fail_input(error, ERROR_NOWHERE, "y is '%s', want q, r or e", escape_brief(&brief, line->y));
		*type = (char)line->y.data[0];
		return true;
	}
	if (asked->odd & KRPC_NO_Y)
		return true;
	*type = line->error_code != COUNT_UNSET || line->error.data ? 'e' : line->q.data ? 'q' : 0;
	return *type || fail_input(error, ERROR_NOWHERE, "no y: a packet must have one (q, r or e)");
}

/* extra, with y put back, so that it is known which keys are what. */
static bool read_extra(const struct krpc_line *line, char type, struct krpc_message *message, struct buf *scratch,
		       struct error *error)
{
	struct bytes extra = line->extra.data ? line->extra : bytes_of("de");

	scratch->size = 0;
	if (type && extra.size && extra.data[0] == 'd') {
		/* in front: of a key that stands twice the first one counts */
		buf_text(scratch, "d1:y1:");
		buf_byte(scratch, (uint8_t)type);
		extra = bytes_after(extra, 1);
	}
	buf_append(scratch, extra.data, extra.size);
	if (krpc_decode(buf_bytes(scratch), message, error) && !(message->flags & KRPC_TRAILING))
		return true;
	if (error->kind == ERROR_NONE)
		fail_input(error, ERROR_NOWHERE, "more follows the dictionary");
	error->offset = ERROR_NOWHERE;
	error_prefix(error, "extra");
	return false;
}

static bool set_columns(const struct krpc_line *line, struct krpc_message *message, uint8_t v[16],
			uint8_t ip[ENDPOINT_V6_SIZE], struct error *error)
{
	struct brief brief;
	size_t size;

	set_bytes(message, false, "t", &message->t, line->t);
	if (message->type == KRPC_QUERY && line->q.data) {
		set_bytes(message, false, "q", &message->method_name, line->q);
		message->method = krpc_method_find(line->q);
	}
	set_bytes(message, true, "id", &message->id, line->id);
	if (target_is_hash(message))
		set_bytes(message, true, "info_hash", &message->info_hash, line->target);
	else
		set_bytes(message, true, "target", &message->target, line->target);
	set_bytes(message, true, "token", &message->token, line->token);
	if (line->client.data) {
		if (!client_parse(line->client, v, &size))
			return fail_input(error, ERROR_NOWHERE,
					  "client '%s' is none, want such as 'LT 2.0.8', or 0x and hexadecimal digits",
					  escape_brief(&brief, line->client));
		set_bytes(message, false, "v", &message->v, bytes_at(v, size));
	}
	if (line->external.family)
		set_bytes(message, false, "ip", &message->ip, bytes_at(ip, endpoint_pack(&line->external, ip)));
	return set_number(message, true, "port", &message->port, line->port, error);
}

/* A list of code and text, or the text alone as some nodes have it: in spelled, which the message looks into then. */
static bool set_error(const struct krpc_line *line, struct krpc_message *message, struct buf *spelled, struct error *error)
{
	if (line->error_code != COUNT_UNSET) {
		set_bytes(message, false, "e", &message->error_text, line->error);
		return set_number(message, false, "e", &message->error_code, line->error_code, error);
	}
	if (!line->error.data)
		return true;
	drop_other(message, false, "e");
	if (message->other_count == KRPC_OTHERS_MAX)
		return fail_input(error, ERROR_NOWHERE, "extra: more than %d keys", KRPC_OTHERS_MAX - 1);
	bencode_put_string(spelled, line->error);
	message->others[message->other_count++] = (struct krpc_other){ bytes_of("e"), buf_bytes(spelled), false };
	return true;
}

/* What must be there, unless the flags say that it was not. */
static bool check_needs(const struct krpc_message *message, const struct krpc_line *line, const struct asked *asked,
			struct error *error)
{
	unsigned lack = lacks(message) & ~asked->lack;
	struct brief brief;

	if (message->type == KRPC_ERROR && line->error.data)
		lack &= ~(1u << LACKS_CODE);
	if (!message->t.data && !(asked->odd & KRPC_NO_T))
		return fail_input(error, ERROR_NOWHERE, "no t: a packet must have one");
	if (!message->id.data && (message->type == KRPC_QUERY || message->type == KRPC_REPLY) && !(asked->odd & KRPC_NO_ID))
		return fail_input(error, ERROR_NOWHERE, "no id: queries and replies must have one");
	if (!lack)
		return true;
	if (lack & (1 << LACKS_Q))
		return fail_input(error, ERROR_NOWHERE, "no q: a query must have one");
	if (lack & (1 << LACKS_CODE))
		return fail_input(error, ERROR_NOWHERE, "no error_code: an error must have one");
	return fail_input(error, ERROR_NOWHERE, "no %s: a query %s must have one",
			  lack_words[__builtin_ctz(lack)] + sizeof "no_" - 1, escape_brief(&brief, message->method_name));
}

bool krpc_line_encode(const struct krpc_line *line, struct buf *scratch, struct buf *out, struct error *error)
{
	struct krpc_message message;
	uint8_t v[16], ip[ENDPOINT_V6_SIZE];
	struct buf spelled = { 0 };
	struct asked asked;
	bool good;
	char type;

	if (!read_flags(line->flags, &asked, error))
		return false;
	if (asked.transport & BROKEN || asked.odd & VERBATIM) {
		if (!line->extra.data)
			return fail_input(error, ERROR_NOWHERE,
					  "no extra: it must have the packet, when flags have broken or crowded");
		buf_append(out, line->extra.data, line->extra.size);
		return true;
	}
	good = choose_type(line, &asked, &type, error) && read_extra(line, type, &message, scratch, error) &&
	       set_columns(line, &message, v, ip, error) && set_error(line, &message, &spelled, error);
	if (good) {
		set_flags(&message, &asked);
		good = check_needs(&message, line, &asked, error);
	}
	if (good)
		krpc_encode(&message, out);
	buf_free(&spelled);
	return good;
}
