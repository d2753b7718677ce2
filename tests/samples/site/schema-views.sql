-- schema-views.sql - the site's own tables as a schema file of userstats: what the built-in queries say
-- name: users
SELECT id AS uid, username, passkey FROM users;
-- name: torrents
SELECT id AS tid,
	infohash AS info_hash
FROM torrent;
-- name: titles
-- comments and blank lines do not matter

SELECT id AS tid, title, poster FROM torrent_info
-- name: counters
SELECT id AS tid, uploading, downloading, finished FROM torrent_info
-- name: status
SELECT tid, uid, status < 2 AS active, finished, upload, download FROM torrent_status
-- name: accounts
SELECT id AS uid, upload, download, registertime AS registered, lastactivity AS seen FROM user_info
