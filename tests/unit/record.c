/* record.c - tables of fields: found by name, cleared, and sound for every record there is */
#include "../support/unit.h"

#include "codec/frame.h"
#include "codec/peer.h"
#include "text/top.h"

static const struct record *const records[] = {
	&frame_record, &oldframe_record, &peer_record, &leecher_record, &member_record, &top_record,
};

static void test_columns(void **state)
{
	/* other programs read these: columns are only ever added at the end */
	static const char *const rows[][12] = {
		{ "frame", "version", "event", "numwant", "info_hash", "passkey", "ipv4", "ipv6", "port", "draft", "time",
		  NULL },
		{ "oldframe", "version", "event", "numwant", "info_hash", "peer_id", "ipv4", "ipv6", "port", "draft", "time",
		  NULL },
		{ "peer", "info_hash", "ipv4", "ipv6", "port", "seen", NULL },
		{ "leecher", "info_hash", "passkey", NULL },
		{ "member", "passkey", "info_hash", NULL },
		{ "top", "field", "value", "count", "share", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(records[i]->name, rows[i][0]);
		for (size_t j = 1; rows[i][j]; j++) {
			assert_true(j <= records[i]->count);
			assert_string_equal(records[i]->fields[j - 1].name, rows[i][j]);
		}
	}
}

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(records); i++) {
		const struct record *record = records[i];

		assert_true(record->count && record->count <= RECORD_FIELDS_MAX);
		assert_true(strlen(record->name) <= 15 && *record->help);
		for (size_t j = 0; j < record->count; j++) {
			const struct field *field = &record->fields[j];

			assert_true(field->offset + field->type->size <= record->size);
			assert_true(*field->help);
			assert_string_not_equal(field->name, "type");
			/* no name twice, and none that JSON gives to a field of raw bytes */
			assert_ptr_equal(record_find(record, bytes_of(field->name)), field);
			assert_true(strlen(field->name) < 4 || strcmp(field->name + strlen(field->name) - 4, "_hex") != 0);
			assert_true((field->type == &field_types[FIELD_WORD]) == (field->words != NULL));
		}
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_ptr_equal(record_find(&peer_record, bytes_of("port")), &peer_record.fields[3]);
	assert_null(record_find(&peer_record, bytes_of("por")));
	assert_null(record_find(&peer_record, bytes_of("ports")));
	assert_null(record_find(&peer_record, bytes_of("Port")));
	assert_null(record_find(&peer_record, bytes_of("")));
	assert_null(record_find(&peer_record, bytes_of("type")));
	assert_null(record_find(&peer_record, bytes_at(NULL, 0)));
}

static void test_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(records); i++) {
		void *value = malloc(records[i]->size);

		memset(value, 0xa5, records[i]->size);
		record_clear(records[i], value);
		for (size_t j = 0; j < records[i]->count; j++)
			assert_true(field_unset(&records[i]->fields[j], value) ==
				    (records[i]->fields[j].type->unset != NULL));
		free(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
