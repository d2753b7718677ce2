-- arcadia.sql - the columns of Arcadia's tables that tools/userstats/arcadia.sql asks for, with their types
create table users (id serial primary key, username varchar(15) unique not null, uploaded bigint not null default 0,
	downloaded bigint not null default 1, created_at timestamptz not null default now(), last_seen timestamptz not null default now(),
	passkey varchar(32) unique not null);
create table torrents (id serial primary key, seeders bigint not null default 0, leechers bigint not null default 0,
	times_completed int not null default 0, created_by_id int not null references users, deleted_at timestamptz,
	info_hash bytea not null unique, release_name text not null);
create table peers (peer_id bytea not null, torrent_id int not null references torrents, user_id int not null references users,
	seeder boolean not null, active boolean not null, primary key (user_id, torrent_id, peer_id));
create table torrent_activities (id bigserial primary key, torrent_id int not null references torrents,
	user_id int not null references users, completed_at timestamptz, real_uploaded bigint not null default 0,
	real_downloaded bigint not null default 0, unique (torrent_id, user_id));
insert into users (username, passkey) values ('creator', '0123456789abcdef0123456789abcdef');
insert into torrents (created_by_id, info_hash, release_name) values (1, '\x86d4c80024a469be4c50bc5a102cf71780310074', 'A release');
insert into torrent_activities (torrent_id, user_id, completed_at) values (1, 1, now());
