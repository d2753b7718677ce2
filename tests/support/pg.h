/* pg.h - private PostgreSQL servers and poolers for unit tests; they end with the test, whatever becomes of it */
#ifndef SUPPORT_PG_H
#define SUPPORT_PG_H

#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "unit.h"

/* A folder of the servers' own user, in /tmp itself: as root the servers run as postgres, who enters no private folder. */
struct pg_folder { char path[32]; };
struct pg_server { struct pg_folder folder; pid_t pid; };

static inline const struct passwd *pg_user(void)
{
	return geteuid() == 0 ? getpwnam("postgres") : NULL;
}

/* The folder of the server's programs, the newest one's; false: there is none, or none may be started. */
static inline bool pg_programs(char folder[PATH_MAX])
{
	const char *skip_servers = getenv("PEERUTILS_SKIP_SERVERS");
	glob_t found;
	bool there = !(skip_servers && strcmp(skip_servers, "1") == 0) &&
		     glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0;

	if (there) {
		snprintf(folder, PATH_MAX, "%s", found.gl_pathv[found.gl_pathc - 1]);
		*strrchr(folder, '/') = 0;
		globfree(&found);
	}
	return there;
}

/* Leaves the test, which is skipped: in CI it fails. */
static inline void pg_missing(const char *what)
{
	const char *in_ci = getenv("CI"), *required = getenv("REQUIRE_SERVERS");

	if ((in_ci && *in_ci) || (required && *required))
		fail_msg("%s is not installed", what);
	skip();
}

static inline void pg_make_folder(struct pg_folder *folder)
{
	const struct passwd *user = pg_user();

	snprintf(folder->path, sizeof folder->path, "/tmp/pu-unit.XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	if (user)
		assert_int_equal(chown(folder->path, user->pw_uid, user->pw_gid), 0);
}

static inline void pg_remove_folder(struct pg_folder *folder)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", folder->path);
	if (*folder->path)
		assert_int_equal(system(command), 0);
	*folder->path = 0;
}

/* Runs a program in the folder as the servers' user, silently; at_end: the signal when the test dies. */
static inline pid_t pg_start(const struct pg_folder *folder, int at_end, char *const *words)
{
	const struct passwd *user = pg_user();
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		fail_msg("cannot fork");
	if (pid)
		return pid;
	if (user && (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
		_exit(126);
	/* a change of the user would have forgotten that */
	if (prctl(PR_SET_PDEATHSIG, at_end) != 0 || getppid() != parent || chdir(folder->path) != 0)
		_exit(126);
	if (!freopen("log", "a", stderr) || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(126);
	execvp(words[0], words);
	_exit(127);
}

static inline void pg_end(pid_t *pid, int signal_number)
{
	if (*pid > 0) {
		kill(*pid, signal_number);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

/* A connection of the test's own, which may write; waits until the server is there. */
static inline PGconn *pg_connect(const char *conninfo)
{
	for (int i = 0; i < 1500; i++) {
		PGconn *connection = PQconnectdb(conninfo);

		if (PQstatus(connection) == CONNECTION_OK)
			return connection;
		PQfinish(connection);
		usleep(20000);
	}
	fail_msg("nobody answers to %s", conninfo);
	return NULL;
}

/* Statements, each of its own; gives the first value of the last as a number. */
static inline long pg_do(PGconn *connection, const char *sql)
{
	PGresult *result = PQexec(connection, sql);
	ExecStatusType status = PQresultStatus(result);
	long number;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(connection));
	number = PQntuples(result) ? strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;
	PQclear(result);
	return number;
}

/* A server on the unix socket of its folder, in which all are trusted, but "guarded" is asked for a password. */
static inline void pg_server_start(struct pg_server *server, const char *programs)
{
	static const char access[] = "local all guarded scram-sha-256\nlocal all all trust\n";
	char initdb[PATH_MAX + 16], postgres[PATH_MAX + 16], path[64];
	char *const make[] = { initdb, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D",
			       "data", NULL };
	char *const run[] = { postgres, "-D", "data", "-k", server->folder.path, "-c", "listen_addresses=",
			      "-c", "fsync=off", "-c", "max_connections=20", NULL };
	pid_t maker;
	FILE *file;
	int status;

	snprintf(initdb, sizeof initdb, "%s/initdb", programs);
	snprintf(postgres, sizeof postgres, "%s/postgres", programs);
	pg_make_folder(&server->folder);
	maker = pg_start(&server->folder, SIGKILL, make);
	if (waitpid(maker, &status, 0) != maker || status != 0)
		fail_msg("initdb failed; see %s/log", server->folder.path);
	snprintf(path, sizeof path, "%s/data/pg_hba.conf", server->folder.path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(access, file);
	assert_int_equal(fclose(file), 0);
	server->pid = pg_start(&server->folder, SIGQUIT, run);
}

/* A pooler of transactions before that server, with one connection to it; more: a line for its settings. */
static inline void pg_pooler_start(struct pg_server *pooler, const struct pg_server *server, const char *more)
{
	char path[64];
	char *const run[] = { "/usr/sbin/pgbouncer", "settings", NULL };
	FILE *file;

	pg_make_folder(&pooler->folder);
	snprintf(path, sizeof path, "%s/settings", pooler->folder.path);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "[databases]\n* = host=%s user=postgres\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\n"
		"unix_socket_dir = %s\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 1\n%s\n",
		server->folder.path, pooler->folder.path, more);
	assert_int_equal(fclose(file), 0);
	pooler->pid = pg_start(&pooler->folder, SIGKILL, run);
}

static inline void pg_server_stop(struct pg_server *server)
{
	pg_end(&server->pid, SIGQUIT);
	pg_remove_folder(&server->folder);
}

#endif
