/* url.h - URLs of trackers as they may be shown: without the secrets in them */
#ifndef TEXT_URL_H
#define TEXT_URL_H

#include "base/buf.h"

/*
 * Appends the URL with `***` in place of what may be a passkey:
 *
 *	user and password			all of it
 *	a port that is none			all of it
 *	a name in the host			16 letters and digits or more with a digit among them, or any 28
 *	a part of the path, and the scheme	8 letters, digits, - and _ or more, with a digit or with small and capital
 *						letters mixed; any 20; whatever has a value: key=...; of one with
 *						dots (the name of a file), what is between them as in the host
 *	the query and the fragment		every value, but those of names that announces have (event, port...)
 *						when they do not look like keys; names that look like keys
 *
 * Characters that are percent-encoded count as what they stand for. What is no URL is judged in the same way. So no 32
 * hexadecimal digits are ever shown, wherever they stand. What is appended may be masked again and stays the same.
 */
void url_mask(struct bytes url, struct buf *out);

#endif
