# dht_transmission.bats - dhtping and the DHT of Transmission, in a network namespace of their own
#
# Transmission takes no node at 127.x for one, so it cannot be part of a swarm on loopback. In a network of its own,
# which has no way out, both have addresses of a local network.

load ../support/helpers

setup() {
	tmp=$BATS_TEST_TMPDIR
	need transmission-cli
	need transmission-create
	need ip
	unshare -n true 2>/dev/null || skip "no network namespaces here"
}

@test "a node of Transmission answers pings, takes an announce and tells of it" {
	mkdir "$tmp/settings" "$tmp/data"
	echo '{ "bind-address-ipv4": "10.77.0.1", "dht-enabled": true, "lpd-enabled": false, "port-forwarding-enabled": false,
		"utp-enabled": false }' >"$tmp/settings/settings.json"
	# only asked when nobody is there, and nobody is: the name is not looked up
	echo '10.77.0.2 6881' >"$tmp/settings/dht.bootstrap"
	echo data >"$tmp/data/file"
	transmission-create -o "$tmp/file.torrent" "$tmp/data/file" >/dev/null
	hash=$(btinspect infohash "$tmp/file.torrent" | cut -f 2)
	export tmp hash
	run timeout -k 1 60 unshare -n bash -c '
		ip link set lo up
		ip address add 10.77.0.1/32 dev lo
		ip address add 10.77.0.9/32 dev lo
		us="--bind 10.77.0.9" transmission=10.77.0.1:6881
		setpriv --pdeathsig KILL transmission-cli -g "$tmp/settings" -p 6881 -w "$tmp/data" "$tmp/file.torrent" >"$tmp/log" 2>&1 </dev/null &
		for i in {1..40}; do
			dhtping ping -q -c 1 -W 0.5 $us $transmission 2>/dev/null && break
			sleep 0.2
		done
		dhtping ping -c 2 -i 0.2 $us $transmission && dhtping announce -q --port 4711 $us -b $transmission $hash &&
			dhtping get-peers -q $us -b $transmission $hash && dhtping find-node -q $us -b $transmission $hash
		status=$?
		kill $!
		wait
		exit $status'
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"2 packets transmitted, 2 received, 0% packet loss"* ]]
	[[ $output == *answer$'\t'$hash$'\t'10.77.0.1:6881$'\t'*$'\t'reply$'\t'* ]]
	[[ $output == *peer$'\t'$hash$'\t'10.77.0.9$'\t'-$'\t'4711$'\t'* ]]
	[[ $output == *node$'\t'*$'\t'10.77.0.1$'\t'-$'\t'6881$'\t'* ]]
}
