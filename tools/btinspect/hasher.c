/* hasher.c - the hashes of all pieces of a layout of files, by as many threads as there are CPUs */
#include "tools/btinspect/hasher.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"

enum {
	/*
	 * Fewer pieces than these at once are hashed one after the other by libcrypto: a lane of sixteen has a fraction of
	 * the speed that one sum has alone where the CPU has SHA instructions.
	 */
	FEW_LANES = 5,
	/* Between the buffers of two lanes, so that they do not meet in the same lines of the cache: 2 % for hybrids. */
	BUFFER_SKEW = 3 * LANES_BLOCK,
	STEP_MS = 100,
};

/* One piece under way. */
struct task {
	struct lane lane;
	bool busy;		/* it can be read, so far */
	unsigned height;	/* of the tree over its leaves */
	uint8_t *leaves;
	size_t leaf_count;
};

struct team;

struct worker {
	struct team *team;
	pthread_t thread;
	unsigned count;		/* tasks of the batch */
	size_t chunk;		/* bytes that each takes at a time */
	struct task tasks[LANES];
	uint8_t *buffer;	/* LANES * (HASHER_CHUNK + BUFFER_SKEW) */
	uint8_t *leaf_room;
	struct lanes *sha1, *sha1_few, *sha256;
	uint8_t sha1s[LANES][DIGEST_SIZE_MAX], roots[LANES][SHA256_SIZE];
};

/* What the threads share. */
struct team {
	const struct hasher *hasher;
	uint64_t pieces, batch;
	size_t leaves_max;		/* of a piece */
	_Atomic uint64_t next, done;	/* piece, bytes */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned running;
};

static bool stopped(const struct worker *worker)
{
	return worker->team->hasher->stop && __atomic_load_n(worker->team->hasher->stop, __ATOMIC_RELAXED);
}

static void tell_fault(struct worker *worker, const struct lane *lane)
{
	const struct hasher *hasher = worker->team->hasher;
	struct layout_file *file = &hasher->layout->files[lane->file];

	pthread_mutex_lock(&worker->team->lock);
	if (!file->faulty && hasher->fault)
		hasher->fault(hasher->context, lane->file, lane->fault);
	file->faulty = true;
	pthread_mutex_unlock(&worker->team->lock);
}

static void tell_piece(struct worker *worker, unsigned number, enum piece_state state)
{
	const struct hasher *hasher = worker->team->hasher;
	const struct task *task = &worker->tasks[number];
	bool hashed = state == PIECE_HASHED;
	struct hashed_piece piece = {
		.index = task->lane.piece, .state = state,
		.sha1 = hashed && hasher->sha1 ? worker->sha1s[number] : NULL,
		.root = hashed && task->leaf_count ? worker->roots[number] : NULL,
	};

	if (hasher->piece)
		hasher->piece(hasher->context, &piece);
}

/* A piece that cannot be read: nothing more is done about it. */
static void drop(struct worker *worker, unsigned number)
{
	struct task *task = &worker->tasks[number];
	const struct lane *lane = &task->lane;
	bool missing = !lane->faulty || lane->fault == FILE_ENDED || lane->fault == ENOENT || lane->fault == ENOTDIR;

	task->busy = false;
	atomic_fetch_add_explicit(&worker->team->done, lane->end - lane->at, memory_order_relaxed);
	if (lane->faulty)
		tell_fault(worker, lane);
	tell_piece(worker, number, missing ? PIECE_MISSING : PIECE_UNREADABLE);
}

/* The roots of all pieces that were read, those of one height at once. */
static void find_roots(struct worker *worker)
{
	uint8_t *nodes[LANES];
	size_t counts[LANES];

	for (unsigned height = 0; height <= MERKLE_HEIGHT_MAX; height++) {
		bool any = false;

		for (unsigned i = 0; i < LANES; i++) {
			const struct task *task = &worker->tasks[i];
			bool here = i < worker->count && task->busy && task->leaf_count && task->height == height;

			nodes[i] = here ? task->leaves : NULL;
			counts[i] = here ? task->leaf_count : 0;
			any |= here;
		}
		if (any)
			merkle_roots(worker->sha256, nodes, counts, 0, height, worker->roots);
	}
}

/* ---- chunks */

/* What each task has in its buffer. */
struct chunks {
	uint8_t *data[LANES];
	size_t size[LANES];	/* 0: nothing */
};

/* SHA-1: a piece that is at its end gets its sum. */
static void add_sha1(struct worker *worker, const struct chunks *chunks)
{
	struct lanes *sum = worker->count < FEW_LANES ? worker->sha1_few : worker->sha1;
	const uint8_t *whole[LANES];
	struct bytes last[LANES];
	bool any_whole = false, any_last = false;

	for (unsigned i = 0; i < LANES; i++) {
		bool ends = chunks->size[i] && worker->tasks[i].lane.at == worker->tasks[i].lane.end;

		whole[i] = chunks->size[i] && !ends ? chunks->data[i] : NULL;
		last[i] = bytes_at(ends ? chunks->data[i] : NULL, chunks->size[i]);
		any_whole |= whole[i] != NULL;
		any_last |= ends;
	}
	if (any_whole)
		lanes_add(sum, whole, worker->chunk / LANES_BLOCK);
	if (any_last)
		lanes_end(sum, last, worker->sha1s);
}

/* SHA-256 of the leaves, those of all pieces at once. */
static void add_leaves(struct worker *worker, const struct chunks *chunks)
{
	enum { LEAVES = LANES * HASHER_CHUNK / MERKLE_LEAF };
	struct bytes leaves[LEAVES];
	uint8_t sums[LEAVES][SHA256_SIZE];
	size_t count = 0, counts[LANES] = { 0 }, at = 0;

	for (unsigned i = 0; i < worker->count; i++) {
		const struct lane *lane = &worker->tasks[i].lane;
		uint64_t begin = lane->at - chunks->size[i];
		uint64_t size = lane->data_end <= begin ? 0 :
				lane->data_end < lane->at ? lane->data_end - begin : chunks->size[i];

		for (uint64_t done = 0; done < size; done += MERKLE_LEAF, counts[i]++)
			leaves[count++] = bytes_at(chunks->data[i] + done,
						   size - done < MERKLE_LEAF ? size - done : MERKLE_LEAF);
	}
	if (!count)
		return;
	lanes_digest(worker->sha256, leaves, count, sums[0]);
	for (unsigned i = 0; i < worker->count; i++) {
		struct task *task = &worker->tasks[i];

		if (!counts[i])
			continue;
		memcpy(task->leaves + task->leaf_count * SHA256_SIZE, sums[at], counts[i] * SHA256_SIZE);
		task->leaf_count += counts[i];
		at += counts[i];
	}
}

/* The next chunk of each piece that is not at its end. False: there is none. */
static bool add_chunks(struct worker *worker)
{
	const struct hasher *hasher = worker->team->hasher;
	struct chunks chunks = { .size = { 0 } };
	uint64_t total = 0;

	for (unsigned i = 0; i < worker->count; i++) {
		struct task *task = &worker->tasks[i];
		uint64_t left = task->lane.end - task->lane.at;
		size_t size = left < worker->chunk ? (size_t)left : worker->chunk;

		chunks.data[i] = worker->buffer + i * (worker->chunk + BUFFER_SKEW);
		if (!task->busy || !size)
			continue;
		if (!lane_fill(&task->lane, chunks.data[i], size)) {
			drop(worker, i);
			continue;
		}
		chunks.size[i] = size;
		total += size;
	}
	if (!total)
		return false;
	if (hasher->sha1)
		add_sha1(worker, &chunks);
	if (hasher->roots)
		add_leaves(worker, &chunks);
	atomic_fetch_add_explicit(&worker->team->done, total, memory_order_relaxed);
	return true;
}

/* ---- batches */

static void begin_task(struct worker *worker, unsigned number, uint64_t piece, uint64_t batch_end)
{
	const struct layout *layout = worker->team->hasher->layout;
	struct task *task = &worker->tasks[number];
	struct lane *lane = &task->lane;
	const struct layout_file *file;

	task->leaf_count = 0;
	task->busy = lane_begin(lane, piece, batch_end);
	if (!task->busy) {
		drop(worker, number);
		return;
	}
	file = &layout->files[lane->file];
	if (file->kind == LAYOUT_ZEROS)
		lane->data_end = lane->at;
	if (worker->sha1) {
		lanes_begin(worker->sha1, number);
		lanes_begin(worker->sha1_few, number);
	}
	if (worker->sha256) {
		uint64_t leaves = (lane->data_end - lane->at + MERKLE_LEAF - 1) / MERKLE_LEAF;

		task->leaves = worker->leaf_room + number * worker->team->leaves_max * SHA256_SIZE;
		task->height = file->length > layout->piece_length ? layout_piece_height(layout) : merkle_height(leaves);
	}
}

static void hash_batch(struct worker *worker, uint64_t first, unsigned count)
{
	uint64_t end = layout_piece_end(worker->team->hasher->layout, first + count - 1);

	worker->count = count;
	worker->chunk = (size_t)HASHER_CHUNK * (LANES / count);
	for (unsigned i = 0; i < count; i++)
		begin_task(worker, i, first + i, end);
	while (!stopped(worker) && add_chunks(worker))
		;
	if (stopped(worker))
		return;
	if (worker->sha256)
		find_roots(worker);
	for (unsigned i = 0; i < count; i++)
		if (worker->tasks[i].busy)
			tell_piece(worker, i, PIECE_HASHED);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct team *team = worker->team;

	while (!stopped(worker)) {
		uint64_t first = atomic_fetch_add_explicit(&team->next, team->batch, memory_order_relaxed);

		if (first >= team->pieces)
			break;
		hash_batch(worker, first,
			   (unsigned)(team->pieces - first < team->batch ? team->pieces - first : team->batch));
	}
	for (unsigned i = 0; i < LANES; i++)
		lane_close(&worker->tasks[i].lane);
	pthread_mutex_lock(&team->lock);
	if (!--team->running)
		pthread_cond_signal(&team->ended);
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

/* ---- threads */

static uint64_t count_threads(const struct hasher *hasher, uint64_t pieces)
{
	uint64_t threads = hasher->threads;
	cpu_set_t cpus;

	if (!threads)
		threads = sched_getaffinity(0, sizeof cpus, &cpus) ? 1 : (uint64_t)CPU_COUNT(&cpus);
	if (threads > HASHER_THREADS_MAX)
		threads = HASHER_THREADS_MAX;
	return threads < pieces ? threads : pieces;
}

static void *need(void *memory)
{
	if (!memory)
		out_of_memory();
	return memory;
}

static void prepare_worker(struct worker *worker, struct team *team)
{
	const struct hasher *hasher = team->hasher;

	worker->team = team;
	worker->buffer = need(aligned_alloc(LANES_BLOCK, LANES * (HASHER_CHUNK + BUFFER_SKEW)));
	if (hasher->sha1) {
		worker->sha1 = lanes_new(LANES_SHA1, LANES_BEST);
		worker->sha1_few = lanes_new(LANES_SHA1, LANES_CRYPTO);
	}
	if (hasher->roots) {
		worker->sha256 = lanes_new(LANES_SHA256, LANES_BEST);
		worker->leaf_room = need(malloc(team->batch * team->leaves_max * SHA256_SIZE));
	}
	for (unsigned i = 0; i < LANES; i++)
		worker->tasks[i].lane = (struct lane){ .layout = hasher->layout, .folder = hasher->folder,
						       .descriptor = -1 };
}

static void free_worker(struct worker *worker)
{
	free(worker->buffer);
	free(worker->leaf_room);
	lanes_free(worker->sha1);
	lanes_free(worker->sha1_few);
	lanes_free(worker->sha256);
}

/* Tells how far it is until all threads have ended. */
static void wait_for_team(struct team *team)
{
	const struct hasher *hasher = team->hasher;

	pthread_mutex_lock(&team->lock);
	while (team->running) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += STEP_MS * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&team->ended, &team->lock, &until);
		if (hasher->step) {
			pthread_mutex_unlock(&team->lock);
			hasher->step(hasher->context, atomic_load_explicit(&team->done, memory_order_relaxed));
			pthread_mutex_lock(&team->lock);
		}
	}
	pthread_mutex_unlock(&team->lock);
}

/* The most leaves that any piece has. */
static size_t most_leaves(const struct layout *layout)
{
	uint64_t most = 0;

	for (size_t i = 0; i < layout->count; i++)
		if (layout->files[i].kind == LAYOUT_DATA && layout->files[i].length > most)
			most = layout->files[i].length;
	if (most > layout->piece_length)
		most = layout->piece_length;
	return (size_t)((most + MERKLE_LEAF - 1) / MERKLE_LEAF);
}

bool hasher_run(const struct hasher *hasher, struct error *error)
{
	struct team team = { .hasher = hasher, .pieces = layout_pieces(hasher->layout), .lock = PTHREAD_MUTEX_INITIALIZER };
	uint64_t threads = count_threads(hasher, team.pieces), started = 0, share;
	struct worker *workers;
	pthread_condattr_t monotonic;
	int failure = 0;

	if (hasher->roots && !layout_can_roots(hasher->layout, error))
		return false;
	if (!threads)
		return true;
	/* each thread gets the same number of batches, of the same size */
	share = (team.pieces + threads - 1) / threads;
	team.batch = (share + (share + LANES - 1) / LANES - 1) / ((share + LANES - 1) / LANES);
	team.leaves_max = most_leaves(hasher->layout);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&team.ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	workers = need(calloc(threads, sizeof *workers));
	team.running = (unsigned)threads;
	for (; started < threads && !failure; started++) {
		prepare_worker(&workers[started], &team);
		failure = pthread_create(&workers[started].thread, NULL, work, &workers[started]);
	}
	if (failure) {
		/* those that run do it all; the one that could not be started, and those after it, are not waited for */
		free_worker(&workers[--started]);
		pthread_mutex_lock(&team.lock);
		team.running -= (unsigned)(threads - started);
		pthread_mutex_unlock(&team.lock);
	}
	if (started)
		wait_for_team(&team);
	for (uint64_t i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		free_worker(&workers[i]);
	}
	free(workers);
	pthread_cond_destroy(&team.ended);
	return started || fail_system(error, "no thread could be started: %s", strerror(failure));
}

const char *hasher_fault_text(int fault)
{
	if (fault == FILE_ENDED)
		return "ends before the length that it should have";
	return fault == FILE_IRREGULAR ? "no regular file" : strerror(fault);
}
