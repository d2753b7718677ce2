/* krpc.c - packets of the DHT: each method, errors, odd ones; decoded and encoded again; cut and changed they do no harm */
#include "codec/krpc.h"

#include <inttypes.h>

#include "../support/unit.h"

#define ID "abcdefghij0123456789"
#define TARGET "mnopqrstuvwxyz123456"
#define NODE ID "\1\2\3\4\x1a\xe1"

/* ---- a message as text */

static void say_bytes(struct buf *out, const char *name, struct bytes value)
{
	if (!value.data)
		return;
	buf_format(out, " %s=", name);
	if (bytes_is(value, ID) || bytes_is(value, TARGET))
		buf_text(out, bytes_is(value, ID) ? "ID" : "TARGET");
	else if (value.size > 40)
		buf_format(out, "(%zu)", value.size);
	else
		buf_append(out, value.data, value.size);
}

static void say_number(struct buf *out, const char *name, int64_t value)
{
	if (value != KRPC_NUMBER_UNSET)
		buf_format(out, " %s=%" PRId64, name, value);
}

static void say_flag(struct buf *out, const char *name, bool value)
{
	if (value)
		buf_format(out, " %s", name);
}

/* All members that are set, in the order of the struct, but for flags. */
static void say(struct buf *out, const struct krpc_message *message)
{
	buf_text(out, (const char *[]){ "-", "q", "r", "e" }[message->type]);
	if (message->method != KRPC_UNKNOWN)
		buf_format(out, " %s", krpc_method_name(message->method));
	say_bytes(out, "q", message->method_name);
	say_bytes(out, "t", message->t);
	say_bytes(out, "v", message->v);
	say_bytes(out, "ip", message->ip);
	say_flag(out, "ro", message->read_only);
	say_flag(out, "no_body", message->no_body);
	say_bytes(out, "id", message->id);
	say_bytes(out, "target", message->target);
	say_bytes(out, "info_hash", message->info_hash);
	say_bytes(out, "token", message->token);
	say_bytes(out, "nodes", message->nodes);
	say_bytes(out, "nodes6", message->nodes6);
	say_bytes(out, "samples", message->samples);
	say_bytes(out, "BFsd", message->seeds_filter);
	say_bytes(out, "BFpe", message->peers_filter);
	say_bytes(out, "values", message->values);
	if (message->want)
		buf_format(out, " want=%u", message->want);
	say_flag(out, "implied_port", message->implied_port);
	say_flag(out, "seed", message->seed);
	say_flag(out, "noseed", message->noseed);
	say_flag(out, "scrape", message->scrape);
	say_number(out, "port", message->port);
	say_number(out, "interval", message->interval);
	say_number(out, "num", message->num);
	say_number(out, "seq", message->seq);
	say_number(out, "cas", message->cas);
	say_bytes(out, "k", message->public_key);
	say_bytes(out, "sig", message->signature);
	say_bytes(out, "salt", message->salt);
	say_bytes(out, "value", message->value);
	say_number(out, "code", message->error_code);
	say_bytes(out, "text", message->error_text);
	for (size_t i = 0; i < message->other_count; i++) {
		buf_text(out, message->others[i].body ? " +body." : " +");
		buf_append(out, message->others[i].key.data, message->others[i].key.size);
		buf_byte(out, ':');
		buf_append(out, message->others[i].value.data, message->others[i].value.size);
	}
}

static void say_flags(struct buf *out, unsigned flags)
{
	for (unsigned i = 0; i < KRPC_FLAGS; i++)
		if (flags & 1u << i)
			buf_format(out, "%s%s", out->size ? " " : "", krpc_flag_names[i]);
	assert_int_equal(flags >> KRPC_FLAGS, 0);
}

/* Those of spelling: gone once it is encoded again. */
enum { SPELLING = KRPC_UNSORTED | KRPC_DUPLICATE | KRPC_LAX_NUMBER | KRPC_TRAILING | KRPC_CROWDED };

/* Encodes it; what is decoded of that is the same, but that the others are sorted: twice, so that they are in both. */
static void check_again(const struct krpc_message *message, struct bytes packet)
{
	struct krpc_message again, once;
	struct error error = { 0 };
	struct buf first = { 0 }, second = { 0 }, said = { 0 }, said_again = { 0 };

	krpc_encode(message, &first);
	if (!(message->flags & SPELLING))
		assert_true(bytes_equal(buf_bytes(&first), packet));
	assert_true(krpc_decode(buf_bytes(&first), &once, &error));
	assert_int_equal(once.flags & ~(unsigned)SPELLING, message->flags & ~(unsigned)SPELLING);
	krpc_encode(&once, &second);
	assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	assert_true(krpc_decode(buf_bytes(&second), &again, &error));
	say(&said, message->flags & KRPC_UNSORTED ? &once : message);
	say(&said_again, &again);
	assert_string_equal(buf_string(&said), buf_string(&said_again));
	buf_free(&first);
	buf_free(&second);
	buf_free(&said);
	buf_free(&said_again);
}

/* ---- rows */

#define REPLY(keys) "d1:rd2:id20:" ID keys "e1:t2:aa1:y1:re"
#define QUERY(keys, method) "d1:ad2:id20:" ID keys "e1:q" method "1:t2:aa1:y1:qe"
#define PACKED_PEER "\1\2\3\4\x1a\xe1"
#define PACKED_PEER6 "\x20\1\x0d\xb8" "............" "\x1a\xe1"
#define HEX32 "0123456789abcdef0123456789abcdef"

static const struct packet_row { const char *packet, *said, *flags; } packets[] = {
	/* the examples of BEP 5 */
	{ "d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:y1:qe", "q ping q=ping t=aa id=ID", "" },
	{ "d1:rd2:id20:" TARGET "e1:t2:aa1:y1:re", "r t=aa id=TARGET", "" },
	{ "d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee", "e t=aa code=201 text=A Generic Error Ocurred", "" },
	{ "d1:ad2:id20:" ID "6:target20:" TARGET "e1:q9:find_node1:t2:aa1:y1:qe",
	  "q find_node q=find_node t=aa id=ID target=TARGET", "" },
	{ "d1:ad2:id20:" ID "9:info_hash20:" TARGET "e1:q9:get_peers1:t2:aa1:y1:qe",
	  "q get_peers q=get_peers t=aa id=ID info_hash=TARGET", "" },
	{ REPLY("5:token8:aoeusnth6:valuesl6:axje.u6:idhtnme"),
	  "r t=aa id=ID token=aoeusnth values=l6:axje.u6:idhtnme", "" },
	{ "d1:ad2:id20:" ID "12:implied_porti1e9:info_hash20:" TARGET "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
	  "q announce_peer q=announce_peer t=aa id=ID info_hash=TARGET token=aoeusnth implied_port port=6881", "" },
	/* and what the other BEPs add */
	{ QUERY("9:info_hash20:" TARGET "6:noseedi1e6:scrapei1e4:wantl2:n42:n6e", "9:get_peers"),
	  "q get_peers q=get_peers t=aa id=ID info_hash=TARGET want=3 noseed scrape", "" },
	{ QUERY("4:wantl2:n6e", "9:find_node"), "q find_node q=find_node t=aa id=ID want=2", "" },
	{ QUERY("4:seedi1e", "13:announce_peer"), "q announce_peer q=announce_peer t=aa id=ID seed", "" },
	{ QUERY("6:target20:" TARGET, "17:sample_infohashes"),
	  "q sample_infohashes q=sample_infohashes t=aa id=ID target=TARGET", "" },
	{ QUERY("3:seqi4e6:target20:" TARGET, "3:get"), "q get q=get t=aa id=ID target=TARGET seq=4", "" },
	{ "d1:ad3:casi3e2:id20:" ID "1:k32:" HEX32 "4:salt3:abc3:seqi4e3:sig64:" HEX32 HEX32 "5:token1:x1:vd1:ai1eee"
	  "1:q3:put1:t2:aa1:y1:qe",
	  "q put q=put t=aa id=ID token=x seq=4 cas=3 k=" HEX32 " sig=(64) salt=abc value=d1:ai1ee", "" },
	{ "d2:ip6:" PACKED_PEER "1:rd2:id20:" ID "5:nodes26:" NODE "6:nodes638:" ID PACKED_PEER6 "e1:t2:aa1:v4:LT\2\x08" "1:y1:re",
	  "r t=aa v=LT\2\x08 ip=" PACKED_PEER " id=ID nodes=" NODE " nodes6=" ID PACKED_PEER6, "" },
	{ REPLY("8:intervali21600e5:nodes0:3:numi2e7:samples40:" ID TARGET),
	  "r t=aa id=ID nodes= samples=" ID TARGET " interval=21600 num=2", "" },
	{ REPLY("1:v5:hello"), "r t=aa id=ID value=5:hello", "" },
	{ "d1:ad2:id20:" ID "e1:q4:ping2:roi1e1:t2:aa1:y1:qe", "q ping q=ping t=aa ro id=ID", "" },
	/* libtorrent's: p in r, and r beside e */
	{ REPLY("1:pi39434e"), "r t=aa id=ID +body.p:i39434e", "" },
	{ "d1:eli203e13:invalid tokene2:ip6:" PACKED_PEER "1:rd2:id20:" ID "1:pi39434ee1:t2:aa1:y1:ee",
	  "e t=aa ip=" PACKED_PEER " id=ID code=203 text=invalid token +body.p:i39434e", "" },
	{ "d1:eli203e1:xe1:rde1:t2:aa1:y1:ee", "e t=aa code=203 text=x +r:de", "" },
	/* other methods, transactions of any size */
	{ QUERY("4:vote1:1", "4:vote"), "q q=vote t=aa id=ID +body.vote:1:1", "" },
	{ "d1:ad2:id20:" ID "e1:q0:1:t0:1:y1:qe", "q q= t= id=ID", "" },
	{ "d1:ad2:id20:" ID "e1:q4:ping1:t20:" TARGET "1:y1:qe", "q ping q=ping t=TARGET id=ID", "" },
	/* integers that are flags: only 1 is told by the member alone */
	{ QUERY("12:implied_porti0e4:seedi2e", "4:ping"),
	  "q ping q=ping t=aa id=ID seed +body.implied_port:i0e +body.seed:i2e", "" },
	{ "d1:ad2:id20:" ID "e1:q4:ping2:roi-1e1:t2:aa1:y1:qe", "q ping q=ping t=aa ro id=ID +ro:i-1e", "" },
	{ QUERY("4:porti-9223372036854775808e", "4:ping"),
	  "q ping q=ping t=aa id=ID +body.port:i-9223372036854775808e", "" },
	{ QUERY("4:porti-9223372036854775807e", "4:ping"), "q ping q=ping t=aa id=ID port=-9223372036854775807", "" },
	{ QUERY("4:wantl2:n62:n4e", "4:ping"), "q ping q=ping t=aa id=ID want=3 +body.want:l2:n62:n4e", "" },
	{ QUERY("4:wantl2:n42:n4e", "4:ping"), "q ping q=ping t=aa id=ID want=1 +body.want:l2:n42:n4e", "" },
	{ QUERY("4:wantl2:n4li1ee2:n5e", "4:ping"), "q ping q=ping t=aa id=ID want=1 +body.want:l2:n4li1ee2:n5e", "" },
	{ QUERY("4:wantle", "4:ping"), "q ping q=ping t=aa id=ID +body.want:le", "" },
	/* a and r where y says that they do not count */
	{ "d1:ad2:id20:" ID "e1:rd2:id20:" TARGET "e1:t2:aa1:y1:re", "r t=aa id=TARGET +a:d2:id20:" ID "e", "" },
	{ "d1:ad2:id20:" ID "e1:q4:ping1:rd2:id20:" TARGET "e1:t2:aa1:y1:qe",
	  "q ping q=ping t=aa id=ID +r:d2:id20:" TARGET "e", "" },
	{ "d1:ad2:id20:" ID "e1:t2:aa1:y1:re", "r t=aa no_body +a:d2:id20:" ID "e", "no_id" },
	{ "d1:ad2:id20:" ID "e1:eli1e0:e1:t2:aa1:y1:ee", "e t=aa code=1 text= +a:d2:id20:" ID "e", "" },
	/* what must be there */
	{ "de", "-", "no_t no_y" },
	{ "d1:q4:ping1:t2:aa1:y1:qe", "q ping q=ping t=aa no_body", "no_id" },
	{ "d1:ade1:q4:ping1:t2:aa1:y1:qe", "q ping q=ping t=aa", "no_id" },
	{ "d1:rde1:t2:aa1:y1:re", "r t=aa", "no_id" },
	{ "d1:rd2:id20:" ID "e1:y1:re", "r id=ID", "no_t" },
	{ "d1:rd2:id20:" ID "e1:t2:aae", "- t=aa +r:d2:id20:" ID "e", "no_y" },
	{ "d1:t2:aa1:y1:ee", "e t=aa", "" },
	/* wrong types */
	{ "d1:e5:wrong1:t2:aa1:y1:ee", "e t=aa +e:5:wrong", "bad_type" },
	{ "d1:ele1:t2:aa1:y1:ee", "e t=aa +e:le", "bad_type" },
	{ "d1:eli203ee1:t2:aa1:y1:ee", "e t=aa code=203", "" },
	{ "d1:eli203ei1ee1:t2:aa1:y1:ee", "e t=aa code=203 +e:li203ei1ee", "bad_type" },
	{ "d1:eli203e1:xlee1:t2:aa1:y1:ee", "e t=aa code=203 text=x +e:li203e1:xlee", "bad_type" },
	{ "d1:el1:x3:203e1:t2:aa1:y1:ee", "e t=aa +e:l1:x3:203e", "bad_type" },
	{ "d1:ad2:idi7ee1:q4:ping1:t2:aa1:y1:qe", "q ping q=ping t=aa +body.id:i7e", "bad_type no_id" },
	{ "d1:ai1e1:q4:ping1:t2:aa1:y1:qe", "q ping q=ping t=aa no_body +a:i1e", "bad_type no_id" },
	{ "d1:ad2:id20:" ID "e1:qi4e1:ti5e1:y1:qe", "q id=ID +q:i4e +t:i5e", "bad_type no_t" },
	{ "d1:rd2:id20:" ID "e1:t2:aa1:y1:xe", "- t=aa +r:d2:id20:" ID "e +y:1:x", "bad_type no_y" },
	{ "d1:rd2:id20:" ID "e1:t2:aa1:y2:rre", "- t=aa +r:d2:id20:" ID "e +y:2:rr", "bad_type no_y" },
	{ "d1:rd2:id20:" ID "e1:t2:aa1:yi1ee", "- t=aa +r:d2:id20:" ID "e +y:i1e", "bad_type no_y" },
	{ REPLY("5:nodesl26:" NODE "e"), "r t=aa id=ID +body.nodes:l26:" NODE "e", "bad_type" },
	{ REPLY("6:values6:axje.u"), "r t=aa id=ID +body.values:6:axje.u", "bad_type" },
	{ REPLY("4:want2:n4"), "r t=aa id=ID +body.want:2:n4", "bad_type" },
	/* wrong sizes */
	{ "d1:rd2:id19:abcdefghij012345678e1:t2:aa1:y1:re", "r t=aa +body.id:19:abcdefghij012345678", "bad_length no_id" },
	{ REPLY("5:nodes27:" NODE "x"), "r t=aa id=ID nodes=" NODE "x", "bad_length" },
	{ REPLY("6:nodes626:" NODE), "r t=aa id=ID nodes6=" NODE, "bad_length" },
	{ REPLY("7:samples1:x"), "r t=aa id=ID samples=x", "bad_length" },
	{ REPLY("4:BFpe1:x4:BFsd2:xy"), NULL, "unsorted bad_length" },
	{ "d2:ip4:\1\2\3\4" "1:rd2:id20:" ID "e1:t2:aa1:y1:re", "r t=aa id=ID +ip:4:\1\2\3\4", "bad_length" },
	{ REPLY("6:valuesl6:axje.u5:short18:" PACKED_PEER6 "i3eld1:aleeee"),
	  "r t=aa id=ID values=(50)", "bad_length" },
	{ REPLY("6:valuesl6:axje.ue"), "r t=aa id=ID values=l6:axje.ue", "" },
	{ REPLY("6:valuesle"), "r t=aa id=ID values=le", "" },
	/* spelling */
	{ "d1:t2:aa1:rd2:id20:" ID "e1:y1:re", "r t=aa id=ID", "unsorted" },
	{ "d1:y1:q1:q4:ping1:ad2:id20:" ID "e1:t2:aae", "q ping q=ping t=aa id=ID", "unsorted" },
	{ "d1:rd2:id20:" ID "2:id20:" TARGET "e1:t2:aa1:y1:re", "r t=aa id=ID", "duplicate" },
	{ "d1:rd2:id20:" ID "e1:t2:aa1:y1:r1:t2:bbe", "r t=aa id=ID", "unsorted duplicate" },
	{ "d1:rd2:id20:" ID "1:zi1e1:xi2e1:zi3ee1:t2:aa1:y1:re", "r t=aa id=ID +body.z:i1e +body.x:i2e",
	  "unsorted duplicate" },
	{ "d1:rd2:id20:" ID "1:zi1e1:zi3ee1:t2:aa1:y1:re", "r t=aa id=ID +body.z:i1e", "duplicate" },
	{ REPLY("3:numi007e"), "r t=aa id=ID num=7", "lax_number" },
	{ REPLY("3:numi-0e"), "r t=aa id=ID num=0", "lax_number" },
	{ REPLY("3:numi99999999999999999999e"), "r t=aa id=ID +body.num:i99999999999999999999e", "lax_number" },
	{ REPLY("5:token04:abcd"), "r t=aa id=ID token=abcd", "lax_number" },
	{ "d1:eli00203e1:xe1:t2:aa1:y1:ee", "e t=aa code=203 text=x", "lax_number" },
	{ REPLY("") "x", "r t=aa id=ID", "trailing" },
	{ REPLY("") "\n", "r t=aa id=ID", "trailing" },
	/* an empty key, and keys that are nearly known */
	{ "d0:i1e1:rd2:IDi1e2:id20:" ID "2:idxi1ee1:t2:aa1:y1:re", NULL, NULL },
	{ "d0:i1e1:rd2:IDi1e2:id20:" ID "3:idxi1ee1:t2:aa1:y1:re", "r t=aa id=ID +:i1e +body.ID:i1e +body.idx:i1e", "" },
	{ REPLY("1:ti1e1:yi1e"), "r t=aa id=ID +body.t:i1e +body.y:i1e", "" },
	{ "d2:id20:" ID "1:rd2:id20:" ID "e1:t2:aa1:y1:re", "r t=aa id=ID +id:20:" ID, "" },
	/* a dictionary with a known key deeper down means nothing */
	{ REPLY("1:xd2:id2:xxe"), "r t=aa id=ID +body.x:d2:id2:xxe", "" },
};

static void test_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(packets); i++) {
		struct bytes copy = exact_copy(packets[i].packet, strlen(packets[i].packet));
		struct krpc_message message;
		struct error error = { 0 };
		struct buf said = { 0 }, flags = { 0 };

		if (!krpc_decode(copy, &message, &error)) {
			/* a row without flags is one that cannot be read */
			if (packets[i].flags)
				fail_msg("row %zu: %s", i, error.message);
			free_copy(copy);
			continue;
		}
		if (!packets[i].flags)
			fail_msg("row %zu is read", i);
		say(&said, &message);
		say_flags(&flags, message.flags);
		if (packets[i].said && strcmp(buf_string(&said), packets[i].said) != 0)
			fail_msg("row %zu: '%s'", i, buf_string(&said));
		if (strcmp(buf_string(&flags), packets[i].flags) != 0)
			fail_msg("row %zu: '%s', flags '%s'", i, buf_string(&said), buf_string(&flags));
		assert_true(krpc_plausible(copy) || copy.size < 8 || copy.data[1] == '0');
		check_again(&message, copy);
		free_copy(copy);
		buf_free(&said);
		buf_free(&flags);
	}
}

static void test_no_packets(void **state)
{
	static const struct { const char *input, *message; uint64_t offset; } rows[] = {
		{ "", "the input ends where a value was expected", 0 },
		{ "x", "found 'x' where a value (a digit, i, l or d) was expected", 0 },
		{ "le", "found a list where the dictionary of a packet was expected", 0 },
		{ "i1e", "found an integer where the dictionary of a packet was expected", 0 },
		{ "2:de", "found a string where the dictionary of a packet was expected", 0 },
		{ "d", "the input ends where a key or 'e' was expected", 1 },
		{ "d1:t", "the input ends where a value was expected", 4 },
		{ "d1:t9:aa1:y1:r", "a string of 9 bytes, but only 8 are left", 4 },
		{ "d1:rd2:id20:" ID "1:vle1:y", "the input ends where a value was expected", 40 },
		{ "d1:rd6:valuesl6:abcde", "a string of 6 bytes, but only 5 are left", 14 },
		{ "d1:rd6:valuesl6:abcdefx", "found 'x' where a value (a digit, i, l or d) was expected", 22 },
		{ "d1:rd6:valuesl6:abcdef", "the input ends where a value was expected", 22 },
		{ "d1:rd2:idi1", "the input ends where a digit or the 'e' of an integer was expected", 11 },
		{ "d1:t18446744073709551616:aae", "the length of a string is beyond 63 bits", 4 },
		{ "d1:t-1:aae", "found '-' where a value (a digit, i, l or d) was expected", 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes copy = exact_copy(rows[i].input, strlen(rows[i].input));
		struct krpc_message message;
		struct error error = { 0 };

		assert_false(krpc_decode(copy, &message, &error));
		assert_int_equal(error.kind, ERROR_INPUT);
		if (strcmp(error.message, rows[i].message) != 0 || error.offset != rows[i].offset)
			fail_msg("row %zu: %s at %" PRIu64, i, error.message, error.offset);
		free_copy(copy);
	}
}

/* ---- bounds */

/* d1:r d1:x l...l e...e with that many lists: two dictionaries are around them. */
static bool read_nested(unsigned lists, struct error *error)
{
	struct krpc_message message;
	struct buf packet = { 0 };
	bool good;

	buf_text(&packet, "d1:rd2:id20:" ID "1:x");
	for (unsigned i = 0; i < lists; i++)
		buf_byte(&packet, 'l');
	for (unsigned i = 0; i < lists; i++)
		buf_byte(&packet, 'e');
	buf_text(&packet, "e1:t2:aa1:y1:re");
	good = krpc_decode(buf_bytes(&packet), &message, error);
	buf_free(&packet);
	return good;
}

static void test_depth(void **state)
{
	struct error error = { 0 };

	(void)state;
	assert_true(read_nested(KRPC_DEPTH_MAX - 2, &error));
	assert_false(read_nested(KRPC_DEPTH_MAX - 1, &error));
	assert_string_equal(error.message, "lists and dictionaries are nested deeper than 32");
	error_clear(&error);
	assert_false(read_nested(20000, &error));
	assert_int_equal(error.offset, 35 + KRPC_DEPTH_MAX - 2);
}

static void test_tokens(void **state)
{
	struct krpc_message message;
	struct error error = { 0 };
	struct buf packet = { 0 };

	(void)state;
	buf_text(&packet, "d1:xl");
	for (unsigned i = 0; i < KRPC_TOKENS_MAX; i++)
		buf_text(&packet, "le");
	buf_text(&packet, "ee");
	assert_false(krpc_decode(buf_bytes(&packet), &message, &error));
	assert_string_equal(error.message, "more values than are read of one input");
	buf_free(&packet);
}

static void test_crowd(void **state)
{
	struct krpc_message message;
	struct error error = { 0 };
	struct buf packet = { 0 };

	(void)state;
	for (unsigned crowd = KRPC_OTHERS_MAX; crowd <= KRPC_OTHERS_MAX + 1; crowd++) {
		packet.size = 0;
		buf_text(&packet, "d1:rd2:id20:" ID);
		for (unsigned i = 0; i < crowd; i++)
			buf_format(&packet, "3:x%02ui%ue", i, i);
		buf_text(&packet, "e1:t2:aa1:y1:re");
		assert_true(krpc_decode(buf_bytes(&packet), &message, &error));
		assert_int_equal(message.other_count, KRPC_OTHERS_MAX);
		assert_int_equal(message.flags, crowd > KRPC_OTHERS_MAX ? KRPC_CROWDED : 0);
		assert_true(bytes_is(message.t, "aa"));
		check_again(&message, buf_bytes(&packet));
	}
	buf_free(&packet);
}

/* ---- each truncation, each change of a byte */

static void check_any(struct bytes packet)
{
	struct krpc_message message;
	struct error error = { 0 };
	struct bytes values, nodes;
	struct endpoint endpoint;
	struct krpc_node node;
	size_t count = 0;

	if (!krpc_decode(packet, &message, &error)) {
		assert_int_equal(error.kind, ERROR_INPUT);
		assert_true(error.offset <= packet.size);
		return;
	}
	check_again(&message, packet);
	for (values = message.values; krpc_value_next(&values, &endpoint); count++)
		assert_true(endpoint.family == 4 || endpoint.family == 6);
	assert_true(count <= krpc_value_count(message.values));
	for (nodes = message.nodes, count = 0; krpc_node_next(&nodes, 4, &node); count++)
		assert_int_equal(node.endpoint.family, 4);
	assert_int_equal(count, message.nodes.size / KRPC_NODE4_SIZE);
	for (nodes = message.nodes6; krpc_node_next(&nodes, 6, &node);)
		assert_int_equal(node.endpoint.family, 6);
	assert_true(krpc_reply_method(&message) < KRPC_METHODS);
}

static void test_harm(void **state)
{
	static const uint8_t changes[] = { 0, 'e', 'd', 'l', 'i', ':', '0', '9', 0xff };

	(void)state;
	for (size_t i = 0; i < COUNT(packets); i++) {
		size_t size = strlen(packets[i].packet);

		for (size_t cut = 0; cut < size; cut++) {
			struct bytes copy = exact_copy(packets[i].packet, cut);

			check_any(copy);
			free_copy(copy);
		}
		for (size_t at = 0; at < size; at++) {
			struct bytes copy = exact_copy(packets[i].packet, size);
			uint8_t *byte = (uint8_t *)(uintptr_t)copy.data + at, was = *byte;

			for (size_t change = 0; change < COUNT(changes) + 2; change++) {
				*byte = change < COUNT(changes) ? changes[change]
								: (uint8_t)(was + (change == COUNT(changes) ? 1 : -1));
				check_any(copy);
			}
			free_copy(copy);
		}
	}
}

/* By hand: the method by its number, and one of the others instead of a member. */
static void test_encode(void **state)
{
	struct krpc_message message;
	struct buf out = { 0 };

	(void)state;
	krpc_clear(&message);
	message.type = KRPC_QUERY;
	message.method = KRPC_FIND_NODE;
	message.t = bytes_of("aa");
	message.id = bytes_of(ID);
	message.target = bytes_of(TARGET);
	message.want = KRPC_WANT_N4;
	message.read_only = true;
	krpc_encode(&message, &out);
	assert_string_equal(buf_string(&out),
			    "d1:ad2:id20:" ID "6:target20:" TARGET "4:wantl2:n4ee1:q9:find_node2:roi1e1:t2:aa1:y1:qe");
	out.size = 0;
	message.other_count = 3;
	message.others[0] = (struct krpc_other){ bytes_of("zz"), bytes_of("i1e"), true };
	message.others[1] = (struct krpc_other){ bytes_of("target"), bytes_of("i2e"), true };
	message.others[2] = (struct krpc_other){ bytes_of("ro"), bytes_of("i3e"), false };
	krpc_encode(&message, &out);
	assert_string_equal(buf_string(&out),
			    "d1:ad2:id20:" ID "6:targeti2e4:wantl2:n4e2:zzi1ee1:q9:find_node2:roi3e1:t2:aa1:y1:qe");
	out.size = 0;
	krpc_clear(&message);
	message.type = KRPC_ERROR;
	message.error_code = KRPC_PROTOCOL;
	message.error_text = bytes_of("no");
	krpc_encode(&message, &out);
	assert_string_equal(buf_string(&out), "d1:eli203e2:noe1:y1:ee");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_no_packets),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_harm),
		cmocka_unit_test(test_encode),
	};

	return cmocka_run_group_tests_name("krpc", tests, NULL, NULL);
}
