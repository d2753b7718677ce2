/* redis_told.h - three Redis servers of a unit test that answer as they are told, as a cluster or alone */
#ifndef SUPPORT_REDIS_TOLD_H
#define SUPPORT_REDIS_TOLD_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/nodes.h"
#include "tests/support/unit.h"

enum { SERVERS = 3, ANSWERS = 12 };

struct server {
	int listener, connection;
	uint16_t port;
	volatile bool gone;
	pthread_t thread;
	/* To a command that has this in it, this; once, if so. The first that fits is taken. */
	struct { const char *part, *answer; bool once, used; } answers[ANSWERS];
	unsigned asked;
};

static struct server servers[SERVERS];

static inline const char *answer_of(struct server *server, const char *command)
{
	for (size_t i = 0; i < ANSWERS && server->answers[i].part; i++) {
		if (!strstr(command, server->answers[i].part) || (server->answers[i].once && server->answers[i].used))
			continue;
		server->answers[i].used = true;
		return server->answers[i].answer;
	}
	return strstr(command, "PING") ? "+PONG\r\n" : "-ERR unknown command\r\n";
}

/* One command at a time, as nodes.c sends them; those that come together are told apart by their '*'. */
static inline void serve(struct server *server, int fd)
{
	char data[4096];
	ssize_t count;

	while ((count = read(fd, data, sizeof data - 1)) > 0) {
		char *command = data, *next;

		data[count] = 0;
		for (; command; command = next) {
			const char *answer;

			next = strstr(command + 1, "\r\n*");
			if (next) {
				*next = 0;
				next += 2;
			}
			server->asked++;
			answer = answer_of(server, command);
			if (!answer || send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
				return;
		}
	}
}

static inline void *run_server(void *context)
{
	struct server *server = context;

	for (;;) {
		int fd = accept(server->listener, NULL, NULL);

		if (fd < 0)
			return NULL;
		if (!server->gone)
			serve(server, fd);
		close(fd);
		if (server->gone)
			return NULL;
	}
}

static inline void *run_connections(void *context)
{
	/* two at once: the one that is asked for the map, and the one for commands */
	pthread_t second;

	pthread_create(&second, NULL, run_server, context);
	run_server(context);
	pthread_join(second, NULL);
	return NULL;
}

static inline int start_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVERS; i++) {
		struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
		struct server *server = &servers[i];
		socklen_t size = sizeof name;

		*server = (struct server){ .listener = socket(AF_INET, SOCK_STREAM, 0) };
		assert_int_equal(bind(server->listener, (struct sockaddr *)&name, size), 0);
		assert_int_equal(listen(server->listener, 8), 0);
		assert_int_equal(getsockname(server->listener, (struct sockaddr *)&name, &size), 0);
		server->port = ntohs(name.sin_port);
		assert_int_equal(pthread_create(&server->thread, NULL, run_connections, server), 0);
	}
	return 0;
}

static inline int stop_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVERS; i++) {
		servers[i].gone = true;
		shutdown(servers[i].listener, SHUT_RDWR);
		pthread_join(servers[i].thread, NULL);
		close(servers[i].listener);
	}
	return 0;
}

static inline void tell(struct server *server, const char *part, const char *answer)
{
	size_t i = 0;

	while (server->answers[i].part)
		i++;
	server->answers[i].answer = answer;
	server->answers[i].part = part;
}

static inline char *bulk(struct buf *buf, const char *text)
{
	buf_format(buf, "$%zu\r\n%s\r\n", strlen(text), text);
	return (char *)(uintptr_t)buf_string(buf);
}

static struct buf texts[8];

/* The usual answers of a server of a cluster of three, with 0-99, 100-16382 and 16383. */
static inline void tell_cluster(size_t index)
{
	struct buf *map = &texts[0], *info = &texts[1], *enabled = &texts[2];

	if (!map->size) {
		static const unsigned ranges[SERVERS][2] = { { 0, 99 }, { 100, 16382 }, { 16383, 16383 } };

		bulk(info, "# Server\r\nredis_version:7.0.15\r\nredis_mode:cluster\r\n");
		bulk(enabled, "# Cluster\r\ncluster_enabled:1\r\n");
		buf_format(map, "*%d\r\n", SERVERS);
		for (size_t i = 0; i < SERVERS; i++)
			buf_format(map, "*4\r\n:%u\r\n:%u\r\n*4\r\n$9\r\n127.0.0.1\r\n:%u\r\n$40\r\n%040zu\r\n"
				   "*2\r\n$4\r\nmore\r\n*1\r\n:1\r\n"
				   "*2\r\n$-1\r\n:%u\r\n", ranges[i][0], ranges[i][1], servers[i].port, i, 1u + (unsigned)i);
		buf_string(map);
	}
	tell(&servers[index], "\nserver", buf_string(info));
	tell(&servers[index], "\ncluster", buf_string(enabled));
	tell(&servers[index], "SLOTS", buf_string(map));
}

static inline struct nodes_options options_of(size_t index)
{
	static char host[] = "127.0.0.1";

	return (struct nodes_options){ .address = { .host = host, .port = servers[index].port,
						    .command_timeout_ms = 5000 } };
}

static inline void open_all(struct nodes *nodes)
{
	struct nodes_options options = options_of(0);
	struct error error = { 0 };

	for (size_t i = 0; i < SERVERS; i++)
		tell_cluster(i);
	if (!nodes_open(nodes, &options, &error))
		fail_msg("%s", error.message);
}

static inline int free_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		buf_free(&texts[i]);
	return 0;
}

static inline int end_test(void **state)
{
	return stop_servers(state) || free_texts(state);
}

#endif
