/* record.c - record types: a tag and a table of fields */
#include "text/record.h"

const struct field *record_find(const struct record *record, struct bytes name)
{
	for (size_t i = 0; i < record->count; i++)
		if (bytes_is(name, record->fields[i].name))
			return &record->fields[i];
	return NULL;
}

void record_clear(const struct record *record, void *structure)
{
	memset(structure, 0, record->size);
	for (size_t i = 0; i < record->count; i++)
		if (record->fields[i].type->clear)
			record->fields[i].type->clear((char *)structure + record->fields[i].offset);
}
