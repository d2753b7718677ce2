/* magnet.c - magnet links: what is read from each spelling, what is refused and where, and what is written */
#include "../support/unit.h"

#include "base/hex.h"
#include "codec/magnet.h"

#define V1 "c12fe1c06bba254a9dc9f519b335aa7c1367a88a"
#define V2 "d8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb"
#define BEGIN "magnet:?xt=urn:btih:" V1
#define BEGIN_V2 "magnet:?xt=urn:btmh:1220" V2
#define KEY "0123456789abcdef0123456789abcdef"

/* Complaints, one a line: their offset and message. */
static void note(void *context, const struct error *error)
{
	buf_format(context, "%d %s\n", (int)error->offset, error->message);
}

static bool has_hash(bool there, const uint8_t *hash, size_t size, const char *want)
{
	char digits[2 * MAGNET_V2 + 1] = "";

	if (!want)
		return !there;
	*hex_print(digits, hash, size) = 0;
	return there && !strcmp(digits, want);
}

static bool is_text(struct bytes text, const char *want)
{
	return want ? text.data && bytes_is(text, want) : !text.data;
}

static void test_links(void **state)
{
	static const struct {
		const char *link, *v1, *v2, *name;
		unsigned trackers, web_seeds, peers, others;
		const char *canonical;	/* NULL: the link itself */
	} rows[] = {
		{ BEGIN, V1, NULL, NULL, 0, 0, 0, 0, NULL },
		{ "magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK", V1, NULL, NULL, 0, 0, 0, 0, BEGIN },
		{ "magnet:?xt=urn:btih:yex6dqdlxisuvhoj6um3gnnkpqjwpkek", V1, NULL, NULL, 0, 0, 0, 0, BEGIN },
		{ "magnet:?xt=urn%3Abtih%3A" V1, V1, NULL, NULL, 0, 0, 0, 0, BEGIN },
		{ BEGIN_V2, NULL, V2, NULL, 0, 0, 0, 0, NULL },
		{ BEGIN_V2 "&xt=urn:btih:" V1, V1, V2, NULL, 0, 0, 0, 0, BEGIN "&xt=urn:btmh:1220" V2 },
		{ "magnet:?xt.1=urn:btih:" V1 "&xt.2=urn:btmh:1220" V2, V1, V2, NULL, 0, 0, 0, 0,
		  BEGIN "&xt=urn:btmh:1220" V2 },
		/* the same hash twice is one */
		{ BEGIN "&xt.1=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK", V1, NULL, NULL, 0, 0, 0, 0, BEGIN },
		{ "magnet:?dn=a+b%20c%2Bd&xt=urn:btih:" V1, V1, NULL, "a b c+d", 0, 0, 0, 0, BEGIN "&dn=a%20b%20c%2Bd" },
		{ BEGIN "&dn=%ff%fe", V1, NULL, "\xff\xfe", 0, 0, 0, 0, BEGIN "&dn=%FF%FE" },
		{ BEGIN "&dn=", V1, NULL, "", 0, 0, 0, 0, NULL },
		{ BEGIN "&dn=100%", V1, NULL, "100%", 0, 0, 0, 0, BEGIN "&dn=100%25" },
		{ BEGIN "&tr=http%3A%2F%2Fa.example%3A80%2Fannounce&tr=udp%3A%2F%2Fb.example%3A1", V1, NULL, NULL, 2, 0, 0,
		  0, NULL },
		{ BEGIN "&tr.1=http://a.example/announce?k=v%26x=1+2&TR.22=u", V1, NULL, NULL, 2, 0, 0, 0,
		  BEGIN "&tr=http%3A%2F%2Fa.example%2Fannounce%3Fk%3Dv%26x%3D1%2B2&tr=u" },
		{ BEGIN "&ws=http%3A%2F%2Fw.example%2Ff", V1, NULL, NULL, 0, 1, 0, 0, NULL },
		{ BEGIN "&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:6881&x.pe=a.example%3A1", V1, NULL, NULL, 0, 0, 3, 0,
		  BEGIN "&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:6881&x.pe=a.example:1" },
		{ BEGIN "&dht=router.example:6881", V1, NULL, NULL, 0, 0, 0, 1, NULL },
		{ "MAGNET:?XT=URN:BTIH:" V1, V1, NULL, NULL, 0, 0, 0, 0, BEGIN },
		{ BEGIN "&xt=urn:btih&xt=&xt", V1, NULL, NULL, 0, 0, 0, 3, NULL },
		{ BEGIN "&", V1, NULL, NULL, 0, 0, 0, 0, BEGIN },
		{ "magnet:?&&xt=urn:btih:" V1 "&&&dn=a&&", V1, NULL, "a", 0, 0, 0, 0, BEGIN "&dn=a" },
		/* in order, and what is not known stays as it stands, once more of what there is one of too */
		{ "magnet:?kt=a+b&so=0,2,4-6&x.pe=a:1&ws=w&tr=t&xl=7&dn=n&xt=urn:btih:" V1 "&xs=x&as=y%20&=z&q&tr=&tr&dn=m&xl=8&"
		  "xt=urn:sha1:ABC&tr.=a&.1=b", V1, NULL, "n", 1, 1, 1, 9,
		  BEGIN "&dn=n&xl=7&tr=t&ws=w&x.pe=a:1&so=0,2,4-6&kt=a+b&xs=x&as=y%20&=z&q&tr=&tr&dn=m&xl=8&xt=urn:sha1:ABC&tr.=a&.1=b" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes link = exact_copy(rows[i].link, strlen(rows[i].link));
		struct buf complaints = { 0 }, printed = { 0 };
		const struct magnet_sink sink = { note, &complaints };
		struct arena arena = { 0 };
		struct error error = { 0 };
		struct magnet magnet;

		if (!magnet_parse(link, &magnet, &arena, &sink, &error))
			fail_msg("%s: %s", rows[i].link, error.message);
		magnet_print(&magnet, false, &printed);
		if (!has_hash(magnet.has_v1, magnet.v1, MAGNET_V1, rows[i].v1) ||
		    !has_hash(magnet.has_v2, magnet.v2, MAGNET_V2, rows[i].v2) || !is_text(magnet.name, rows[i].name) ||
		    magnet.count[MAGNET_TRACKER] != rows[i].trackers || magnet.count[MAGNET_WEB_SEED] != rows[i].web_seeds ||
		    magnet.count[MAGNET_PEER] != rows[i].peers || magnet.count[MAGNET_OTHER] != rows[i].others ||
		    complaints.size)
			fail_msg("%s: read as %s; %s", rows[i].link, buf_string(&printed), buf_string(&complaints));
		if (!bytes_is(buf_bytes(&printed), rows[i].canonical ? rows[i].canonical : rows[i].link))
			fail_msg("%s is written %s", rows[i].link, buf_string(&printed));
		arena_free(&arena);
		buf_free(&complaints);
		buf_free(&printed);
		free_copy(link);
	}
}

static void test_refused(void **state)
{
	static const struct { const char *link; uint64_t offset; const char *message; } rows[] = {
		{ "", 0, "'' is no magnet link: want magnet:?xt=urn:btih:" },
		{ "magnet:", 0, "'magnet:' is no magnet link: want magnet:?xt=urn:btih:" },
		{ "magnet:xt=urn:btih:" V1, 0, NULL },
		{ "magnet:?", ERROR_NOWHERE, "this magnet link has no info hash: want xt=urn:btih: or xt=urn:btmh:" },
		{ "magnet:?dn=x", ERROR_NOWHERE, NULL },
		{ "magnet:?dn=xt=urn:btih:" V1, ERROR_NOWHERE, NULL },
		{ "magnet:?xt=urn:sha1:" V1, ERROR_NOWHERE, NULL },
		{ "magnet:?dn=a&xt=urn:btih:" V1 "0", 16,
		  "'" V1 "...' is no version 1 info hash: want 40 hexadecimal digits or "
		  "32 characters of base32" },
		/* libtorrent 2.0.8 takes the next two */
		{ "magnet:?xt=urn:btih:11111111111111111111111111111111", 11, NULL },
		{ "magnet:?xt=urn:btih:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 11, NULL },
		{ "magnet:?xt=urn:btih:", 11, NULL },
		{ BEGIN "&xt=urn:btih:", 64, NULL },
		{ BEGIN "&xt=urn:btih:0" V1, 64, NULL },
		{ "magnet:?xt=urn:btih:htTIACSkab5MULxaECz3F4AxAHQ=", 11, NULL },
		{ "magnet:?xt=urn:btmh:1220d8dd", 11,
		  "'1220d8dd' is no version 2 info hash: want 1220 (SHA-256) and 64 hexadecimal "
		  "digits" },
		{ "magnet:?xt=urn:btmh:" V2, 11, NULL },
		{ "magnet:?xt=urn:btmh:1114" V1, 11, NULL },
		{ BEGIN_V2 "00", 11, NULL },
		{ BEGIN "&xt.2=urn:btih:86d4c80024a469be4c50bc5a102cf71780310074", 66,
		  "a second version 1 info hash, '86d4c80024a469be4c50bc5a102cf71780310074': a link is of one torrent" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes link = exact_copy(rows[i].link, strlen(rows[i].link));
		struct arena arena = { 0 };
		struct error error = { 0 };
		struct magnet magnet;

		if (magnet_parse(link, &magnet, &arena, NULL, &error))
			fail_msg("'%s' passed", rows[i].link);
		assert_int_equal(error.kind, ERROR_INPUT);
		if (error.offset != rows[i].offset || (rows[i].message && strcmp(error.message, rows[i].message)))
			fail_msg("%s: byte %d: %s", rows[i].link, (int)error.offset, error.message);
		arena_free(&arena);
		free_copy(link);
	}
}

static void test_complaints(void **state)
{
	static const struct { const char *end, *complaint; } rows[] = {
		{ "x.pe=192.0.2.1:99999",
		  "61 'x.pe=192.0.2.1:99999': want host:port or [IPv6 address]:port, with a port of 1 to 65535\n" },
		{ "x.pe=192.0.2.1:0", NULL }, { "x.pe=192.0.2.1", NULL }, { "x.pe=:80", NULL }, { "x.pe=", NULL },
		{ "x.pe=[a]:80", NULL },
		{ "x.pe=2001:db8::1:80", NULL }, { "x.pe=a b:80", NULL }, { "x.pe=[]:80", NULL },
		{ "x.pe=http://a.example/" KEY, "61 'x.pe=http://a.example/***': want host:port or [IPv6 address]:port, with a port of 1 to "
		  "65535\n" },
		{ "so=8-6", "61 'so=8-6': want numbers of files and ranges of them, as in so=0,2,4-6\n" },
		{ "so=1,,2,x", NULL }, { "so=", NULL }, { "so=1,", NULL }, { "so=-1", NULL }, { "so=1-2-3", NULL },
		{ "so=4294967296", NULL },
		{ "xl=many", "61 'xl=many': want a number of bytes\n" },
		{ "xl=", NULL }, { "xl=-1", NULL }, { "xl=9223372036854775808", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = { 0 }, complaints = { 0 }, printed = { 0 };
		const struct magnet_sink sink = { note, &complaints };
		struct arena arena = { 0 };
		struct error error = { 0 };
		struct magnet magnet;

		buf_format(&text, "%s&%s", BEGIN, rows[i].end);
		assert_true(magnet_parse(buf_bytes(&text), &magnet, &arena, &sink, &error));
		assert_int_equal(magnet.count[MAGNET_OTHER], 1);
		assert_true(magnet.size == UINT64_MAX && !magnet.select.data && !magnet.count[MAGNET_PEER]);
		if (!complaints.size || (rows[i].complaint && !bytes_is(buf_bytes(&complaints), rows[i].complaint)))
			fail_msg("%s: %s", rows[i].end, buf_string(&complaints));
		/* what is no good is kept */
		magnet_print(&magnet, false, &printed);
		assert_true(bytes_equal(buf_bytes(&printed), buf_bytes(&text)));
		printed.size = 0;
		magnet_print_others(&magnet, false, &printed);
		assert_true(bytes_is(buf_bytes(&printed), rows[i].end));
		buf_free(&text);
		buf_free(&complaints);
		buf_free(&printed);
		arena_free(&arena);
	}
}

static void test_values(void **state)
{
	struct bytes link = exact_copy(BEGIN "&xl=5&kt=a+b%21&so=1%2C2&tr=a%2Fb+c",
				       sizeof BEGIN "&xl=5&kt=a+b%21&so=1%2C2&tr=a%2Fb+c" - 1);
	struct arena arena = { 0 };
	struct error error = { 0 };
	struct magnet magnet;
	struct magnet_parameter parameter;

	(void)state;
	assert_true(magnet_parse(link, &magnet, &arena, NULL, &error));
	assert_int_equal(magnet.size, 5);
	assert_true(bytes_is(magnet.keywords, "a b!"));
	assert_true(bytes_is(magnet.select, "1,2"));
	for (size_t at = 0; magnet_next(&magnet, &at, &parameter);)
		;
	assert_int_equal(parameter.kind, MAGNET_TRACKER);
	assert_true(bytes_is(parameter.name, "tr"));
	/* a + is a blank in names only: in a URL it is a + */
	assert_true(bytes_is(magnet_value(&parameter, &arena), "a/b+c"));
	arena_free(&arena);
	free_copy(link);
}

static void test_masks(void **state)
{
	static const struct { const char *end, *want; } rows[] = {
		{ "tr=http%3A%2F%2Fa.example%2F" KEY "%2Fannounce", "tr=http%3A%2F%2Fa.example%2F***%2Fannounce" },
		{ "tr=http://a.example/announce?passkey=abc&uid=7&x",
		  "tr=http%3A%2F%2Fa.example%2Fannounce%3Fpasskey%3D***&uid=***&x" },
		{ "ws=http://user:word@w.example/f", "ws=http%3A%2F%2F***%40w.example%2Ff" },
		{ "xs=http://a.example/dl.php?passkey=a", "xs=http%3A%2F%2Fa.example%2Fdl.php%3Fpasskey%3D***" },
		{ "xs=http://a.example/f%20g", "xs=http://a.example/f%20g" },
		{ "x.pe=192.0.2.1:80&x.pe=" KEY ".example:80", "x.pe=192.0.2.1:80&x.pe=***.example:80" },
		{ "x.pe=" KEY "&" KEY "=&" KEY "&x.y=" KEY "&so=" KEY "&xl=" KEY,
		  "x.pe=***&***=&***&x.y=***&so=***&xl=***" },
		{ "dn=" KEY "&kt=" KEY, NULL },
		{ "dht=router.example:6881", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = { 0 }, printed = { 0 };
		struct arena arena = { 0 };
		struct error error = { 0 };
		struct magnet magnet;

		buf_format(&text, "%s&%s", BEGIN, rows[i].end);
		assert_true(magnet_parse(buf_bytes(&text), &magnet, &arena, NULL, &error));
		magnet_print(&magnet, true, &printed);
		text.size = 0;
		buf_format(&text, "%s&%s", BEGIN, rows[i].want ? rows[i].want : rows[i].end);
		if (!bytes_equal(buf_bytes(&printed), buf_bytes(&text)))
			fail_msg("%s: %s", rows[i].end, buf_string(&printed));
		buf_free(&text);
		buf_free(&printed);
		arena_free(&arena);
	}
}

static void test_writing(void **state)
{
	uint8_t v1[MAGNET_V1], v2[MAGNET_V2];
	struct buf link = { 0 };

	(void)state;
	assert_true(hex_parse((const uint8_t *)V1, MAGNET_V1, v1) && hex_parse((const uint8_t *)V2, MAGNET_V2, v2));
	magnet_begin(&link, v1, v2, bytes_of("a b/\xc3\xa4&~"), 0);
	magnet_put(&link, MAGNET_TRACKER, bytes_of("http://a.example/?a=b&c"));
	magnet_put(&link, MAGNET_WEB_SEED, bytes_of("w"));
	assert_string_equal(buf_string(&link),
			    BEGIN "&xt=urn:btmh:1220" V2 "&dn=a%20b%2F%C3%A4%26~&xl=0&tr=http%3A%2F%2Fa.example%2F"
				  "%3Fa%3Db%26c&ws=w");
	link.size = 0;
	magnet_begin(&link, NULL, v2, (struct bytes){ NULL, 0 }, UINT64_MAX);
	assert_string_equal(buf_string(&link), BEGIN_V2);
	buf_free(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
