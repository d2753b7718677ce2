/* batch.c - many targets looked up, some of them at once: slots that take the next target when theirs is found */
#include "tools/dhtping/batch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "codec/node.h"
#include "tools/dhtping/records.h"

static const struct dhtping_options *options_of(const struct batch *batch)
{
	return batch->run->options;
}

size_t batch_put_nodes(struct job *job)
{
	const struct lookup_node *nodes[2 * LOOKUP_K];
	size_t count = search_nearest(&job->search, nodes, LOOKUP_K);

	for (size_t i = 0; i < count; i++) {
		char client[CLIENT_ROOM];
		const struct lookup_node *node = nodes[i];

		if (!output_put(&job->batch->run->output, &(struct node_line){
			.node_id = bytes_at(node->id, NODE_ID_SIZE),
			.ipv4 = endpoint_get_ipv4(&node->endpoint), .ipv6 = endpoint_get_ipv6(&node->endpoint),
			.port = node->endpoint.port, .rtt_ms = (double)node->rtt_us / 1000,
			.client = client_text(client, node->v),
		}))
			break;
	}
	return count;
}

static void put_hop(struct job *job, const struct lookup_step *step)
{
	const struct lookup_node *node = step->node;
	const struct krpc_message *message = step->event->message;
	const struct krpc_message *reply = message && message->type == KRPC_REPLY ? message : NULL;
	char client[CLIENT_ROOM];
	struct hop_line hop = {
		.target = bytes_at(job->search.target, NODE_ID_SIZE), .step = ++job->steps,
		.time_ms = (double)(step->now_us - job->search.began_us) / 1000, .endpoint = node->endpoint,
		.node_id = { node->known ? node->id : NULL, node->known ? NODE_ID_SIZE : 0 },
		.shared = node->known ? node_id_shared(node->id, job->search.target) : COUNT_UNSET,
		.status = (uint8_t)step->event->end, .rtt_ms = message ? (double)step->event->rtt_us / 1000 : (double)NAN,
		.nodes = reply ? step->told : COUNT_UNSET, .nearer = reply ? step->nearer : COUNT_UNSET,
		.values = reply ? krpc_value_count(reply->values) : COUNT_UNSET, .token = reply && reply->token.data,
	};

	if (message)
		hop.client = client_text(client, message->v);
	job->batch->printed++;
	output_put(&job->batch->run->output, &hop);
}

static void on_step(void *owner, struct search *search, const struct lookup_step *step)
{
	struct job *job = owner;

	(void)search;
	if (options_of(job->batch)->trace)
		put_hop(job, step);
	if (job->batch->verb->step && !job->enough)
		job->batch->verb->step(job, step);
}

static void begin_job(struct job *job, const uint8_t target[NODE_ID_SIZE])
{
	struct batch *batch = job->batch;
	struct lookup_options options = search_options(batch->run, batch->verb->method);

	memcpy(options.target, target, NODE_ID_SIZE);
	search_begin(&job->search, &batch->net, &options, batch->bootstrap, batch->bootstrap_count);
	job->search.step = on_step;
	job->search.owner = job;
	job->busy = true;
	job->found = job->enough = false;
	job->steps = 0;
	if (batch->verb->begin)
		batch->verb->begin(job);
	batch->busy++;
	batch->begun++;
}

static void end_job(struct job *job)
{
	struct batch *batch = job->batch;
	struct lookup_summary summary = search_summary(&job->search);

	if (batch->verb->end)
		batch->verb->end(job);
	search_end(&job->search);
	job->busy = false;
	batch->busy--;
	batch->net.done = ++batch->done;
	batch->found += job->found;
	batch->exhausted += summary.exhausted;
	batch->asked += summary.asked;
	batch->answered += summary.answered;
}

/* Gives free slots targets, as far as there are any by now, and no more than there are nodes to begin with. */
static void begin_jobs(struct batch *batch)
{
	uint8_t target[NODE_ID_SIZE];

	batch->net.input_fd = -1;
	for (size_t i = 0; i < batch->job_count && !batch->ended; i++) {
		if (batch->jobs[i].busy)
			continue;
		if (batch->busy >= search_room(&batch->net))
			return;
		switch (hashes_next(&batch->hashes, target)) {
		case LINES_RECORD:
			begin_job(&batch->jobs[i], target);
			break;
		case LINES_LATER:
			batch->net.input_fd = hashes_fd(&batch->hashes);
			return;
		case LINES_END:
			batch->ended = true;
			break;
		}
	}
}

/*
 * Lets all go on; the moment at which one of them must be looked at again. Those that are over make room for others:
 * then at once.
 */
static int64_t run_jobs(struct batch *batch)
{
	int64_t wake_us = INT64_MAX, one_us;

	for (size_t i = 0; i < batch->job_count; i++) {
		struct job *job = &batch->jobs[i];

		if (!job->busy)
			continue;
		if (search_run(&job->search) || job->enough) {
			end_job(job);
			wake_us = 0;
			continue;
		}
		one_us = search_wake(&job->search);
		wake_us = one_us < wake_us ? one_us : wake_us;
	}
	return wake_us;
}

static void work(struct batch *batch)
{
	for (;;) {
		int64_t wake_us;

		begin_jobs(batch);
		wake_us = run_jobs(batch);
		if (batch->run->output.ended || (batch->ended && !batch->busy))
			return;
		if (wake_us && !net_step(&batch->net, wake_us))
			return;
	}
}

/* Those that the user had enough of before they ended asked nodes, too. */
static void count_unended(struct batch *batch)
{
	for (size_t i = 0; i < batch->job_count; i++) {
		struct lookup_summary summary;

		if (!batch->jobs[i].busy)
			continue;
		summary = search_summary(&batch->jobs[i].search);
		batch->asked += summary.asked;
		batch->answered += summary.answered;
	}
}

static void conclude(struct batch *batch, int64_t began_us)
{
	struct report *report = &batch->run->report;
	struct count_text printed, targets, nodes;
	char what[32], unended[48] = "";

	snprintf(what, sizeof what, "%ss", batch->run->record->name);
	if (batch->busy)
		snprintf(unended, sizeof unended, " (%zu not ended)", batch->busy);
	count_unended(batch);
	if (batch->found < batch->done)
		report->status = STATUS_NOTHING;
	/* or the summary would stand before what it sums up */
	output_flush(&batch->run->output);
	report_note(report, "%s for %s%s; %llu of %s answered in %.3f s", count_print(&printed, batch->printed, what),
		    count_print(&targets, batch->begun, "look-ups"), unended, (unsigned long long)batch->answered,
		    count_print(&nodes, batch->asked, "nodes"), (double)(net_clock() - began_us) / 1e6);
	if (batch->begun)
		net_conclude(&batch->net);
	if (batch->exhausted)
		report_note(report,
			    "%llu ended before the nearest nodes were known, for time (--timeout) or by too many queries",
			    (unsigned long long)batch->exhausted);
	net_detail(&batch->net);
}

static void open_jobs(struct batch *batch)
{
	batch->job_count = options_of(batch)->jobs;
	batch->jobs = calloc(batch->job_count, sizeof *batch->jobs);
	if (!batch->jobs)
		out_of_memory();
	for (size_t i = 0; i < batch->job_count; i++) {
		batch->jobs[i].batch = batch;
		batch->jobs[i].own = batch->verb->own_size ? arena_alloc(&batch->run->memory, batch->verb->own_size) : NULL;
		if (batch->jobs[i].own)
			memset(batch->jobs[i].own, 0, batch->verb->own_size);
	}
}

static void close_jobs(struct batch *batch)
{
	for (size_t i = 0; i < batch->job_count; i++) {
		search_end(&batch->jobs[i].search);
		if (batch->verb->leave)
			batch->verb->leave(batch->jobs[i].own);
	}
	free(batch->jobs);
}

void batch_run(struct run *run, const struct batch_verb *verb)
{
	struct batch batch = { .run = run, .verb = verb };
	int64_t began_us = net_clock();
	struct error error = { 0 };

	if (options_of(&batch)->jobs > BATCH_JOBS_MAX) {
		fail_usage(&error, "--jobs: at most %d", BATCH_JOBS_MAX);
		run_error(run, &error);
		return;
	}
	if (!hashes_open(&batch.hashes, run))
		return;
	if (net_open(&batch.net, run, NULL)) {
		if (net_bootstrap(&batch.net, &batch.bootstrap, &batch.bootstrap_count)) {
			open_jobs(&batch);
			batch.net.total = hashes_count(&batch.hashes);
			work(&batch);
			conclude(&batch, began_us);
			close_jobs(&batch);
		}
		net_close(&batch.net);
	}
	hashes_close(&batch.hashes);
}
