/* pg_cancel.c - asks PostgreSQL to end a statement, and does not wait for ever */
#include "io/pg_private.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

enum { CANCEL_SECONDS = 2 };

/* It has nothing but the PGcancel, which is its own: it may be left behind. */
static void *ask(void *context)
{
	char words[1];

	PQcancel(context, words, sizeof words);
	PQfreeCancel(context);
	return NULL;
}

/* A thread that no signal comes to: they are for those who look at *stop. */
static bool begin_thread(pthread_t *thread, PGcancel *cancel)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(thread, NULL, ask, cancel);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !failed;
}

bool pg_cancel(PGconn *connection)
{
	PGcancel *cancel = PQgetCancel(connection);
	struct timespec until;
	pthread_t thread;

	if (!cancel)
		return false;
	if (!begin_thread(&thread, cancel)) {
		PQfreeCancel(cancel);
		return false;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CANCEL_SECONDS;
	if (pthread_timedjoin_np(thread, NULL, &until) == 0)
		return true;
	pthread_detach(thread);
	return false;
}
