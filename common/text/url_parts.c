/* url_parts.c - what a URL is made of */
#include "text/url_parts.h"

#include <strings.h>

/* The host and the port of the authority. */
static void split_authority(struct url *url)
{
	const uint8_t *at = url->authority.size ? memrchr(url->authority.data, '@', url->authority.size) : NULL, *colon;
	struct bytes rest;

	url->host = url->authority;
	if (at) {
		url->user = bytes_at(url->authority.data, (size_t)(at - url->authority.data));
		url->host = bytes_after(url->authority, url->user.size + 1);
	}
	if (url->host.size && url->host.data[0] == '[' && memchr(url->host.data, ']', url->host.size)) {
		url->host = bytes_split(bytes_after(url->host, 1), ']', &rest);
		if (rest.size && rest.data[0] == ':')
			url->port = bytes_after(rest, 1);
		return;
	}
	colon = url->host.size ? memrchr(url->host.data, ':', url->host.size) : NULL;
	if (colon) {
		url->port = bytes_after(url->host, (size_t)(colon - url->host.data) + 1);
		url->host.size = (size_t)(colon - url->host.data);
	}
}

bool url_split(struct bytes text, struct url *url)
{
	const uint8_t *scheme_end = text.size ? memmem(text.data, text.size, "://", 3) : NULL;

	*url = (struct url){ .text = text };
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] <= ' ' || text.data[i] == 0x7f)
			return false;
	if (!scheme_end)
		return false;
	url->scheme = bytes_at(text.data, (size_t)(scheme_end - text.data));
	url->authority = bytes_after(text, url->scheme.size + 3);
	for (size_t i = 0; i < url->authority.size; i++)
		if (memchr("/?#", url->authority.data[i], 3))
			url->authority.size = i;
	split_authority(url);
	return true;
}

bool url_scheme_is(const struct url *url, const char *schemes)
{
	for (const char *at = schemes; *at; at += strspn(at, " ")) {
		size_t size = strcspn(at, " ");

		if (size == url->scheme.size && !strncasecmp(at, (const char *)url->scheme.data, size))
			return true;
		at += size;
	}
	return false;
}
