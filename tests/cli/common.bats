# common.bats - what every verb that prints records has without code of its own: forms, columns, selection, counting

load ../support/helpers

frames=$samples/frame/demo.frames
text=$samples/expected/frames.tsv

# fc STATUS ARG... - runs framecat with stdout in $tmp/out, stderr in $tmp/err; its exit status must be STATUS
fc() {
	local want=$1 status=0
	shift
	framecat "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "framecat $*: exit status $status, want $want"; cat "$tmp/err"; return 1; } >&2
}

# out LINE... - what stdout must be, err LINE... - what stderr must be
out() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/out" >&2
}

err() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/err" >&2
}

# usage MESSAGE ARG... - the arguments must be refused with that message and a hint, and print nothing
usage() {
	local message=$1
	shift
	fc 2 "$@" </dev/null
	out
	err "framecat: $message" "framecat: try 'framecat --help'"
}

# column N - of the vectors' lines
column() {
	cut -f "$1" "$text"
}

# three - three frames with all kinds of values, as lines
three() {
	tsv 'frame 1 started 50 86d4c80024a469be4c50bc5a102cf71780310074 a\tb,"c" 1.2.3.4 ::1 1 0000 1700000000.25' \
		'frame 2 completed 0 - - - - 2 beef -' 'frame 3 9 65535 - \x2d 10.0.0.1 - 65535 - -1'
}

# ---- forms

@test "JSON: other programs read it, and it says what the lines say" {
	need jq
	framecat -j "$frames" | jq -r '[.type, .version, .event, .numwant, .info_hash, .passkey, .ipv4 // "-", .ipv6 // "-", .port, .draft, .time // "-"] | @tsv' |
		cmp - "$text"
	framecat --json "$frames" | cmp - <(framecat -j "$frames")
	[ "$(framecat -j -n 1 "$frames" | jq -r 'keys_unsorted | join(" ")')" = 'type version event numwant info_hash passkey ipv4 ipv6 port draft time' ]
	three | framecat -j | jq -s -c '[.[] | [.event, .time, .draft, .ipv4, .passkey]]' >"$tmp/out"
	out '[["started",1700000000.25,"0000","1.2.3.4","a\tb,\"c\""],["completed",null,"beef",null,null],[9,-1,null,"10.0.0.1","-"]]'
	# bytes that are not UTF-8 twice: readable, and whole
	framecat -k -j "$samples/frame/odd.frames" | jq -r 'select(.passkey_hex) | .passkey_hex' | head -n 1 >"$tmp/out"
	out 7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b
}

@test "CSV: other programs read it" {
	need python3
	three | framecat --csv | python3 -c 'import csv, sys; print([row for row in csv.reader(sys.stdin)])' >"$tmp/out"
	out "[['type', 'version', 'event', 'numwant', 'info_hash', 'passkey', 'ipv4', 'ipv6', 'port', 'draft', 'time'], ['frame', '1', 'started', '50', '86d4c80024a469be4c50bc5a102cf71780310074', 'a\\tb,\"c\"', '1.2.3.4', '::1', '1', '0000', '1700000000.250000'], ['frame', '2', 'completed', '0', '', '', '', '', '2', 'beef', ''], ['frame', '3', '9', '65535', '', '-', '10.0.0.1', '', '65535', '', '-1']]"
	fc 0 --csv -o port </dev/null
	out port
}

@test "table: aligned, headed, numbers to the right" {
	three | framecat -t -o type,event,port,ipv4,time >"$tmp/out"
	out 'type  event      port ipv4                  time' 'frame started       1 1.2.3.4  1700000000.250000' \
		'frame completed     2 -                        -' 'frame 9         65535 10.0.0.1                -1'
	three | framecat --table -o port >"$tmp/out"
	out ' port' '    1' '    2' '65535'
	fc 0 -t -H -n 1 -o port "$frames"
	out port 6881
}

@test "table: what is escaped in lines is so escaped, and aligned, in any locale" {
	text='a\tb\x00\xff\\x5c\\_|ü'
	tsv "frame 1 started 50 - $text - - 1 0000 -" 'frame 1 started 50 - \x2d - - 2 0000 -' >"$tmp/lines"
	fc 0 -t -o passkey,port "$tmp/lines"
	out 'passkey                port' "$text    1" '\x2d                      2'
	LC_ALL=C fc 0 -t -o passkey,port "$tmp/lines"
	out 'passkey                       port' "${text%ü}\\xc3\\xbc    1" '\x2d                             2'
	# no terminal has a character of this number
	tsv $'frame 1 started 50 - \xcd\xb8 - - 1 0000 -' >"$tmp/lines"
	fc 0 -t -o passkey,port "$tmp/lines"
	out 'passkey  port' '\xcd\xb8    1'
}

@test "the last of -j, --csv and -t wins" {
	fc 0 -t --csv -j -n 1 -o port "$frames"
	out '{"port":6881}'
	fc 0 -j -t --csv -n 1 -o port "$frames"
	out port 6881
}

@test "header: the columns' names, read back by any reader" {
	fc 0 -H -n 1 -o port,type "$frames"
	out $'#port\ttype' $'6881\tframe'
	fc 0 -H </dev/null
	out $'#type\tversion\tevent\tnumwant\tinfo_hash\tpasskey\tipv4\tipv6\tport\tdraft\ttime'
	framecat -H "$frames" | framecat encode | cmp - "$frames"
	fc 0 -H -j -n 1 -o port "$frames"
	out '{"port":6881}'
	fc 0 -H --top port:1 -o value,count "$frames"
	[ "$(head -n 1 "$tmp/out")" = $'#value\tcount' ]
}

@test "columns: chosen, repeated, added, the type among them" {
	fc 0 -n 1 -o port "$frames"
	out 6881
	fc 0 -n 1 --output=port,ipv4,port,type "$frames"
	out $'6881\t203.0.113.7\t6881\tframe'
	fc 0 -n 1 -o +port "$frames"
	out "$(head -n 1 "$text")"$'\t6881'
	fc 0 -n 1 -o +port,type "$frames"
	out "$(head -n 1 "$text")"$'\t6881\tframe'
	fc 0 -j -n 1 -o port,port "$frames"
	out '{"port":6881,"port":6881}'
	many=$(printf 'port,%.0s' {1..64})port
	fc 0 -n 1 -o "$many" "$frames"
	[ "$(tr '\t' '\n' <"$tmp/out" | wc -l)" = 65 ]
	usage 'more than 64 columns' -o "$many,port"
	many=$(printf 'passkey,%.0s' {1..64})passkey
	framecat -k -j -o "$many" "$samples/frame/garbage.frames" | tail -n 1 >"$tmp/out"
	[ "$(grep -o '"passkey":' "$tmp/out" | wc -l)" = 65 ]
}

@test "columns: there is no such one" {
	want='want type version event numwant info_hash passkey ipv4 ipv6 port draft time'
	usage "'' is no column of frame records: $want" -o ''
	usage "'' is no column of frame records: $want" -o +
	usage "'' is no column of frame records: $want" -o port,
	usage "'prt' is no column of frame records: $want" -o port,prt
	usage "'peer_id' is no column of frame records: $want" -o peer_id
	usage "'passkey' is no column of oldframe records: want type version event numwant info_hash peer_id ipv4 ipv6 port draft time" --layout=peerid -o passkey
}

@test "unset: another mark, and texts that look like it" {
	# JSON has no mark, so it can be read with any
	three | framecat -j >"$tmp/json"
	fc 0 --unset '\N' -o passkey,ipv4,time "$tmp/json"
	out $'a\\tb,"c"\t1.2.3.4\t1700000000.250000' $'\\N\t\\N\t\\N' $'\\x2d\t10.0.0.1\t-1'
	fc 0 --unset '' -o passkey,ipv6,ipv4 "$tmp/json"
	out $'a\\tb,"c"\t::1\t1.2.3.4' $'\t\t' $'\\x2d\t\t10.0.0.1'
	for mark in '\N' '' NULL n/a 'a"c'; do
		fc 0 --unset "$mark" "$tmp/json"
		framecat --unset "$mark" -j "$tmp/out" | cmp - "$tmp/json"
	done
	# it is what is read, too
	three >"$tmp/lines"
	fc 1 --unset '\N' -o port "$tmp/lines"
	out 1
	usage "--unset: '\\\\t' would be read as something else" --unset '\t'
	usage "--unset: 'a\\tb' would be read as something else" --unset $'a\tb'
	usage "--unset: '#N/A' would be read as something else" --unset '#N/A'
}

@test "times: epoch or RFC 3339, both read back" {
	three | framecat --time=iso -o time >"$tmp/out"
	out 2023-11-14T22:13:20.250000Z - 1969-12-31T23:59:59Z
	three | framecat --time iso | framecat -o time >"$tmp/out"
	out 1700000000.250000 - -1
	three | framecat -j --time=iso -o time >"$tmp/out"
	out '{"time":"2023-11-14T22:13:20.250000Z"}' '{"time":null}' '{"time":"1969-12-31T23:59:59Z"}'
	usage "--time: 'local' is not one of epoch|iso" --time=local
}

# ---- selection

@test "count and skip" {
	fc 0 -n 2 -o port "$frames"
	column 9 | head -n 2 | cmp - "$tmp/out"
	fc 0 --skip 2 "$frames"
	tail -n +3 "$text" | cmp - "$tmp/out"
	fc 0 --skip 3 --count=2 "$frames"
	sed -n 4,5p "$text" | cmp - "$tmp/out"
	fc 0 -n 0 "$frames"
	out
	fc 0 -n 1000 "$frames"
	cmp "$tmp/out" "$text"
	fc 0 --skip 18446744073709551614 "$frames"
	out
	# nothing is read that is not wanted: what is bad after the last record is no complaint
	fc 0 -n 12 "$samples/frame/truncated.frames"
	err
	usage "--count: 'x' is not a number" -n x
	usage "--count: '-1' is not a number" -n -1
	usage "--count: '18446744073709551615' is not a number" -n 18446744073709551615
	usage "--skip: '' is not a number" --skip ''
}

@test "match: every operator on every type" {
	matched() {
		three | framecat -o version -m "$1" | tr '\n' ' ' >"$tmp/out"
		[ "$(cat "$tmp/out")" = "$2" ] || { echo "$1 gives $(cat "$tmp/out"), want $2" >&2; return 1; }
	}
	matched 'port=2' '2 '
	matched 'port = 2' '2 '
	matched 'port!=2' '1 3 '
	matched 'port<2' '1 '
	matched 'port<=2' '1 2 '
	matched 'port>2' '3 '
	matched 'port>=2' '2 3 '
	matched 'port~^.$' '1 2 '
	matched 'event=completed' '2 '
	matched 'event>completed' '3 '
	matched 'event=9' '3 '
	matched 'event~^(start|comp)' '1 2 '
	matched 'passkey=-' '2 '
	matched 'passkey!=-' '1 3 '
	matched 'passkey=\x2d' '3 '
	matched 'passkey~,' '1 '
	matched 'passkey~\\t' '1 '
	matched 'passkey~^$' ''
	matched 'passkey>\x2d' '1 '
	matched 'ipv4=1.2.3.4' '1 '
	matched 'ipv4>2.0.0.0' '3 '
	matched 'ipv4!=1.2.3.4' '2 3 '
	matched 'ipv6=0:0::1' '1 '
	matched 'ipv6~:' '1 '
	matched 'info_hash=86D4C80024A469BE4C50BC5A102CF71780310074' '1 '
	matched 'info_hash=htTIACSkab5MULxaECz3F4AxAHQ=' '1 '
	matched 'info_hash=-' '2 3 '
	matched 'draft=beef' '2 '
	matched 'draft>=0000' '1 2 '
	matched 'time>0' '1 '
	matched 'time<=2023-11-14T22:13:21Z' '1 3 '
	matched 'time=-1' '3 '
	matched 'time=-' '2 '
	matched 'version~.' '1 2 3 '
}

@test "match: all of several must hold; the rest comes after" {
	fc 0 -m 'event=started' -m 'ipv6=-' -m 'port>=6000' "$frames"
	awk -F '\t' '$3 == "started" && $8 == "-" && $9 >= 6000' "$text" | cmp - "$tmp/out"
	fc 0 --match event=started --skip 1 -n 1 "$frames"
	grep started "$text" | sed -n 2p | cmp - "$tmp/out"
	# binary texts, in any locale
	for locale in C C.UTF-8; do
		LC_ALL=$locale framecat -k -o port -m 'passkey~^\\xff(\\xff)*$' "$samples/frame/odd.frames" >"$tmp/out"
		out 65535
		LC_ALL=$locale framecat -k -t -o port -m 'passkey~^\\xff(\\xff)*$' "$samples/frame/odd.frames" >"$tmp/out"
		out ' port' 65535
	done
}

@test "match: conditions that are none" {
	usage "-m '': no operator: want FIELD OP VALUE, OP one of = != < > <= >= ~" -m ''
	usage "-m 'port': no operator: want FIELD OP VALUE, OP one of = != < > <= >= ~" -m port
	usage "-m 'prt=1': 'prt' is no column of frame records" -m prt=1
	usage "-m 'port=x': 'x' is not a number in 0..65535" -m port=x
	usage "-m 'event=begun': 'begun' is not one of started, completed, stopped, 0..255" -m event=begun
	usage "-m 'ipv4<-': only = and != can be asked of an unset value" -m 'ipv4<-'
	usage "-m 'passkey~(': Unmatched ( or \\(" -m 'passkey~('
	usage "-m 'time>now': 'now' is not a time (epoch seconds or RFC 3339)" -m 'time>now'
	# a good one before it
	usage "-m 'port~*': Invalid preceding regular expression" -m 'passkey~a' -m 'port~*'
}

@test "sample: one of each N, the same in each run" {
	fc 0 --sample 1/10 "$frames"
	[ "$(wc -l <"$tmp/out")" = 20 ]
	framecat --sample 1/10 "$frames" | cmp - "$tmp/out"
	[ "$(grep -cxFf "$tmp/out" "$text")" -ge 20 ]
	fc 0 --sample=1/1 "$frames"
	cmp "$tmp/out" "$text"
	fc 0 --sample 1/18446744073709551614 "$frames"
	usage "--sample: '10' is not 1/N" --sample 10
	usage "--sample: '1/0' is not 1/N" --sample 1/0
	usage "--sample: '1/-1' is not 1/N" --sample 1/-1
}

@test "top: exact counts, most frequent first" {
	fc 0 --top passkey:0 -o count,value "$frames"
	column 6 | sort | uniq -c | sort -k 1,1nr -k 2,2 | awk -v OFS='\t' '{ print $1, $2 }' | sed 's/\t-$/\t\\x2d/' | cmp - "$tmp/out"
	fc 0 --top event "$frames"
	out $'top\tevent\tstarted\t165\t0.825' $'top\tevent\tstopped\t20\t0.1' $'top\tevent\tcompleted\t15\t0.075'
	fc 0 --top event:1 -j "$frames"
	out '{"type":"top","field":"event","value":"started","count":165,"share":0.825}'
	fc 0 --top=event:2 --csv -o value,count "$frames"
	out value,count started,165 stopped,20
	fc 0 --top event -t -o value,count "$frames"
	out 'value     count' 'started     165' 'stopped      20' 'completed    15'
	fc 0 --top port </dev/null
	out
	# ten of them, when nothing is said
	fc 0 --top port "$frames"
	[ "$(wc -l <"$tmp/out")" = 10 ]
}

@test "top: unset values count, ties stand in order, texts are escaped" {
	three | framecat --top passkey -o value,count >"$tmp/out"
	out $'-\t1' $'\\x2d\t1' $'a\\tb,"c"\t1'
	three | framecat --top time --time=iso -o value,count | sort >"$tmp/out"
	out $'-\t1' $'1969-12-31T23:59:59Z\t1' $'2023-11-14T22:13:20.250000Z\t1'
	three | framecat --top time -o value,count | sort >"$tmp/out"
	out $'-\t1' $'-1\t1' $'1700000000.250000\t1'
	three | framecat -j | framecat --top ipv6 --unset X -o value,count - >"$tmp/out"
	out $'X\t2' $'::1\t1'
	three | framecat --top ipv6 -j -o value >"$tmp/out"
	out '{"value":null}' '{"value":"::1"}'
}

@test "top: together with the selection; and what it is not" {
	fc 0 --top event -m event!=started -o value,count "$frames"
	out $'stopped\t20' $'completed\t15'
	fc 0 --top event:0 -n 3 -o count "$frames"
	[ "$(awk '{ sum += $1 } END { print sum }' "$tmp/out")" = 3 ]
	usage "--top: 'prt' is no column of frame records" --top prt
	usage "--top: 'x' is not a number of rows" --top port:x
	usage "'port' is no column of top records: want type field value count share" --top port -o port
}

# ---- what a tool says of itself

@test "fields: name, type, meaning" {
	fc 0 --fields
	cut -f 1 "$tmp/out" | paste -sd ' ' >"$tmp/names"
	[ "$(cat "$tmp/names")" = 'version event numwant info_hash passkey ipv4 ipv6 port draft time' ]
	[ -z "$(awk -F '\t' 'NF != 3 || $2 == "" || $3 == ""' "$tmp/out")" ]
	fc 0 --fields --layout=peerid
	grep -q '^peer_id' "$tmp/out"
	fc 0 stats --fields
	grep -q '^first' "$tmp/out"
	usage '--fields does not go with encode' encode --fields
}

@test "list: verbs, options, fields, values; for completion" {
	fc 0 --list verbs
	[ "$(cut -f 1 "$tmp/out" | paste -sd ' ')" = 'decode encode stats' ]
	fc 0 --list options
	[ "$(grep -c '^--' "$tmp/out")" -gt 20 ]
	fc 0 --list options encode
	grep -q '^--set	FIELD=VALUE	' "$tmp/out"
	[ "$(grep -c '^--json' "$tmp/out")" = 0 ]
	[ "$(grep -c '^--interval' "$tmp/out")" = 0 ]
	fc 0 --list options stats
	grep -q '^--interval' "$tmp/out"
	fc 0 --list fields stats
	cmp "$tmp/out" <(framecat stats --fields)
	fc 0 --list fields decode
	[ "$(cut -f 1 "$tmp/out" | paste -sd ' ')" = 'version event numwant info_hash passkey ipv4 ipv6 port draft time peer_id' ]
	fc 0 --list fields encode
	out
	fc 0 --list operands decode
	out
	fc 0 --list values endian
	out little big
	fc 0 --list values -- --layout
	out passkey peerid
	fc 0 --list values json
	out
	usage "--list: 'nothing' is not one of verbs, options, fields, operands, values OPTION" --list nothing
	usage "--list: 'values' is not one of verbs, options, fields, operands, values OPTION" --list values
}

@test "help and version: of the tool and of each verb, within eighty columns" {
	fc 0 --help
	err
	[[ $(head -n 1 "$tmp/out") == 'Usage: framecat [OPTION...] [VERB] [ARGUMENT...]' ]]
	for verb in decode encode stats; do
		grep -q "^  $verb " "$tmp/out"
	done
	cmp "$tmp/out" <(framecat -h)
	for words in --help 'decode --help' 'encode -h' 'stats --help' '--help stats'; do
		# shellcheck disable=SC2086 # several words
		fc 0 $words
		[ -z "$(awk 'length > 80' "$tmp/out")" ]
		[ "$(grep -c ' $' "$tmp/out")" = 0 ]
	done
	fc 0 encode --help
	grep -q -- '--set=FIELD=VALUE' "$tmp/out"
	[ "$(grep -c -- '--json' "$tmp/out")" = 0 ]
	fc 0 stats --help
	grep -q -- '--interval=TIME' "$tmp/out"
	[ "$(grep -c -- '--set' "$tmp/out")" = 0 ]
	fc 0 --version
	out "framecat (peerutils) $PEERUTILS_VERSION"
	fc 0 -V
	# every option stands in the help
	framecat --help >"$tmp/help"
	framecat --list options | cut -f 1 | while read -r option; do grep -q -e "$option" "$tmp/help" || { echo "no $option" >&2; exit 1; }; done
}

@test "usage errors: exit status 2, a hint, no output" {
	usage 'unknown option -x' -x
	usage 'unknown option --nothing' --nothing
	usage 'unknown option --nothing' stats --nothing=1
	usage '--json takes no argument' --json=1
	usage '--ma could be any of --match, --mask' --ma
	usage '-o wants an argument' -o
	usage '--match wants an argument' --match
	usage "--interval: '0' is too small, want at least 1" stats --interval=0
	usage "--endian: 'middle' is not one of little|big" --endian=middle
	usage "--layout: '' is not one of passkey|peerid" --layout=
	# -q leaves the complaint
	fc 2 -q -m port
	err "framecat: -m 'port': no operator: want FIELD OP VALUE, OP one of = != < > <= >= ~"
}

@test "an option of another verb is refused" {
	usage '--set does not go with decode' --set port=1
	usage '--set does not go with stats' stats --set port=1
	usage '--interval does not go with decode' --interval 5
	usage '--interval does not go with encode' encode --interval 5
	for option in -j --csv -t '-o port' -H --time=iso '-m port=1' '--sample 1/2' '--skip 1' '-n 1' '--top port' '--mask ipv4'; do
		# shellcheck disable=SC2086 # several words
		fc 2 encode $option </dev/null
		grep -q '^framecat: --[a-z]* does not go with encode$' "$tmp/err"
	done
	# these go with every verb
	fc 0 encode --unset '\N' -k -q -v </dev/null
	fc 0 encode --endian=big --layout=peerid </dev/null
}

@test "options stand anywhere; -- ends them; a verb is the first word only" {
	fc 0 "$frames" -n 1 -o port
	out 6881
	fc 0 -n 1 decode -o port "$frames"
	out 6881
	cd "$tmp"
	cp "$frames" stats
	cp "$frames" ./-n
	fc 0 -n 1 -o port -- ./stats
	out 6881
	fc 0 -o frames stats -- -n
	out 200
	fc 0 decode -o port -n 1 stats
	out 6881
	fc 0 stats -o frames stats stats
	out 400
}

# ---- on a terminal

@test "progress: what is printed or complained of meanwhile begins a line of its own" {
	need script
	export frames
	run script -qec '{ for i in 1 2 3 4 5; do cat "$frames"; sleep 0.6; done; head -c 55 "$frames"; } |
		framecat -o port -m port=6881' /dev/null </dev/null
	shown=$(tr -d '\r' <<<"$output")
	# at least one progress line, each wiped before anything else is said
	grep -qE $'\033\\[K[0-9.]+( k)? frames, [0-9.]+( k)?/s' <<<"$shown"
	[ "$(grep -cE '/s(6881|framecat)' <<<"$shown")" = 0 ]
	[ "$(grep -c '^6881$\|K6881$' <<<"$shown")" -ge 5 ]
}
