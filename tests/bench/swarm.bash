# swarm.bash - the part of the bench for look-ups: whole runs of dhtping in a private swarm, beside libtorrent's own
#
# Sourced by tests/bench/run. BENCH_NODES, BENCH_LOOKUPS make it smaller.
# shellcheck shell=bash disable=SC2154 # what run sets
swarm_nodes=${BENCH_NODES:-250} lookups=${BENCH_LOOKUPS:-60}

# walls COMMAND... - its wall milliseconds over many runs, {} being one info hash after the other (without it: all of
# them): median, 90 %, the worst, and how many runs printed all peers and no other
walls() {
	$python -c 'import re, subprocess, sys, time
runs, folder, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
expected = {}
for line in open(folder + "/peers"):
    _, info_hash, address, _, port = line.split("\t")[:5]
    expected.setdefault(info_hash, set()).add((address, port))
walls, right = [], 0
for run in range(runs):
    info_hash = list(expected)[run % len(expected)]
    start = time.perf_counter()
    output = subprocess.run([word.replace("{}", info_hash) for word in command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
    walls.append(1000 * (time.perf_counter() - start))
    want = expected[info_hash] if "{}" in command else set().union(*expected.values())
    right += set(re.findall(r"([0-9]+\.[0-9.]+)[\t:-]+([0-9]+)", output.decode())) == want
walls.sort()
print("%8.1f ms median %8.1f ms p90 %8.1f ms worst %5d of %d found all" %
      (walls[runs // 2], walls[runs * 9 // 10], walls[-1], right, runs))' "$lookups" "$swarm" "$@"
}

wall_row() {
	local name=$1
	shift
	printf '  %-44s %s\n' "$name" "$(walls "$@")"
}

# A session that knows the same three nodes: until the first peers, or until no more came for so many seconds.
libtorrent_look_up='import libtorrent, os, sys, time
session = libtorrent.session({"listen_interfaces": sys.argv[2] + ":0", "outgoing_interfaces": sys.argv[2], "enable_lsd": False, "enable_upnp": False,
    "enable_natpmp": False, "dht_bootstrap_nodes": ",".join(os.environ["DHTPING_BOOTSTRAP"].split()), "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False, "dht_ignore_dark_internet": False, "dht_prefer_verified_node_ids": False,
    "alert_mask": libtorrent.alert.category_t.dht_notification | libtorrent.alert.category_t.dht_operation_notification})
target, found, last = libtorrent.sha1_hash(bytes.fromhex(sys.argv[1])), set(), time.monotonic() + 10
while not found or time.monotonic() < last:
    session.dht_get_peers(target)
    session.wait_for_alert(20)
    for alert in session.pop_alerts():
        if isinstance(alert, libtorrent.dht_get_peers_reply_alert) and alert.num_peers():
            found.update(alert.peers())
            last = time.monotonic() + float(sys.argv[3])
for address, port in found:
    print("%s:%d" % (address, port), flush=True)
os._exit(0)'

bench_swarm() {
	# shellcheck source=tests/support/dhtping.bash
	. tests/support/dhtping.bash
	need_module() { $python -c "import $1"; }
	ipv6() { false; }	# one family alone: what is measured is the same on each machine
	local top=$PWD us
	$python -c 'import libtorrent' 2>/dev/null || { heading 'no python3-libtorrent, so no swarm'; return; }
	swarm "$swarm_nodes" --dead $((swarm_nodes / 2)) --torrents 20 || exit 2
	heading "cold look-ups in a swarm of $swarm_nodes nodes and $((swarm_nodes / 2)) dead contacts (wall of the process)"
	wall_row 'dhtping get-peers' dhtping get-peers -q "${us[@]}" {}
	wall_row 'dhtping get-peers --rate 0' dhtping get-peers -q --rate 0 "${us[@]}" {}
	wall_row 'dhtping get-peers --max 1' dhtping get-peers -q --max 1 "${us[@]}" {}
	wall_row 'dhtping --version' dhtping --version
	wall_row 'libtorrent in Python, first peers' "$python" -c "$libtorrent_look_up" {} "${us[1]}" 0
	wall_row 'libtorrent in Python, 0.2 s without another' "$python" -c "$libtorrent_look_up" {} "${us[1]}" 0.2
	heading "all $(swarm_hashes | wc -l) info hashes in one process (wall)"
	swarm_hashes >"$dir/hashes"
	lookups=9
	wall_row 'dhtping get-peers -' sh -c "dhtping get-peers -q ${us[*]} - <'$dir/hashes'"
	wall_row 'dhtping get-peers --rate 0 -' sh -c "dhtping get-peers -q --rate 0 ${us[*]} - <'$dir/hashes'"
	dht_down
}
