# site.bash - a small site in private Redis and PostgreSQL servers, for the tests and the demo of userstats
# shellcheck shell=bash disable=SC2154 # sock is from redis.bash
#
#	site_up DIR                  both servers, the site's tables, nothing in them; sets $site to DIR/site, where files are
#	site_load [SEED [USERS [TORRENTS]]]   fills both with a random site, the same for the same seed (1, 60 users, 40 torrents; not
#	                             less than 20 of each), whatever was there. Files in $site: see site.awk
#	site_break                   puts faults into it that are known by name: a file in $site/faults for each
#	site_down                    stops both
#	site_oracle WHAT...          site-oracle WHAT...: the slow answer of this site
#	site_begin [SEED [break]]    for setup_file, with helpers.bash: a site for tests that begin with site_use "$BATS_FILE_TMPDIR";
#	                             without SEED nothing is in it; break: with its faults
#	site_save, site_use DIR      for servers that setup_file starts: site_save there, site_use in a test
#
# Load redis.bash and pg.bash (or helpers.bash) first; framecat and peerdump are on PATH. Entries are up to a minute old
# when they are loaded, so what is in the window stays there for four; keys expire in an hour, not in 300 s, for slow
# machines.

site_top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)

site_up() {
	redis_up "$1" && pg_up "$1" || return
	site=$1/site
	mkdir -p "$site" && psql_ -f "$site_top/tests/samples/site/schema.sql"
}

site_down() {
	redis_down
	pg_down
}

site_oracle() {
	"$site_top/tests/support/site-oracle" "$@"
}

site_save() {
	declare -p site sock REDIS_URL PGHOST PGUSER PGDATABASE | sed 's/^declare -x/export/; s/^declare --/export/' >"$site/settings"
}

site_use() {
	# shellcheck source=/dev/null
	. "$1/site/settings"
}

site_begin() {
	need redis-server
	need_postgres
	[ -z "${file_lacks:-}" ] || return 0
	tmp=$BATS_FILE_TMPDIR
	site_up "$tmp"
	[ -z "${1:-}" ] || site_load "$1"
	[ "${2:-}" != break ] || site_break
	site_save
}

# site_redis [DB] - commands on stdin, one a line, quoted as redis-cli does; each must succeed
site_redis() {
	! redis-cli -s "$sock" -n "${1:-0}" | grep -iE '^(\(error\) )?(ERR|WRONGTYPE)' >&2
}

# No title or name is unset in COPY's own way, \N, so - and nothing are what they are.
site_load() {
	rm -rf "$site/faults"
	awk -v dir="$site" -v seed="${1:-1}" -v users="${2:-60}" -v torrents="${3:-40}" -v now="$(date +%s)" -f "$site_top/tests/support/site.awk" &&
		redis-cli -s "$sock" flushall >/dev/null &&
		framecat encode "$site/untimed" | framecat | peerdump load -q --expire 3600 &&
		peerdump load -q --expire 3600 "$site/timed" &&
		psql_ -1 -c 'truncate users, torrent, torrent_info, torrent_status, user_info' \
			-c "create temp table u (id bigint, username varchar, passkey varchar, role bigint, activated boolean)" \
			-c "\\copy u from '$site/users'" \
			-c "insert into users (id, email, username, password, passkey, role, activated)
				select id, 'user' || id || '@example.org', username, 'x', passkey, role, activated from u" \
			-c 'insert into user_info (id, username) select id, username from u' \
			-c "\\copy torrent_info (id, title, poster, downloading, uploading, finished) from '$site/info'" \
			-c 'create temp table t (id bigint, name varchar, length bigint, infohash varchar, key varchar)' \
			-c "\\copy t from '$site/torrent'" \
			-c 'insert into torrent (id, name, length, infohash) select id, name, length, infohash from t' \
			-c "\\copy torrent_status from '$site/status'" &&
		psql_ -c 'analyze'
}

# site_fault NAME CELL... - a line of a fault's file
site_fault() {
	local name=$1 IFS=$'\t'
	shift
	printf '%s\n' "$*" >>"$site/faults/$name"
}

# site_cell FILE KEY COLUMN - a cell of the line of $site/FILE whose first cell is KEY
site_cell() {
	awk -F '\t' -v key="$2" -v column="$3" '$1 == key { print $column; exit }' "$site/$1"
}

# site_pair KIND - the first pair of that kind, as "tid uid"
site_pair() {
	awk -F '\t' -v kind="$1" '$3 == kind { print $1, $2; exit }' "$site/pairs"
}

site_break() {
	mkdir -p "$site/faults"
	site_break_orphans && site_break_ghosts && site_break_foreign && site_break_rows
}

# What Redis has that the site does not know
site_break_orphans() {
	local now peer='\xc6\x33\x64\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x1a\xe1' key odd
	now=$(date +%s)
	# a torrent with a peer, an ext_ set, and one that is in a user's set only: hash, key[, uid]
	site_fault unknown_hash 0101010101010101010101010101010101010101 AQEBAQEBAQEBAQEBAQEBAQEBAQE=
	site_fault unknown_ext 0202020202020202020202020202020202020202 AgICAgICAgICAgICAgICAgICAgI= 5
	site_fault unknown_member 0303030303030303030303030303030303030303 AwMDAwMDAwMDAwMDAwMDAwMDAwM= 6
	# passkeys in hexadecimal, with the torrent in their sets
	odd='a'\''b\"\\;\x00\n\t\xff\xfe\xc3(0123456789012345678'
	site_fault unknown_passkey 6465616462656566646561646265656664656164626565666465616462656566 1
	site_fault unknown_passkey 612762225c3b000a09fffec32830313233343536373839303132333435363738 2
	site_redis <<-EOF || return
		zadd AQEBAQEBAQEBAQEBAQEBAQEBAQE= $now "$peer"
		sadd ext_AgICAgICAgICAgICAgICAgICAgI= $(site_cell users 5 3)
	EOF
	site_redis 1 <<-EOF
		sadd $(site_cell users 6 3) AwMDAwMDAwMDAwMDAwMDAwMDAwM=
		sadd deadbeefdeadbeefdeadbeefdeadbeef $(site_cell torrent 1 5)
		sadd "$odd" $(site_cell torrent 2 5)
	EOF
}

# What no live entry stands behind. The torrent before the last has no peer at all, the one before that no live one.
site_break_ghosts() {
	local now peer='\xc6\x33\x64\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x1a\xe1' silent dead gone
	now=$(date +%s)
	silent=$(tail -n 1 "$site/torrent") dead=$(tail -n 2 "$site/torrent" | head -n 1)
	read -r -a gone <<<"$(site_pair gonedone)"
	# member of a user's set, of ext_; an entry out of the window, alone and beside live ones: tid, uid or endpoint
	site_fault ghost_member "${silent%%$'\t'*}" 7
	site_fault ghost_ext "${gone[@]}"
	site_fault stale_entry "${dead%%$'\t'*}" 198.51.100.8 - 6881
	site_fault stale_entry 1 198.51.100.8 - 6881
	site_redis <<-EOF || return
		sadd ext_$(site_cell torrent "${gone[0]}" 5) $(site_cell users "${gone[1]}" 3)
		zadd ${dead##*$'\t'} $((now - 1000)) "$peer"
		zadd $(site_cell torrent 1 5) $((now - 1000)) "$peer"
	EOF
	site_redis 1 <<-EOF
		sadd $(site_cell users 7 3) ${silent##*$'\t'}
	EOF
}

# Members and keys in other formats
site_break_foreign() {
	local now key
	now=$(date +%s) key=$(site_cell torrent 6 5)
	site_fault foreign_entry 6 '1.2.3.4@2001:db8::1@6881'
	site_fault foreign_entry 6 '-TR3000-abcdefghijkl@1.2.3.4@@6881'
	site_fault foreign_entry 6 '-TR3000-abcdefghijkl:1.2.3.4:6881'
	site_fault foreign_member 8 not-an-info-hash
	site_fault foreign_key to_17
	site_fault foreign_key 0404040404040404040404040404040404040404
	site_redis <<-EOF || return
		zadd $key $now 1.2.3.4@2001:db8::1@6881 $now -TR3000-abcdefghijkl@1.2.3.4@@6881 $now -TR3000-abcdefghijkl:1.2.3.4:6881
		zadd to_17 $now -TR3000-abcdefghijkl:1.2.3.4:6881
		zadd 0404040404040404040404040404040404040404 $now 1.2.3.4@@6881
	EOF
	site_redis 1 <<-EOF
		sadd $(site_cell users 8 3) not-an-info-hash
	EOF
}

# Counters that are off (tid, column, by how much) and rows that are (tid, uid, found, expected)
site_break_rows() {
	local stale live
	read -r -a stale <<<"$(site_pair stoppeddone)"
	read -r -a live <<<"$(site_pair seeder)"
	site_fault counter 2 downloading 100
	site_fault counter 3 uploading -17
	site_fault counter 7 finished 1
	site_fault stale_row "${stale[@]}" 1 2
	site_fault stopped_row "${live[@]}" 2 1
	psql_ -1 -c 'update torrent_info set downloading = downloading + 100 where id = 2' \
		-c 'update torrent_info set uploading = uploading - 17 where id = 3' \
		-c 'update torrent_info set finished = finished + 1 where id = 7' \
		-c "update torrent_info set uploading = uploading + 1 where id = ${stale[0]}" \
		-c "update torrent_info set uploading = uploading - 1 where id = ${live[0]}" \
		-c "update torrent_status set status = 1 where tid = ${stale[0]} and uid = ${stale[1]}" \
		-c "update torrent_status set status = 2 where tid = ${live[0]} and uid = ${live[1]}"
}
