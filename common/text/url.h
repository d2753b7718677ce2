/* url.h - URLs of trackers as they may be shown: without the secrets in them */
#ifndef TEXT_URL_H
#define TEXT_URL_H

#include "base/buf.h"

/*
 * Appends the URL with `***` in place of what may be a passkey: user and password, the values of the query, and parts
 * of the path that look like keys and not like words. Whatever is no URL at all is judged in the same way. What is appended may be
 * masked again and stays the same.
 */
void url_mask(struct bytes url, struct buf *out);

#endif
