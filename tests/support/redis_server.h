/* redis_server.h - a Redis server of a unit test's own, on a unix socket, gone when the test is */
#ifndef SUPPORT_REDIS_SERVER_H
#define SUPPORT_REDIS_SERVER_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/redis.h"

static inline void redis_server_stop(pid_t server)
{
	if (server <= 0)
		return;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

static inline void redis_server_run(pid_t parent, const char *directory, const char *path)
{
	/* whatever becomes of the test, the server goes with it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || chdir(directory) != 0)
		_exit(126);
	execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no",
	       "--databases", "8", "--loglevel", "warning", "--logfile", "/dev/null", (char *)NULL);
	_exit(127);
}

/* Returns when it answers; the test is skipped if PEERUTILS_SKIP_SERVERS=1, and fails if there is none. */
static inline pid_t redis_server_start(const char *directory, char *path)
{
	const struct redis_address address = { .path = path, .connect_timeout_ms = 2000, .command_timeout_ms = 10000 };
	const char *skip_servers = getenv("PEERUTILS_SKIP_SERVERS");
	pid_t parent = getpid(), server;

	if (skip_servers && strcmp(skip_servers, "1") == 0)
		skip();
	server = fork();
	if (server < 0)
		fail_msg("cannot fork");
	if (!server)
		redis_server_run(parent, directory, path);
	for (int i = 0; i < 500; i++) {
		struct error error = { 0 };
		struct redis *redis = redis_open(&address, (struct io_wait){ 0 }, NULL, &error);

		redis_close(redis);
		if (redis)
			return server;
		if (waitpid(server, NULL, WNOHANG) == server)
			fail_msg("redis-server does not run (PEERUTILS_SKIP_SERVERS=1 goes without it)");
		usleep(10000);
	}
	redis_server_stop(server);
	fail_msg("redis-server does not answer");
	return 0;
}

#endif
