# userstats_cluster.bats - a site whose Redis is a cluster: what it prints with one server, byte for byte
# shellcheck disable=SC2046 # numbers and info hashes are words of their own

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site
load ../support/cluster

setup_file() {
	need redis-server
	need_postgres
	tmp=$BATS_FILE_TMPDIR
	[ -z "${file_lacks:-}" ] || return 0
	site_up "$tmp" && site_load 4 || return
	# the keys of both databases into one, as a cluster has them
	site_one "$tmp"
}

teardown_file() {
	site_down
}

# site_one DIR - a cluster with all that the server has
site_one() {
	single=$REDIS_URL single_sock=$sock
	cluster_up "$1" 3 0 && cluster_take "$single_sock" || return
	sock=$single_sock site_save
	declare -p single REDIS_URL | sed 's/^declare -x/export/; s/^declare --/export/; s/REDIS_URL/cluster_url/' >>"$site/settings"
}

# same WORD... - with one server and with the cluster; nothing is complained of
same() {
	REDIS_URL=$single userstats "$@" >"$tmp/one" 2>"$tmp/one.err"
	REDIS_URL=$cluster_url userstats "$@" >"$tmp/many" 2>"$tmp/many.err"
	[ -s "$tmp/one" ]
	cmp "$tmp/one" "$tmp/many" >&2
	[ ! -s "$tmp/many.err" ]
}

@test "torrents: the same bytes" {
	site_use "$BATS_FILE_TMPDIR"
	same torrents --all -q
	same torrents --all --live-only -q
	same torrents $(seq 39 -1 1)
	same torrents --live-only $(seq 39 -1 1)
	same torrents $(cut -f 4 "$site/torrent")
	# of a seeder there is something to split
	[ "$(REDIS_URL=$cluster_url userstats torrents --all -o seeders | sort -rn | head -n 1)" -gt 0 ]
}

@test "looks: the same lines; dead, dying and top: the same bytes" {
	site_use "$BATS_FILE_TMPDIR"
	REDIS_URL=$single userstats snapshot "$tmp/one.look" >/dev/null
	REDIS_URL=$cluster_url userstats snapshot "$tmp/many.look" >/dev/null
	[ "$(grep -c ^peer "$tmp/one.look")" -gt 50 ]
	diff <(sed 1d "$tmp/one.look" | sort) <(sed 1d "$tmp/many.look" | sort) >&2
	diff <(head -n 1 "$tmp/one.look" | cut -f 3-) <(head -n 1 "$tmp/many.look" | cut -f 3-) >&2
	same dead -q
	same dying -q
	for field in seeders leechers current; do
		same top $field -n 100
	done
}
