/* pg_server.c - real PostgreSQL: the same rows both ways, settings that hold, poolers, every end of a statement */
#include "tests/support/pg_ways.h"

/* --- rows --- */

static void test_same_rows(void **state)
{
	static const char values[] = "select * from (values (1::bigint, null::text, true, 2, array['a', null]), "
				     "(-1, '', null, 3, '{}'), (9000000000, E'\\303\\244\\t\"', false, -4, null)) v";
	static const char want[] = "8:\0\0\0\0\0\0\0\1|NULL|1:\1|4:\0\0\0\2|29:\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\2"
				   "\0\0\0\1\0\0\0\1" "a\xff\xff\xff\xff|\n"
				   "8:\xff\xff\xff\xff\xff\xff\xff\xff|0:|NULL|4:\0\0\0\3|12:\0\0\0\0\0\0\0\0\0\0\0\x19|\n"
				   "8:\0\0\0\2\x18\x71\x1a\0|4:\xc3\xa4\t\"|1:\0|4:\xff\xff\xff\xfc|NULL|\n";

	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg = open_to(ways[i / 2]);

		assert_rows(pg, i % 2, values, bytes_at(want, sizeof want - 1));
		assert_rows(pg, i % 2, "select 1 where false", bytes_of(""));
		assert_rows(pg, i % 2, "select from generate_series(1, 3)", bytes_of("\n\n\n"));
		assert_int_equal(pg_trips(pg), 3);
		pg_close(pg);
	}
}

/* More than fits into any buffer, in rows of all sizes. */
static void test_many_rows(void **state)
{
	static const char sql[] = "select i::bigint, repeat('x', i % 50 * (i % 1000 / 999 * 20000 + 1)) from "
				  "generate_series(1, 20000) i";

	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg = open_to(ways[i / 2]);
		struct error error = { 0 };
		struct pg_row row;
		int64_t number, last = 0;
		enum pg_tried tried;

		send_statement(pg, i % 2, sql);
		while ((tried = pg_next(pg, &row, &error)) == PG_ROW) {
			assert_true(row.count == 2 && pg_int(row.fields[0], &number) && number == ++last);
			assert_int_equal(row.fields[1].size, number % 50 * (number % 1000 / 999 * 20000 + 1));
			for (size_t j = 0; j < row.fields[1].size; j++)
				if (row.fields[1].data[j] != 'x')
					fail();
		}
		assert_int_equal(tried, PG_END);
		assert_int_equal(last, 20000);
		pg_close(pg);
	}
}

/* --- parameters --- */

static void test_parameters(void **state)
{
	static const int64_t numbers[] = { INT64_MIN, 0, 77 };
	const struct bytes texts[] = { bytes_of("{\"a\\\\\",'b'}"), bytes_of(""), bytes_of("NULL"),
				       bytes_of("\xc3\xa4 $1;--") };
	const struct pg_parameter parameters[] = {
		{ PG_INT8, .numbers = numbers + 2 }, { PG_TEXT, .texts = texts }, { PG_INT8_ARRAY, 3, .numbers = numbers },
		{ PG_TEXT_ARRAY, 4, .texts = texts }, { PG_TEXT_ARRAY, .texts = texts },
	};

	need_server(state);
	for (size_t i = 0; i < way_count; i++) {
		struct pg *pg = open_to(ways[i]);
		struct error error = { 0 };
		struct buf text = { 0 };

		assert_true(pg_query(pg, "select ($1 * 2)::text, $2, array_to_string($3, ' '), u, "
				     "cardinality($5)::text from unnest($4) u", parameters, 5, &error));
		assert_int_equal(read_rows(pg, &text, &error), PG_END);
		assert_string_equal(buf_string(&text),
				    "3:154|11:{\"a\\\\\",'b'}|25:-9223372036854775808 0 77|11:{\"a\\\\\",'b'}|1:0|\n"
				    "3:154|11:{\"a\\\\\",'b'}|25:-9223372036854775808 0 77|0:|1:0|\n"
				    "3:154|11:{\"a\\\\\",'b'}|25:-9223372036854775808 0 77|4:NULL|1:0|\n"
				    "3:154|11:{\"a\\\\\",'b'}|25:-9223372036854775808 0 77|8:\xc3\xa4 $1;--|1:0|\n");
		buf_free(&text);
		pg_close(pg);
	}
}

/* More than the socket takes at once, with as much to come back. */
static void test_large_parameters(void **state)
{
	enum { MANY = 150000 };
	struct pg_parameter parameter = { PG_INT8_ARRAY, MANY, .numbers = NULL };
	int64_t *numbers;

	need_server(state);
	parameter.numbers = numbers = malloc(MANY * sizeof *numbers);
	assert_non_null(numbers);
	for (int64_t i = 0; i < MANY; i++)
		numbers[i] = i * i;
	for (size_t i = 0; i < way_count; i++) {
		struct pg *pg = open_to(ways[i]);
		struct error error = { 0 };
		struct pg_row row;
		int64_t count = 0, number;
		enum pg_tried tried;

		assert_true(pg_query(pg, "select unnest($1)", &parameter, 1, &error));
		for (; (tried = pg_next(pg, &row, &error)) == PG_ROW; count++)
			assert_true(pg_int(row.fields[0], &number) && number == count * count);
		assert_int_equal(tried, PG_END);
		assert_int_equal(count, MANY);
		pg_close(pg);
	}
	free(numbers);
}

/* --- refusals, and settings that hold --- */

static void test_refusals(void **state)
{
	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg = open_with((struct pg_options){ .conninfo = ways[i / 2], .statement_timeout_ms = 300000 });
		bool copy = i % 2;

		assert_refused(pg, copy, "select * from gone", "42P01", "relation \"gone\" does not exist (42P01)");
		assert_refused(pg, copy, "select lenth('a')", "42883", "does not exist (42883); hint: No function matches");
		assert_refused(pg, copy, "select nextval('numbers')", "25006", "in a read-only transaction");
		assert_refused(pg, copy, "select 1); select (2", "42601", "syntax error");
		assert_refused(pg, copy, "select 10 / (50000 - i) from generate_series(1, 60000) i", "22012",
			       "division by zero");
		assert_refused(pg, copy, "select 0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2", "",
			       "columns");
		assert_rows(pg, copy, "select current_setting('jit'), current_setting('statement_timeout'), "
			    "current_setting('transaction_read_only'), current_setting('application_name')",
			    bytes_of("3:off|4:5min|2:on|9:pg_server|\n"));
		pg_close(pg);
	}
	assert_int_equal(pg_do(writer, "select is_called::int from numbers"), 0);
	/* and nothing of that stays with the pooler's connection */
	assert_int_equal(pg_do(writer, "select count(*) from pg_stat_activity where state like 'idle in%'"), 0);
}

static void test_timeout(void **state)
{
	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg = open_with((struct pg_options){ .conninfo = ways[i / 2], .statement_timeout_ms = 100 });
		struct error error = { 0 };
		struct pg_row row;

		send_statement(pg, i % 2, "select pg_sleep(1000)");
		assert_int_equal(pg_next(pg, &row, &error), PG_FAILED);
		assert_non_null(strstr(error.message, "statement timeout (57014)"));
		assert_false(pg_lost(pg) || pg_busy(pg));
		pg_close(pg);
	}
}

/* A database that is read-only by itself is no sign that a pooler has not dropped the other settings. */
static void test_half_settings(void **state)
{
	char conninfo[160];

	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg;

		snprintf(conninfo, sizeof conninfo, "%s dbname=sealed", ways[i / 2]);
		pg = open_with((struct pg_options){ .conninfo = conninfo, .statement_timeout_ms = 300000 });
		assert_rows(pg, i % 2, "select current_setting('statement_timeout'), current_setting('jit')",
			    bytes_of("4:5min|3:off|\n"));
		pg_close(pg);
	}
}

static void test_query_only(void **state)
{
	need_server(state);
	for (size_t i = 0; i < way_count; i++) {
		struct pg *pg = open_to(ways[i]);

		assert_refused(pg, false, "create table t (a int)", "25006", "cannot execute CREATE TABLE");
		assert_refused(pg, false, "select 1; select 2", "42601", "multiple commands");
		assert_rows(pg, false, "set work_mem = '1MB'", bytes_of(""));
		pg_close(pg);
	}
}

static void test_permissions(void **state)
{
	char conninfo[160];

	need_server(state);
	snprintf(conninfo, sizeof conninfo, "%s user=nobody", direct);
	for (int i = 0; i < 2; i++) {
		struct pg *pg = open_to(conninfo);

		assert_refused(pg, i, "select * from mine", "42501", "permission denied for table mine (42501)");
		pg_close(pg);
	}
}

/* What the user wants besides stays. */
static void test_options_of_user(void **state)
{
	char conninfo[200];
	struct pg *pg;

	need_server(state);
	snprintf(conninfo, sizeof conninfo, "%s options='-c search_path=mine,public' application_name=other", direct);
	pg = open_to(conninfo);
	assert_rows(pg, false, "select current_setting('search_path'), current_setting('default_transaction_read_only'), "
		    "current_setting('application_name')", bytes_of("11:mine,public|2:on|5:other|\n"));
	pg_close(pg);
	setenv("PGOPTIONS", "-c search_path=mine", 1);
	pg = open_to(direct);
	unsetenv("PGOPTIONS");
	assert_rows(pg, true, "select current_setting('search_path'), current_setting('default_transaction_read_only')",
		    bytes_of("4:mine|2:on|\n"));
	pg_close(pg);
}

/* --- the end before the end --- */

static void wait_until(const char *sql, long want)
{
	for (int i = 0; i < 3000; i++) {
		if (pg_do(writer, sql) == want)
			return;
		usleep(10000);
	}
	fail_msg("never %ld: %s", want, sql);
}

#define RUNNING \
	"select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() " \
	"and backend_type = 'client backend'"

/* Until the server works on it. */
static void run_long(struct pg *pg, bool copy)
{
	struct error error = { 0 };
	struct pg_row row;

	wait_until(RUNNING, 0);
	send_statement(pg, copy, "select pg_sleep(1000)");
	for (int i = 0; i < 3000 && pg_do(writer, RUNNING " and query like '%sleep%'") == 0; i++) {
		assert_int_equal(pg_try(pg, &row, &error), PG_LATER);
		usleep(10000);
	}
	assert_int_equal(pg_try(pg, &row, &error), PG_LATER);
}

static void test_stop(void **state)
{
	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg = open_to(ways[i / 2]);
		struct error error = { 0 };
		struct pg_row row;

		run_long(pg, i % 2);
		stop = true;
		assert_int_equal(pg_next(pg, &row, &error), PG_FAILED);
		stop = false;
		assert_non_null(strstr(error.message, ": interrupted"));
		assert_false(pg_busy(pg) || pg_lost(pg));
		assert_int_equal(pg_do(writer, RUNNING), 0);
		assert_rows(pg, i % 2, "select 'on'::text", bytes_of("2:on|\n"));
		/* in the middle of rows that nobody reads */
		send_statement(pg, i % 2, "select generate_series(1, 100000000)");
		error = (struct error){ 0 };
		assert_int_equal(pg_next(pg, &row, &error), PG_ROW);
		stop = true;
		assert_int_equal(pg_next(pg, &row, &error), PG_FAILED);
		stop = false;
		assert_rows(pg, i % 2, "select 'on'::text", bytes_of("2:on|\n"));
		pg_close(pg);
	}
}

static void test_close_ends_statement(void **state)
{
	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg = open_to(ways[i / 2]);

		run_long(pg, i % 2);
		pg_close(pg);
		wait_until(RUNNING, 0);
	}
}

static void assert_lost(struct pg *pg, const char *words)
{
	struct error error = { 0 };
	struct pg_row row;

	assert_int_equal(pg_next(pg, &row, &error), PG_FAILED);
	if (!strstr(error.message, words))
		fail_msg("\"%s\", which should have \"%s\" in it", error.message, words);
	assert_true(pg_lost(pg));
	assert_false(pg_busy(pg));
	error = (struct error){ 0 };
	assert_false(pg_query(pg, "select 1", NULL, 0, &error));
	assert_non_null(strstr(error.message, "given up"));
	pg_close(pg);
}

static void test_server_ends_session(void **state)
{
	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg = open_to(ways[i / 2]);

		run_long(pg, i % 2);
		pg_do(writer, "select pg_terminate_backend(pid) from pg_stat_activity where state = 'active' and pid <> "
			      "pg_backend_pid()");
		/* the pooler may say it in other words */
		assert_lost(pg, i < 2 ? "administrator command (57P01)" : "/postgres: ");
	}
}

/* A server that is held up: the wait has an end though nothing comes. */
static void test_silence(void **state)
{
	char silent[160];
	struct pg *pg;
	pid_t pid;

	need_server(state);
	snprintf(silent, sizeof silent, "%s application_name=silent", direct);
	pg = open_with((struct pg_options){ .conninfo = silent, .statement_timeout_ms = 50 });
	pid = (pid_t)pg_do(writer, "select pid from pg_stat_activity where application_name = 'silent'");
	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	send_statement(pg, false, "select 1");
	assert_lost(pg, "no answer within 1 s");
	assert_int_equal(kill(pid, SIGCONT), 0);
}

/* --- encodings --- */

static void test_encodings(void **state)
{
	static const char sql[] = "select a from bytes order by a";
	char conninfo[160];

	need_server(state);
	for (size_t i = 0; i < 2 * way_count; i++) {
		struct pg *pg;

		snprintf(conninfo, sizeof conninfo, "%s dbname=bytes", ways[i / 2]);
		pg = open_to(conninfo);
		assert_rows(pg, i % 2, sql, bytes_of("3:abc|\n2:\xc3\xa4|\n1:\xff|\n"));
		pg_close(pg);
		snprintf(conninfo, sizeof conninfo, "%s dbname=latin", ways[i / 2]);
		pg = open_to(conninfo);
		assert_rows(pg, i % 2, "select chr(228)", bytes_of("2:\xc3\xa4|\n"));
		if (i % 2 == 0) {
			const struct bytes text = bytes_of("\xc3\xa4");
			struct error error = { 0 };
			struct pg_row row;

			assert_true(pg_query(pg, "select ascii($1)", &(struct pg_parameter){ PG_TEXT, .texts = &text }, 1,
					     &error));
			assert_int_equal(pg_next(pg, &row, &error), PG_ROW);
			assert_true(bytes_equal(row.fields[0], bytes_at("\0\0\0\xe4", 4)));
			assert_int_equal(pg_next(pg, &row, &error), PG_END);
		}
		pg_close(pg);
	}
}

/* --- no connection --- */

static void assert_not_opened(const char *conninfo, const char *words)
{
	struct error error = { 0 };

	assert_null(pg_open(&(struct pg_options){ .conninfo = conninfo, .stop = &stop }, &error));
	if (!strstr(error.message, words) || strstr(error.message, "hunter"))
		fail_msg("\"%s\", which should have \"%s\" in it", error.message, words);
}

static void test_no_server(void **state)
{
	(void)state;
	assert_not_opened("host=/tmp/no/server user=u dbname=d",
			  "cannot connect to /tmp/no/server:5432/d: No such file or directory");
}

/* Who came back late finds the connection nevertheless, if it is there; the patience is for the server. */
static void test_late(void **state)
{
	char conninfo[200];
	struct error error = { 0 };
	struct pg *pg;

	need_server(state);
	snprintf(conninfo, sizeof conninfo, "%s connect_timeout=1", direct);
	pg = pg_open_begin(&(struct pg_options){ .conninfo = conninfo, .stop = &stop }, &error);
	assert_non_null(pg);
	usleep(1100000);
	if (!pg_open_end(pg, &error))
		fail_msg("%s", error.message);
	pg_close(pg);
}

static void test_no_connection(void **state)
{
	char conninfo[200];

	need_server(state);
	snprintf(conninfo, sizeof conninfo, "%s dbname=none", direct);
	assert_not_opened(conninfo, "database \"none\" does not exist (3D000)");
	snprintf(conninfo, sizeof conninfo, "%s user=none", direct);
	assert_not_opened(conninfo, "role \"none\" does not exist (28000)");
	snprintf(conninfo, sizeof conninfo, "%s user=guarded passfile=/none", direct);
	assert_not_opened(conninfo, "a password is wanted");
	snprintf(conninfo, sizeof conninfo, "%s user=guarded password=hunter3", direct);
	assert_not_opened(conninfo, "password authentication failed for user \"guarded\" (28P01)");
	snprintf(conninfo, sizeof conninfo, "%s user=guarded password=hunter2", direct);
	pg_close(open_to(conninfo));
	snprintf(conninfo, sizeof conninfo, "%s dbname=none", pooled);
	if (way_count > 1)
		assert_not_opened(conninfo, "none\" does not exist");
	stop = true;
	assert_not_opened(direct, ": interrupted");
	stop = false;
	kill(server.pid, SIGSTOP);
	snprintf(conninfo, sizeof conninfo, "%s connect_timeout=1", direct);
	assert_not_opened(conninfo, "no answer within 1 s");
	kill(server.pid, SIGCONT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_same_rows),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_large_parameters),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_half_settings),
		cmocka_unit_test(test_query_only),
		cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_options_of_user),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_close_ends_statement),
		cmocka_unit_test(test_server_ends_session),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_no_connection),
	};

	return cmocka_run_group_tests(tests, clean_environment, stop_servers);
}
