/* top.h - exact counts of the distinct values of one field */
#ifndef TEXT_TOP_H
#define TEXT_TOP_H

#include "base/table.h"
#include "text/record.h"

enum {
	TOP_DISTINCT_MAX = 16 << 20,	/* distinct values kept; records with further ones are counted in `missed` */
	TOP_ROWS_DEFAULT = 10,
};

struct top {
	const struct field *field;
	const struct field_type *printed;	/* how its values are printed: times in either way */
	uint64_t rows;		/* how many to print */
	uint64_t total, unset, missed;
	struct table table;
};

/* What --top prints, most frequent first. */
struct top_row {
	struct bytes field, value;	/* value: unset for records where the field is */
	uint64_t count;
	double share;			/* of all records counted */
};

extern const struct record top_record;

/* what: FIELD or FIELD:N (N 0: all). iso: times as RFC 3339. ERROR_USAGE when it is neither. */
bool top_init(struct top *, const struct record *, const char *what, bool iso, struct error *);
void top_free(struct top *);
void top_count(struct top *, const void *record);
/* Calls put for each row, in order. */
void top_print(struct top *, void (*put)(void *context, const struct top_row *), void *context);

#endif
