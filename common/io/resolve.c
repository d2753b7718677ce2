/* resolve.c - names of hosts to addresses, several at once and never longer than a given time */
#include "io/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/sockaddr.h"

/*
 * getaddrinfo cannot be stopped, so nobody waits for its thread: whoever is late finds that it was given up. What a thread
 * and its asker share lives until both have let go of it. A thread that is still there when the program ends holds its
 * part in its stack, so nothing is lost sight of.
 */

enum {
	LOOK_US = 50000,	/* between two looks at *stop: a signal may reach any thread */
	THREADS_MAX = 256,	/* of all calls, with those that were given up and have not noticed */
};

struct question {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	size_t waiting;			/* names whose thread has not ended */
	size_t holders;			/* threads, and the asker */
	struct answer {
		struct question *question;
		char *host;
		int family;
		bool ended;
		int failure;		/* of getaddrinfo */
		size_t count;
		struct endpoint endpoints[RESOLVE_ADDRESSES_MAX];	/* port 0 */
	} answers[RESOLVE_NAMES_MAX];
};

static unsigned thread_count;

static struct question *new_question(void)
{
	struct question *question = calloc(1, sizeof *question);
	pthread_condattr_t attributes;

	if (!question)
		out_of_memory();
	question->holders = 1;
	pthread_mutex_init(&question->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&question->answered, &attributes);
	pthread_condattr_destroy(&attributes);
	return question;
}

/* One holder less; called with the lock, which is free afterwards. */
static void let_go(struct question *question)
{
	bool last = --question->holders == 0;

	pthread_mutex_unlock(&question->lock);
	if (!last)
		return;
	for (size_t i = 0; i < RESOLVE_NAMES_MAX; i++)
		free(question->answers[i].host);
	pthread_cond_destroy(&question->answered);
	pthread_mutex_destroy(&question->lock);
	free(question);
}

/* Addresses in the order of getaddrinfo, which is the one to try them in. */
static size_t copy_addresses(const struct addrinfo *from, struct endpoint endpoints[RESOLVE_ADDRESSES_MAX])
{
	size_t count = 0;

	for (; from && count < RESOLVE_ADDRESSES_MAX; from = from->ai_next) {
		struct sockaddr_storage storage = { 0 };

		memcpy(&storage, from->ai_addr, from->ai_addrlen < sizeof storage ? from->ai_addrlen : sizeof storage);
		endpoints[count] = sockaddr_endpoint(&storage);
		count += endpoints[count].family != 0;
	}
	return count;
}

static void *look_up(void *context)
{
	struct answer *answer = context;
	struct question *question = answer->question;
	struct addrinfo wanted = { .ai_family = answer->family, .ai_socktype = SOCK_DGRAM }, *found = NULL;
	struct endpoint endpoints[RESOLVE_ADDRESSES_MAX];
	int failure = getaddrinfo(answer->host, NULL, &wanted, &found);
	size_t count = copy_addresses(found, endpoints);

	if (found)
		freeaddrinfo(found);
	pthread_mutex_lock(&question->lock);
	memcpy(answer->endpoints, endpoints, count * sizeof *endpoints);
	answer->count = count;
	answer->failure = failure;
	answer->ended = true;
	question->waiting--;
	pthread_cond_signal(&question->answered);
	__atomic_sub_fetch(&thread_count, 1, __ATOMIC_RELAXED);
	let_go(question);
	return NULL;
}

/* False: there is no thread for it. */
static bool start_thread(struct answer *answer)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int refused;

	if (__atomic_add_fetch(&thread_count, 1, __ATOMIC_RELAXED) > THREADS_MAX) {
		__atomic_sub_fetch(&thread_count, 1, __ATOMIC_RELAXED);
		return false;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	refused = pthread_create(&thread, &attributes, look_up, answer);
	pthread_attr_destroy(&attributes);
	if (refused)
		__atomic_sub_fetch(&thread_count, 1, __ATOMIC_RELAXED);
	return !refused;
}

static int family_of(unsigned families)
{
	return families == 1 ? AF_INET : families == 2 ? AF_INET6 : AF_UNSPEC;
}

/* Asks for one name; called with the lock. */
static void ask(struct question *question, struct resolve_name *name, size_t number)
{
	struct answer *answer = &question->answers[number];

	answer->question = question;
	answer->family = family_of(name->families);
	answer->host = strdup(name->host);
	if (!answer->host)
		out_of_memory();
	question->waiting++;
	question->holders++;
	if (start_thread(answer))
		return;
	question->waiting--;
	question->holders--;
	answer->ended = true;
	answer->failure = EAI_MEMORY;
}

/* Until all have ended, the time is over or *stop is set; called with the lock. */
static void wait_for_answers(struct question *question, int64_t until_us, const volatile bool *stop)
{
	while (question->waiting && !(stop && *stop)) {
		int64_t now_us = clock_monotonic_us(), look_us = now_us + LOOK_US;
		struct timespec when;

		if (now_us >= until_us)
			return;
		if (look_us > until_us)
			look_us = until_us;
		when = (struct timespec){ .tv_sec = look_us / 1000000, .tv_nsec = look_us % 1000000 * 1000 };
		pthread_cond_timedwait(&question->answered, &question->lock, &when);
	}
}

/* Why there is no address, in words. */
static const char *failure_of(const struct answer *answer, unsigned families)
{
	if (!answer->ended)
		return "no name server answered in time";
	switch (answer->failure) {
	case EAI_NONAME:
		return "there is no such name";
	case EAI_AGAIN:
		return "no name server answers";
	case EAI_MEMORY:
		return "too many look-ups of names at once";
	case 0:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return families == 1 ? "it has no IPv4 address" :
		       families == 2 ? "it has no IPv6 address" : "it has no address";
	default:
		return gai_strerror(answer->failure);
	}
}

/* An address needs nobody. True: it is one, wanted or not. */
static bool take_number(struct resolve_name *name)
{
	struct bytes text = bytes_of(name->host);
	struct endpoint endpoint;

	name->numeric = endpoint_parse_address(text, &endpoint);
	if (!name->numeric)
		return false;
	endpoint.port = name->port;
	name->count = (name->families & (endpoint.family == 4 ? 1 : 2)) != 0;
	name->endpoints[0] = endpoint;
	name->failure = endpoint.family == 4 ? "it is an IPv4 address" : "it is an IPv6 address";
	return true;
}

static void take_answer(struct resolve_name *name, const struct answer *answer)
{
	name->count = answer->ended ? answer->count : 0;
	memcpy(name->endpoints, answer->endpoints, name->count * sizeof *name->endpoints);
	for (size_t i = 0; i < name->count; i++)
		name->endpoints[i].port = name->port;
	if (!name->count)
		name->failure = failure_of(answer, name->families);
}

size_t resolve_names(struct resolve_name *names, size_t count, int64_t timeout_us, const volatile bool *stop)
{
	int64_t until_us = clock_monotonic_us() + timeout_us;
	struct question *question = new_question();
	sigset_t all, before;
	size_t found = 0;

	if (count > RESOLVE_NAMES_MAX)
		count = RESOLVE_NAMES_MAX;
	/* signals are for the thread that waits: what it does then, such as poll, must come to an end */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pthread_mutex_lock(&question->lock);
	for (size_t i = 0; i < count; i++)
		if (!take_number(&names[i]))
			ask(question, &names[i], i);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	wait_for_answers(question, until_us, stop);
	for (size_t i = 0; i < count; i++) {
		if (question->answers[i].host)
			take_answer(&names[i], &question->answers[i]);
		found += names[i].count != 0;
	}
	let_go(question);
	return found;
}
