/* url_parts.h - what a URL is made of */
#ifndef TEXT_URL_PARTS_H
#define TEXT_URL_PARTS_H

#include "base/bytes.h"

/* Views of the text. */
struct url {
	struct bytes text;
	struct bytes scheme;	/* before "://" */
	struct bytes authority;	/* up to the first / ? # */
	struct bytes user;	/* before the last @ of it, password and all; data NULL: none */
	struct bytes host;	/* of it, without user, password and port; an IPv6 address without its brackets */
	struct bytes port;	/* data NULL: none */
};

/*
 * scheme://user:password@host:port/... False: it has no "://", or bytes in it that no URL has: blanks and control
 * characters. Nothing else is judged: parts may be empty, the port may be no number, bytes beyond ASCII stay.
 */
bool url_split(struct bytes text, struct url *);
/* Is the scheme, in whatever case, one of these: "http https"? */
bool url_scheme_is(const struct url *, const char *schemes);

#endif
