/* seedermap.c - a Redis module with a type of the name that the tracker's next generation uses, for the tests */
#include <stddef.h>
#include <stdint.h>

/*
 * As little of the interface of modules as it takes: the functions are asked for by
 * their names, so no header of Redis is needed. SEEDERMAP.ADD KEY makes such a key; no command reads it.
 */
struct methods {
	uint64_t version;
	void *rdb_load, *rdb_save, *aof_rewrite, *memory_usage, *digest;
	void (*free)(void *);
};

static int (*get_api)(const char *, void *);
static int (*set_attributes)(void *, const char *, int, int);
static int (*create_command)(void *, const char *, int (*)(void *, void **, int), const char *, int, int, int);
static void *(*create_type)(void *, const char *, int, struct methods *);
static void *(*open_key)(void *, void *, int);
static int (*set_value)(void *, void *, void *);
static void (*close_key)(void *);
static int (*reply)(void *, const char *);

static void *type;
static int nothing;

int RedisModule_OnLoad(void **context, void **arguments, int count);

static void free_value(void *value)
{
	(void)value;
}

static int add(void *context, void **arguments, int count)
{
	void *key;

	if (count != 2)
		return 1;
	key = open_key(context, arguments[1], 3);
	set_value(key, type, &nothing);
	close_key(key);
	return reply(context, "OK");
}

int RedisModule_OnLoad(void **context, void **arguments, int count)
{
	static struct methods methods = { .version = 1, .free = free_value };

	(void)arguments;
	(void)count;
	get_api = (int (*)(const char *, void *))(uintptr_t)context[0];
	if (get_api("RedisModule_SetModuleAttribs", &set_attributes) || get_api("RedisModule_CreateCommand", &create_command) ||
	    get_api("RedisModule_CreateDataType", &create_type) || get_api("RedisModule_OpenKey", &open_key) ||
	    get_api("RedisModule_ModuleTypeSetValue", &set_value) || get_api("RedisModule_CloseKey", &close_key) ||
	    get_api("RedisModule_ReplyWithSimpleString", &reply))
		return 1;
	set_attributes(context, "seedermap", 1, 1);
	type = create_type(context, "SeederMap", 0, &methods);
	return !type || create_command(context, "seedermap.add", add, "write", 1, 1, 1);
}
