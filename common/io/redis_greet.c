/* redis_greet.c - the first words with a Redis server: password, database, and what its refusals mean */
#include "io/redis_greet.h"

#include "base/number.h"

const char *redis_print_words(char text[REDIS_WORDS_ROOM], struct bytes words)
{
	size_t size = words.size < REDIS_WORDS_ROOM ? words.size : REDIS_WORDS_ROOM - 1;

	for (size_t i = 0; i < size; i++)
		text[i] = words.data[i] >= ' ' && words.data[i] < 0x7f ? (char)words.data[i] : '?';
	text[size] = 0;
	return text;
}

/* What the server's refusal means to who started the program. */
static bool refused(const struct redis *redis, const struct redis_address *address, const char *word,
		    struct bytes words, struct error *error)
{
	const char *name = redis_name(redis), *password = address->password;
	char text[REDIS_WORDS_ROOM];

	if (bytes_begin(words, "NOAUTH"))
		return fail_system(error, "%s wants a password (it is taken from $REDISCLI_AUTH)", name);
	if (bytes_begin(words, "WRONGPASS") || bytes_is(words, "ERR invalid password"))
		return fail_system(error, "%s: wrong user name or password", name);
	if (bytes_begin(words, "LOADING"))
		return fail_system(error, "%s is still loading its data; try again later", name);
	if (bytes_begin(words, "BUSY"))
		return fail_system(error, "%s is busy with a script; try again later", name);
	if (bytes_begin(words, "ERR AUTH <password> called without") || bytes_begin(words, "ERR Client sent AUTH"))
		return fail_system(error, "%s has no password, but one was given ($REDISCLI_AUTH, $REDIS_URL)", name);
	if (strcmp(word, "SELECT") == 0 && bytes_is(words, "ERR DB index is out of range"))
		return fail_system(error, "%s: there is no database %u", name, address->database);
	/* "unknown command 'AUTH', with args beginning with: ..." is what a server says where AUTH is renamed */
	if (password && memmem(words.data, words.size, password, strlen(password)))
		return fail_system(error, "%s: %s was refused, in words that repeat the password", name, word);
	return fail_system(error, "%s: %s: %s", name, word, redis_print_words(text, words));
}

/* PING is there for the servers that would say only at the first real command that they want a password, or are loading. */
static void queue_greeting(struct redis *redis, const struct redis_address *address)
{
	char database[NUMBER_ROOM + 1];

	if (address->password && address->user)
		redis_queue_text(redis, "AUTH", address->user, address->password, NULL);
	else if (address->password)
		redis_queue_text(redis, "AUTH", address->password, NULL);
	if (address->database) {
		*number_print(database, address->database) = 0;
		redis_queue_text(redis, "SELECT", database, NULL);
	}
	redis_queue_text(redis, "PING", NULL);
}

bool redis_greet(struct redis *redis, const struct redis_address *address, struct error *error)
{
	const char *words[] = { address->password ? "AUTH" : NULL, address->database ? "SELECT" : NULL, "PING" };
	struct redis_reply reply;

	queue_greeting(redis, address);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!words[i])
			continue;
		if (!redis_read(redis, &reply, error))
			return false;
		/* a user that may read keys need not be allowed to PING */
		if (reply.items->kind == REDIS_ERROR && !(i == 2 && bytes_begin(reply.items->text, "NOPERM")))
			return refused(redis, address, words[i], reply.items->text, error);
		if (reply.items->kind != REDIS_ERROR && reply.items->kind != REDIS_STATUS)
			return fail_system(error, "%s: no status in answer to %s (is this a Redis server?)",
					   redis_name(redis), words[i]);
	}
	return true;
}

struct bytes redis_info(struct bytes text, const char *name)
{
	while (text.size) {
		struct bytes line = bytes_split(text, '\n', &text), value, word = bytes_split(line, ':', &value);

		if (bytes_is(word, name)) {
			if (value.size && value.data[value.size - 1] == '\r')
				value.size--;
			return value;
		}
	}
	return bytes_at(NULL, 0);
}
