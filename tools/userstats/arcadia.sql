-- arcadia.sql - an example for userstats --schema: the tables of Arcadia (github.com/Arcadia-Solutions/arcadia), where they stand for this site's
--
-- Arcadia's own tracker keeps its peers in memory; this is for its tables behind a tracker that keeps them in Redis as peerutils(7) describes.
-- Each query gives the columns that userstats(1) lists under SCHEMA FILES; any number of rows; NULL where the site keeps no such thing.

-- name: users
SELECT id AS uid, username, passkey FROM users;

-- info_hash is bytea here: an index on (encode(info_hash, 'hex')) makes look-ups by info hash quick
-- name: torrents
SELECT id AS tid, encode(info_hash, 'hex') AS info_hash FROM torrents WHERE deleted_at IS NULL;

-- name: titles
SELECT t.id AS tid, t.release_name AS title, u.username AS poster
FROM torrents t LEFT JOIN users u ON u.id = t.created_by_id;

-- name: counters
SELECT id AS tid, seeders AS uploading, leechers AS downloading, times_completed AS finished FROM torrents;

-- a row for whoever has ever been there; the site takes for there who has a peer that is active
-- name: status
SELECT a.torrent_id AS tid, a.user_id AS uid,
	EXISTS (SELECT 1 FROM peers p WHERE p.user_id = a.user_id AND p.torrent_id = a.torrent_id AND p.active) AS active,
	a.completed_at IS NOT NULL AS finished, a.real_uploaded AS upload, a.real_downloaded AS download
FROM torrent_activities a;

-- name: accounts
SELECT id AS uid, uploaded AS upload, downloaded AS download, created_at AS registered, last_seen AS seen FROM users;
