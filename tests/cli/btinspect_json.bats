# btinspect_json.bats - bencode to JSON and back to the same bytes: samples, through jq, forms, complaints, hostile input

load ../support/helpers
load ../support/btinspect

# back FILE... - each of them must be itself after a way to JSON and back, by us alone and through jq
back() {
	local file
	for file; do
		btinspect json "$file" >"$tmp/json" || return
		[ "$(wc -l <"$tmp/json")" = 1 ]
		btinspect -q bencode "$tmp/json" | cmp - "$file" >&2 || return
		jq -c . "$tmp/json" | btinspect -q bencode | cmp - "$file" >&2 || return
		jq . "$tmp/json" | btinspect -q bencode | cmp - "$file" >&2 || return
	done
}

@test "json: what is odd in any way is the same bytes again, through jq too" {
	need jq
	# name and bencode, with the escapes of printf
	while read -r name bencode; do
		printf "$bencode" >"$tmp/$name.x"
	done <<-'END'
		binary d1:\377l2:\303\050e1:$i1e4:$hex2:aa4:infod3:\001\002\0001:xee
		padded l02:hi00:d01:ai1eee
		integers li0ei-0ei007ei-01ei9007199254740991ei9007199254740992ei9007199254740993ei-9223372036854775808ei123456789012345678901234567890ee
		unsorted d1:bi1e1:ai2e0:lee
		twice d1:ai1e1:bd1:xi1e1:xi2ee1:ai3ee
		trailing d1:ai1ee\n\000junk
		string 4:spam
		text 12:\303\251\342\202\254"\\\n\t\177/e
		empty de
		value d6:$valuei1e9:$trailing2:00e
	END
	back "$tmp"/*.x
}

@test "json: the samples that are bencode, byte for byte" {
	need jq
	count=0
	while read -r file; do
		btinspect json "$file" >/dev/null 2>&1 || continue
		back "$file"
		count=$((count + 1))
	done < <(find "$samples" -name '*.torrent' -o -name '*.bencode')
	[ "$count" -ge 2 ]
}

@test "json: one line for each file, none for what is broken" {
	printf i1e >"$tmp/a"
	printf 'd1:a' >"$tmp/b"
	printf '3:\377\376\375' >"$tmp/c"
	bt 1 json "$tmp/a" "$tmp/b" "$tmp/c"
	out 1 '{"$hex":"fffefd"}'
	err "btinspect: $tmp/b: byte 4: the input ends where a value was expected"
	bt 0 json - <"$tmp/a"
	out 1
	bt 1 json 'magnet:?xt=urn:btih:86d4c80024a469be4c50bc5a102cf71780310074'
	out
	err "btinspect: magnet link: a magnet link, which is no bencode"
}

@test "json: nothing raw reaches a terminal" {
	printf 'd3:\033[2l3:\302\233a1:\177ee' >"$tmp/x"
	bt 0 json "$tmp/x"
	out '{"\u001b[2":["\u009ba","\u007f"]}'
}

@test "bencode: JSON by hand, several texts, pretty or not, from several files" {
	printf '{"b":[1,-2,"\\u00e9"],\n "c":{}}\n\n"x" 5[]' >"$tmp/x"
	printf ' {"$hex":"00FF"} ' >"$tmp/y"
	bt 0 bencode "$tmp/x" "$tmp/y"
	printf 'd1:bli1ei-2e2:\303\251e1:cdee1:xi5ele2:\0\377' | cmp - "$tmp/out" >&2
	err
	printf '1\n\n{"b":1,"a":2}{"d":1,"c":2}' | bt 0 bencode
	[ "$(<"$tmp/out")" = i1ed1:bi1e1:ai2eed1:di1e1:ci2ee ]
	err "btinspect: -: line 3: keys that bencode wants sorted, each once, are written as they stand"
}

@test "bencode: what is refused, with line and byte; nothing of that text is written" {
	printf '[1]\n{"a":[1,\n true]}\n[2]\n' >"$tmp/x"
	bt 1 bencode "$tmp/x"
	[ "$(<"$tmp/out")" = li1ee ]
	err "btinspect: $tmp/x: line 3, byte 14: found true where a string, an integer, an array or an object was expected"
	while IFS='|' read -r json complaint; do
		printf '%s' "$json" | bt 1 bencode
		[ ! -s "$tmp/out" ]
		err "btinspect: -: line 1, byte $complaint"
	done <<-'END'
		1.5|0: found 1.5 where an integer (bencode has no other numbers) was expected
		{"a":null}|5: found null where a string, an integer, an array or an object was expected
		{"$hex":"abc"}|8: found 'abc' where pairs of hexadecimal digits were expected
		{"a" 1}|5: JSON has '1}' where ':' was expected
		[1,2|4: JSON ends where ',' or ']' was expected
		  |2: found nothing where JSON was expected
	END
	# a bad file does not stop the others
	printf '7' >"$tmp/y"
	bt 1 bencode "$tmp/x" "$tmp/y"
	[ "$(<"$tmp/out")" = li1eei7e ]
}

@test "json and bencode: 1000 levels, and one more" {
	{ printf 'd1:a%.0s' {1..999}; printf 'd1:ai1e1:ai2ee'; printf 'e%.0s' {1..999}; } >"$tmp/x"
	bt 0 json "$tmp/x"
	cp "$tmp/out" "$tmp/json"
	bt 0 bencode "$tmp/json"
	cmp "$tmp/out" "$tmp/x" >&2
	{ printf 'l%.0s' {1..1001}; printf 'e%.0s' {1..1001}; } >"$tmp/x"
	bt 1 json "$tmp/x"
	out
	err "btinspect: $tmp/x: byte 1000: lists and dictionaries are nested deeper than 1000"
	tr le '[]' <"$tmp/x" | bt 1 bencode
	out
	err "btinspect: -: line 1, byte 1000: lists and dictionaries are nested deeper than 1000"
	yes '[' | head -n 1000000 | bt 1 bencode
	out
}

@test "json and bencode: five million integers, a million keys in no order, a string of 20 MB, in little memory" {
	release=$PEERUTILS_RELEASE/btinspect
	{ printf l; yes i1e | head -n 5000000 | tr -d '\n'; printf e; } >"$tmp/ints"
	{ printf d; seq 1 1000000 | awk '{ printf "7:%07di1e", $1 * 7919 % 1000003 }'; printf e; } >"$tmp/keys"
	{ printf 20000000:; head -c 20000000 /dev/urandom; } >"$tmp/bytes"
	for file in ints keys bytes; do
		(ulimit -v 120000 && timeout 60 "$release" json "$tmp/$file") >"$tmp/json"
		(ulimit -v 400000 && timeout 60 "$release" -q bencode "$tmp/json") | cmp - "$tmp/$file" >&2
	done
	# the keys are in no order, and none is there twice
	btinspect json "$tmp/keys" | head -c 20 >"$tmp/out"
	[ "$(<"$tmp/out")" = '{"0007919":1,"001583' ]
}

@test "json: what libtorrent reads of a file, it reads of what came back" {
	need_module libtorrent
	printf 'd4:infod4:name2:\303\2516:pieces3:\377\376\375e1:zli0ei-1e0:ee' >"$tmp/x"
	printf 'd5:peersld2:ip9:127.0.0.14:porti6881eee6:peers66:\001\002\003\004\005\006e' >"$tmp/y"
	for file in "$tmp/x" "$tmp/y"; do
		bt 0 json "$file"
		/usr/bin/python3 - "$file" "$tmp/out" <<-'END'
			import json, sys, libtorrent

			def plain(value):
			    if isinstance(value, dict):
			        if list(value) == ["$hex"]:
			            return bytes.fromhex(value["$hex"])
			        return {key.encode(): plain(inner) for key, inner in value.items()}
			    if isinstance(value, list):
			        return [plain(inner) for inner in value]
			    return value.encode() if isinstance(value, str) else value

			want = libtorrent.bdecode(open(sys.argv[1], "rb").read())
			found = plain(json.load(open(sys.argv[2])))
			assert want is not None and want == found, (want, found)
		END
	done
}
