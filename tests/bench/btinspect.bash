# btinspect.bash - the parts of the bench for torrent files: many of them, huge ones, and data against them
#
# Sourced by tests/bench/run. BENCH_TORRENTS, BENCH_DATA (MiB), BENCH_FILES make it smaller.
# shellcheck shell=bash disable=SC2154 # what run sets
torrents=${BENCH_TORRENTS:-10000} data=${BENCH_DATA:-4096} many=${BENCH_FILES:-1000000}

# file_row NAME SECONDS FILES [OURS] - as row, in files
file_row() {
	awk -v name="$1" -v s="$2" -v n="$3" -v ours="${4:-}" 'BEGIN {
		s = s > 0 ? s : 0.001
		printf "  %-44s %8.3f s %9.0f files/s", name, s, n / s
		if (ours != "") printf " %8.1fx", s / n / ours
		print ""
	}'
}

# data_row NAME SECONDS [OURS] - as row, in MB of the data
data_row() {
	awk -v name="$1" -v s="$2" -v mb="$((data * 1048576 / 1000000))" -v ours="${3:-}" 'BEGIN {
		s = s > 0 ? s : 0.001
		printf "  %-44s %8.3f s %8.0f MB/s", name, s, mb / s
		if (ours != "") printf " %8.2fx", s / ours
		print ""
	}'
}

# there PROGRAM - or a row that says that it is not; $name is the row's
there() {
	command -v "$1" >/dev/null || { printf '  %-44s not installed\n' "$name"; false; }
}

# some COUNT COMMAND... - that command with so many of the files, in one process
some() { head -n "$1" "$dir/names" | xargs "${@:2}"; }
# each COUNT COMMAND... - one process for each file
each() { head -n "$1" "$dir/names" | xargs -n 1 "${@:2}"; }

# peak COMMAND... - its seconds and the most memory it had, in MB
peak() {
	$python -c 'import os, resource, subprocess, sys, time
start = time.time()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%.2f s %6.0f MB" % (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000))' "$@"
}

bench_torrents() {
	local ours name
	tests/bench/torrents "$dir/torrents" "$torrents" || exit 2
	find "$dir/torrents" -type f | sort >"$dir/names"
	heading "names and info hashes of $torrents torrent files, $(du -sm --apparent-size "$dir/torrents" | cut -f 1) MB (CPU)"
	ours=$(median 1 some "$torrents" btinspect infohash)
	file_row 'btinspect infohash' "$ours" "$torrents"
	ours=$(awk -v s="$ours" -v n="$torrents" 'BEGIN { print s / n }')
	file_row 'btinspect show' "$(median 1 some "$torrents" btinspect show)" "$torrents" "$ours"
	file_row 'btinspect check' "$(median 1 some "$torrents" btinspect check -q)" "$torrents" "$ours"
	file_row 'cat' "$(median 1 some "$torrents" cat)" "$torrents" "$ours"
	name='sha1sum' && there sha1sum && file_row "$name" "$(median 1 some "$torrents" sha1sum)" "$torrents" "$ours"
	name='libtorrent in Python, a loop'
	$python -c 'import libtorrent' 2>/dev/null &&
		file_row "$name" "$(median 1 some "$torrents" "$python" -c 'import libtorrent, sys
for file in sys.argv[1:]:
    info = libtorrent.torrent_info(file)
    print(info.name(), info.info_hash())')" "$torrents" "$ours"
	name='aria2c -S, 500 files' && there aria2c && file_row "$name" "$(median 1 some 500 aria2c -S)" 500 "$ours"
	name='transmission-show, a process for each' && there transmission-show &&
		file_row "$name" "$(median 1 each 200 transmission-show)" 200 "$ours"
	name='dumptorrent -v' && there dumptorrent && file_row "$name" "$(median 1 some "$torrents" dumptorrent -v)" "$torrents" "$ours"
	rm -rf "$dir/torrents"
}

bench_huge() {
	local file
	tests/support/hostile-torrents files-v1 "$many" >"$dir/v1.torrent" && tests/support/hostile-torrents files-v2 "$many" >"$dir/v2.torrent" || exit 2
	heading "torrents of $many files (CPU and memory)"
	for file in v1 v2; do
		printf '  %s, %s MB\n' "$file" "$(($(stat -c %s "$dir/$file.torrent") / 1000000))"
		for verb in infohash show 'files' check tree json; do
			printf '    %-42s %s\n' "btinspect $verb" "$(peak btinspect $verb -q "$dir/$file.torrent")"
		done
		! command -v transmission-show >/dev/null ||
			printf '    %-42s %s\n' transmission-show "$(peak transmission-show "$dir/$file.torrent")"
		! command -v aria2c >/dev/null ||
			printf '    %-42s %s\n' 'aria2c -S' "$(peak aria2c -S "$dir/$file.torrent")"
	done
	rm -f "$dir"/v?.torrent
}

# libtorrent's recheck of "$dir/data" by the torrent named
libtorrent_recheck() {
	$python -c 'import libtorrent, sys, time
session = libtorrent.session({"listen_interfaces": "", "enable_dht": False, "enable_lsd": False, "hashing_threads": 2,
    "enable_upnp": False, "enable_natpmp": False, "alert_mask": libtorrent.alert.category_t.status_notification})
handle = session.add_torrent({"ti": libtorrent.torrent_info(sys.argv[1]), "save_path": sys.argv[2]})
while handle.status().state in (libtorrent.torrent_status.checking_files, libtorrent.torrent_status.checking_resume_data):
    time.sleep(0.01)
sys.exit(handle.status().progress < 1)' "$@"
}

# by_mktorrent TORRENT DATA - it writes over nothing, and wants a tracker
by_mktorrent() { rm -f "$1" && mktorrent -t 2 -l 20 -a http://127.0.0.1/announce -o "$@"; }

bench_verify() {
	local ours form name
	head -c "$((data << 20))" /dev/zero | openssl enc -aes-128-ctr -K 0 -iv 0 2>/dev/null >"$dir/data"
	cat "$dir/data" >/dev/null
	heading "$data MiB in pieces of 1 MiB, read from memory (wall)"
	for form in v1 v2 hybrid; do
		btinspect create -q --piece-length 1M --format $form --to "$dir/$form.torrent" "$dir/data" >/dev/null
	done
	ours=$(median 2 btinspect verify -q --threads 2 "$dir/data" "$dir/v1.torrent")
	data_row 'btinspect verify, 2 threads' "$ours"
	data_row 'btinspect verify, 1 thread' "$(median 2 btinspect verify -q --threads 1 "$dir/data" "$dir/v1.torrent")" "$ours"
	data_row 'btinspect verify, 2 threads, v2' "$(median 2 btinspect verify -q --threads 2 "$dir/data" "$dir/v2.torrent")" "$ours"
	data_row 'btinspect verify, 2 threads, hybrid' "$(median 2 btinspect verify -q --threads 2 "$dir/data" "$dir/hybrid.torrent")" "$ours"
	data_row 'btinspect create, 2 threads' \
		"$(median 2 btinspect create -q --threads 2 --piece-length 1M --force --to "$dir/again.torrent" "$dir/data")" "$ours"
	data_row 'cat' "$(median 2 cat "$dir/data")" "$ours"
	name='openssl dgst -sha1' && there openssl && data_row "$name" "$(median 2 openssl dgst -sha1 "$dir/data")" "$ours"
	name='mktorrent -t 2' && there mktorrent &&
		data_row "$name" "$(median 2 by_mktorrent "$dir/other.torrent" "$dir/data")" "$ours"
	name='aria2c --check-integrity' && there aria2c &&
		data_row "$name" "$(median 2 aria2c -d "$dir" --check-integrity --hash-check-only --enable-dht=false --enable-dht6=false --interface=127.0.0.1 "$dir/v1.torrent")" "$ours"
	name='libtorrent recheck, 2 threads' && $python -c 'import libtorrent' 2>/dev/null &&
		data_row "$name" "$(median 2 libtorrent_recheck "$dir/v1.torrent" "$dir")" "$ours"
	name='torf' && there torf && data_row "$name" "$(median 2 torf -i "$dir/v1.torrent" "$dir/data")" "$ours"
	rm -f "$dir/data" "$dir"/*.torrent
}
