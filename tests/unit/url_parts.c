/* url_parts.c - URLs taken apart, and what is none */
#include "../support/unit.h"

#include "text/url_parts.h"

static void test_parts(void **state)
{
	static const struct { const char *text, *scheme, *authority, *host, *port, *user; } rows[] = {
		{ "http://t.example/announce", "http", "t.example", "t.example", NULL, NULL },
		{ "udp://t.example:6969", "udp", "t.example:6969", "t.example", "6969", NULL },
		{ "http://user:pass@t.example:80/a?b#c", "http", "user:pass@t.example:80", "t.example", "80", "user:pass" },
		{ "http://a@b@t.example?x", "http", "a@b@t.example", "t.example", NULL, "a@b" },
		{ "http://@t.example", "http", "@t.example", "t.example", NULL, "" },
		{ "udp://[2001:db8::7]:6969/announce", "udp", "[2001:db8::7]:6969", "2001:db8::7", "6969", NULL },
		{ "udp://[2001:db8::7]#x", "udp", "[2001:db8::7]", "2001:db8::7", NULL, NULL },
		{ "udp://[::1]x:1", "udp", "[::1]x:1", "::1", NULL, NULL },
		{ "udp://[::1", "udp", "[::1", "[:", "1", NULL },
		{ "http://t.example:", "http", "t.example:", "t.example", "", NULL },
		{ "://", "", "", "", NULL, NULL }, { "http:///path", "http", "", "", NULL, NULL },
	};
	static const char *const bad[] = { "", "t.example", "http:/t.example", "http//", "http://t example",
					   "http://t.example\n", "\177://a" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;

		if (!url_split(bytes_of(rows[i].text), &url))
			fail_msg("%s: refused", rows[i].text);
		if (!bytes_is(url.scheme, rows[i].scheme) || !bytes_is(url.authority, rows[i].authority) ||
		    !bytes_is(url.host, rows[i].host) || !url.port.data != !rows[i].port ||
		    (rows[i].port && !bytes_is(url.port, rows[i].port)))
			fail_msg("%s: %.*s, %.*s, %.*s, %.*s", rows[i].text, (int)url.scheme.size, url.scheme.data,
				 (int)url.authority.size, url.authority.data, (int)url.host.size, url.host.data,
				 (int)url.port.size, url.port.data);
		assert_true(rows[i].user ? bytes_is(url.user, rows[i].user) && url.user.data : !url.user.data);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct url url;

		if (url_split(bytes_of(bad[i]), &url))
			fail_msg("'%s' passed", bad[i]);
	}
}

static void test_scheme(void **state)
{
	struct url url;

	(void)state;
	assert_true(url_split(bytes_of("HTTPS://t.example"), &url));
	assert_true(url_scheme_is(&url, "http https udp"));
	assert_true(url_scheme_is(&url, "https"));
	assert_false(url_scheme_is(&url, "http udp"));
	assert_false(url_scheme_is(&url, "httpsx"));
	assert_false(url_scheme_is(&url, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_scheme),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
