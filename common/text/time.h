/* time.h - moments as epoch seconds and as RFC 3339 */
#ifndef TEXT_TIME_H
#define TEXT_TIME_H

#include "base/bytes.h"

enum { TIME_ROOM = 40 };	/* most bytes that either printer writes */

/* Microseconds since 1970 as seconds: "1700000000", "1700000000.250000", "-1". Returns the end. */
char *time_print(char *at, int64_t us);
/* The same moment in UTC: "2023-11-14T22:13:20Z"; years beyond 0..9999 fall back to epoch seconds. */
char *time_print_iso(char *at, int64_t us);
/* Reads both forms (any number of fraction digits, any RFC 3339 offset). */
bool time_parse(struct bytes text, int64_t *us);

#endif
