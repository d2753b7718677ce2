# site.bash - a large site for the bench of userstats, in servers of its own, gone when the bench is
#
#	site_large DIR [TORRENTS [USERS]]   100 k torrents, 200 k users, or as many as are said: 2 M live pairs (20 a torrent) in Redis,
#	                     5 M rows in PostgreSQL, indexes as upstream has them. Sets $sock, REDIS_URL, PGHOST as redis_up and pg_up do;
#	                     pg_down and redis_down end it
#	site_indexes         adds the two indexes that upstream lacks; site_no_indexes drops them
#
# Load redis.bash and pg.bash first; peerdump is on PATH. Nine of ten entries are in the window for an hour: their times
# are to come.
# shellcheck shell=bash disable=SC2154 # sock is from redis.bash

site_large() {
	local dir=$1 torrents=${2:-100000} users=${3:-200000} loading status=0
	redis_up "$dir" && pg_up "$dir" -c shared_buffers=1GB -c max_wal_size=4GB -c maintenance_work_mem=256MB -c autovacuum=off || return
	psql_ -f tests/samples/site/schema.sql || return
	mkfifo "$dir/rows" || return
	# as much in one transaction as can be: what is emptied in it needs no log
	psql_ -1 -c 'truncate torrent_status' -c 'alter table torrent_status drop constraint torrent_status_pkey' \
		-c "\\copy torrent_status from '$dir/rows'" -c 'alter table torrent_status add primary key (tid, uid)' &
	loading=$!
	tests/bench/generate site "$torrents" "$users" "$dir/rows" "$(date +%s)" | peerdump load -q --expire 0 || status=1
	site_large_known "$torrents" "$users" || status=1
	wait $loading || status=1
	rm -f "$dir/rows"
	site_large_counted && psql_ -c 'vacuum analyze' || status=1
	return $status
}

# The users and torrents of these numbers, by the same rules as tests/bench/generate site
site_large_known() {
	psql_ -1 -c 'truncate users, torrent, torrent_info, user_info' \
		-c "insert into users (id, email, username, password, passkey, role, activated) select n, 'user' || n || '@example.org', 'user' || n, 'x',
			substr(encode(sha256(('user ' || n)::bytea), 'hex'), 1, 32), 1, true from generate_series(1, $2) n" \
		-c 'insert into user_info (id, username, upload, download) select id, username, id * 4096, id * 1024 from users' \
		-c "insert into torrent_info (id, title, poster) select n, 'Title of torrent number ' || n, 'user' || 1 + n * 7 % $2
			from generate_series(1, $1) n" \
		-c "insert into torrent (id, name, length, info, infohash) select n, 'file ' || n, n::bigint * 1048576, decode(repeat(md5(n::text), 12), 'hex'),
			substr(encode(sha256(('torrent ' || n)::bytea), 'hex'), 1, 40) from generate_series(1, $1) n"
}

# Counters as the rows have them, but for one torrent of a hundred
site_large_counted() {
	psql_ -c 'update torrent_info i set downloading = s.down + (case when i.id % 100 = 0 then 7 else 0 end), uploading = s.up, finished = s.done
		from (select tid, count(*) filter (where status < 2 and not finished) as down, count(*) filter (where status < 2 and finished) as up,
			count(*) filter (where finished) as done from torrent_status group by tid) s where s.tid = i.id'
}

site_indexes() {
	psql_ -c 'create index torrent_infohash on torrent (infohash)' -c 'create index torrent_status_uid on torrent_status (uid)' -c 'analyze'
}

site_no_indexes() {
	psql_ -c 'drop index torrent_infohash, torrent_status_uid'
}
