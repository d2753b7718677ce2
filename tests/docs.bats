# docs.bats - what the manuals, the README, --help and the completions say, against the tables of the tools and what they do
#
# Nothing here knows a verb, an option or a column: the tools are asked with --list, the pages are read as mdoc.
#
# Examples are run. In the README they are blocks that begin with ```console, in the manuals literal displays: a line
# `$ COMMAND` (continued by lines that begin with `> `) and under it what it prints, stderr too. All of one page run in one
# shell, in a folder of their own with the sample as capture.frames, tests/ as here, a private Redis, which $REDIS_URL and
# redis-cli lead to, and where userstats is shown the site of the demo in a private PostgreSQL. What is printed must be the
# same, but that an epoch second, or a time in ISO 8601, may be any other. Displays without `$ ` are not run.

load support/helpers

setup_file() {
	export man=$BATS_TEST_DIRNAME/../man
}

# lists WHAT WANT GOT - two lists of lines must be the same
lists() {
	diff -u --label "$1: the tool" --label "$1: the page" <(printf '%s\n' "$2") <(printf '%s\n' "$3") >&2
}

# ---- what a page says

# section PAGE NAME - the lines of one section
section() {
	awk -v want="$2" '/^\.Sh / { inside = substr($0, 5) == want; next } inside' "$1"
}

# verbs_of PAGE - `.It Cm VERB` of its VERBS
verbs_of() {
	section "$1" VERBS | awk '$1 == ".It" && $2 == "Cm" { print $3 }'
}

# options_of PAGE - HEADING TAB OPTION TAB ARGUMENT for each `.It Fl ...` of its OPTIONS
options_of() {
	section "$1" OPTIONS | awk -v OFS='\t' '
	$1 == ".Ss" { sub(/^\.Ss +/, ""); heading = $0; next }
	$1 != ".It" || $2 != "Fl" { next }
	{
		count = 0
		argument = name = ""
		dashes = behind = 0
		for (i = 2; i <= NF; i++) {
			if (behind) {
				if ($i == "Oo") argument = argument "["
				else if ($i == "Oc") argument = argument "]"
				else if ($i != "Ns" && $i != "Ar" && $i != "Cm") argument = argument $i
			} else if ($i == "Fl") dashes++
			else if ($i == "=") behind = 1
			else if ($i == ",") dashes = 0
			else if (dashes) { names[++count] = (dashes == 2 ? "--" : "-") $i; dashes = 0 }
		}
		for (i = 1; i <= count; i++) print heading, names[i], argument
	}'
}

# options_for PAGE VERB VERBS-THAT-PRINT-RECORDS - those whose heading speaks of the verb
options_for() {
	local heading option argument
	options_of "$1" | while IFS=$'\t' read -r heading option argument; do
		case " ${heading//,/} " in
		*' every verb that prints records ') [[ " $3 " == *" $2 "* ]] || continue ;;
		*' every verb '|*' all verbs ') ;;
		*' all verbs but'*" $2 "*) continue ;;
		*' all verbs but '*) ;;
		*" $2 "*) ;;
		*) continue ;;
		esac
		printf '%s\t%s\n' "$option" "$argument"
	done
}

# columns_of PAGE SECTION [VERB] - RECORD TAB COLUMN, of all records or of those printed by the verb
columns_of() {
	section "$1" "$2" | awk -v verb="${3:-}" -v OFS='\t' '
	$1 == ".Ss" { record = $2; printed = verb == ""; listed = 0; next }
	$1 == ".Bl" { listed = 1 }
	$1 == ".Cm" && $2 == verb && !listed { printed = 1 }
	$1 == ".It" && $2 == "Va" && printed { print record, $3 }'
}

# record_verbs TOOL - the verbs that print records
record_verbs() {
	local verb
	for verb in $("$1" --list verbs | cut -f 1); do
		[ -z "$("$1" --list fields "$verb")" ] || printf '%s ' "$verb"
	done
}

# records_of TOOL VERB - RECORD TAB COLUMN, as `TOOL VERB --help` has them: "name: help", then the columns, four blanks in
records_of() {
	"$1" "$2" --help | awk -v OFS='\t' '
	/^Options/ { exit }
	/^[a-z]+: / { record = $1; sub(/:$/, "", record) }
	/^    / { for (i = 1; i <= NF; i++) print record, $i }'
}

# ---- the manuals and the tables

@test "each tool has a manual that mandoc finds nothing to say about" {
	need mandoc
	for tool in $PEERUTILS_TOOLS; do
		[ -f "$man/$tool.1" ]
	done
	run mandoc -Tlint -W warning "$man"/*.[1-8]
	[ "$output" = '' ]
}

@test "manuals: the verbs of each tool, in VERBS and in SYNOPSIS" {
	for tool in $PEERUTILS_TOOLS; do
		verbs=$("$tool" --list verbs | cut -f 1)
		[ -n "$verbs" ]
		lists "$tool, VERBS" "$verbs" "$(verbs_of "$man/$tool.1")"
		lists "$tool, SYNOPSIS" "$verbs" "$(section "$man/$tool.1" SYNOPSIS |
			sed -nE 's/^\.(Op )?Cm ([a-z-]+).*/\2/p')"
	done
}

@test "manuals: the options that go with each verb, with their arguments" {
	for tool in $PEERUTILS_TOOLS; do
		printing=$(record_verbs "$tool")
		for verb in $("$tool" --list verbs | cut -f 1); do
			lists "$tool $verb, OPTIONS" "$("$tool" --list options "$verb" | cut -f 1,2 | LC_ALL=C sort)" \
				"$(options_for "$man/$tool.1" "$verb" "$printing" | LC_ALL=C sort)"
		done
		lists "$tool, OPTIONS" "$("$tool" --list options | cut -f 1,2 | LC_ALL=C sort)" \
			"$(options_of "$man/$tool.1" | cut -f 2,3 | LC_ALL=C sort)"
	done
}

@test "manuals: the columns that each verb prints, in their order" {
	for tool in $PEERUTILS_TOOLS; do
		for verb in $("$tool" --list verbs | cut -f 1); do
			lists "$tool $verb, RECORDS" "$("$tool" --list fields "$verb" | cut -f 1)" \
				"$(columns_of "$man/$tool.1" RECORDS "$verb" | cut -f 2 | awk '!seen[$1]++')"
			lists "$tool $verb, RECORDS" "$(records_of "$tool" "$verb")" "$(columns_of "$man/$tool.1" RECORDS "$verb")"
		done
	done
}

@test "manuals: what --top prints" {
	for tool in $PEERUTILS_TOOLS; do
		for verb in $(record_verbs "$tool"); do
			[[ $verb == decode ]] || continue
			column=$("$tool" --list fields "$verb" | sed -n '1s/\t.*//p')
			header=$("$tool" "$verb" --top "$column" -H </dev/null)
			lists "$tool, top" "$header" "#type$(columns_of "$man/$tool.1" RECORDS |
				awk '$1 == "top" { printf "\t%s", $2 }')"
		done
	done
}

@test "manuals: what all tools have in common is said in the same words" {
	first=${PEERUTILS_TOOLS%% *}
	for tool in $PEERUTILS_TOOLS; do
		for what in OPTIONS RECORDS; do
			[ -n "$(common "$first" $what)" ]
			diff -u <(common "$first" $what) <(common "$tool" $what) >&2
		done
	done
}

# common TOOL SECTION - the part of the section that does not belong to the tool
common() {
	case $2 in
	OPTIONS) section "$man/$1.1" OPTIONS | sed -n '/^\.Ss Options of every verb/,$p' ;;
	RECORDS) section "$man/$1.1" RECORDS | sed -n '/^\.Ss top/,$p' ;;
	esac
}

@test "peerutils(5): every record type with its columns" {
	want=$(for tool in $PEERUTILS_TOOLS; do
		for verb in $(record_verbs "$tool"); do
			records_of "$tool" "$verb"
		done
		columns_of "$man/$tool.1" RECORDS | grep '^top'
	done | LC_ALL=C sort -u)
	lists 'RECORD TYPES' "$want" "$(columns_of "$man/peerutils.5" 'RECORD TYPES' | LC_ALL=C sort)"
	# sorted, so the order is compared apart
	for tool in $PEERUTILS_TOOLS; do
		for verb in $(record_verbs "$tool"); do
			for record in $(records_of "$tool" "$verb" | cut -f 1 | uniq); do
				lists "$record" "$(records_of "$tool" "$verb" | grep "^$record	")" \
					"$(columns_of "$man/peerutils.5" 'RECORD TYPES' | grep "^$record	")"
			done
		done
	done
}

@test "peerdump(1): every fault that check can find, with its severity" {
	want=$(sed -nE 's/.*\{ "([a-z0-9_]+)", "(error|warning|note)",.*/\1 \2/p' "$top/tools/peerdump/faults.c" | LC_ALL=C sort)
	[ -n "$want" ]
	lists 'codes of check' "$want" "$(section "$man/peerdump.1" RECORDS |
		awk '$1 == ".It" && $2 == "Li" { code = $3; next } code { sub(/[^a-z].*/, ""); print code, $0; code = "" }' |
		LC_ALL=C sort)"
}

@test "manuals: pages that are referred to are there" {
	while read -r page number; do
		case $number in
		5 | 7) [ -f "$man/$page.$number" ] || [[ $page != peerutils ]] ;;
		esac
		for tool in framecat peerdump btinspect userstats dhtping; do
			[ "$page" != $tool ] || [ -f "$man/$page.1" ]
		done
	done < <(sed -nE 's/^\.Xr ([a-z-]+) ([1-8]).*/\1 \2/p' "$man"/*.[1-8])
}

# ---- help, completions, versions, files

@test "--help has every verb and every option, and that of a verb those that go with it" {
	for tool in $PEERUTILS_TOOLS; do
		help=$("$tool" --help)
		lists "$tool --help, verbs" "$("$tool" --list verbs | cut -f 1)" \
			"$(sed -n '/^Verbs/,/^$/s/^  \([a-z-]\+\) .*/\1/p' <<<"$help")"
		lists "$tool --help, options" "$("$tool" --list options | cut -f 1 | LC_ALL=C sort)" "$(help_options <<<"$help")"
		lists "$tool --help, headings" "$(sed -n 's/^\(Options of .*\):$/\1/p' <<<"$help")" \
			"$(sed -n 's/^\.Ss \(Options of .*\)/\1/p' "$man/$tool.1")"
		for verb in $("$tool" --list verbs | cut -f 1); do
			lists "$tool $verb --help" "$("$tool" --list options "$verb" | cut -f 1 | LC_ALL=C sort)" \
				"$("$tool" "$verb" --help | help_options)"
		done
		# 80 columns are what everybody has
		[ -z "$(awk 'length > 80' <<<"$help")" ]
	done
}

help_options() {
	sed -nE 's/^  (-.), (--[a-z0-9-]+).*/\1\n\2/p; s/^      (--[a-z0-9-]+).*/\1/p' | LC_ALL=C sort
}

@test "completions know no verb, no option and no column by name" {
	# Words of their own that happen to be names of ours: variables, options of commands, and --list itself.
	own='--list --quiet --fields count value values field time first last type key file files name t status'
	for file in "$top"/completions/*; do
		words=$(sed -E 's/(^|[[:space:]])#.*//' "$file" | tr -c 'a-z0-9_-' '\n' | LC_ALL=C sort -u)
		for tool in $PEERUTILS_TOOLS; do
			known=$("$tool" --list options | cut -f 1 | grep '^--')
			for verb in $("$tool" --list verbs | cut -f 1); do
				known+=$'\n'$verb$'\n'$("$tool" --list fields "$verb" | cut -f 1)
			done
			known=$(grep -vxF -e '' -e "${own// /$'\n'}" <<<"$known")
			found=$(grep -xF -e "$known" <<<"$words" || true)
			[ -z "$found" ] || { echo "$file knows $tool's: $found" >&2; false; }
		done
	done
}

@test "the version is the one on top of the changelog" {
	newest=$(sed -nE 's/^## ([0-9.]+).*/\1/p' "$top/CHANGELOG.md" | head -n 1)
	[ "$newest" = "$PEERUTILS_VERSION" ]
	for tool in $PEERUTILS_TOOLS; do
		[ "$("$tool" --version)" = "$tool (peerutils) $newest" ]
	done
}

@test "the README's table has the tools that are built, and no link leads nowhere" {
	lists 'README, table of the tools' "$(tr ' ' '\n' <<<"$PEERUTILS_TOOLS" | LC_ALL=C sort)" \
		"$(sed -nE 's/^\| `([a-z]+)` .*/\1/p' "$top/README.md" | LC_ALL=C sort)"
	for page in README.md CONTRIBUTING.md CHANGELOG.md; do
		while read -r link; do
			[ -e "$top/$link" ] || { echo "$page: no $link" >&2; false; }
		done < <(grep -oE '\]\([^)#:]+' "$top/$page" | cut -c 3-)
	done
}

@test "CONTRIBUTING names only files and make targets that exist" {
	[ -s "$top/CONTRIBUTING.md" ]
	while read -r name; do
		# NAME is anybody's
		[[ $name == *NAME* ]] || compgen -G "$top/$name" >/dev/null || { echo "CONTRIBUTING.md: no $name" >&2; false; }
	done < <(grep -oE '`(common|tools|tests|man|completions)/[^` ]*`' "$top/CONTRIBUTING.md" | tr -d '`' | sort -u)
	targets=$(make -s -C "$top" help | cut -d ' ' -f 1)
	while read -r target; do
		grep -qx -e "$target" -e "${target%%-*}-<codec>" <<<"$targets" || { echo "CONTRIBUTING.md: no make $target" >&2; false; }
	done < <(cat "$top/CONTRIBUTING.md" "$top/README.md" | grep -oE '`make [a-z]+[a-z-]*' | cut -d ' ' -f 2 | sort -u)
}

@test "the file map has every file" {
	run "$top/tests/check-map"
	[ "$status" = 0 ]
	for file in README.md tests/docs.bats man/peerutils.5; do
		"$top/tests/check-map" --print | grep -q "^$file - "
	done
}

# ---- examples

# examples PAGE - the blocks that are run, as they stand for the reader, with a form feed after each
examples() {
	case $1 in
	*.md) awk '/^```/ { if (inside) print "\f"; inside = $0 == "```console"; next } inside' "$1" ;;
	*) awk '/^\.Bd -literal/ { inside = 1; next } /^\.Ed/ { if (inside) print "\f"; inside = 0 } inside' "$1" |
		sed 's/\\(aq/'\''/g; s/\\(ti/~/g; s/\\(ha/^/g; s/\\(ga/`/g; s/\\&//g; s/\\e/\\/g' ;;
	esac
}

# steady - any epoch second as the same one, any time in ISO 8601 too
steady() {
	sed -E 's/\<1[0-9]{9}\>/1700000000/g; s/\<20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/2023-11-14T22:13:20Z/g'
}

# site - the site of the demo in PostgreSQL
site() {
	postgres
	psql_ -f "$samples/site/schema.sql" -f "$samples/site/demo.sql"
}

# run_examples PAGE - in the folder and the shell of the test
run_examples() {
	local line command='' want='' status=0 count=0
	mkdir "$tmp/example"
	cp "$samples/frame/demo.frames" "$tmp/example/capture.frames"
	cp "$samples/pcap/libtorrent.pcap" "$tmp/example/dht.pcap"
	ln -s "$top/tests" "$tmp/example/tests"
	cd "$tmp/example"
	examples "$1" >"$tmp/examples"
	exec 5<"$tmp/examples"
	while IFS= read -r line <&5; do
		case $line in
		'$ '* | $'\f')
			run_example "$1"
			command=${line#'$ '} want=
			[ "$line" != $'\f' ] || command=
			;;
		'> '*) [ -z "$command" ] || command+=$'\n'${line#'> '} ;;
		*) [ -z "$command" ] || want+=$line$'\n' ;;
		esac
	done
	exec 5<&-
	echo "$count examples" >&2
	[ "$count" -gt 0 ]
}

# redis-cli without options is that of the private server
redis-cli() {
	command redis-cli -s "$sock" "$@"
}

# run_example PAGE - $command as if typed, then what it printed against $want
run_example() {
	[ -n "$command" ] || return 0
	count=$((count + 1))
	# it may set variables that the next one uses, and ask for the status of the one before
	set +e
	(exit "$status")
	eval "$command" >"$tmp/got" 2>&1 </dev/null 5<&-
	status=$?
	set -e
	diff -u --label "$1" <(printf '%s' "$want" | steady) --label 'what it prints' <(steady <"$tmp/got") >&2 ||
		{ printf 'the example: $ %s\n' "$command" >&2; return 1; }
}

@test "the examples of framecat(1) print what it says" {
	run_examples "$man/framecat.1"
}

@test "the examples of peerdump(1) print what it says" {
	redis
	run_examples "$man/peerdump.1"
}

@test "the examples of btinspect(1) print what it says" {
	run_examples "$man/btinspect.1"
}

@test "the examples of dhtping(1) print what it says" {
	run_examples "$man/dhtping.1"
}

@test "the examples of userstats(1) print what it says" {
	need jq
	need psql
	redis
	site
	framecat "$samples/frame/demo.frames" | peerdump load -q
	run_examples "$man/userstats.1"
}

@test "the examples of peerutils(5) print what it says" {
	need jq
	redis
	run_examples "$man/peerutils.5"
}

@test "the recipes of peerutils(7) print what it says" {
	redis
	run_examples "$man/peerutils.7"
}

@test "the examples of the README print what it says" {
	redis
	site
	run_examples "$top/README.md"
}

@test "examples can be copied from a rendered manual" {
	need mandoc
	for page in "$man"/*.[1-8]; do
		shown=$(mandoc -Tutf8 "$page" | col -bx | sed 's/^ *//')
		while IFS= read -r line; do
			grep -qxF -e "$line" <<<"$shown" || { echo "$page: not shown as it is: $line" >&2; false; }
		done < <(examples "$page" | grep -e '^\$ ' -e '^> ')
	done
}
