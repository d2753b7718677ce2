/* redis_server.h - a Redis server of a unit test's own, on a unix socket, gone when the test is */
#ifndef SUPPORT_REDIS_SERVER_H
#define SUPPORT_REDIS_SERVER_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/redis.h"

static struct { char folder[40], path[48]; pid_t pid; } redis_server = { .folder = "/tmp/peerutils-redis-XXXXXX" };

/* For the group of tests: its folder is there before and gone after them. */
static inline int redis_server_setup(void **state)
{
	(void)state;
	if (!mkdtemp(redis_server.folder))
		return -1;
	snprintf(redis_server.path, sizeof redis_server.path, "%s/real", redis_server.folder);
	return 0;
}

static inline int redis_server_teardown(void **state)
{
	(void)state;
	return rmdir(redis_server.folder);
}

/* The teardown of the test that started it. */
static inline int redis_server_end(void **state)
{
	(void)state;
	if (redis_server.pid > 0) {
		kill(redis_server.pid, SIGKILL);
		waitpid(redis_server.pid, NULL, 0);
	}
	redis_server.pid = 0;
	unlink(redis_server.path);
	return 0;
}

static inline void redis_server_run(pid_t parent)
{
	/* whatever becomes of the test, the server goes with it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || chdir(redis_server.folder) != 0)
		_exit(126);
	execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", redis_server.path, "--save", "",
	       "--appendonly", "no", "--databases", "8", "--loglevel", "warning", "--logfile", "/dev/null", (char *)NULL);
	_exit(127);
}

/* Returns when it answers; the test is skipped if PEERUTILS_SKIP_SERVERS=1, and fails if there is none. */
static inline void redis_server_start(void)
{
	const struct redis_address address = {
		.path = redis_server.path, .connect_timeout_ms = 2000, .command_timeout_ms = 10000,
	};
	const char *skip_servers = getenv("PEERUTILS_SKIP_SERVERS");
	pid_t parent = getpid();

	if (skip_servers && strcmp(skip_servers, "1") == 0)
		skip();
	redis_server.pid = fork();
	if (redis_server.pid < 0)
		fail_msg("cannot fork");
	if (!redis_server.pid)
		redis_server_run(parent);
	for (int i = 0; i < 500; i++) {
		struct error error = { 0 };
		struct redis *redis = redis_open(&address, (struct io_wait){ 0 }, NULL, &error);

		redis_close(redis);
		if (redis)
			return;
		if (waitpid(redis_server.pid, NULL, WNOHANG) == redis_server.pid) {
			redis_server.pid = 0;
			fail_msg("redis-server does not run (PEERUTILS_SKIP_SERVERS=1 goes without it)");
		}
		usleep(10000);
	}
	fail_msg("redis-server does not answer");
}

#endif
