# site.awk - a small random site as TSV files, the same for the same seed: awk -v dir=DIR -v seed=1 -v users=60 -v torrents=40 -v now=TIME -f site.awk
#
# In dir (cells are escaped as COPY wants them; TAB-separated, no header):
#
#	users     uid username passkey role activated
#	info      tid title poster downloading uploading finished     (the counters are right)
#	torrent   tid name length info_hash key                       (all but the last have one)
#	status    tid uid status upload download finished             (rows)
#	live      tid uid kind     pairs that are live, and which of the kinds below
#	pairs     tid uid kind     all pairs, with those that are not
#	entries   tid ipv4 ipv6 port                                  (peers that Redis has, each once)
#	timed, untimed             the frames that make Redis so, with a time and without
#
# Each kind of pair is there at least once. Kinds: seeder (row 1, finished), seeder0 (row 0, finished: its periodic announce
# wrote that), leecher, norow (live without a row), back and backdone (live, though the row says stopped; the second
# finished), poster (live, of the torrent's uploader, who never finished), posternorow, stopped and stoppeddone (frames and
# a row say so), gone and gonedone (a row says stopped, Redis knows nothing), stale and staledone (row < 2, not live).

# Park and Miller: exact in the doubles of every awk
function pick(n) {
	state = state * 16807 % 2147483647
	return state % n
}

function hex(digits,   text) {
	text = ""
	while (length(text) < digits) text = text substr("0123456789abcdef", pick(16) + 1, 1)
	return text
}

# hexadecimal digits, a multiple of two, as padded base64
function base64(text,   i, bits, count, out, letters) {
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for (i = 1; i <= length(text); i++) {
		bits = bits * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
		count += 4
		while (count >= 6) {
			count -= 6
			out = out substr(letters, int(bits / 2 ^ count) + 1, 1)
			bits %= 2 ^ count
		}
	}
	if (count) out = out substr(letters, bits * 2 ^ (6 - count) + 1, 1)
	while (length(out) % 4) out = out "="
	return out
}

# mawk prints numbers above 2^31 in another way
function whole(number) {
	return sprintf("%.0f", number)
}

function row(tid, uid, status, finished) {
	print tid, uid, status, whole(pick(1000000) * 4096), whole(pick(1000000) * 1024), finished ? "t" : "f" >file["status"]
	if (finished) done[tid]++
	if (status < 2 && finished) up[tid]++
	if (status < 2 && !finished) down[tid]++
}

# Some of the users have one address only; three share an endpoint; two have another endpoint in each torrent.
function endpoint(tid, uid) {
	ipv4 = uid % 5 == 3 ? "-" : "198.51.100." uid % 250 + 1
	ipv6 = uid % 5 > 1 ? sprintf("2001:db8::%x", uid) : "-"
	port = 10000 + uid % 50000
	if (uid >= 10 && uid <= 12) { ipv4 = "203.0.113.10"; ipv6 = "-"; port = 51413 }
	if (uid == 13 || uid == 14) { ipv4 = "192.0.2." tid % 250 + 1; ipv6 = "-"; port = 6881 + tid % 7 }
	if (tid == v6only) { ipv4 = "-"; ipv6 = sprintf("2001:db8::%x", uid) }
}

function frame(tid, uid, event, age) {
	if (tid % 3) print "frame", 1, event, 50, hash[tid], passkey[uid], ipv4, ipv6, port, "0000" >file["untimed"]
	else print "frame", 1, event, 50, hash[tid], passkey[uid], ipv4, ipv6, port, "0000", now - age >file["timed"]
	if (!((tid, ipv4, ipv6, port) in seen)) print tid, ipv4, ipv6, port >file["entries"]
	seen[tid, ipv4, ipv6, port] = 1
}

function pair(tid, uid, kind,   age) {
	if ((tid, uid) in paired || (uid == poster[tid] && kind !~ /^poster/)) return 0
	paired[tid, uid] = 1
	endpoint(tid, uid)
	age = 3 + pick(50)
	if (kind !~ /^(gone|stale)/) frame(tid, uid, "started", age)
	if (kind ~ /^seeder/) frame(tid, uid, "completed", age - 1)
	if (kind ~ /^stopped/) frame(tid, uid, "stopped", age - 2)
	# one client more of the same user
	if (kind == "leecher" && uid == 14) { port++; frame(tid, uid, "started", age) }
	if (kind == "seeder") row(tid, uid, 1, 1)
	else if (kind == "seeder0" || kind == "staledone") row(tid, uid, 0, 1)
	else if (kind == "leecher" || kind == "stale" || kind == "poster") row(tid, uid, 0, 0)
	else if (kind ~ /^(back|stopped|gone)/) row(tid, uid, 2, kind ~ /done$/)
	print tid, uid, kind >file["pairs"]
	if (kind !~ /^(stopped|gone|stale)/) print tid, uid, kind >file["live"]
	return 1
}

BEGIN {
	OFS = "\t"
	state = seed * 7919 % 2147483646 + 1
	for (i = 0; i < 20; i++) pick(2)
	n = split("users info torrent status live pairs entries timed untimed", names, " ")
	for (i = 1; i <= n; i++) printf "" >(file[names[i]] = dir "/" names[i])

	for (uid = 1; uid <= users; uid++) {
		name[uid] = "user" uid
		passkey[uid] = hex(32)
	}
	name[2] = "O'Brien \"the\" seeder"
	name[3] = "\\\\ back; drop table users --"
	name[4] = "J\303\266rg  "
	for (uid = 1; uid <= users; uid++)
		print uid, name[uid], passkey[uid], uid == users - 1 ? 0 : 1, uid == users - 2 ? "f" : "t" >file["users"]

	for (tid = 1; tid <= torrents; tid++) {
		title[tid] = "Torrent " tid
		poster[tid] = 1 + pick(users - 1)
		hash[tid] = hex(40)
	}
	title[1] = "a\\ttab"
	title[2] = "a\\nnew line"
	title[3] = "a \\\\ backslash, not a \\\\t"
	title[4] = "#info_hash"
	title[5] = "-"
	title[6] = "'quoted', \"twice\" {\"json\": 1}"
	title[7] = "\342\202\254 \346\226\207 \033[31mred\\r"
	title[8] = ""
	# the odd ones, from the end
	norow = torrents; silent = torrents - 1; dead = torrents - 2; v6only = torrents - 3
	posted = torrents - 4; posted2 = torrents - 5
	pair(posted, poster[posted], "poster")
	pair(posted2, poster[posted2], "posternorow")
	pair(dead, 1, "gonedone")
	pair(dead, 2, "gone")
	for (i = 1; i < 9; i++) pair(v6only, 2 * i, i % 2 ? "seeder" : "leecher")

	n = split("seeder leecher seeder0 norow back backdone stopped stoppeddone gone gonedone stale staledone", kinds, " ")
	common = split("seeder seeder seeder seeder0 seeder0 leecher leecher leecher gonedone gonedone stoppeddone", usual, " ")
	made = 0
	for (tid = 1; tid < posted2; tid++) {
		size = 1 + int(6 / (0.15 + pick(1000) / 500))
		if (size > users / 2) size = int(users / 2)
		for (i = 0; i < size; i++) {
			uid = 1 + pick(users - 1)
			kind = made < n ? kinds[made + 1] : pick(3) ? usual[pick(common) + 1] : kinds[pick(n) + 1]
			made += pair(tid, uid, kind)
		}
		# those who share, or move
		if (tid % 2) pair(tid, 10 + pick(5), "leecher")
	}
	for (tid = 1; tid <= torrents; tid++) {
		print tid, title[tid], name[poster[tid]], down[tid] + 0, up[tid] + 0, done[tid] + 0 >file["info"]
		if (tid != norow) print tid, "file " tid, whole(1048576 * (1 + pick(4000))), hash[tid], base64(hash[tid]) >file["torrent"]
	}
}
