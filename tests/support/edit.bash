# edit.bash - what the tests of convert and prune share, after peerdump: a server that lets others write just when it matters
# shellcheck shell=bash disable=SC2154 # $sock is from helpers
#
#	hold             from now on the server lets nobody write, but everybody read
#	held N           waits until N clients wait for that
#	release          they go on, in the order in which they came
#	without RULE...  a user of Redis who may do all but that; $REDIS_URL is theirs

hold() {
	rcli client pause 60000 write
}

held() {
	local look
	for ((look = 0; look < 200; look++)); do
		[ "$(rcli info clients | sed -n 's/^blocked_clients:\([0-9]*\).*/\1/p')" = "$1" ] && return
		sleep 0.05
	done
	rcli client list >&2
	return 1
}

release() {
	rcli client unpause
}

without() {
	rcli acl setuser limited on '>secret' '~*' '&*' +@all "$@" >/dev/null
	export REDIS_URL=unix://limited:secret@$sock
}
