/* probe_findings.c - what probe finds, as records; what all answers of a node together say */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "tools/dhtping/probe.h"

void probe_put(struct probed *probed, const char *check, const char *result, double value, struct bytes detail)
{
	struct probe_line line;

	record_clear(&probe_record, &line);
	line.endpoint = probed->target->endpoint;
	line.check = bytes_of(check);
	line.result = bytes_of(result);
	line.value = value;
	line.detail = detail;
	if (result && strcmp(result, "bad") == 0)
		probed->run->report.status = STATUS_NOTHING;
	output_put(&probed->run->output, &line);
}

void probe_put_result(struct probed *probed, const char *check, const char *result)
{
	probe_put(probed, check, result, NAN, (struct bytes){ NULL, 0 });
}

void probe_put_detail(struct probed *probed, const char *check, const char *result, double value, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	probe_put(probed, check, result, value, bytes_of(text));
}

void probe_put_failure(struct probed *probed, const char *check, const char *of_error, const struct probe_answer *answer)
{
	const struct krpc_message *message = answer->message;

	if (answer->end != ENGINE_ERROR)
		probe_put_detail(probed, check, "none", NAN, "%s", engine_end_names[answer->end]);
	else
		probe_put(probed, check, of_error,
			  message->error_code == KRPC_NUMBER_UNSET ? NAN : (double)message->error_code, message->error_text);
}

bool probe_put_feature(struct probed *probed, const char *check, const struct probe_answer *answer, bool has, double value)
{
	if (answer->end != ENGINE_REPLY)
		probe_put_failure(probed, check, "no", answer);
	else
		probe_put(probed, check, has ? "yes" : "no", value, (struct bytes){ NULL, 0 });
	return answer->end == ENGINE_REPLY && has;
}

void probe_put_refusal(struct probed *probed, const char *check, const struct probe_answer *answer, const char *accepted)
{
	if (answer->end == ENGINE_REPLY)
		probe_put_result(probed, check, accepted);
	else
		probe_put_failure(probed, check, strcmp(accepted, "bad") == 0 ? "ok" : "yes", answer);
}

/* ---- all answers together */

void probe_note(struct probed *probed, const struct probe_answer *answer)
{
	const struct krpc_message *message = answer->message;
	const char *check = probe_steps[probed->step].check;
	double factor = (double)answer->size / (double)probed->query_size;

	if (!message)
		return;
	probed->answered = true;
	probed->flags |= message->flags;
	if (message->id.data && probed->has_id)
		probed->id_changed |= memcmp(probed->id, message->id.data, NODE_ID_SIZE) != 0;
	else if (message->id.data)
		memcpy(probed->id, message->id.data, NODE_ID_SIZE);
	probed->has_id |= message->id.data != NULL;
	if (answer->size > probed->largest) {
		probed->largest = answer->size;
		probed->largest_step = check;
	}
	if (factor > probed->factor) {
		probed->factor = factor;
		probed->factor_step = check;
	}
}

static int compare_rtts(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

static void conclude_rtt(struct probed *probed)
{
	size_t count = probed->rtt_count;

	if (count) {
		qsort(probed->rtts_us, count, sizeof *probed->rtts_us, compare_rtts);
		probe_put_detail(probed, "rtt_p50", NULL, (double)probed->rtts_us[(count - 1) / 2] / 1000, "ms");
		probe_put_detail(probed, "rtt_p90", NULL, (double)probed->rtts_us[(count * 9 + 9) / 10 - 1] / 1000, "ms");
	}
	probe_put_detail(probed, "loss", NULL, 1 - (double)count / PROBE_PINGS, "%zu of %d pings answered",
		   count, PROBE_PINGS);
}

static void conclude_id(struct probed *probed)
{
	static const char *const results[NODE_ID_VERDICTS] = { "unknown", "ok", "bad", "exempt" };
	char id[2 * NODE_ID_SIZE];

	if (!probed->has_id) {
		probe_put_result(probed, "id", "none");
		return;
	}
	hex_print(id, probed->id, NODE_ID_SIZE);
	probe_put(probed, "id", probed->id_changed ? "bad" : "ok", NAN, bytes_at(id, sizeof id));
	probe_put_result(probed, "bep42", results[node_id_check(probed->id, &probed->target->endpoint)]);
}

static void conclude_flags(struct probed *probed)
{
	struct buf names = { 0 };

	for (unsigned i = 0; i < KRPC_FLAGS; i++)
		if (probed->flags & 1u << i)
			buf_format(&names, "%s%s", names.size ? "," : "", krpc_flag_names[i]);
	probe_put(probed, "packets", names.size ? "bad" : "ok", NAN, buf_bytes(&names));
	buf_free(&names);
}

void probe_conclude(struct probed *probed)
{
	if (!probed->answered) {
		probed->run->report.status = STATUS_NOTHING;
		return;
	}
	conclude_id(probed);
	conclude_flags(probed);
	conclude_rtt(probed);
	probe_put_detail(probed, "largest", NULL, (double)probed->largest, "%s", probed->largest_step);
	probe_put_detail(probed, "amplification", NULL, probed->factor, "%s", probed->factor_step);
}
