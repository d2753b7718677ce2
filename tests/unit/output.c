/* output.c - stdout as a file, a full disk, a pipe: what comes out, when, and in which form */
#include "../support/unit.h"

#include "cli/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "codec/peer.h"

static char said[1 << 20];
static int kept = -1;

/* Stdout is that file until restore(). */
static void redirect(int fd)
{
	kept = dup(STDOUT_FILENO);
	assert_true(kept >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
}

static void restore(void)
{
	fflush(stdout);
	assert_true(dup2(kept, STDOUT_FILENO) >= 0);
	close(kept);
}

static struct peer peer_of(uint16_t port)
{
	struct peer peer;

	record_clear(&peer_record, &peer);
	peer.port = port;
	return peer;
}

/* Prints peers with ports 1..count as the options say; what came out, and whether all were wanted. */
static const char *print(struct output_options options, unsigned count, bool *wanted)
{
	FILE *file = tmpfile();
	struct error error = { 0 };
	struct output output;
	bool good = true, opened;
	size_t size;

	assert_non_null(file);
	redirect(fileno(file));
	opened = output_open(&output, &peer_record, &options, &error);
	for (unsigned port = 1; opened && good && port <= count; port++) {
		struct peer peer = peer_of((uint16_t)port);

		good = output_put(&output, &peer);
	}
	assert_true(output_close(&output) || !opened);
	restore();
	if (!opened)
		fail_msg("%s", error.message);
	rewind(file);
	size = fread(said, 1, sizeof said - 1, file);
	said[size] = 0;
	fclose(file);
	if (wanted)
		*wanted = good;
	return said;
}

#define ALL .count = UINT64_MAX

static void test_forms(void **state)
{
	static const char *conditions[] = { "port>1" }, *masks[] = { "ipv4" };

	(void)state;
	assert_string_equal(print((struct output_options){ ALL }, 2, NULL), "peer\t-\t-\t-\t1\t-\npeer\t-\t-\t-\t2\t-\n");
	assert_string_equal(print((struct output_options){ ALL }, 0, NULL), "");
	assert_string_equal(print((struct output_options){ ALL, .header = true }, 0, NULL),
			    "#type\tinfo_hash\tipv4\tipv6\tport\tseen\n");
	assert_string_equal(print((struct output_options){ ALL, .format = OUTPUT_CSV, .columns = "type,port" }, 1, NULL),
			    "type,port\npeer,1\n");
	assert_string_equal(print((struct output_options){ ALL, .format = OUTPUT_JSON, .columns = "port", .header = true },
				  1, NULL),
			    "{\"port\":1}\n");
	assert_string_equal(print((struct output_options){ ALL, .format = OUTPUT_TABLE, .columns = "type,port" }, 10, NULL),
			    "type port\npeer    1\npeer    2\npeer    3\npeer    4\npeer    5\npeer    6\npeer    7\n"
			    "peer    8\npeer    9\npeer   10\n");
	assert_string_equal(print((struct output_options){ ALL, .columns = "port", .matches = { conditions, 1 } }, 3, NULL),
			    "2\n3\n");
	assert_string_equal(print((struct output_options){ ALL, .columns = "ipv4,port", .masks = { masks, 1 } }, 1, NULL),
			    "-\t1\n");
	assert_string_equal(print((struct output_options){ ALL, .top = "port:2" }, 3, NULL),
			    "top\tport\t1\t1\t0.333333\ntop\tport\t2\t1\t0.333333\n");
	assert_string_equal(print((struct output_options){ ALL, .top = "port:1", .format = OUTPUT_TABLE,
							   .columns = "value,count" }, 3, NULL),
			    "value count\n1         1\n");
	assert_string_equal(print((struct output_options){ ALL, .top = "port:1", .format = OUTPUT_JSON }, 1, NULL),
			    "{\"type\":\"top\",\"field\":\"port\",\"value\":\"1\",\"count\":1,\"share\":1}\n");
}

/* The verb is told with the last record that nothing more is wanted, not with the one after it. */
static void test_end(void **state)
{
	bool wanted;

	(void)state;
	assert_string_equal(print((struct output_options){ .count = 2, .columns = "port" }, 2, &wanted), "1\n2\n");
	assert_false(wanted);
	assert_string_equal(print((struct output_options){ .count = 2, .columns = "port" }, 9, &wanted), "1\n2\n");
	assert_string_equal(print((struct output_options){ .count = 3, .columns = "port" }, 2, &wanted), "1\n2\n");
	assert_true(wanted);
	assert_string_equal(print((struct output_options){ .count = 0, .columns = "port" }, 2, &wanted), "");
	assert_false(wanted);
	assert_string_equal(print((struct output_options){ .count = 1, .skip = 1, .columns = "port" }, 9, &wanted), "2\n");
	assert_string_equal(print((struct output_options){ .count = 2, .top = "port:0", .columns = "value" }, 9, &wanted),
			    "1\n2\n");
}

/* More than a block, and a table of more rows than are held: nothing lost, nothing twice, one heading. */
static void test_large(void **state)
{
	const char *at;

	(void)state;
	at = print((struct output_options){ ALL, .columns = "port,port,port,port,port" }, 20000, NULL);
	assert_true(strlen(at) > OUTPUT_BLOCK);
	for (unsigned port = 1; port <= 20000; port++) {
		char want[64];
		int size = snprintf(want, sizeof want, "%u\t%u\t%u\t%u\t%u\n", port, port, port, port, port);

		assert_memory_equal(at, want, (size_t)size);
		at += size;
	}
	assert_int_equal(*at, 0);
	at = print((struct output_options){ ALL, .columns = "port", .format = OUTPUT_TABLE }, 10000, NULL);
	assert_memory_equal(at, "port\n", 5);
	assert_null(strstr(at + 5, "port"));
	for (unsigned port = 1; port <= 10000; port++) {
		assert_int_equal(strtoul(at = strchr(at, '\n') + 1, NULL, 10), port);
	}
}

/* A record that is larger than the block. */
static void test_huge_record(void **state)
{
	static const enum output_format formats[] = { OUTPUT_LINES, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_TABLE };
	struct leecher leecher = { { NULL, 0 }, { NULL, 0 } };
	struct bytes passkey;
	uint8_t *data = malloc(3 * OUTPUT_BLOCK);

	(void)state;
	assert_non_null(data);
	memset(data, 'x', 3 * OUTPUT_BLOCK);
	passkey = bytes_at(data, 3 * OUTPUT_BLOCK);
	leecher.passkey = passkey;
	for (size_t i = 0; i < COUNT(formats); i++) {
		struct output_options options = { ALL, .format = (uint8_t)formats[i] };
		FILE *file = tmpfile();
		struct error error = { 0 };
		struct output output;

		assert_non_null(file);
		redirect(fileno(file));
		assert_true(output_open(&output, &leecher_record, &options, &error));
		for (int j = 0; j < 3; j++)
			assert_true(output_put(&output, &leecher));
		assert_true(output_close(&output));
		restore();
		fseek(file, 0, SEEK_END);
		assert_in_range(ftell(file), 9 * OUTPUT_BLOCK, 10 * OUTPUT_BLOCK);
		fclose(file);
	}
	free(data);
}

static void test_flush(void **state)
{
	struct output_options options = { ALL, .columns = "port" };
	struct peer peer = peer_of(6881);
	struct error error = { 0 };
	struct output output;
	char got[16];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
	assert_true(output_open(&output, &peer_record, &options, &error));
	assert_true(output_put(&output, &peer));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	assert_int_equal(read(ends[0], got, sizeof got), -1);	/* it is held back */
	output_flush(&output);
	assert_int_equal(read(ends[0], got, sizeof got), 5);
	assert_memory_equal(got, "6881\n", 5);
	assert_true(output_close(&output));
	restore();
	close(ends[0]);
	close(ends[1]);
}

static void test_full_disk(void **state)
{
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(full >= 0);
	for (int records = 0; records < 3; records++) {
		struct output_options options = { ALL };
		struct peer peer = peer_of(1);
		struct error error = { 0 };
		struct output output;
		bool good = true;

		redirect(full);
		assert_true(output_open(&output, &peer_record, &options, &error));
		/* with many it is noticed before the end: the verb is told to stop */
		for (long i = 0; good && i < (records == 2 ? 100000000 : records); i++)
			good = output_put(&output, &peer);
		assert_true(good == (records != 2));
		assert_true(output_close(&output) == !records);
		restore();
		if (records)
			assert_string_equal(output.error.message,
					    "cannot write to standard output: No space left on device");
	}
	close(full);
}

static void test_refused(void **state)
{
	static const char *conditions[] = { "prt=1" }, *masks[] = { "port" };
	static const struct { struct output_options options; const char *message; } rows[] = {
		{ { ALL, .matches = { conditions, 1 } }, "-m 'prt=1': 'prt' is no column of peer records" },
		{ { ALL, .masks = { masks, 1 } }, "--mask: port is a number; only text and addresses can be masked" },
		{ { ALL, .top = "prt" }, "--top: 'prt' is no column of peer records" },
		{ { ALL, .columns = "prt" }, "'prt' is no column of peer records: want type info_hash ipv4 ipv6 port seen" },
		{ { ALL, .columns = "port", .top = "port" },
		  "'port' is no column of top records: want type field value count share" },
		{ { ALL, .unset = "\t" }, "--unset: '\\t' would be read as something else" },
	};
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = { 0 };
		struct output output;

		redirect(fileno(file));
		assert_false(output_open(&output, &peer_record, &rows[i].options, &error));
		assert_true(output_close(&output));
		restore();
		assert_int_equal(error.kind, ERROR_USAGE);
		assert_string_equal(error.message, rows[i].message);
	}
	fseek(file, 0, SEEK_END);
	assert_int_equal(ftell(file), 0);
	fclose(file);
}

/* Bytes of a verb's own, small and large. */
static void test_bytes(void **state)
{
	FILE *file = tmpfile();
	struct error error = { 0 };
	struct output output;
	uint8_t *data = calloc(1, 2 * OUTPUT_BLOCK);

	(void)state;
	assert_non_null(file);
	assert_non_null(data);
	redirect(fileno(file));
	assert_true(output_open(&output, NULL, &(struct output_options){ ALL }, &error));
	for (size_t size = 0; size <= 2 * OUTPUT_BLOCK; size += OUTPUT_BLOCK / 4)
		assert_true(output_bytes(&output, data, size));
	assert_true(output_close(&output));
	restore();
	fseek(file, 0, SEEK_END);
	assert_int_equal(ftell(file), 9 * OUTPUT_BLOCK);
	fclose(file);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_huge_record),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
