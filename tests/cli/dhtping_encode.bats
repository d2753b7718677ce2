# dhtping_encode.bats - lines to packets: the same bytes, from words and parts of records, as hex and captures; refusals

load ../support/helpers
load ../support/packets

id=6162636465666768696a30313233343536373839
target=6d6e6f707172737475767778797a313233343536

# ---- there and back

@test "encode: what decode prints becomes the same packets again, in each form of lines" {
	"$top/tests/bench/generate" krpc 400 >"$tmp/made.pcap"
	for file in "$pcaps/libtorrent.pcap" "$pcaps/bittorrent_utp.pcap" "$tmp/made.pcap"; do
		dhtping decode "$file" | dhtping encode --format hex >"$tmp/want"
		[ -s "$tmp/want" ]
		dhtping decode -j "$file" | dhtping encode --format hex | cmp - "$tmp/want" >&2
		dhtping decode -H -o t,y,q,id,target,token,port,error_code,error,client,external,flags,extra "$file" |
			dhtping encode --format hex | cmp - "$tmp/want" >&2
		dhtping decode --unset NULL "$file" | dhtping encode --unset NULL --format hex | cmp - "$tmp/want" >&2
		need tshark
		tshark -r "$file" -Y bt-dht -T fields -e udp.payload 2>/dev/null | cmp - "$tmp/want" >&2
	done
}

@test "encode: every sample that is canonical is the same again" {
	for file in "$samples"/krpc/*; do
		case ${file##*/} in
		duplicate.* | lax.* | trailing.* | unsorted.*)
			# the order of keys and what stands twice is lost; what is made of it stays
			dhtping decode "$file" >"$tmp/lines"
			dhtping encode "$tmp/lines" >"$tmp/raw"
			same_back "$tmp/raw"
			;;
		*) same_back "$file" ;;
		esac
	done
}

@test "encode: packets with whatever in them are the same again" {
	number=0
	while read -r packet; do
		number=$((number + 1))
		# shellcheck disable=SC2059 # it has escapes, and no %
		printf "$packet" >"$tmp/packet.$number"
		same_back "$tmp/packet.$number"
	done <<-'EOF'
	d1:ad2:id19:abcdefghij012345678e1:q4:ping1:t2:aa1:y1:qe
	d1:ade1:q4:ping1:t2:aa1:y1:qe
	d1:q4:ping1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij0123456789e1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij0123456789e1:qi1e1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij0123456789e1:q0:1:t0:1:v0:1:y1:qe
	d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi0e1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi2e1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij01234567894:wantl2:n62:n4ee1:q4:ping1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij01234567894:wantl2:n62:n9ee1:q4:ping1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij01234567894:wantlee1:q4:ping1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij012345678912:implied_porti7e4:porti-1e5:token0:e1:q13:announce_peer1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij01234567894:porti9223372036854775807e6:targeti6e5:tokeni5ee1:q9:find_node1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234566:target20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe
	d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234566:target20:mnopqrstuvwxyz123456e1:q4:vote1:t2:aa1:y1:qe
	d1:ad3:abcd1:xl1:yi0eee2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:q1:zd1:z1:zee
	d1:eli201ee1:t2:aa1:y1:ee
	d1:eli-5e3:abce1:t2:aa1:y1:ee
	d1:eli201e3:abci5ee1:t2:aa1:y1:ee
	d1:el3:abci201ee1:t2:aa1:y1:ee
	d1:e5:Oops!1:t2:aa1:y1:ee
	d1:e0:1:t2:aa1:y1:ee
	d1:ele1:t2:aa1:y1:ee
	d1:ei5e1:t2:aa1:y1:ee
	d1:t2:aa1:y1:ee
	d2:ip6:abcdef1:rd2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re
	d2:ip18:abcdefghijklmnopqr1:q4:ping1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re
	d2:ip5:abcde1:rd2:id20:abcdefghij0123456789e1:t2:aa1:v17:01234567890abcdef1:y1:re
	d2:ip6:\000\000\000\000\000\0001:rd2:id20:abcdefghij0123456789e1:t2:aa1:v16:01234567890abcde1:y1:re
	d1:rd2:id20:abcdefghij01234567891:v4:\377\000\200\0116:valuesl6:abcdef2:abi5e18:abcdefghijklmnopqree1:ti5e1:v3:a\011b1:y1:re
	d1:rd2:id20:abcdefghij01234567895:nodes27:abcdefghijklmnopqrstuvwxyz7e1:t2:aa1:y1:re
	d1:ad2:id20:abcdefghij0123456789e1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re
	d1:t2:aa1:y1:xe
	d1:t2:aa1:y2:qqe
	d1:t2:aa1:yi5ee
	d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aae
	d1:x1:ye
	de
	EOF
	[ $number = 38 ]
	# more keys than are kept apart
	{ printf d; for ((i = 100; i < 150; i++)); do printf '3:%si1e' $i; done; printf '1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe'; } >"$tmp/crowded"
	same_back "$tmp/crowded"
	cut -f 21 "$tmp/lines" | grep -qx crowded
}

# ---- from words, JSON, parts of records

@test "encode: NAME=VALUE words, JSON, a header with some columns" {
	dp 0 encode <<-EOF
	q=get_peers target=$target id=$id t=6161 flags=ro,n4,n6 client=LT\\x202.0.8
	EOF
	printf 'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:wantl2:n42:n6ee1:q9:get_peers2:roi1e1:t2:aa1:v4:LT\002\0101:y1:qe' |
		cmp - "$tmp/out" >&2
	dp 0 encode <<-EOF
	{"q":"get_peers","target":"$target","id":"$id","t":"6161","flags":"ro,n4,n6","client":"LT 2.0.8"}
	EOF
	{ tsv '#t q target id'; tsv "6161 find_node $target $id"; } >"$tmp/header"
	dp 0 encode --format hex "$tmp/header" - <<-EOF
	y=r id=$id t=00ff token=616f external=203.0.113.7:6881
	error_code=203 error=Oops t=aa
	error=Oops t=aa y=e
	q=announce_peer target=$target id=$id t=aa port=6881 token=- token=00 flags=seed
	EOF
	dhtping decode "$tmp/out" | cut -f 6-12,17-21 >"$tmp/lines"
	diff - "$tmp/lines" >&2 <<-EOF
	$(tsv "6161 q find_node $id $target - - - - - - -")
	$(tsv "00ff r get_peers $id - 616f - - - - 203.0.113.7:6881 -")
	$(tsv "aa e - - - - - 203 Oops - - -")
	$(tsv "aa e - - - - - - Oops - - bad_type,no_error_code")
	$(tsv "aa q announce_peer $id $target 00 6881 - - - - seed")
	EOF
}

@test "encode: columns win over extra, and extra over nothing" {
	dp 0 encode <<-EOF
	q=find_node target=$target id=$id t=6161 extra=$(printf 'd1:ad2:id20:xxxxxxxxxxxxxxxxxxxx6:target2:zz4:wantl2:n9ee2:roi0e1:t1:xe' | od -An -v -tx1 | tr -d ' \n')
	q=find_node target=$target id=$id t=6161 flags=ro,n6 extra=$(printf 'd1:ad4:wantl2:n9e1:x1:ye2:roi0e1:vi5ee' | od -An -v -tx1 | tr -d ' \n')
	EOF
	printf '%s' 'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl2:n9ee1:q9:find_node2:roi0e1:t2:aa1:y1:qe' \
		'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl2:n6e1:x1:ye1:q9:find_node2:roi1e1:t2:aa1:vi5e1:y1:qe' |
		cmp - "$tmp/out" >&2
}

@test "encode: what is missing or cannot be is an error that names the column; the others are made" {
	dp 1 encode --format hex <<-EOF
	q=ping id=$id
	q=ping t=aa
	t=aa id=$id
	y=q t=aa id=$id
	y=x t=aa id=$id
	q=get_peers t=aa id=$id
	q=announce_peer t=aa id=$id target=$target port=1
	q=announce_peer t=aa id=$id target=$target token=00
	q=put t=aa id=$id
	y=e t=aa
	y=r t=aa
	q=ping t=aa id=$id flags=rw
	q=ping t=aa id=$id client=eMule
	q=ping t=aa id=$id port=9223372036854775808
	q=ping t=aa id=$id extra=6465ff
	q=ping t=aa id=$id extra=6c65
	q=ping t=aa id=$id extra=64
	flags=broken
	q=ping t=a id=$id
	q=ping t=aa id=$id colour=red
	q=ping t=aa $id
	frame	1
	q=ping t=aa id=$id
	EOF
	lines 1
	sed 's/^dhtping: -: //; s/, byte [0-9]*//' "$tmp/err" | head -n 20 | diff - <(
		cat <<-'EOF'
		line 1: no t: a packet must have one
		line 2: no id: queries and replies must have one
		line 3: no y: a packet must have one (q, r or e)
		line 4: no q: a query must have one
		line 5: y is 'x', want q, r or e
		line 6: no target: a query get_peers must have one
		line 7: no token: a query announce_peer must have one
		line 8: no port: a query announce_peer must have one
		line 9: no token: a query put must have one
		line 10: no error_code: an error must have one
		line 11: no id: queries and replies must have one
		line 12: flags: 'rw' is none of ro, implied_port, seed, noseed, scrape, n4, n6, nor what decode says of packets
		line 13: client 'eMule' is none, want such as 'LT 2.0.8', or 0x and hexadecimal digits
		line 14: port of more than 63 bits
		line 15: extra: more follows the dictionary
		line 16: extra: found a list where the dictionary of a packet was expected
		line 17: extra: the input ends where a key or 'e' was expected
		line 18: no extra: it must have the packet, when flags have broken or crowded
		line 19: t: 'a' is not 2 hexadecimal digits
		line 20: 'colour' is no column of krpc records
		EOF
	) >&2
	[ "$(wc -l <"$tmp/err")" = 22 ]
}

# ---- forms

@test "encode: raw, hex, and a capture that tshark, tcpdump and decode read" {
	dhtping decode "$pcaps/libtorrent.pcap" >"$tmp/lines"
	dp 0 encode --format pcap "$tmp/lines"
	mv "$tmp/out" "$tmp/made.pcap"
	dp 0 decode "$tmp/made.pcap"
	cmp "$tmp/lines" "$tmp/out" >&2
	dhtping encode "$tmp/lines" | dhtping decode | cut -f 6- | diff - <(cut -f 6- "$tmp/lines") >&2
	dhtping encode --format hex "$tmp/lines" | dhtping decode | cut -f 6- | diff - <(cut -f 6- "$tmp/lines") >&2
	need tcpdump
	tcpdump -tt -nvr "$tmp/made.pcap" 2>/dev/null >"$tmp/theirs"
	! grep -i 'bad' "$tmp/theirs" || false
	[ "$(grep -c '127.77.89.[0-9]*.[0-9]* > ' "$tmp/theirs")" = 13 ]
	file=$tmp/made.pcap
	shark frame.time_epoch ip.src udp.srcport ip.dst udp.dstport ip.ttl | awk -F '\t' '{ print substr($1, 1, 17), $2 ":" $3, $4 ":" $5, $6 }' |
		diff - <(awk -F '\t' '{ print $2, $3, $4, $5 }' "$tmp/lines") >&2
	# with the checksums looked at, none is bad
	[ "$(tshark -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -r "$tmp/made.pcap" -Y 'udp.checksum.status != 1 || ip.checksum.status != 1' 2>/dev/null | wc -l)" = 0 ]
}

@test "encode --format pcap: endpoints, time and ttl as they are, or as good as unset" {
	dp 0 encode --format pcap <<-EOF
	q=ping id=$id t=00
	q=ping id=$id t=01 src=[2001:db8::7]:6881 ttl=0 time=1.5
	q=ping id=$id t=02 dst=203.0.113.7:1 ttl=255 time=2023-11-14T22:13:20Z
	EOF
	dhtping decode -o time,src,dst,ttl "$tmp/out" >"$tmp/lines"
	diff - "$tmp/lines" >&2 <<-EOF
	$(tsv '0 127.0.0.1:6881 127.0.0.1:6881 64')
	$(tsv '1.500000 [2001:db8::7]:6881 [::1]:6881 0')
	$(tsv '1700000000 127.0.0.1:6881 203.0.113.7:1 255')
	EOF
	dp 1 encode --format pcap <<-EOF
	q=ping id=$id t=00 src=[::1]:1 dst=127.0.0.1:1
	q=ping id=$id t=00 ttl=256
	EOF
	[ "$(stat -c %s "$tmp/out")" = 24 ]
	err 'dhtping: -: line 1, byte 0: src and dst of different families' 'dhtping: -: line 2, byte 84: ttl beyond 255'
	# seconds of 32 bits: what is beyond them would become another time
	dp 1 encode --format pcap <<-EOF
	q=ping id=$id t=00 time=4294967295.9
	q=ping id=$id t=01 time=4294967296
	q=ping id=$id t=02 time=-2147483649
	EOF
	err "dhtping: -: line 2, byte 74: a time of 4294967296 seconds, a capture has 32 bits for them" \
		"dhtping: -: line 3, byte 146: a time of -2147483649 seconds, a capture has 32 bits for them"
	{ printf 'flags=broken extra='; head -c 131016 /dev/zero | tr '\0' 0; } >"$tmp/large"
	dp 1 encode --format pcap "$tmp/large"
	err "dhtping: $tmp/large: line 1, byte 0: a packet of 65508 bytes, UDP takes at most 65507"
}

@test "encode: a full disk is an error, a closed pipe is none, a trickle goes out at once" {
	dhtping decode "$pcaps/libtorrent.pcap" >"$tmp/lines"
	status=0
	dhtping encode "$tmp/lines" >/dev/full 2>"$tmp/err" || status=$?
	[ $status = 2 ]
	err 'dhtping: cannot write to standard output: No space left on device'
	for ((i = 0; i < 3000; i++)); do cat "$tmp/lines"; done | dhtping encode --format hex 2>"$tmp/err" | head -n 1 >"$tmp/out"
	lines 1
	err
	mkfifo "$tmp/pipe"
	background dhtping encode --format hex "$tmp/pipe" >"$tmp/got"
	exec 7>"$tmp/pipe"
	head -n 1 "$tmp/lines" >&7
	wait_for grep -q . "$tmp/got"
	exec 7>&-
	wait $!
}

@test "encode: lines of all kinds of nonsense are refused, each with its number" {
	{ head -c 3000 /dev/urandom | tr '\n' x; echo; printf 'krpc\n\n{}\n{"t":5}\nkrpc\t1\t2\n'; } >"$tmp/lines"
	status=0
	dhtping encode "$tmp/lines" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ $status = 1 ]
	[ "$(wc -l <"$tmp/err")" = 5 ]
	out
}
