/* check.h - what the parts of userstats check share: findings */
#ifndef USERSTATS_CHECK_H
#define USERSTATS_CHECK_H

#include "tools/userstats/records.h"
#include "tools/userstats/stores.h"

/*
 * Prints one; a warning or an error makes the exit status 1. detail: what it means, or NULL; sql: a statement that would
 * mend it, which is never run, or NULL; value: what was found, as printf has it, cut off at 511 bytes.
 */
void check_tell(struct run *, enum finding_state, const char *topic, const char *detail, const char *sql, const char *value,
		...) __attribute__((format(printf, 6, 7)));

/* The keys of both databases: which classes there are, and of what format, type and time to live. */
void check_keys(struct stores *);
/* The inputs of the schema, the indexes that the built-in one wants, values that cannot match. */
void check_site(struct stores *);

#endif
