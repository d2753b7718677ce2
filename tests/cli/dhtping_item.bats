# dhtping_item.bats - the verbs get and put: items of BEP 44, stored in libtorrent's nodes, read by libtorrent; lies

load ../support/helpers
load ../support/dhtping

setup_file() {
	swarm 40
}

teardown_file() {
	dht_down
}

# The private key of RFC 8032, test 1, which the hostile nodes know the public key of.
seed=9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60
public=d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a

key() {
	need openssl
	printf '%s\n' '-----BEGIN PRIVATE KEY-----' MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g \
		'-----END PRIVATE KEY-----' >"$tmp/key.pem"
}

# libtorrent takes whoever puts with a good token into its tables, ro=1 or not; and is gone as soon as it has ended. So
# all are one node, as far as can be from all targets here, whose first bit is set.
us+=(--id 0000000000000000000000000000000000000001)

# fresh - $salt, which no other test has, and $target, that of the key with it
fresh() {
	target=0
	while [[ $target == [0-7]* ]]; do
		salt=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
		# shellcheck disable=SC2059 # the format is the bytes
		target=$(printf "$(sed 's/../\\x&/g' <<<"$public")$salt" | sha)
	done
}

# text - $text, which no other test has, and $target, its own
text() {
	target=0
	while [[ $target == [0-7]* ]]; do
		text=text$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
		target=$(printf 20:%s "$text" | sha)
	done
}

# libtorrent VERB ARG... - what a node of libtorrent says that gets or puts
libtorrent() {
	local name=answer.$BASHPID.$RANDOM
	(IFS=$'\t'; echo "$name	$*") >"$item/stdin"
	wait_for test -e "$item/$name"
	cat "$item/$name"
}

# answers - status, code and detail of the answers, counted
answers() { cut -f 5-7 "$tmp/out" | sort | uniq -c | sed 's/^ *//'; }

sha() { sha1sum | cut -d ' ' -f 1; }

# ---- immutable

@test "put, then get: the value of BEP 44's example, at its target" {
	printf 'Hello World!' >"$tmp/value"
	dp 0 put "$tmp/value"
	[ "$(answers)" = $'8 reply\t-\t-' ]
	diff <(cut -f 4 "$tmp/out" | sort) <(swarm_nearest e5f96f6f38320f0f33959cb4d3d656452117aadb | sort)
	[ "$(cut -f 2 "$tmp/out" | sort -u)" = e5f96f6f38320f0f33959cb4d3d656452117aadb ]
	[ "$(<"$tmp/err")" = 'dhtping: e5f96f6f38320f0f33959cb4d3d656452117aadb: stored; 8 of 8 nodes took it' ]
	dp 0 get e5f96f6f38320f0f33959cb4d3d656452117aadb
	[ "$(<"$tmp/out")" = 'value	e5f96f6f38320f0f33959cb4d3d656452117aadb	immutable	-	-	-	-	15	12:Hello World!	8' ]
	[ ! -s "$tmp/err" ]
	dp 0 get --raw e5f96f6f38320f0f33959cb4d3d656452117aadb
	cmp "$tmp/value" "$tmp/out"
}

@test "any bytes, and bencode as it is" {
	local target value
	head -c 996 /dev/urandom >"$tmp/value"
	dp 0 put "$tmp/value"
	target=$( (printf 996:; cat "$tmp/value") | sha)
	dp 0 get --raw "$target"
	cmp "$tmp/value" "$tmp/out"
	dp 0 put /dev/null
	dp 0 get "$(printf 0: | sha)" -o size,value
	[ "$(<"$tmp/out")" = '2	0:' ]
	for value in i-42e le 'd1:ai1e1:bl1:xee' 5:12345; do
		dp 0 put --bencode < <(printf %s "$value")
		dp 0 get "$(printf %s "$value" | sha)" -o value
		[ "$(<"$tmp/out")" = "$value" ]
		dp 0 get --raw "$(printf %s "$value" | sha)"
		[ "$(<"$tmp/out")" = "${value#5:}" ]
	done
}

@test "several targets, some of which nobody has" {
	local text target one
	text
	one=$target:$text
	dp 0 put < <(printf %s "$text")
	text
	dp 0 put < <(printf %s "$text")
	dp 1 get "${one%:*}" 0000000000000000000000000000000000000000 "$target" -o value
	diff "$tmp/out" <(printf '20:%s\n' "${one#*:}" "$text")
	[ "$(<"$tmp/err")" = 'dhtping: 0000000000000000000000000000000000000000: no node has it' ]
}

@test "what is not stored: too large, no bencode, not canonical; both numbers are told" {
	dp 2 put < <(head -c 997 /dev/zero)
	[ "$(<"$tmp/err")" = 'dhtping: -: the value has 1001 bytes, bencoded; nodes store at most 1000' ]
	dp 2 put < <(head -c 1000000 /dev/zero)
	[ "$(<"$tmp/err")" = 'dhtping: -: the value has more than 65536 bytes; nodes store at most 1000, bencoded' ]
	dp 2 put --bencode <<<i1e
	[ "$(<"$tmp/err")" = 'dhtping: -: byte 3: found 1 byte after the value, expected its end' ]
	for value in '' hello i01e d1:bi1e1:ai1ee 'l'; do
		dp 2 put --bencode < <(printf %s "$value")
		grep -q '^dhtping: -: byte [0-9]*: ' "$tmp/err"
	done
	dp 2 put "$tmp/none"
	dp 2 put "$tmp"
	dp 2 put "$tmp/none" "$tmp/none"
	[ ! -s "$tmp/out" ]
}

# ---- mutable

@test "a mutable item: the second put has the number 2, and a lower one is refused (302)" {
	local salt target
	key
	fresh
	dp 0 put --key "$tmp/key.pem" --salt "$salt" < <(printf first)
	[ "$(answers)" = $'8 reply\t-\t-' ]
	[ "$(<"$tmp/err")" = "dhtping: $target: stored, number 1; the public key is $public; 8 of 8 nodes took it" ]
	dp 0 put --key "$tmp/key.pem" --salt "$salt" < <(printf second)
	grep -q ': stored, number 2; ' "$tmp/err"
	dp 0 get --key "$public" --salt "$salt" -o target,kind,public_key,salt,seq,size,value,nodes
	[ "$(<"$tmp/out")" = "$target	mutable	$public	$salt	2	8	6:second	8" ]
	# found by its target alone, too
	dp 0 get "$target" --salt "$salt" --raw
	[ "$(<"$tmp/out")" = second ]
	dp 1 put --key "$tmp/key.pem" --salt "$salt" --seq 1 < <(printf third)
	[ "$(answers)" = $'8 error\t302\told sequence number' ]
	dp 0 put --key "$tmp/key.pem" --salt "$salt" --seq 7 < <(printf third)
	dp 0 get --key "$public" --salt "$salt" -o seq,value
	[ "$(<"$tmp/out")" = '7	5:third' ]
	dp 1 get --key "$public" --salt "$salt" --seq 7
	grep -q ': no node has a newer value$' "$tmp/err"
	dp 0 get --key "$public" --salt "$salt" --seq 6 -o seq
	[ "$(<"$tmp/out")" = 7 ]
}

@test "--cas: refused with 301 where the number is another" {
	local salt target
	key
	fresh
	# a node that did not take the first would take the second
	first() { dp 0 put --key "$tmp/key.pem" --salt "$salt" --seq 1 <<<first && grep -q '8 of 8 nodes' "$tmp/err"; }
	wait_for first
	dp 1 put --key "$tmp/key.pem" --salt "$salt" --cas 5 <<<second
	[ "$(cut -f 5,6 "$tmp/out" | sort -u)" = $'error\t301' ]
	dp 0 put --key "$tmp/key.pem" --salt "$salt" --cas 1 <<<second
	dp 0 get --key "$public" --salt "$salt" -o seq,value
	[ "$(<"$tmp/out")" = '2	7:second\n' ]
}

@test "keys that are none, and options that do not go together" {
	key
	dp 2 put --key "$tmp" <<<x
	[ "$(<"$tmp/err")" = "dhtping: $tmp: Is a directory" ]
	dp 2 put --key "$tmp/none" <<<x
	openssl genpkey -algorithm x25519 >"$tmp/other.pem"
	dp 2 put --key "$tmp/other.pem" <<<x
	[ "$(<"$tmp/err")" = "dhtping: $tmp/other.pem: a private key of type X25519, expected ed25519" ]
	dp 2 put --key "$tmp/key.pem" --salt "$(printf %065d 1)" <<<x
	[ "$(head -n 1 "$tmp/err")" = 'dhtping: the salt has 65 bytes; nodes take at most 64' ]
	dp 2 put --salt x <<<x
	dp 2 put --seq 1 <<<x
	dp 2 put --key "$tmp/key.pem" --seq 9223372036854775808 <<<x
	dp 2 get
	dp 2 get --key "$public" "$public"
	dp 2 get --key "$seed$seed"
	dp 2 get --key nonsense
	dp 2 get nonsense
	# nothing of the private key is ever told
	dp 0 put --key "$tmp/key.pem" -v <<<x
	! grep -ie "$seed" -e nWGxne "$tmp/out" "$tmp/err" || false
}

# ---- lies

@test "liars: values that are not the target's and forged signatures are counted, and the honest value wins" {
	local salt text target liars=() name
	key
	hostile bad-value big-value bad-signature forged half-item
	for name in bad-value big-value bad-signature forged half-item; do
		liars+=(-b "$(hostile_at $name)")
	done
	text
	dp 0 put < <(printf %s "$text")
	dp 0 get "$target" -o value -b "$(swarm_node 1)" "${liars[@]}"
	[ "$(<"$tmp/out")" = "20:$text" ]
	fresh
	dp 0 put --key "$tmp/key.pem" --salt "$salt" <<<mine
	dp 0 get --key "$public" --salt "$salt" -o seq,value -b "$(swarm_node 1)" "${liars[@]}"
	[ "$(<"$tmp/out")" = '1	5:mine\n' ]
	# the highest number is one that nobody signed: the next is 2
	dp 0 put --key "$tmp/key.pem" --salt "$salt" -b "$(swarm_node 1)" "${liars[@]}" <<<mine
	grep -q ': stored, number 2;' "$tmp/err"
	# each alone: who is asked beside others may answer too late to be counted
	for name in bad-value big-value bad-signature forged half-item; do
		dp 1 get --key "$public" -b "$(hostile_at $name)" -v
		[ ! -s "$tmp/out" ]
		grep -q "^dhtping: $(hostile_at $name) gave a value that is not the target's$" "$tmp/err"
		grep -q ': 1 node gave values that are not honest: neither digest nor signature is right$' "$tmp/err"
		grep -q ': no node has it$' "$tmp/err"
	done
}

@test "a node that refuses, one that is silent, one without a token; nobody at all" {
	hostile refuses stores-silent no-token
	dp 1 put -b "$(hostile_at refuses)" <<<x
	[ "$(cut -f 5,6 "$tmp/out")" = $'error\t203' ]
	[ "$(LC_ALL=C tr -d '\n\t -~' <"$tmp/out" | wc -c)" = 0 ]
	dp 1 put -b "$(hostile_at stores-silent)" <<<x
	[ "$(answers)" = $'1 timeout\t-\t-' ]
	dp 1 put -b "$(hostile_at no-token)" <<<x
	[ "$(answers)" = $'1 no_token\t-\t-' ]
	dp 9 put -b 127.76.255.254:9 <<<x
	dp 9 get -b 127.76.255.254:9 e5f96f6f38320f0f33959cb4d3d656452117aadb
	diff "$tmp/err" - <<-END
		dhtping: e5f96f6f38320f0f33959cb4d3d656452117aadb: no node answered
		dhtping: the nodes to begin with are silent: is UDP let through? -b HOST:PORT names others
	END
}

# Last, because libtorrent's node, which is in the tables of some, ends with it.
@test "libtorrent reads what we stored, and we read what it stored, and write on" {
	local salt text target item
	key
	item=$(dht_folder item)
	dht_start "$item" "$top/tests/support/dht-item" "$item" "$(<"$swarm/client")" "$swarm/bootstrap"
	text
	dp 0 put < <(printf %s "$text")
	[ "$(libtorrent get "$target")" = "$text" ]
	text
	[ "$(libtorrent put "$text")" = "$target" ]
	dp 0 get --raw "$target"
	[ "$(<"$tmp/out")" = "$text" ]
	fresh
	dp 0 put --key "$tmp/key.pem" --salt "$salt" < <(printf ours)
	[ "$(libtorrent get-mutable "$public" "$salt")" = $'1\tours' ]
	fresh
	[ "$(libtorrent put-mutable "$seed" "$salt" 'its own')" = "$public" ]
	dp 0 get --key "$public" --salt "$salt" -o seq,value
	[ "$(<"$tmp/out")" = '1	7:its own' ]
	dp 0 put --key "$tmp/key.pem" --salt "$salt" < <(printf more)
	[ "$(libtorrent get-mutable "$public" "$salt")" = $'2\tmore' ]
}
