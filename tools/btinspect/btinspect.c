/* btinspect.c - what a torrent file, magnet link or any bencode says, whether it is right, and whether data is as it says */
#include "tools/btinspect/btinspect.h"

#include "text/problem.h"
#include "tools/btinspect/records.h"

enum { SHOW, FILES, TRACKERS, PIECES, INFOHASH, MAGNET, CHECK, TREE, JSON, BENCODE, VERIFY, CREATE, EDIT };

static const struct record *const show_records[] = { &torrent_record, NULL };
static const struct record *const files_records[] = { &file_record, NULL };
static const struct record *const trackers_records[] = { &tracker_record, NULL };
static const struct record *const pieces_records[] = { &piece_record, NULL };
static const struct record *const infohash_records[] = { &infohash_record, NULL };
static const struct record *const magnet_records[] = { &magnet_record, NULL };
static const struct record *const check_records[] = { &problem_record, NULL };
static const struct record *const tree_records[] = { &bencode_record, NULL };
static const struct record *const verify_records[] = { &data_record, NULL };
static const struct record *const edit_records[] = { &edited_record, NULL };

static size_t choose_long(const void *options)
{
	return ((const struct btinspect_options *)options)->long_form;
}

static const struct verb verbs[] = {
	[SHOW] = { "show", "[FILE...]", "what a torrent is: one record for each file",
		   .run = show_run, .records = show_records, .choose = choose_long },
	[FILES] = { "files", "[FILE...]", "its files, with padding and symlinks", .run = files_run,
		    .records = files_records },
	[TRACKERS] = { "trackers", "[FILE...]", "its trackers by tier, web seeds, DHT nodes and what else it names",
		       .run = trackers_run, .records = trackers_records },
	[PIECES] = { "pieces", "[FILE...]", "the hashes of its pieces", .run = pieces_run, .records = pieces_records },
	[INFOHASH] = { "infohash", "[FILE...]", "the info hashes alone, fast", .run = infohash_run,
		       .records = infohash_records },
	[MAGNET] = { "magnet", "[FILE|LINK...]", "torrents to magnet links, magnet links to records",
		     .run = magnet_run, .records = magnet_records },
	[CHECK] = { "check", "[FILE...]", "all that is wrong with a torrent file, and where",
		    .run = check_run, .records = check_records },
	[TREE] = { "tree", "[FILE...]", "any bencode, value by value, with offsets",
		   .run = tree_run, .records = tree_records, .choose = choose_long },
	[JSON] = { "json", "[FILE...]", "any bencode to JSON", .run = json_run },
	[BENCODE] = { "bencode", "[FILE...]", "that JSON to the same bencode", .run = bencode_run },
	[VERIFY] = { "verify", "PATH [FILE...]", "data against torrents: which pieces and files are good",
		     .run = verify_run, .records = verify_records },
	[CREATE] = { "create", "PATH", "makes a torrent of a file or a folder", .run = create_run, .records = show_records },
	[EDIT] = { "edit", "FILE...", "changes trackers, comment and the like in torrent files",
		   .run = edit_run, .records = edit_records },
};

#define ON_MAKING (ON_VERB(CREATE) | ON_VERB(EDIT))
/* Verbs that read many files. */
#define ON_READING (ON_VERB(SHOW) | ON_VERB(FILES) | ON_VERB(TRACKERS) | ON_VERB(PIECES) | ON_VERB(INFOHASH) | \
		    ON_VERB(MAGNET) | ON_VERB(CHECK) | ON_VERB(TREE) | ON_VERB(JSON) | ON_VERB(BENCODE) | \
		    ON_VERB(VERIFY) | ON_VERB(EDIT))

static const char *const formats[] = { "v1", "v2", "hybrid", NULL };

static const struct option_row options[] = {
	OPTION(btinspect_options, files_from, TEXT, 0, "files-from", "LIST",
	       "read the files that LIST names, one a line or ended by NULs; - is stdin", .verbs = ON_READING),
	OPTION(btinspect_options, reveal, FLAG, 0, "reveal", NULL, "print passkeys in the URLs of trackers as they are",
	       .verbs = ON_VERB(SHOW) | ON_VERB(TRACKERS) | ON_VERB(MAGNET) | ON_VERB(TREE)),
	OPTION(btinspect_options, long_form, FLAG, 'l', "long", NULL,
	       "a view for people: trackers by tier, files as a tree; of bencode, lines cut to 80 columns",
	       .verbs = ON_VERB(SHOW) | ON_VERB(TREE)),
	OPTION(btinspect_options, strict, FLAG, 0, "strict", NULL, "what clients merely tolerate is an error too",
	       .verbs = ON_VERB(CHECK)),
	OPTION(btinspect_options, version_2, FLAG, 0, "v2", NULL, "of hybrids, the pieces of the version 2 half",
	       .verbs = ON_VERB(PIECES)),
	OPTION(btinspect_options, threads, NUMBER, 0, "threads", "N", "hash with N threads (default: one for each CPU)",
	       .min = 1, .verbs = ON_VERB(VERIFY) | ON_VERB(CREATE)),
	OPTION(btinspect_options, fast, FLAG, 0, "fast", NULL, "look at sizes and times only, and read no data",
	       .verbs = ON_VERB(VERIFY)),
	OPTION(btinspect_options, to, TEXT, 0, "to", "FILE", "write the torrent there; - is stdout", .verbs = ON_MAKING),
	OPTION(btinspect_options, force, FLAG, 'f', "force", NULL, "write over a file that is there", .verbs = ON_MAKING),
	OPTION(btinspect_options, dry_run, FLAG, 0, "dry-run", NULL, "write nothing", .verbs = ON_MAKING),
	OPTION(btinspect_options, trackers, LIST, 0, "tracker", "URL[,URL...]",
	       "one tier of trackers; edit: instead of all there are, an empty one removes them", .verbs = ON_MAKING),
	OPTION(btinspect_options, trackers_from, TEXT, 0, "trackers-from", "FILE",
	       "trackers from a file, so that no passkey is in the arguments: one URL a line, an empty line between tiers",
	       .verbs = ON_MAKING),
	OPTION(btinspect_options, web_seeds, LIST, 0, "web-seed", "URL",
	       "add a web seed (url-list); an empty one removes those there", .verbs = ON_MAKING),
	OPTION(btinspect_options, http_seeds, LIST, 0, "http-seed", "URL", "the same for web seeds of BEP 17 (httpseeds)",
	       .verbs = ON_MAKING),
	OPTION(btinspect_options, nodes, LIST, 0, "node", "HOST:PORT", "the same for DHT nodes (nodes)", .verbs = ON_MAKING),
	OPTION(btinspect_options, private, SET, 0, "private", NULL, "only the trackers may give peers",
	       .value = PRIVATE_SET, .verbs = ON_MAKING),
	OPTION(btinspect_options, source, TEXT, 0, "source", "TEXT",
	       "source, in info: makes another torrent of the same data",
	       .verbs = ON_MAKING),
	OPTION(btinspect_options, comment, TEXT, 0, "comment", "TEXT", "comment; an empty one removes it",
	       .verbs = ON_MAKING),
	OPTION(btinspect_options, created_by, TEXT, 0, "created-by", "TEXT",
	       "program that made it; an empty one: none (default of create: peerutils and its version)",
	       .verbs = ON_MAKING),
	OPTION(btinspect_options, created, TEXT, 0, "created", "TIME",
	       "creation date: epoch seconds or RFC 3339; an empty one: none (default of create: now, "
	       "or $SOURCE_DATE_EPOCH)", .verbs = ON_MAKING),
	OPTION(btinspect_options, format, CHOICE, 0, "format", "v1|v2|hybrid", "which version to make (default v1)",
	       .choices = formats, .verbs = ON_VERB(CREATE)),
	OPTION(btinspect_options, piece_length, SIZE, 0, "piece-length", "SIZE",
	       "bytes of a piece: 256k, 1M (default: by the size of the data)", .min = 1, .verbs = ON_VERB(CREATE)),
	OPTION(btinspect_options, name, TEXT, 0, "name", "NAME", "name of the torrent (default: that of PATH)",
	       .verbs = ON_VERB(CREATE)),
	OPTION(btinspect_options, exclude, LIST, 0, "exclude", "PATTERN", "leave out files whose path or name matches it",
	       .verbs = ON_VERB(CREATE)),
	OPTION(btinspect_options, padding, FLAG, 0, "padding", NULL,
	       "padding files, so that each file begins with a piece (BEP 47)", .verbs = ON_VERB(CREATE)),
	OPTION(btinspect_options, add_trackers, LIST, 0, "add-tracker", "URL[,URL...]", "add a tier of trackers",
	       .verbs = ON_VERB(EDIT)),
	OPTION(btinspect_options, remove_trackers, LIST, 0, "remove-tracker", "PATTERN",
	       "remove the trackers whose URL or host matches it", .verbs = ON_VERB(EDIT)),
	OPTION(btinspect_options, replace, LIST, 0, "replace", "OLD=NEW", "replace a part of every tracker's URL",
	       .verbs = ON_VERB(EDIT)),
	OPTION(btinspect_options, replace_from, TEXT, 0, "replace-from", "FILE",
	       "the same, from a file, so that no passkey is in the arguments: one OLD=NEW a line", .verbs = ON_VERB(EDIT)),
	OPTION(btinspect_options, private, SET, 0, "public", NULL, "remove the private flag", .value = PRIVATE_CLEAR,
	       .verbs = ON_VERB(EDIT)),
	OPTION(btinspect_options, change_info, FLAG, 0, "change-info", NULL,
	       "let --source, --private and --public change info, and with it the info hash", .verbs = ON_VERB(EDIT)),
};

static const struct btinspect_options defaults_of_options;

static const struct tool btinspect = {
	.name = "btinspect", .purpose = "Shows, checks, makes and edits torrent files, magnet links and bencode.",
	.verbs = verbs, .verb_count = sizeof verbs / sizeof *verbs,
	.options = options, .option_count = sizeof options / sizeof *options,
	.defaults = &defaults_of_options, .options_size = sizeof defaults_of_options,
};

int main(int argc, char **argv)
{
	return tool_run(&btinspect, argc, argv);
}
