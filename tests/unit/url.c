/* url.c - what is shown of a URL: words stay, keys do not, wherever they stand */
#include "../support/unit.h"

#include "text/url.h"

#define KEY "0123456789abcdef0123456789abcdef"

/* Masks a copy that ends where the URL ends; masking again must change nothing. The caller frees the buf. */
static struct buf masked(const void *url, size_t size)
{
	struct bytes copy = exact_copy(url, size), once;
	struct buf out = { 0 }, again = { 0 };

	url_mask(copy, &out);
	once = exact_copy(out.data, out.size);
	url_mask(once, &again);
	if (!bytes_equal(once, buf_bytes(&again)))
		fail_msg("%s is %s when it is masked again", buf_string(&out), buf_string(&again));
	free_copy(copy);
	free_copy(once);
	buf_free(&again);
	return out;
}

static void test_rows(void **state)
{
	static const struct { const char *url, *want; } rows[] = {
		{ "", "" },
		/* nothing to hide */
		{ "udp://tracker.example.org:1337/announce", "udp://tracker.example.org:1337/announce" },
		{ "http://tracker2.example.org/announce.php", "http://tracker2.example.org/announce.php" },
		{ "https://a.example/scrape", "https://a.example/scrape" },
		{ "http://[2001:db8::1]:6969/announce", "http://[2001:db8::1]:6969/announce" },
		{ "http://www.averylongnameofatracker.example/announce",
		  "http://www.averylongnameofatracker.example/announce" },
		{ "udp://ec2-203-0-113-25.example:80/announce", "udp://ec2-203-0-113-25.example:80/announce" },
		{ "http://ip-10-0-0-12.example:80/tracker/announce", "http://ip-10-0-0-12.example:80/tracker/announce" },
		{ "udp://192.0.2.1:6969", "udp://192.0.2.1:6969" },
		{ "tracker.example.org:80/announce", "tracker.example.org:80/announce" },
		{ "http://a.example/announce?", "http://a.example/announce?" },
		{ "http://a.example/tracker.php?action=announce&compact=1&port=6881",
		  "http://a.example/tracker.php?action=announce&compact=1&port=6881" },
		/* user and password */
		{ "http://user:secret@a.example/announce", "http://***@a.example/announce" },
		{ "http://user:p@ss@a.example:80/announce", "http://***@a.example:80/announce" },
		{ "user:secret@a.example/announce", "***@a.example/announce" },
		{ "http://user:pa/ss@a.example/announce", "http://user:***/ss@a.example/announce" },
		/* the path */
		{ "http://a.example/" KEY "/announce", "http://a.example/***/announce" },
		{ "http://a.example:34000/a1b2c3d4/announce", "http://a.example:34000/***/announce" },
		{ "http://a.example/announce/" KEY, "http://a.example/announce/***" },
		{ "http://a.example/Q3KMQABEURUQTCQXRNBALHXCQADCADUA/announce", "http://a.example/***/announce" },
		{ "http://a.example/htTIACSkab5MULxaECz3F4AxAHQ=/announce", "http://a.example/***/announce" },
		{ "http://a.example/kqWzRtYuPl/announce", "http://a.example/***/announce" },
		{ "http://a.example/abcdefghijklmnopqrst/announce", "http://a.example/***/announce" },
		{ "http://a.example/%61%31%62%32c3d4/announce", "http://a.example/***/announce" },
		{ "http://a.example/pk=ab12/announce", "http://a.example/***/announce" },
		{ "http://a.example/" KEY ".torrent", "http://a.example/***.torrent" },
		{ "http://a.example/iso/2019.12.01/x-9.1.0-amd64.iso", "http://a.example/iso/2019.12.01/x-9.1.0-amd64.iso" },
		{ "http://a.example/a.b=c/announce", "http://a.example/***/announce" },
		/* the query */
		{ "http://a.example/announce?passkey=abc", "http://a.example/announce?passkey=***" },
		{ "http://a.example/announce.php?pid=1&uid=&port=" KEY,
		  "http://a.example/announce.php?pid=***&uid=&port=***" },
		{ "http://a.example/announce?abc", "http://a.example/announce?***" },
		{ "http://a.example/announce?" KEY "=1", "http://a.example/announce?***=***" },
		{ "http://a.example/a?x=1;y=2?z=3#key", "http://a.example/a?x=***;y=***?z=***#***" },
		{ "http://a.example?k=1/2", "http://a.example?k=***" },
		/* the host, and what is no host */
		{ "http://" KEY ".a.example/announce", "http://***.a.example/announce" },
		{ "http://a0b1c2d3e4f5a6b7.a.example/announce", "http://***.a.example/announce" },
		{ "http://abcdefghijklmnopqrstuvwxyzab.example/a", "http://***.example/a" },
		{ "http://550e8400-e29b-41d4-a716-446655440000.example/a", "http://***.example/a" },
		{ "http://[" KEY "]:80/announce", "http://***:80/announce" },
		{ "http://[2001:db8::1]" KEY ":80", "http://[2001:db8::1]***:80" },
		{ "http://a.example:" KEY "/announce", "http://a.example:***/announce" },
		{ KEY "://a.example/announce", "***://a.example/announce" },
		/* no URL */
		{ KEY, "***" },
		{ "a1b2c3d4", "***" },
		{ "words", "words" },
		{ "http%3A%2F%2Fa.example%2F" KEY, "***" },
		{ "****", "****" },
		{ "urn:btih:" KEY "://x", "***://x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = masked(rows[i].url, strlen(rows[i].url));

		if (!bytes_is(buf_bytes(&out), rows[i].want))
			fail_msg("%s: %s, want %s", rows[i].url, buf_string(&out), rows[i].want);
		buf_free(&out);
	}
}

/* A key put into each place of each URL, between any two characters, is never shown. */
static void test_no_key(void **state)
{
	static const char *const urls[] = {
		"", "http://tracker.example.org:6969/announce", "udp://192.0.2.1:80",
		"https://user:word@a.example/x/announce.php?pid=&a=b;c#d",
		"http://[2001:db8::1]:80/announce?port=6881&event=started", "a.example:80/x",
		"http%3A%2F%2Fa.example%2Fannounce",
	};
	uint64_t seed = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		size_t size = strlen(urls[i]);

		for (size_t place = 0; place <= size; place++) {
			uint8_t url[256];
			struct buf out;

			memcpy(url, urls[i], place);
			for (size_t j = 0; j < 32; j++)
				url[place + j] = (uint8_t)"0123456789abcdef"[next_random(&seed) >> 20 & 15];
			memcpy(url + place + 32, urls[i] + place, size - place);
			out = masked(url, size + 32);
			if (out.size && memmem(out.data, out.size, url + place, 32))
				fail_msg("shown: %s", buf_string(&out));
			buf_free(&out);
		}
	}
}

/* Anything made of what URLs are made of: no overrun, and masked again it stays the same. */
static void test_random(void **state)
{
	static const char *const parts[] = {
		"http", "://", ":", "/", "//", "?", "#", "&", ";", "=", "@", "[", "]", ".", "%", "%4", "%3D", "%40", "***",
		"announce", "a1b2c3d4", "0123456789abcdef0123", "port", "80", "2001:db8::1", "AbCdEfGhI", "-", "", "\xff",
	};
	uint64_t seed = 9;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char url[256];
		size_t size = 0;
		struct buf out;

		for (uint64_t left = next_random(&seed) % 12; left; left--) {
			const char *part = parts[(next_random(&seed) >> 8) % COUNT(parts)];

			memcpy(url + size, part, strlen(part));
			size += strlen(part);
		}
		if (i % 16 == 0 && size < sizeof url)
			url[size++] = 0;
		out = masked(url, size);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_key),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
