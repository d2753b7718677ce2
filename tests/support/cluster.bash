# cluster.bash - starts a private Redis Cluster for tests, and always stops it
# shellcheck shell=bash disable=SC2154 # redis_pids and others are from redis.bash
#
#	cluster_up DIR [MASTERS=3] [REPLICAS=1] [OPTION...]   so many masters, each with so many replicas, on free loopback
#	                     ports; returns when all agree that the cluster is well. Sets $cluster_ports and $cluster_pids
#	                     (masters first, then their replicas in the same order) and exports REDIS_URL of the first
#	cluster_take SOCK    all keys of databases 0 and 1 of the server on that socket, to live for an hour; waits until replicas
#	                     have them
#	cluster_calls COMMAND PORT...   how often these nodes were asked that (or one of COMMAND|COMMAND...)
#	cluster_errors WORD PORT...     how often they answered with that error
#	cluster_down         stops all that were started (redis_down of redis.bash does, too)
#	ccli ...             redis-cli on the cluster: follows MOVED and ASK
#	cluster_slot KEY     its slot
#	cluster_owner SLOT   the port of the master that serves it, as the nodes that live say; nothing while they disagree
#	cluster_move SLOT TO [each COMMAND...]   moves a slot to the master on port TO, as redis-cli --cluster reshard does;
#	                     COMMAND runs when the slot is on its way and after each key
#	cluster_kill SLOT    kills its master with -9; sets $killed to its port
#	cluster_promoted SLOT PORT    waits until another node than the one on PORT serves the slot, and all is well again
#
# Options are redis-server's own. A node thinks another one dead after 2 s. Load redis.bash first. Call these bare, never in
# $(...), except for what prints: a server dies with the shell that started it.
#
# No function here has a variable i or try: those of redis.bash set them.

cluster_ports=() cluster_pids=()

cluster_cli() {
	local port=$1
	shift
	timeout 10 redis-cli -p "$port" "$@" </dev/null
}

ccli() {
	local live
	live=$(cluster_live | head -n 1)
	timeout 60 redis-cli -c -p "$live" "$@"
}

# the ports of the nodes that live
cluster_live() {
	local node
	for node in "${!cluster_ports[@]}"; do
		kill -0 "${cluster_pids[node]}" 2>/dev/null && echo "${cluster_ports[node]}"
	done
}

cluster_start_node() {
	local dir=$1 bus attempt
	shift
	for ((attempt = 0; attempt < 5; attempt++)); do
		bus=$(free_port) || return
		redis_up_tcp "$dir" --cluster-enabled yes --cluster-config-file "nodes.${#redis_pids[@]}.conf" --cluster-port "$bus" \
			--cluster-node-timeout 2000 --cluster-replica-validity-factor 0 --cluster-allow-replica-migration no \
			--repl-diskless-sync yes --repl-diskless-sync-delay 0 --repl-ping-replica-period 1 "$@" && {
			cluster_ports+=("$port")
			cluster_pids+=("$redis_pid")
			return 0
		}
	done
	return 1
}

# cluster_all WANT COMMAND... - do all living nodes say so?
cluster_all() {
	local want=$1 port
	shift
	for port in $(cluster_live); do
		cluster_cli "$port" "$@" 2>&1 | tr -d '\r' | grep -qx "$want" || return 1
	done
}

cluster_wait() {
	local turn
	for ((turn = 0; turn < 600; turn++)); do
		"$@" && return
		sleep 0.05
	done
	echo "waited half a minute in vain for: $*" >&2
	return 1
}

cluster_up() {
	local dir=$1 masters=${2:-3} replicas=${3:-1} ids=() node first last
	shift; shift $(($# < 2 ? $# : 2))
	cluster_ports=() cluster_pids=()
	for ((node = 0; node < masters * (1 + replicas); node++)); do
		cluster_start_node "$dir" "$@" || return
		ids+=("$(cluster_cli "$port" cluster myid)")
	done
	for ((node = 0; node < masters; node++)); do
		first=$((16384 * node / masters)) last=$((16384 * (node + 1) / masters - 1))
		cluster_cli "${cluster_ports[node]}" cluster addslotsrange $first $last >/dev/null
	done
	for node in "${!cluster_ports[@]}"; do
		cluster_cli "${cluster_ports[node]}" cluster set-config-epoch $((node + 1)) >/dev/null
		[ "$node" = 0 ] || cluster_cli "${cluster_ports[node]}" cluster meet 127.0.0.1 "${cluster_ports[0]}" \
			"$(cluster_cli "${cluster_ports[0]}" config get cluster-port | tail -n 1)" >/dev/null
	done
	cluster_wait cluster_all "cluster_known_nodes:${#cluster_ports[@]}" cluster info || return
	cluster_wait cluster_all cluster_slots_assigned:16384 cluster info || return
	for ((node = masters; node < ${#cluster_ports[@]}; node++)); do
		cluster_wait cluster_replicate "${cluster_ports[node]}" "${ids[(node - masters) % masters]}" || return
	done
	cluster_wait cluster_all cluster_state:ok cluster info || return
	for ((node = masters; node < ${#cluster_ports[@]}; node++)); do
		cluster_wait cluster_synced "${cluster_ports[node]}" || return
	done
	cluster_wait cluster_agreed || return
	export REDIS_URL=redis://127.0.0.1:${cluster_ports[0]}
}

cluster_replicate() {
	[ "$(cluster_cli "$1" cluster replicate "$2" 2>&1)" = OK ]
}

cluster_synced() {
	cluster_cli "$1" info replication | tr -d '\r' | grep -qx master_link_status:up
}

# Which slots are where: id, role and slots, the same words for every node.
cluster_view() {
	cluster_cli "$1" cluster nodes | awk '{ sub(/myself,/, "", $3); slots = ""
		for (i = 9; i <= NF; i++) if ($i !~ /^\[/) slots = slots " " $i; print $1, $3, $4, slots }' | sort
}

# Do all living nodes have the same view?
cluster_agreed() {
	local port first='' view
	for port in $(cluster_live); do
		view=$(cluster_view "$port")
		[ -n "$view" ] && [ "$view" = "${first:=$view}" ] || return 1
		# replicas are told of only when something is known of how far they are
		[ "$(cluster_cli "$port" cluster slots | grep -cE '^[0-9a-f]{40}$')" -ge "$(cluster_live | wc -l)" ] || return 1
	done
}

# Keys and what they hold stay quoted, as redis-cli says and takes them: they may hold anything.
cluster_take() {
	local database keys port
	for database in 0 1; do
		mapfile -t keys < <(redis-cli -s "$1" -n "$database" --no-raw keys '*' | sed -n 's/^ *[0-9]*) "/"/p')
		paste -d ' ' <(printf 'restore %s 3600000\n' "${keys[@]}") <(printf 'dump %s\n' "${keys[@]}" | redis-cli -s "$1" -n "$database" --no-raw)
	done | redis-cli -c -p "${cluster_ports[0]}" | grep -vE '^(OK|-> Redirected .*)?$' >&2 && return 1
	for port in "${cluster_ports[@]}"; do
		cluster_wait cluster_has_written "$port" || return
	done
}

# Have all replicas of the node, if it is a master with some, what was written to it?
cluster_has_written() {
	local said
	said=$(cluster_cli "$1" info replication | tr -d '\r')
	awk -F '[:,=]' '$1 == "master_repl_offset" { written = $2 } /^slave[0-9]+:/ { for (i = 2; i < NF; i++) if ($i == "offset")
			least = least == "" || $(i + 1) < least ? $(i + 1) : least }
		END { exit least != "" && least < written }' <<<"$said"
}

cluster_sum() {
	local port pattern=$1
	shift
	for port; do
		cluster_cli "$port" info all
	done | awk -v pattern="^$pattern=" 'sub(pattern, "") { sum += $0 + 0 } END { print sum + 0 }'
}

cluster_calls() {
	cluster_sum "cmdstat_($1):calls" "${@:2}"
}

cluster_errors() {
	cluster_sum "errorstat_$1:count" "${@:2}"
}

cluster_down() {
	redis_down
	cluster_ports=() cluster_pids=()
}

cluster_slot() {
	cluster_cli "$(cluster_live | head -n 1)" cluster keyslot "$1"
}

cluster_owner() {
	local port owner first=''
	for port in $(cluster_live); do
		owner=$(cluster_cli "$port" cluster nodes | awk -v slot="$1" '$3 ~ /master/ && $3 !~ /fail/ {
			for (i = 9; i <= NF; i++) if ($i !~ /^\[/) {
				n = split($i, range, "-")
				if (slot >= range[1] + 0 && slot <= range[n] + 0) { split($2, at, /[:@]/); print at[2] }
			} }')
		[ -n "$owner" ] && [ "$owner" = "${first:=$owner}" ] || return 1
	done
	echo "$owner"
}

cluster_move() {
	local slot=$1 to=$2 from keys key port
	shift 2
	[ "${1:-}" != each ] || shift
	from=$(cluster_owner "$slot")
	[ "$from" != "$to" ] || return 0
	cluster_cli "$to" cluster setslot "$slot" importing "$(cluster_cli "$from" cluster myid)" >/dev/null
	cluster_cli "$from" cluster setslot "$slot" migrating "$(cluster_cli "$to" cluster myid)" >/dev/null
	[ $# = 0 ] || "$@"
	while keys=$(cluster_cli "$from" cluster getkeysinslot "$slot" 10) && [ -n "$keys" ]; do
		for key in $keys; do
			cluster_cli "$from" migrate 127.0.0.1 "$to" "$key" 0 5000 ${REDISCLI_AUTH:+AUTH "$REDISCLI_AUTH"} >/dev/null
			[ $# = 0 ] || "$@"
		done
	done
	for port in "$to" "$from"; do
		cluster_cli "$port" cluster setslot "$slot" node "$(cluster_cli "$to" cluster myid)" >/dev/null
	done
	cluster_wait cluster_is_owner "$slot" "$to"
}

cluster_is_owner() {
	[ "$(cluster_owner "$1")" = "$2" ]
}

cluster_kill() {
	local node
	killed=$(cluster_owner "$1")
	for node in "${!cluster_ports[@]}"; do
		[ "${cluster_ports[node]}" != "$killed" ] || kill -9 "${cluster_pids[node]}"
		[ "${cluster_ports[node]}" != "$killed" ] || wait "${cluster_pids[node]}" 2>/dev/null || :
	done
}

cluster_has_other() {
	local owner
	owner=$(cluster_owner "$1") && [ -n "$owner" ] && [ "$owner" != "$2" ]
}

cluster_promoted() {
	cluster_wait cluster_has_other "$1" "$2" && cluster_wait cluster_all cluster_state:ok cluster info
}
