# dhtping_id.bats - the verb id: node ids made for addresses, checked, compared

load ../support/helpers

# id STATUS WORD... - runs it; $output is stdout, the complaint is in $tmp/err
id() {
	local want=$1
	shift
	status=0
	output=$(dhtping id "$@" 2>"$tmp/err") || status=$?
	[ "$status" -eq "$want" ] || { echo "status $status, not $want: $output" "$(<"$tmp/err")" >&2; return 1; }
}

# The table of BEP 42.
rows='124.31.75.21 01 5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401
21.75.31.124 56 5a3ce9c14e7a08645677bbd1cfe7d8f956d53256
65.23.51.170 16 a5d43220bc8f112a3d426c84764f8c2a1150e616
84.124.73.14 41 1b0321dd1bb1fe518101ceef99462b947a01ff41
43.213.53.83 5a e56f6cbf5b7c4be0237986d5243b87aa6d51305a'

@test "an id is made whose first bits and last byte the address says, all else random" {
	local address random expected made
	while read -r address random expected; do
		id 0 "$address" --random "$random" -o node_id
		made=$output
		[[ $made =~ ^[0-9a-f]{40}$ ]]
		# 20 bits by their digits; the 21st is seen to by the check below
		[ "${made:0:5}${made:38}" = "${expected:0:5}$random" ]
		id 0 "$made" "$address"
		[ "$output" = "id	$made	$address	valid	-	-	-" ]
		id 0 "$address" --random "$random" -o node_id
		[ "$output" != "$made" ]
	done <<<"$rows"
	id 0 2001:DB8:0::7 -o address,bep42
	[ "$output" = "2001:db8::7	valid" ]
}

@test "without --random the last byte is drawn, too" {
	local seen=""
	for _ in {1..8}; do
		id 0 192.0.2.1 -o node_id
		seen+="${output:38} "
	done
	[ "$(tr ' ' '\n' <<<"$seen" | sort -u | wc -l)" -gt 3 ]
}

@test "an id is checked against an address, in either order: 1 when it is not of that address" {
	local address random id
	while read -r address random id; do
		id 0 "$id" "$address"
		[ "$output" = "id	$id	$address	valid	-	-	-" ]
		id 0 "$address" "$id"
		[ "$output" = "id	$id	$address	valid	-	-	-" ]
		id 1 "$id" 203.0.113.7
		[ "$output" = "id	$id	203.0.113.7	invalid	-	-	-" ]
		[ ! -s "$tmp/err" ]
	done <<<"$rows"
	# local addresses may have any
	id=5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401
	id 0 "$id" 127.0.0.1
	[ "$output" = "id	$id	127.0.0.1	exempt	-	-	-" ]
	id 0 fe80::1 "$id"
	[ "$output" = "id	$id	fe80::1	exempt	-	-	-" ]
}

@test "two ids have a distance and a bucket" {
	id 0 5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401 5fbfbef10c5d6a4ec8a88e4c6ab4c28b95eee401
	[ "$output" = "id	5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401	-	-	5fbfbef10c5d6a4ec8a88e4c6ab4c28b95eee401	0000010000000000000000000000000000000000	23" ]
	id 0 ffffffffffffffffffffffffffffffffffffffff 0000000000000000000000000000000000000000 -o distance,bucket
	[ "$output" = "ffffffffffffffffffffffffffffffffffffffff	0" ]
	# in any spelling
	id 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAAAAAAA= -o distance,bucket
	[ "$output" = "0000000000000000000000000000000000000000	160" ]
}

@test "what is neither is told, and nothing is printed" {
	local line
	while IFS='|' read -r line expected; do
		# shellcheck disable=SC2086 # words
		id 2 $line
		[ -z "$output" ]
		grep -qF -- "$expected" "$tmp/err" || { cat "$tmp/err"; return 1; }
	done <<-'EOF'
		|id: want an address, an id and an address, or two ids
		1.2.3.4 1.2.3.4 1.2.3.4|id: want an address, an id and an address, or two ids
		1.2.3.4:6881|'1.2.3.4:6881' is neither an address (without a port) nor a node id
		abcd 1.2.3.4|'abcd' is neither an address (without a port) nor a node id
		1.2.3.4 1.2.3.5|both are addresses
		5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401|an address or another id is wanted
		1.2.3.4 --random 1|--random: '1' is no byte in hex: want two digits
		1.2.3.4 --random xx|--random: 'xx' is no byte in hex: want two digits
		1.2.3.4 5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401 --random 01|--random is for an id that is made
	EOF
}
