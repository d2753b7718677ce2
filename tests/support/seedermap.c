/* seedermap.c - a Redis module for the tests: the type of the tracker's next generation, and a ZSCAN that repeats itself */
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

/*
 * As little of the interface of modules as it takes: the functions are asked for by
 * their names, so no header of Redis is needed. SEEDERMAP.ADD KEY makes such a key; no command reads it.
 * With an argument it also answers ZSCAN in place of the server: in two parts it gives entries of 1.2.3.4 at the ports
 * 1 to 600 and 301 to 900, as a real one may when its table shrinks meanwhile.
 */
struct methods {
	uint64_t version;
	void *rdb_load;
	void (*rdb_save)(void *, void *);
	void *aof_rewrite, *memory_usage, *digest;
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
static int (*reply_array)(void *, long);
static int (*reply_bytes)(void *, const char *, size_t);
static void *(*register_filter)(void *, void (*)(void *), int);
static void *(*filter_get)(void *, int);
static int (*filter_replace)(void *, int, void *);
static const char *(*string_text)(void *, size_t *);
static void *(*create_string)(void *, const char *, size_t);
static void (*save_number)(void *, uint64_t);
static void (*save_double)(void *, double);
static void (*save_bytes)(void *, const char *, size_t);

static void *type;
static int nothing;

int RedisModule_OnLoad(void **context, void **arguments, int count);

/* One of each that a module can write, so that a reader of RDB files has something to pass over. */
static void save(void *file, void *value)
{
	static const char peers[] = "peers and REDIS0011, \377 \376\001";

	(void)value;
	save_number(file, UINT64_MAX);
	save_double(file, 1.5);
	save_bytes(file, peers, sizeof peers);
	save_bytes(file, "", 0);
}

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

static int scan(void *context, void **arguments, int count)
{
	static int calls;
	int first = calls++ % 2 ? 301 : 1;
	char entry[22] = { 1, 2, 3, 4 };

	(void)arguments;
	(void)count;
	reply_array(context, 2);
	reply_bytes(context, first == 1 ? "7" : "0", 1);
	reply_array(context, 1200);
	for (int port = first; port < first + 600; port++) {
		entry[20] = (char)(port >> 8);
		entry[21] = (char)port;
		reply_bytes(context, entry, sizeof entry);
		reply_bytes(context, "1700000000", 10);
	}
	return 0;
}

static void divert(void *filter)
{
	size_t size;
	const char *name = string_text(filter_get(filter, 0), &size);

	if (size == 5 && strncasecmp(name, "zscan", size) == 0)
		filter_replace(filter, 0, create_string(NULL, "seedermap.zscan", 15));
}

int RedisModule_OnLoad(void **context, void **arguments, int count)
{
	static struct methods methods = { .version = 1, .rdb_save = save, .free = free_value };

	(void)arguments;
	get_api = (int (*)(const char *, void *))(uintptr_t)context[0];
	if (get_api("RedisModule_SetModuleAttribs", &set_attributes) ||
	    get_api("RedisModule_CreateCommand", &create_command) ||
	    get_api("RedisModule_CreateDataType", &create_type) || get_api("RedisModule_OpenKey", &open_key) ||
	    get_api("RedisModule_ModuleTypeSetValue", &set_value) || get_api("RedisModule_CloseKey", &close_key) ||
	    get_api("RedisModule_ReplyWithSimpleString", &reply) ||
	    get_api("RedisModule_ReplyWithArray", &reply_array) ||
	    get_api("RedisModule_ReplyWithStringBuffer", &reply_bytes) ||
	    get_api("RedisModule_RegisterCommandFilter", &register_filter) ||
	    get_api("RedisModule_CommandFilterArgGet", &filter_get) ||
	    get_api("RedisModule_CommandFilterArgReplace", &filter_replace) ||
	    get_api("RedisModule_StringPtrLen", &string_text) ||
	    get_api("RedisModule_CreateString", &create_string) || get_api("RedisModule_SaveUnsigned", &save_number) ||
	    get_api("RedisModule_SaveDouble", &save_double) || get_api("RedisModule_SaveStringBuffer", &save_bytes))
		return 1;
	set_attributes(context, "seedermap", 1, 1);
	type = create_type(context, "SeederMap", 0, &methods);
	if (count &&
	    (create_command(context, "seedermap.zscan", scan, "readonly", 1, 1, 1) || !register_filter(context, divert, 0)))
		return 1;
	return !type || create_command(context, "seedermap.add", add, "write", 1, 1, 1);
}
