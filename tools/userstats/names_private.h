/* names_private.h - what the files of names share */
#ifndef USERSTATS_NAMES_PRIVATE_H
#define USERSTATS_NAMES_PRIVATE_H

#include "text/escape.h"
#include "tools/userstats/names.h"

enum { NAMES_OWN = 20 };
/*
 * The records of userstats itself, for reading them back, and those that only one other tool has; ended by NULL. In a
 * file of their own: codec/torrent.h has a struct of the same name.
 */
extern const struct record *const names_own[NAMES_OWN];

/* How messages call a name: "tid 7", "passkey 0123...": of a passkey, or what may begin one, little is shown. */
struct names_label { char text[160]; };
const char *names_label(struct names_label *, const struct names *, const struct name *);
/* Is it new? Remembers it. */
bool names_distinct(struct names *, const struct name *);

#endif
